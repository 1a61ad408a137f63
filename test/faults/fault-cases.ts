/** Which cases the fault matrix has, and what is expected of each, from the tables of failures alone. */
import { z } from 'zod';
import type { ErrorCode } from '../../src/errors.js';
import type { ErrorTable, PublicFacts } from '../support/error-tables/error-table.js';
import { OUTCOMES, outcomeOn } from '../support/error-tables/outcomes.js';
import { errorTables } from '../support/error-tables/tables.js';
import { pairwise } from '../support/pairwise.js';

/** How a caller gets the answer. */
export const DELIVERIES = ['sync', 'async', 'streamed'] as const;
export type Delivery = (typeof DELIVERIES)[number];

/** Outcomes that every emulator can act out; `stall` is given up by the gateway alone. */
const NAMES = [...z.enum(Object.keys(OUTCOMES)).options, 'stall'];

/** Calls to one route, as the gateway's settings have them by default. */
const ATTEMPTS = 3;

export interface FaultCase {
  readonly table: ErrorTable;
  readonly slug: string;
  readonly size: string;
  readonly outcome: string;
  /** Whether the outcome meets the first attempt only, or all of them. */
  readonly lasting: 'first' | 'all';
  readonly delivery: Delivery;
  /** Whether another model may be tried. */
  readonly chain: boolean;
  readonly fallback: { readonly slug: string; readonly provider: string };
}

export interface Expectation {
  readonly status: 'succeeded' | 'failed';
  readonly code: ErrorCode | undefined;
  readonly servedBy: 'itself' | 'fallback' | undefined;
  readonly calls: number;
  readonly otherCalls: number;
}

const TIMED_OUT: PublicFacts = { code: 'upstream_timeout', status: 504, retry: false };

/** All that is not the failure itself, combined. */
const MANNERS = DELIVERIES.flatMap((delivery) =>
  (['first', 'all'] as const).flatMap((lasting) =>
    [true, false].map((chain) => ({ delivery, lasting, chain })),
  ),
);

const rowSchema = z.object({
  emulator: z.enum(errorTables.map(({ provider }) => provider)),
  outcome: z.enum(NAMES),
  manner: z.int(),
});

/** Every outcome on every emulator, every outcome in every manner, and every emulator in every manner. */
export function listCases(): readonly FaultCase[] {
  return pairwise({
    emulator: errorTables.map(({ provider }) => provider),
    outcome: NAMES,
    manner: [...MANNERS.keys()],
  }).map((choice) => {
    const { emulator, outcome, manner } = rowSchema.parse(choice);
    const table = errorTables.find(({ provider }) => provider === emulator);
    const slug = table?.slugs[0];
    const how = MANNERS[manner];
    if (table === undefined || slug === undefined || how === undefined) {
      throw new Error(`${emulator} has no slug to be tried`);
    }
    const edge = slug === 'qwen-image' ? 1328 : 1024;
    const fallback =
      emulator === 'openai'
        ? { slug: 'grok-image', provider: 'xai' }
        : { slug: 'dall-e-3', provider: 'openai' };
    return { table, slug, size: `${edge}x${edge}`, outcome, fallback, ...how };
  });
}

/** What has to come of a case. */
export function expectationOf({ table, slug, outcome, lasting, chain }: FaultCase): Expectation {
  const facts = outcome === 'stall' ? TIMED_OUT : outcomeOn(table, slug, knownOutcome(outcome));
  const itself = { status: 'succeeded', code: undefined, servedBy: 'itself', otherCalls: 0 } as const;
  if (facts === 'delivered') return { ...itself, calls: 1 };
  // What clients may ask again without buying twice, the gateway has asked again.
  if (facts.retry && lasting === 'first') return { ...itself, calls: 2 };
  const calls = facts.retry ? ATTEMPTS : 1;
  if (chain && facts.code !== 'content_policy_violation') {
    return { status: 'succeeded', code: undefined, servedBy: 'fallback', calls, otherCalls: 1 };
  }
  return { status: 'failed', code: facts.code, servedBy: undefined, calls, otherCalls: 0 };
}

function knownOutcome(name: string): keyof typeof OUTCOMES {
  const [known] = Object.keys(OUTCOMES).flatMap((other) =>
    isOutcome(other) && other === name ? [other] : [],
  );
  if (known === undefined) throw new Error(`${name} is no outcome`);
  return known;
}

function isOutcome(name: string): name is keyof typeof OUTCOMES {
  return name in OUTCOMES;
}
