/**
 * Answers of every provider with bytes of them changed, through the whole gateway: the caller gets a whole picture or a
 * failure that is on record, pays for pictures only, and nothing hangs.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ERROR_CODES } from '../../src/errors.js';
import { failure, fetchPicture, generation } from '../support/answers.js';
import { startEmulators, type Emulators } from '../support/emulators.js';
import type { ErrorTable } from '../support/error-tables/error-table.js';
import { errorTables } from '../support/error-tables/tables.js';
import { Dice, seedOf } from '../support/fuzz/dice.js';
import { timesFactor } from '../support/long-runs.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { startSpoilingProxy, type SpoilingProxy } from '../support/spoiling-proxy.js';

const SEED = 7;
/** Requests of each dialect of each provider. */
const COUNT = timesFactor(12);
/** Retries included. */
const DEADLINE_MS = 30_000;

let emulators: Emulators;
let proxy: SpoilingProxy;
const servers = new Map<string, TestServer>();
const settingsOf = ({ settings = {} }: Pick<ErrorTable, 'settings'>) => JSON.stringify(settings);

beforeAll(async () => {
  emulators = await startEmulators();
  proxy = await startSpoilingProxy(emulators.root);
  for (const table of errorTables) {
    const name = settingsOf(table);
    const env = { ATELIER_EMULATORS_URL: proxy.root, ...table.settings };
    if (!servers.has(name)) servers.set(name, await startTestServer({ realTime: true, env }));
  }
  for (const server of servers.values()) {
    const body = { prc_opt_in: true, confirm: 'default' };
    expect((await server.call('PATCH', '/v1/workspace', { key: server.liveKey, body })).status).toBe(200);
  }
});
afterAll(async () => {
  proxy.spoilWith(undefined);
  // Each asserts that its books add up.
  for (const server of servers.values()) await server.stop();
  await proxy.close();
  await emulators.close();
});

const dialects = errorTables.flatMap((table) =>
  table.slugs.map((slug) => ({ table, slug, provider: table.provider })),
);

it.each(dialects)('$provider/$slug', { timeout: 3_600_000 }, async ({ table, slug }) => {
  const server = servers.get(settingsOf(table));
  if (server === undefined) throw new Error('no gateway is configured so');
  // Six hundred pictures of the dearest model cost more than a workspace begins with.
  const body = { credits: 10_000 };
  const key = server.testKey;
  expect((await server.call('POST', '/v1/credits/test', { key, body })).status).toBe(200);
  const ends = { delivered: 0, failed: 0 };
  for (let index = 0; index < COUNT; index += 1) {
    proxy.takeNotes();
    proxy.spoilWith(new Dice(seedOf(SEED, index)));
    const startMs = performance.now();
    const answer = await server.generate({
      model: slug,
      prompt: 'a red fox',
      n: 1,
      seed: index,
      response_format: 'url',
      fallback: false,
    });
    const spentMs = performance.now() - startMs;
    const done = JSON.stringify(proxy.takeNotes(), undefined, 1);
    const what = `${slug}, request ${index}: ${done}`;
    expect(spentMs, what).toBeLessThan(DEADLINE_MS);
    const id = answer.headers.get('x-generation-id') ?? '';
    if (answer.status === 200) {
      const body = generation.parse(answer.body);
      expect(body.data, what).toHaveLength(1);
      // Decodes every pixel. Only some formats have checksums: a wrong colour can't be known.
      const picture = await fetchPicture(body.data[0]?.url, 'error').catch((error: unknown) => {
        throw new Error(`${what}: ${String(error)}`);
      });
      expect([picture.width, picture.height], what).toEqual([body.data[0]?.width, body.data[0]?.height]);
      expect(body.credits_used, what).toBeGreaterThan(0);
      ends.delivered += 1;
    } else {
      const { error } = failure.parse(answer.body);
      const codes: Readonly<Record<string, { readonly status: number }>> = ERROR_CODES;
      expect([error.code, codes[error.code]?.status], what).toEqual([error.code, answer.status]);
      expect(error.code, what).not.toBe('internal_error');
      const record = await server.call('GET', `/v1/images/generations/${id}`, { key: server.testKey });
      expect(record.body, what).toMatchObject({
        status: 'failed',
        credits_used: 0,
        error: { code: error.code },
      });
      ends.failed += 1;
    }
  }
  // Both ends were met, or nothing was tried.
  expect(Math.min(ends.delivered, ends.failed)).toBeGreaterThan(0);
});
