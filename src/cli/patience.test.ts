import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { callApi, type Connection } from './client.js';
import { Patience } from './patience.js';

/** Answers in their order; the last one stays. */
let script: { status: number; headers?: Record<string, string> }[] = [];
let heardAt: number[] = [];
let connection: Connection;
const server = createServer((_request, response) => {
  heardAt.push(performance.now());
  const answer = (script.length > 1 ? script.shift() : script[0]) ?? { status: 200 };
  response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
  response.end(
    JSON.stringify(answer.status === 200 ? { ok: true } : { error: { message: 'no', code: 'some_code' } }),
  );
});
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  connection = { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`, key: 'k' };
});
afterAll(() => {
  server.close();
});
beforeEach(() => {
  heardAt = [];
});

const retryAfter = (ms: number) => ({
  status: 429,
  headers: { 'x-should-retry': 'true', 'retry-after-ms': String(ms) },
});
function patient(totalMs = 5_000) {
  const waits: number[] = [];
  const stop = new AbortController();
  const patience = new Patience({
    totalMs,
    signal: stop.signal,
    onWait: (_why, waitMs) => {
      waits.push(waitMs);
    },
  });
  const call = () => patience.call(() => callApi(connection, 'GET', '/', z.object({ ok: z.literal(true) })));
  return { call, waits, stop };
}

describe('Patience', () => {
  it('waits as long as the server says, and calls again', async () => {
    script = [retryAfter(120), retryAfter(60), { status: 200 }];
    const { call, waits } = patient();
    expect(await call()).toEqual({ ok: true });
    expect(waits).toEqual([120, 60]);
    const [first = 0, second = 0, third = 0] = heardAt;
    expect(second - first).toBeGreaterThanOrEqual(119);
    expect(third - second).toBeGreaterThanOrEqual(59);
  });

  it('holds all calls back while one of them was asked to wait', async () => {
    script = [retryAfter(150), { status: 200 }];
    const { call } = patient();
    const first = call();
    while (heardAt.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([first, new Promise((resolve) => setTimeout(resolve, 20)).then(call)]);
    const [asked = 0, ...later] = heardAt;
    expect(later).toHaveLength(2);
    for (const at of later) expect(at - asked).toBeGreaterThanOrEqual(149);
  });

  it.each([
    ['a refusal', { status: 400 }],
    [
      'what the server does not want to be asked again',
      { status: 503, headers: { 'x-should-retry': 'false' } },
    ],
    ['a wait that is longer than all patience', retryAfter(6_000)],
  ])('does not wait for %s', async (_what, answer) => {
    script = [answer];
    const { call, waits } = patient();
    await expect(call()).rejects.toThrow('no (some_code)');
    expect([waits, heardAt.length]).toEqual([[], 1]);
  });

  it('gives up on a server that stays away, in its words', async () => {
    const away = { url: 'http://127.0.0.1:9', key: 'k' };
    const waits: number[] = [];
    const patience = new Patience({
      totalMs: 100,
      signal: new AbortController().signal,
      onWait: (_why, waitMs) => {
        waits.push(waitMs);
      },
    });
    await expect(patience.call(() => callApi(away, 'GET', '/', z.unknown()))).rejects.toThrow(
      'no server answers',
    );
    expect(waits).toEqual([]);
  });

  it('ends a wait when it is told to', async () => {
    script = [retryAfter(4_000)];
    const { call, stop } = patient();
    const failed = expect(call()).rejects.toThrow('aborted');
    while (heardAt.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setTimeout(resolve, 20));
    stop.abort();
    await failed;
    expect(performance.now() - (heardAt[0] ?? 0)).toBeLessThan(2_000);
  });
});
