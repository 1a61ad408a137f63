/**
 * Every scripted outcome of every emulator, once or at every attempt, however the answer is delivered, with a fallback and
 * without: the state it ends in, what is charged, and how many calls reach the emulators. `docs/reliability.md` keeps the result.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { providers } from '../../src/providers/registry.js';
import { inParallel } from '../conformance/models.js';
import { startEmulators, type Emulators } from '../support/emulators.js';
import type { ErrorTable } from '../support/error-tables/error-table.js';
import { errorTables } from '../support/error-tables/tables.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { deliver, type Outcome } from './deliver.js';
import { DELIVERIES, expectationOf, listCases, type FaultCase } from './fault-cases.js';
import { renderMatrix, type MatrixRow } from './render-matrix.js';

const PAGE = path.resolve(import.meta.dirname, '../../docs/reliability.md');
/** Real time that one case may take on a busy machine; what it waits for is turned by the test. */
const CASE_LIMIT_MS = 20_000;

let emulators: Emulators;
/** One gateway for each way to configure it. */
const servers = new Map<string, TestServer>();

beforeAll(async () => {
  emulators = await startEmulators();
  for (const table of errorTables) {
    const name = settingsOf(table);
    if (servers.has(name)) continue;
    const env = {
      ATELIER_EMULATORS_URL: emulators.root,
      ATELIER_BOOTSTRAP_CREDITS: '100000',
      ...table.settings,
    };
    const server = await startTestServer({ env });
    servers.set(name, server);
    await server.call('PATCH', '/v1/workspace', {
      key: server.testKey,
      body: { prc_opt_in: true, confirm: 'default' },
    });
  }
});
afterEach(() => {
  vi.useRealTimers();
});
afterAll(async () => {
  // Stopping asserts that every ledger adds up and nothing is held.
  for (const server of servers.values()) await server.stop();
  await emulators.close();
});

it('ends each case in the right state, at the right price, with the right number of calls', async () => {
  const cases = listCases();
  const rows = new Map<FaultCase, MatrixRow>();
  const run = async (one: FaultCase) => {
    rows.set(one, await judge(one));
  };
  await inParallel(
    cases.filter(({ outcome }) => outcome !== 'stall'),
    3,
    run,
  );
  // The time limits of models are turned for one case at a time.
  for (const one of cases) if (one.outcome === 'stall') await run(one);
  const judged = cases.flatMap((one) => rows.get(one) ?? []);
  expect(judged).toHaveLength(cases.length);
  const wrong = judged.filter(({ problems }) => problems.length > 0);
  expect(wrong.map(({ one, problems }) => `${describe(one)}: ${problems.join(', ')}`)).toEqual([]);
  writeOrCompare(renderMatrix(judged));
}, 180_000);

it('meets every outcome of every emulator, and each of both in every manner', () => {
  const cases = listCases();
  const emulated = providers.filter(({ createEmulator }) => createEmulator !== undefined);
  const outcomes = new Set(cases.map(({ outcome }) => outcome));
  const distinct = (describeOne: (one: FaultCase) => string) => new Set(cases.map(describeOne)).size;
  const manners = DELIVERIES.length * 4;
  expect(new Set(cases.map(({ table }) => table.provider))).toEqual(new Set(emulated.map(({ id }) => id)));
  expect(distinct(({ table, outcome }) => `${table.provider} ${outcome}`)).toBe(
    emulated.length * outcomes.size,
  );
  expect(distinct((one) => `${one.outcome} ${mannerOf(one)}`)).toBe(outcomes.size * manners);
  expect(distinct((one) => `${one.table.provider} ${mannerOf(one)}`)).toBe(emulated.length * manners);
});

function mannerOf({ lasting, delivery, chain }: FaultCase): string {
  return [lasting, delivery, chain ? 'with a fallback' : 'alone'].join(' ');
}

function describe(one: FaultCase): string {
  return `${one.outcome} ${one.table.provider} ${mannerOf(one)}`;
}

