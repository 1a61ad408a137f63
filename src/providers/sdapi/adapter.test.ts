import sharp from 'sharp';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createNativeRequest } from '../../../test/factories/native-request.js';
import { startEmulator, type EmulatorServer } from '../../../test/support/emulator-server.js';
import { createKeepingIo, type KeepingIo } from '../../../test/support/keeping-io.js';
import { collectEvents, jsonAnswer, startScriptedUpstream } from '../../../test/support/scripted-upstream.js';
import { fetchJson } from '../../net/fetch-json.js';
import { Transport } from '../../images/transport.js';
import type { RequestRecord } from '../shared/emulator-kit.js';
import { ProviderError } from '../provider.js';
import type { NativeCall, NativeRequest, ProviderErrorInfo, ProviderEvent } from '../provider.js';
import { createSdapiRun } from './adapter.js';
import { DIALECT_NAMES } from './dialects.js';
import { createSdapiEmulator } from './emulator.js';
import { describeFlux } from './models.js';
import { listProbedServers, probeServer } from './probe.js';
import { translateToSdapi } from './translate.js';
import { Turns } from './turns.js';
import { progressAnswer } from './wire.js';

const transport = new Transport(() => []);
let server: EmulatorServer;
let turns: Turns;
let run: ReturnType<typeof createSdapiRun>;
let seen: RequestRecord[] = [];

beforeAll(async () => {
  server = await startEmulator(createSdapiEmulator, { onRequest: (record) => seen.push(record) });
});
beforeEach(() => {
  turns = new Turns();
  run = createSdapiRun(turns);
  seen = [];
});
afterAll(async () => {
  await server.close();
  await transport.close();
});

function emulating(outcome: string, changes: Partial<NativeRequest> = {}, dialect = 'forge'): NativeCall {
  const [route] = describeFlux('forge').routes;
  if (route === undefined) throw new Error('there is no route');
  const request = createNativeRequest({
    prompt: `a red fox [[emulate:${outcome}]]`,
    size: { width: 256, height: 192 },
    ...changes,
  });
  const translation = translateToSdapi(request, route, { FLUX_DIALECT: dialect });
  if (!translation.ok) throw new Error(translation.reasons.join());
  return translation.call;
}

function world(
  options: Parameters<typeof createKeepingIo>[2] = {},
  dialect = 'forge',
  baseUrl?: string,
): KeepingIo {
  return createKeepingIo(
    transport,
    { baseUrl: baseUrl ?? `${server.url}/${dialect}`, extra: { FLUX_DIALECT: dialect }, apiKey: 'me:secret' },
    // Only the second between two looks is made short.
    {
      sleep: (delayMs) => wait(delayMs === 1000 ? 10 : delayMs, undefined, { signal: options.signal }),
      ...options,
    },
  );
}

async function failureOf(events: AsyncIterable<ProviderEvent>): Promise<ProviderErrorInfo> {
  try {
    await collectEvents(events);
  } catch (error) {
    if (error instanceof ProviderError) return error.info;
    throw error;
  }
  throw new Error('the call did not fail');
}

function picturesIn(events: readonly ProviderEvent[], io: KeepingIo): readonly Buffer[] {
  return events.flatMap((event) =>
    event.type === 'image' && event.image.kind === 'stored' ? [io.bytesOf(event.image.image)] : [],
  );
}

async function stateOf(dialect = 'forge') {
  const answer = await fetch(`${server.url}/${dialect}/sdapi/v1/progress?skip_current_image=true`);
  return progressAnswer.parse(await answer.json());
}

