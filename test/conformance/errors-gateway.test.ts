/**
 * Every scripted outcome on every dialect through the whole gateway: what the caller is told, whether clients may ask
 * again, and what it costs. Emulators run on a port of their own, as `ATELIER_EMULATORS_URL` allows.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { errorType } from '../../src/errors.js';
import { providers } from '../../src/providers/registry.js';
import { failure, fetchPicture, generation } from '../support/answers.js';
import { startEmulators, type Emulators } from '../support/emulators.js';
import type { ErrorTable, PublicFacts } from '../support/error-tables/error-table.js';
import { OUTCOMES } from '../support/error-tables/outcomes.js';
import { errorTables } from '../support/error-tables/tables.js';
import { startTestServer, type Answer, type TestServer } from '../support/server.js';

let emulators: Emulators;
/** One gateway for each way to configure it: the same slug may stand for several protocols. */
const servers = new Map<string, TestServer>();
/** The one of the case that runs. */
let server: TestServer;

const settingsOf = ({ settings = {} }: Pick<ErrorTable, 'settings'>) => JSON.stringify(settings);

beforeAll(async () => {
  emulators = await startEmulators();
  for (const table of errorTables) {
    const name = settingsOf(table);
    const env = { ATELIER_EMULATORS_URL: emulators.root, ...table.settings };
    if (!servers.has(name)) servers.set(name, await startTestServer({ env }));
  }
  use({});
  const optedIn = await server.call('PATCH', '/v1/workspace', {
    key: server.liveKey,
    body: { prc_opt_in: true, confirm: 'default' },
  });
  expect(optedIn.status).toBe(200);
});
afterAll(async () => {
  for (const one of servers.values()) await one.stop();
  await emulators.close();
});

function use(table: Pick<ErrorTable, 'settings'>): void {
  const found = servers.get(settingsOf(table));
  if (found === undefined) throw new Error('no gateway is configured so');
  server = found;
}

interface Case {
  readonly provider: string;
  readonly table: ErrorTable;
  readonly slug: string;
  readonly outcome: string;
  readonly expected: PublicFacts | 'delivered';
}

const cases = errorTables.flatMap((table) =>
  table.slugs.flatMap((slug) =>
    Object.entries(OUTCOMES).map(([name, usual]): Case => {
      const exception = table.exceptions.find((one) => one.slug === slug && one.outcome === name);
      const outcome = name === 'slow' ? 'slow-1' : name;
      return { provider: table.provider, table, slug, outcome, expected: exception?.answer ?? usual };
    }),
  ),
);
const failing = cases.flatMap(({ expected, ...rest }) =>
  expected === 'delivered' ? [] : [{ ...rest, expected }],
);
const delivered = cases.filter(({ expected }) => expected === 'delivered');

const attemptsSchema = z.array(z.looseObject({ outcome: z.string() }));

/** An edge that the model makes by itself, so that nothing but the outcome is adapted. */
function edgeOf(slug: string): number {
  return slug === 'qwen-image' ? 1328 : 1024;
}

function sizeOf(slug: string): string {
  return `${edgeOf(slug)}x${edgeOf(slug)}`;
}

it.each(errorTables)(
  'every exception of $provider is one of its own slugs and differs from the rule',
  (table) => {
    for (const { slug, outcome, answer } of table.exceptions) {
      expect(table.slugs).toContain(slug);
      const usual = Object.entries(OUTCOMES).find(([name]) => name === outcome)?.[1];
      expect(usual, outcome).toBeDefined();
      expect(answer).not.toEqual(usual);
    }
  },
);

describe('a failure at every attempt', () => {
  it.each(failing)('$outcome on $provider/$slug is $expected.status $expected.code and free', async (one) => {
    const { table, slug, outcome, expected } = one;
    use(table);
    const before = await account();
    const answer = await generate(slug, `${outcome}*9`);
    expectFailure(answer, expected);
    // The gateway itself asks again exactly where it tells clients that they may.
    const { attempts } = failure.parse(answer.body).error;
    expect(attemptsSchema.parse(attempts).map((attempt) => attempt.outcome)).toEqual(
      Array.from({ length: expected.retry ? 3 : 1 }, () => 'failed'),
    );
    expect(answer.headers.get('retry-after-ms')).toBe(outcome === 'rate-limited' ? '1000' : null);
    expect(await account()).toEqual(before);
    await expectRecord(answer, expected.code);
  });

  it.each(failing.filter(({ expected }) => expected.retry))(
    '$outcome on $provider/$slug at the first attempt only costs one picture and shows the failed attempt',
    async ({ table, slug, outcome }) => {
      use(table);
      const before = await account();
      const answer = await generate(slug, outcome);
      expect(answer.status).toBe(200);
      const { attempts } = z.object({ attempts: attemptsSchema }).parse(answer.body);
      expect(attempts.map((attempt) => attempt.outcome)).toEqual(['failed', 'succeeded']);
      await expectCharged(answer, slug, before.balance);
    },
  );
});