async function judge(one: FaultCase): Promise<MatrixRow> {
  const server = serverOf(one.table);
  const startedAt = performance.now();
  const outcome = await act(one, server);
  const tookMs = performance.now() - startedAt;
  const expected = expectationOf(one);
  const calls = callsOf(outcome.id, one.table.provider);
  const otherCalls = one.chain ? callsOf(outcome.id, one.fallback.provider) : 0;
  const served = expected.servedBy === 'fallback' ? one.fallback.slug : one.slug;
  const charges = await listCharges(server, outcome.id);
  const problems = [
    ...(outcome.status === expected.status ? [] : [`it is ${outcome.status}`]),
    ...(one.delivery === 'async' || outcome.told === expected.status
      ? []
      : [`it is told to be ${outcome.told ?? 'nothing'}`]),
    ...(outcome.code === expected.code ? [] : [`the error is ${outcome.code ?? 'none'}`]),
    ...(expected.status === 'failed' || outcome.model === served ? [] : [`${outcome.model} served`]),
    ...(calls === expected.calls ? [] : [`${calls} calls`]),
    ...(otherCalls === expected.otherCalls ? [] : [`${otherCalls} calls of the fallback`]),
    ...(await findPriceProblems(one, outcome, expected.servedBy, charges, server)),
    ...(tookMs < CASE_LIMIT_MS ? [] : [`it took ${Math.round(tookMs)} ms`]),
  ];
  return { one, expected, problems };
}

async function act(one: FaultCase, server: TestServer): Promise<Outcome> {
  if (one.outcome !== 'stall') return deliver(one, server);
  const timeoutMs = providers
    .flatMap(({ models }) => models)
    .find(({ slug }) => slug === one.slug)?.timeoutMs;
  emulators.forget();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const acting = deliver(one, server);
  await emulators.arrived('stall');
  vi.advanceTimersByTime(timeoutMs ?? 0);
  const outcome = await acting;
  vi.useRealTimers();
  return outcome;
}

/** Where own servers are told to stop what was given up. */
const STOPS = /\/(interrupt|queue|history)\b/;

/** Calls that make the provider work: polling and fetching the picture are none. */
function callsOf(id: string, provider: string): number {
  return emulators.records.filter(
    ({ method, url, headers }) =>
      method === 'POST' &&
      !STOPS.test(url) &&
      url.startsWith(`/${provider}/`) &&
      String(headers['x-emulate-scope']).startsWith(`${id}/`),
  ).length;
}

const ledgerSchema = z.object({
  data: z.array(
    z.object({ kind: z.string(), balance_delta: z.number(), generation_id: z.string().optional() }),
  ),
});

/** What the ledger says was charged for a generation, in credits. */
async function listCharges(server: TestServer, id: string): Promise<readonly number[]> {
  const { body } = await server.call('GET', '/v1/credits/ledger?limit=1000', { key: server.testKey });
  return ledgerSchema
    .parse(body)
    .data.filter((entry) => entry.generation_id === id && entry.kind === 'settle')
    .map((entry) => -entry.balance_delta);
}

async function findPriceProblems(
  one: FaultCase,
  outcome: Outcome,
  servedBy: 'itself' | 'fallback' | undefined,
  charges: readonly number[],
  server: TestServer,
): Promise<readonly string[]> {
  if (servedBy === undefined)
    return charges.length === 0 && outcome.credits === 0 ? [] : ['something was charged'];
  const [charge, ...more] = charges;
  if (charge === undefined || more.length > 0) return [`it was charged ${charges.length} times`];
  if (charge !== outcome.credits) return [`${charge} charged, ${outcome.credits} told`];
  const slug = servedBy === 'fallback' ? one.fallback.slug : one.slug;
  const quote = await quoteOf(slug, one.size, server);
  return charge > 0 && charge <= quote ? [] : [`${charge} charged of ${quote}`];
}

async function quoteOf(model: string, size: string, server: TestServer): Promise<number> {
  const { body } = await server.call('POST', '/v1/images/plan', {
    key: server.testKey,
    body: { model, prompt: 'a red fox [[emulate:nothing-that-is-longer-than-this]]', size },
  });
  return z.object({ quote: z.object({ credits: z.number() }) }).parse(body).quote.credits;
}

function serverOf(table: ErrorTable): TestServer {
  const server = servers.get(settingsOf(table));
  if (server === undefined) throw new Error('no gateway is configured so');
  return server;
}

function settingsOf({ settings = {} }: Pick<ErrorTable, 'settings'>): string {
  return JSON.stringify(settings);
}

/** The committed table is the result of the last run; `UPDATE_DOCS=1` writes it. */
function writeOrCompare(table: string): void {
  const page = readFileSync(PAGE, 'utf8');
  const current = page.replace(
    /(<!-- fault matrix -->\n)[\s\S]*(<!-- end of the fault matrix -->)/,
    `$1${table}$2`,
  );
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(PAGE, current);
  else expect(page, 'docs/reliability.md is not current: run with UPDATE_DOCS=1').toBe(current);
}