describe('a run', () => {
  it.each(DIALECT_NAMES)('paints and edits: %s', async (dialect) => {
    const picture = await sharp({ create: { width: 256, height: 192, channels: 3, background: '#27a' } })
      .png()
      .toBuffer();
    const input = {
      mimeType: 'image/png',
      width: 256,
      height: 192,
      hasAlpha: false,
      hasContinuation: false,
    } as const;
    const white = await sharp({ create: { width: 256, height: 192, channels: 3, background: '#fff' } })
      .png()
      .toBuffer();
    const inputs = {
      0: { bytes: picture, mimeType: 'image/png' },
      'mask-white': { bytes: white, mimeType: 'image/png' },
    } as const;
    const edit = { operation: 'edit', inputs: [input] } as const;
    for (const changes of [{}, edit, { ...edit, masked: true }]) {
      const io = world({ inputs }, dialect);
      const events = await collectEvents(run(emulating('none', changes, dialect), io));
      const [made] = picturesIn(events, io);
      expect(await sharp(made).metadata()).toMatchObject({ width: 256, height: 192 });
    }
  });

  it('has progress that strictly grows and ends, and previews that can be decoded', async () => {
    const io = world();
    const events = await collectEvents(run(emulating('slow-300', { partialImages: 2 }), io));
    const fractions = events.flatMap((event) => (event.type === 'progress' ? [event.fraction] : []));
    expect(fractions.length).toBeGreaterThan(3);
    expect(fractions).toEqual([...new Set(fractions)].sort((a, b) => a - b));
    expect(fractions.at(-1)).toBe(1);
    const partials = events.flatMap((event) => (event.type === 'partial' ? [event.image] : []));
    expect(partials).toHaveLength(2);
    for (const partial of partials) {
      expect((await sharp(io.bytesOf(partial)).raw().toBuffer({ resolveWithObject: true })).info.width).toBe(
        128,
      );
    }
  });

  it('tells the seed of each of several pictures', async () => {
    const io = world();
    const events = await collectEvents(run(emulating('none', { seed: 40, count: 3 }), io));
    expect(events.flatMap((event) => (event.type === 'image' ? [event.seed] : []))).toEqual([40, 41, 42]);
    expect(new Set(picturesIn(events, io).map((bytes) => bytes.toString('base64'))).size).toBe(3);
  });

  it('signs in as the server’s user', async () => {
    await collectEvents(run(emulating('none'), world()));
    expect(seen[0]?.headers.authorization).toBe(`Basic ${Buffer.from('me:secret').toString('base64')}`);
  });

  it('leaves out the grid that an operator may have switched on', async () => {
    const upstream = await startScriptedUpstream();
    const png = (text: string) => Buffer.from(text).toString('base64');
    upstream.answer(
      jsonAnswer(200, { images: [png('the grid'), png('one'), png('two')], info: '{"all_seeds":[7,8]}' }),
    );
    const io = world({}, 'sd-server', upstream.baseUrl);
    const events = await collectEvents(run(emulating('none', { count: 2 }, 'sd-server'), io));
    expect(picturesIn(events, io).map(String)).toEqual(['one', 'two']);
    await upstream.close();
  });

  it('waits for its turn at the server and says so', async () => {
    const first = collectEvents(run(emulating('slow-100'), world()));
    await expect.poll(() => turns.count(`${server.url}/forge`)).toBe(1);
    const second = await collectEvents(run(emulating('none'), world()));
    expect(second[0]).toEqual({ type: 'queued', ahead: 1 });
    await first;
    expect(seen.filter(({ method }) => method === 'POST').length).toBe(2);
  });
});

