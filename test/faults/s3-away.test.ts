/** An S3 store that is slow, fails in the middle, or is not there: at the start and later. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { failure, fetchPicture, generation } from '../support/answers.js';
import { startEmulators, type Emulators } from '../support/emulators.js';
import {
  expectUnavailable,
  PRICE,
  startFaultGateway,
  until,
  type FaultGateway,
} from '../support/fault-gateway.js';
import { fileAnswer, fileForm } from '../support/files.js';
import { makeNoisePng } from '../support/noise-png.js';
import { createOwnStores, type OwnStores } from '../support/own-stores.js';
import { startS3Proxy, type Interference, type S3Proxy } from '../support/s3-server.js';

const TIMEOUT_MS = 120_000;
const PROGRAM = path.resolve(import.meta.dirname, '../../dist/cli/main.js');

let emulators: Emulators;
let stores: OwnStores;
let proxy: S3Proxy;
let env: Readonly<Record<string, string>>;
let gateway: FaultGateway | undefined;
/** What requests to the store meet from now on. */
let interfere: Interference;

beforeEach(async () => {
  emulators = await startEmulators();
  stores = await createOwnStores('shared');
  interfere = () => undefined;
  await openProxy();
  env = {
    ...stores.env,
    STORAGE_URL: (stores.env['STORAGE_URL'] ?? '').replace(endpointOfStore(), proxy.endpoint),
    ATELIER_EMULATORS_URL: emulators.root,
    ATELIER_RECENT_BYTES: '0',
  };
});
afterEach(async () => {
  await gateway?.kill();
  gateway = undefined;
  await proxy.close();
  await stores.remove();
  await emulators.close();
});

function endpointOfStore(): string {
  return /endpoint=([^&]+)/.exec(stores.env['STORAGE_URL'] ?? '')?.[1] ?? '';
}

/** On the same port, if there was one before. */
async function openProxy(port?: number): Promise<void> {
  proxy = await startS3Proxy(endpointOfStore(), (request, response) => interfere(request, response), port);
}

const bought = () => emulators.records.filter(({ method }) => method === 'POST').length;
const isBlob = (url: string | undefined) => url?.includes('/blobs/') === true;

/** Ends such uploads in the midst of their bytes, for as long from the first one on. @returns how many were cut */
function cutUploads(isCut: (url: string | undefined) => boolean, forMs: number): () => number {
  let cut = 0;
  let untilMs: number | undefined;
  interfere = (request, response) => {
    if (request.method !== 'PUT' || !isCut(request.url)) return undefined;
    untilMs ??= performance.now() + forMs;
    if (performance.now() > untilMs) return undefined;
    request.once('data', () => response.destroy());
    cut += 1;
    return 'handled';
  };
  return () => cut;
}

it(
  'serves everybody while the store takes seconds for each picture, within its places',
  async () => {
    const gate = await startFaultGateway({ ...env, ATELIER_MAX_RUNNING: '4', ATELIER_MAX_WAITING: '6' });
    gateway = gate;
    let [atOnce, most] = [0, 0];
    interfere = async (request) => {
      if (request.method !== 'PUT' || !isBlob(request.url)) return undefined;
      atOnce += 1;
      most = Math.max(most, atOnce);
      await sleep(2_000);
      atOnce -= 1;
      return undefined;
    };
    const startMs = performance.now();
    const calls = Array.from({ length: 14 }, (_, index) => gate.generate(`a pond, seen ${index} times`));
    const slowest = { models: 0, healthz: 0 };
    const over = new AbortController();
    const watching = (async () => {
      while (!over.signal.aborted) {
        for (const [name, ask] of [
          ['models', () => gate.call('GET', '/v1/models?limit=1')],
          ['healthz', () => gate.status('/healthz')],
        ] as const) {
          const askedMs = performance.now();
          await ask();
          slowest[name] = Math.max(slowest[name], performance.now() - askedMs);
        }
        await sleep(50);
      }
    })();
    const answers = await Promise.all(calls);
    over.abort();
    await watching;
    const codes = answers.map(({ status, body }) =>
      status === 200 ? '200' : failure.parse(body).error.code,
    );
    // Four run, six wait, the others are told to come back.
    expect(codes.filter((code) => code === '200')).toHaveLength(10);
    expect(codes.filter((code) => code === 'queue_full')).toHaveLength(4);
    expect(most).toBe(4);
    // Three rounds of two seconds.
    expect(performance.now() - startMs).toBeGreaterThan(6_000);
    expect(Math.max(slowest.models, slowest.healthz)).toBeLessThan(1_500);
    expect(bought()).toBe(10);
    await gate.expectSpent(10 * PRICE);
    expect(await gate.stop()).toBe(0);
  },
  TIMEOUT_MS,
);

