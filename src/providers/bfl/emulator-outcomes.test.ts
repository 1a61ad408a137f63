import { measureBuffer } from '../../pixels/measure.js';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmulator } from '../../../test/support/emulator-server.js';
import type { EmulatorServer } from '../../../test/support/emulator-server.js';
import { errorAnswer, pollAnswer, submitAnswer } from './emulator-wire.js';
import { createBflEmulator } from './emulator.js';

let server: EmulatorServer;

beforeAll(async () => {
  server = await startEmulator(createBflEmulator);
});
afterAll(async () => {
  await server.close();
});

function send(token: string, key = 'bfl-good', headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${server.url}/v1/flux-2-pro`, {
    method: 'POST',
    headers: { 'x-key': key, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ prompt: `a boat [[emulate:${token}]]`, width: 512, height: 256 }),
  });
}

/** Submits and polls to the end. */
async function finish(token: string, key = 'bfl-good') {
  const answer = submitAnswer.parse(await (await send(token, key)).json());
  const url = 'polling_url' in answer ? answer.polling_url : '';
  const poll = async () => {
    const polled = await fetch(url, { headers: { 'x-key': key } });
    return { http: polled.status, ...pollAnswer.parse(await polled.json()) };
  };
  await expect.poll(async () => (await poll()).status, { interval: 10 }).not.toBe('Pending');
  return poll();
}

async function fetchSample(token: string): Promise<Response> {
  return fetch((await finish(token)).result?.sample ?? '');
}

describe('refusals of the submit', () => {
  it.each([
    ['bad-key', 403, { detail: 'Not authenticated' }],
    ['out-of-credit', 402, { detail: 'Insufficient credits' }],
    ['rate-limited', 429, { error: 'rate_limit_exceeded', retry_after: 1 }],
    ['rate-limited-no-hint', 429, {}],
    ['overloaded', 503, { detail: 'Service temporarily unavailable' }],
  ])('%s is a %i', async (token, status, body) => {
    const answer = await send(token);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('retry-after')).toBe(token === 'rate-limited' ? '1' : null);
    expect(errorAnswer.parse(await answer.json())).toMatchObject(body);
  });

  it('act only on the attempt, the model and the header', async () => {
    const scope = (attempt: number) => ({ 'x-emulate-scope': `gen_1/1/${attempt}` });
    const statuses = [];
    for (const attempt of [1, 2, 3]) {
      statuses.push((await send('overloaded]][[emulate:rate-limited', 'bfl-good', scope(attempt))).status);
    }
    expect(statuses).toEqual([503, 429, 200]);
    expect((await send('overloaded@flux-2-max')).status).toBe(200);
    expect((await send('', 'bfl-good', { 'x-emulate': 'out-of-credit' })).status).toBe(402);
  });
});

describe('ends of tasks', () => {
  it.each([
    ['moderated-prompt', 'Request Moderated', ['Prompt'], 422],
    ['moderated-input', 'Request Moderated', ['Input image'], 422],
    ['moderated-output', 'Content Moderated', ['Derivative Works Filter'], 422],
    ['server-error', 'Error', undefined, 503],
  ])('%s is told as %s', async (token, status, reasons, oddHttp) => {
    const end = await finish(token);
    expect(end).toMatchObject({ http: 200, status, result: null });
    expect(end.details?.['Moderation Reasons']).toEqual(reasons);
    expect(await finish(token, 'bfl-odd')).toMatchObject({ http: oddHttp, status });
  });

  it('can be told as Failed', async () => {
    expect(await finish('server-error', 'bfl-failed')).toMatchObject({ http: 200, status: 'Failed' });
  });

  it('can be Ready without a picture', async () => {
    expect(await finish('no-image')).toMatchObject({ status: 'Ready', result: null });
    const { result } = await finish('text-only');
    expect(result).not.toBeNull();
    expect(result).not.toHaveProperty('sample');
  });

  it('never come to what stalls, and come late to what is slow', async () => {
    const { id } = submitAnswer.parse(await (await send('stall')).json());
    server.clock.now = new Date(server.clock.now.getTime() + 3_600_000);
    const polled = await fetch(`${server.url}/regions/us2/v1/get_result?id=${id}`, {
      headers: { 'x-key': 'bfl-good' },
    });
    expect(await polled.json()).toMatchObject({ status: 'Pending' });
    server.clock.now = new Date();
    const before = performance.now();
    await finish('slow-900');
    expect(performance.now() - before).toBeGreaterThanOrEqual(895);
  });
});

describe('delivery', () => {
  it('brings other pixels, a broken picture or a dead link', async () => {
    const wrong = Buffer.from(await (await fetchSample('wrong-size')).arrayBuffer());
    expect(await sharp(wrong).metadata()).toMatchObject({ width: 256, height: 512 });
    const broken = Buffer.from(await (await fetchSample('bad-base64')).arrayBuffer());
    // Decoders forgive much; the missing end is what tells.
    expect(measureBuffer(broken)?.complete).toBe(false);
    expect((await fetchSample('expired-link')).status).toBe(403);
  });

  it('drips or is cut where the picture is sent', async () => {
    const dripped = Buffer.from(await (await fetchSample('drip')).arrayBuffer());
    expect(await sharp(dripped).metadata()).toMatchObject({ width: 512, height: 256 });
    const cut = await fetchSample('cut-body');
    expect(cut.status).toBe(200);
    await expect(cut.arrayBuffer()).rejects.toThrow();
  });
});