describe('an outcome that keeps no picture back', () => {
  it.each(delivered)(
    '$outcome on $provider/$slug is delivered in exact pixels and charged once',
    async (one) => {
      use(one.table);
      const before = await account();
      const answer = await generate(one.slug, `${one.outcome}*9`);
      expect(answer.status).toBe(200);
      const body = generation.parse(answer.body);
      expect(body.status).toBe('succeeded');
      const edge = edgeOf(one.slug);
      expect(await fetchPicture(body.data[0]?.url)).toMatchObject({ width: edge, height: edge });
      const reasons = body.adjustments.map(({ param }) => param);
      expect(reasons).toEqual(one.outcome === 'wrong-size' ? ['size'] : []);
      await expectCharged(answer, one.slug, before.balance);
    },
  );
});

describe('a provider that never answers', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    emulators.forget();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const silent = errorTables.flatMap((table) =>
    table.slugs.map((slug) => ({ provider: table.provider, table, slug })),
  );
  it.each(silent)(
    '$provider/$slug is given up at its time limit with 504, is free, and is not asked again',
    async ({ table, slug }) => {
      use(table);
      const timeoutMs = providers
        .flatMap(({ models }) => models)
        .find((model) => model.slug === slug)?.timeoutMs;
      const before = await account();
      const answering = generate(slug, 'stall*9');
      await emulators.arrived('stall');
      vi.advanceTimersByTime(timeoutMs ?? 0);
      const answer = await answering;
      expectFailure(answer, { code: 'upstream_timeout', status: 504, retry: false });
      expect(emulators.records.filter(({ outcome }) => outcome === 'stall')).toHaveLength(1);
      expect(await account()).toEqual(before);
    },
  );
});

function generate(slug: string, outcome: string): Promise<Answer> {
  return server.generate({
    model: slug,
    prompt: `a red fox [[emulate:${outcome}]]`,
    size: sizeOf(slug),
    response_format: 'url',
  });
}

function expectFailure(answer: Answer, expected: PublicFacts): void {
  const { error } = failure.parse(answer.body);
  expect({
    status: answer.status,
    code: error.code,
    type: error.type,
    retry: answer.headers.get('x-should-retry'),
    credits: answer.headers.get('x-credits-used'),
  }).toEqual({
    status: expected.status,
    code: expected.code,
    type: errorType(expected.status),
    retry: String(expected.retry),
    credits: '0',
  });
}

/** The record tells the same as the answer did. */
async function expectRecord(answer: Answer, code: string): Promise<void> {
  const id = answer.headers.get('x-generation-id') ?? '';
  const record = await server.call('GET', `/v1/images/generations/${id}`, { key: server.testKey });
  expect(record.body).toMatchObject({ id, status: 'failed', credits_used: 0, data: [], error: { code } });
}

async function expectCharged(answer: Answer, slug: string, balanceBefore: number): Promise<void> {
  const plan = await server.call('POST', '/v1/images/plan', {
    key: server.testKey,
    body: { model: slug, prompt: 'a red fox', size: sizeOf(slug) },
  });
  const { quote } = z.object({ quote: z.object({ credits: z.number() }) }).parse(plan.body);
  const used = generation.parse(answer.body).credits_used;
  expect(used).toBeGreaterThan(0);
  expect(used).toBeLessThanOrEqual(quote.credits);
  expect(Number(answer.headers.get('x-credits-used'))).toBe(used);
  const after = await account();
  expect(after.held).toBe(0);
  expect(balanceBefore - after.balance).toBeCloseTo(used, 6);
}

async function account(): Promise<{ balance: number; held: number }> {
  const { body } = await server.call('GET', '/v1/credits', { key: server.testKey });
  return z.object({ balance: z.number(), held: z.number() }).parse(body);
}