describe('a call that is given up', () => {
  it.each(['cancelled', 'timeout'] as const)('interrupts the server: %s', async (kind) => {
    const stop = new AbortController();
    const failing = failureOf(run(emulating('slow-20000'), world({ signal: stop.signal })));
    await expect.poll(async () => (await stateOf()).state?.job).toBe('scripts_txt2img');
    stop.abort(new DOMException('Stop.', kind === 'timeout' ? 'TimeoutError' : 'AbortError'));
    expect(await failing).toMatchObject({ kind, retryable: false });
    await expect.poll(async () => (await stateOf()).state?.job).toBe('');
    expect((await stateOf()).state?.interrupted).toBe(true);
  });

  it('does not interrupt another call while it waits for its turn', async () => {
    const stop = new AbortController();
    const first = collectEvents(run(emulating('slow-200'), world()));
    await expect.poll(() => turns.count(`${server.url}/forge`)).toBe(1);
    const failing = failureOf(run(emulating('none'), world({ signal: stop.signal })));
    await expect.poll(() => turns.count(`${server.url}/forge`)).toBe(2);
    stop.abort(new DOMException('Stop.', 'AbortError'));
    expect(await failing).toMatchObject({ kind: 'cancelled', billed: false });
    expect((await first).at(-1)).toMatchObject({ type: 'image' });
    expect(seen.some(({ url }) => url.endsWith('/interrupt'))).toBe(false);
  });

  it('that somebody else interrupted is no success', async () => {
    const failing = failureOf(run(emulating('slow-20000'), world()));
    await expect.poll(async () => (await stateOf()).state?.job).toBe('scripts_txt2img');
    await fetch(`${server.url}/forge/sdapi/v1/interrupt`, { method: 'POST' });
    expect(await failing).toMatchObject({ kind: 'cancelled', retryable: false, billed: false });
  });

  it('before this one is no matter of this one', async () => {
    const given = new AbortController();
    const failing = failureOf(run(emulating('slow-20000'), world({ signal: given.signal })));
    await expect.poll(async () => (await stateOf()).state?.job).toBe('scripts_txt2img');
    given.abort(new DOMException('Stop.', 'AbortError'));
    await failing;
    expect((await stateOf()).state?.interrupted).toBe(true);
    const events = await collectEvents(run(emulating('slow-100'), world()));
    expect(events.at(-1)).toMatchObject({ type: 'image' });
  });
});

describe('probeServer', () => {
  const listed = (settings: Readonly<Record<string, string>>) => {
    const [probed] = listProbedServers([], {
      FLUX_PROTOCOL: 'sdapi',
      FLUX_BASE_URL: server.url,
      ...settings,
    });
    if (probed === undefined) throw new Error('nothing is listed');
    return probed;
  };
  const at = (dialect: string) => ({ FLUX_BASE_URL: `${server.url}/${dialect}`, FLUX_DIALECT: dialect });

  it.each(DIALECT_NAMES)('has nothing to say of a well described %s', async (dialect) => {
    const probe = await probeServer(listed(at(dialect)), fetchJson);
    expect(probe).toMatchObject({ slug: 'flux-1-pro', reachable: true, warnings: [] });
  });

  it('names what the server does not list', async () => {
    const wrong = {
      ...listed(at('forge')),
      model: 'flux1-dev-bnb-nf4-v1.safetensors',
      sampler: 'Eular',
      scheduler: 'simple',
      modules: ['ae.safetensors', 'clip_g.safetensors'],
    };
    expect((await probeServer(wrong, fetchJson)).warnings).toEqual([
      'it does not list the checkpoint flux1-dev-bnb-nf4-v1.safetensors; the nearest is flux1-dev-bnb-nf4-v2.safetensors',
      'it does not list the sampler Eular; the nearest is Euler',
      'it does not list the module clip_g.safetensors; the nearest is clip_l.safetensors',
    ]);
  });

  it('doubts the dialect, and tells of refused users and silence', async () => {
    const warningsOf = async (changes: object, dialect = 'forge') =>
      (await probeServer({ ...listed(at(dialect)), ...changes }, fetchJson)).warnings;
    expect(await warningsOf({ dialect: 'sd-server' })).toContain(
      'it tells its progress, which sd-server does not: is the dialect right?',
    );
    expect(await warningsOf({ dialect: 'forge' }, 'sd-server')).toContain(
      'it does not tell its progress, as Forge would: is the dialect right?',
    );
    expect(await warningsOf({ apiKey: 'bad:one' })).toEqual(['it refuses user and password']);
    expect(await warningsOf({ url: 'http://127.0.0.1:1' })).toEqual([
      'it gave no answer within three seconds',
    ]);
  });
});

describe('documented answers', () => {
  it('are read as what they are', () => {
    const fixture: unknown = JSON.parse(
      readFileSync(new URL('fixtures/progress.json', import.meta.url), 'utf8'),
    );
    expect(progressAnswer.parse(fixture)).toEqual({
      progress: 0.35,
      state: { job: 'scripts_txt2img', interrupted: false },
      current_image: null,
    });
  });
});
