/**
 * Every failure that the protocol notes know, met over real HTTP by the provider's own adapter: what it means to us and
 * what the caller gets to see. A new provider adds its table to `test/support/error-tables/tables.ts`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toAppError } from '../../src/images/failure.js';
import { Transport } from '../../src/images/transport.js';
import { ProviderError, type Endpoint, type Provider } from '../../src/providers/provider.js';
import { createProviders, providers } from '../../src/providers/registry.js';
import { createNativeRequest } from '../factories/native-request.js';
import { startEmulators, type Emulators } from '../support/emulators.js';
import type { ErrorRow } from '../support/error-tables/error-table.js';
import { errorTables } from '../support/error-tables/tables.js';
import { jsonAnswer, startScriptedUpstream, type ScriptedUpstream } from '../support/scripted-upstream.js';
import { createWireIo, type Heard } from '../support/wire-io.js';

let emulators: Emulators;
let scripted: ScriptedUpstream;
const transport = new Transport(() => [emulators.root]);

beforeAll(async () => {
  [emulators, scripted] = await Promise.all([startEmulators(), startScriptedUpstream()]);
});
afterAll(async () => {
  await transport.close();
  await Promise.all([emulators.close(), scripted.close()]);
});

const emulated = providers.filter(
  ({ adapter, createEmulator }) => adapter !== undefined && createEmulator !== undefined,
);

it('every provider with an adapter and an emulator has a table of its failures', () => {
  expect(errorTables.map((table) => table.provider).sort()).toEqual(emulated.map(({ id }) => id).sort());
});

describe.each(errorTables)('failures of $provider', (table) => {
  const installed = createProviders({ endpoints: [], providers: table.settings ?? {} });
  const provider = installed.find(({ id }) => id === table.provider);

  it.each(table.rows)('$when', async (row) => {
    const { error, heard } = await failureOf(provider, row);
    if (row.wire !== undefined) {
      expect(heard.status).toBe(row.wire.status);
      expect(bodyOf(heard)).toMatchObject({ ...objectOf(row.wire.body) });
    }
    const { kind, stage, retryable, billed, retryAfterMs, upstream } = error.info;
    expect({ kind, stage, retryable, billed, retryAfterMs }).toEqual({
      stage: undefined,
      retryAfterMs: undefined,
      ...row.error,
    });
    expect(upstream?.status).toBe(row.linkStatus ?? row.wire?.status ?? 200);
    const { code, status, retry, retryAfterMs: publicHint } = toAppError(error);
    expect({ code, status, retry, publicHint }).toEqual({
      ...row.answer,
      publicHint: row.error.retryAfterMs,
    });
  });

  it('every documented failure among the fixtures has its row, and the wire shows the same', async () => {
    const folder = new URL(`../../src/providers/${table.provider}/fixtures/`, import.meta.url);
    const files = readdirSync(folder).filter((name) => table.fixtures.test(name));
    const covered = table.rows.flatMap(({ fixture }) => (fixture === undefined ? [] : [fixture]));
    expect([...new Set(covered)].sort()).toEqual(files.sort());
    for (const row of table.rows) {
      if (row.fixture === undefined) continue;
      const documented: unknown = JSON.parse(readFileSync(new URL(row.fixture, folder), 'utf8'));
      const { heard } = await failureOf(provider, row);
      expect({ row: row.when, ...table.identify(bodyOf(heard)) }).toEqual({
        row: row.when,
        ...table.identify(documented),
      });
      expect(heard.status).toBe(Number(/^(?:error|proxy)-\D*(\d{3})\b/.exec(row.fixture)?.[1] ?? 200));
    }
  });

  it.each(table.slugs)('a call of %s that is not answered in time has an unknown price', async (slug) => {
    const entry = provider?.models.find((model) => model.slug === slug);
    const [route] = entry?.routes ?? [];
    if (provider?.adapter === undefined || route === undefined) throw new Error(`there is no ${slug}`);
    const translation = provider.adapter.translate(
      createNativeRequest({ prompt: 'a red fox [[emulate:stall]]' }),
      route,
      {},
    );
    if (!translation.ok) throw new Error(translation.reasons.join());
    emulators.forget();
    const limit = new AbortController();
    const failing = failureOf(provider, { call: translation.call }, limit.signal);
    await emulators.arrived('stall');
    limit.abort(new DOMException('The call took too long.', 'TimeoutError'));
    const { error } = await failing;
    expect(error.info).toMatchObject({ kind: 'timeout', retryable: false, billed: 'unknown' });
    expect(toAppError(error)).toMatchObject({ code: 'upstream_timeout', status: 504, retry: false });
  });
});

/** Runs a row's call to its end and gives the failure that it has to end with. */
async function failureOf(
  provider: Provider | undefined,
  row: Pick<ErrorRow, 'call' | 'apiKey' | 'extra' | 'run' | 'served'>,
  signal: AbortSignal = new AbortController().signal,
): Promise<{ readonly error: ProviderError; readonly heard: Heard }> {
  if (provider?.adapter === undefined) throw new Error('the provider is not registered');
  if (row.served !== undefined) scripted.answer(jsonAnswer(row.served.status, row.served.body));
  const endpoint: Endpoint = {
    baseUrl: row.served === undefined ? emulators.baseUrl(provider) : scripted.baseUrl,
    apiKey: row.apiKey === null ? undefined : (row.apiKey ?? 'good-key-of-the-table'),
    emulated: true,
    extra: row.extra ?? {},
  };
  const io = createWireIo(transport, endpoint, signal);
  try {
    for await (const event of row.run?.(row.call, io) ?? provider.adapter.run(row.call, io)) {
      if (event.type === 'image-failed') return { error: event.error, heard: io.heard() };
      // The gateway follows delivery links at once.
      if (event.type === 'image' && event.image.kind === 'url')
        await transport.download(event.image.url, signal);
    }
  } catch (error) {
    if (error instanceof ProviderError) return { error, heard: io.heard() };
    throw error;
  }
  throw new Error('the call did not fail');
}

/** The JSON of an answer, or of the last event of a stream. */
function bodyOf({ text }: Heard): unknown {
  const events = [...text.matchAll(/^data: (.*)$/gm)].map((match) => match[1] ?? '');
  return JSON.parse(events.at(-1) ?? text);
}

function objectOf(value: unknown): object {
  if (typeof value !== 'object' || value === null) throw new Error('a row describes an object');
  return value;
}