it(
  'does not start without its store, says why, and starts once it is back',
  async () => {
    const port = Number(new URL(proxy.endpoint).port);
    await proxy.close();
    const child = spawn(process.execPath, [PROGRAM, 'serve'], {
      env: { ...process.env, PORT: '0', LOG_LEVEL: 'silent', ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    await once(child, 'exit');
    expect(child.exitCode).toBe(1);
    expect(said).toContain(`127.0.0.1:${port}`);
    expect(said).toContain('cannot be reached (ECONNREFUSED)');
    // A sentence for whoever runs it, not a place in the code.
    expect(said).not.toMatch(/\n {4}at /);
    await openProxy(port);
    const gate = await startFaultGateway(env);
    gateway = gate;
    expect((await gate.generate()).status).toBe(200);
    await gate.expectSpent(PRICE);
  },
  TIMEOUT_MS,
);

it(
  'puts a picture again whose upload broke off, for as long as it takes the store to come back',
  async () => {
    const gate = await startFaultGateway(env);
    gateway = gate;
    const broken = cutUploads(isBlob, 6_000);
    const answer = await gate.generate();
    expect(answer.status).toBe(200);
    expect(broken()).toBeGreaterThan(4);
    expect(bought()).toBe(1);
    expect((await fetchPicture(generation.parse(answer.body).data[0]?.url)).width).toBe(1024);
    await gate.expectSpent(PRICE);
    expect(await gate.stop()).toBe(0);
  },
  TIMEOUT_MS,
);

it(
  'sends parts of a large file again for as long: what is still coming can not be had once more',
  async () => {
    const gate = await startFaultGateway(env);
    gateway = gate;
    const broken = cutUploads((url) => url?.includes('partNumber=') === true, 3_000);
    const picture = makeNoisePng(12_000_000, 1);
    const answer = await gate.call('POST', '/v1/files', fileForm(picture));
    expect(answer.status).toBe(200);
    // Four attempts are over within a second.
    expect(broken()).toBeGreaterThan(4);
    expect(fileAnswer.parse(answer.body).bytes).toBe(picture.length);
    expect(await gate.stop()).toBe(0);
  },
  TIMEOUT_MS,
);

it(
  'loses what comes while the store stays away, buys nothing more, and works again once it is back',
  async () => {
    const gate = await startFaultGateway(env);
    gateway = gate;
    const before = generation.parse((await gate.generate()).body);
    const port = Number(new URL(proxy.endpoint).port);
    const running = gate.generate('[[emulate:slow-1500]] a pond that comes too late');
    await emulators.arrived('slow');
    await proxy.close();
    const lost = await running;
    expectUnavailable(lost, false);
    expect(bought()).toBe(2);
    expect(await gate.read(lost.headers.get('x-generation-id') ?? '')).toMatchObject({
      status: 'failed',
      credits_used: 0,
      attempts: [{ outcome: 'failed', error: { code: 'storage_unavailable' } }],
    });
    for (const answer of await Promise.all([gate.generate(), gate.generate()]))
      expectUnavailable(answer, true);
    expect(bought()).toBe(2);
    expect([await gate.status('/healthz'), await gate.status('/readyz')]).toEqual([200, 503]);
    expect(
      await gate.status(
        new URL(before.data[0]?.url ?? '').pathname + new URL(before.data[0]?.url ?? '').search,
      ),
    ).toBe(503);
    await openProxy(port);
    await until('the store is asked again', async () => (await gate.generate()).status === 200, 10_000);
    await expect.poll(() => gate.status('/readyz')).toBe(200);
    expect((await fetchPicture(before.data[0]?.url)).width).toBe(1024);
    expect(bought()).toBe(3);
    await gate.expectSpent(2 * PRICE);
    expect(await gate.stop()).toBe(0);
  },
  TIMEOUT_MS,
);
