import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmulator } from '../../../test/support/emulator-server.js';
import type { EmulatorServer } from '../../../test/support/emulator-server.js';
import { errorAnswer, imagesAnswer } from './emulator-wire.js';
import { createXaiEmulator } from './emulator.js';

let server: EmulatorServer;

beforeAll(async () => {
  server = await startEmulator(createXaiEmulator);
});
afterAll(async () => {
  await server.close();
});

interface Call {
  readonly key?: string;
  readonly fields?: Record<string, unknown>;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

function send(token: string, call: Call = {}): Promise<Response> {
  return fetch(`${server.url}/v1/images/generations`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${call.key ?? 'xai-good'}`,
      'content-type': 'application/json',
      ...call.headers,
    },
    body: JSON.stringify({
      model: 'grok-imagine-image-2.0',
      prompt: `a boat [[emulate:${token}]]`,
      response_format: 'b64_json',
      ...call.fields,
    }),
    ...(call.signal === undefined ? {} : { signal: call.signal }),
  });
}

async function success(answer: Response) {
  expect(answer.status).toBe(200);
  return imagesAnswer.parse(await answer.json());
}

async function decode(b64: string | null | undefined) {
  const { width, height } = await sharp(Buffer.from(b64 ?? '', 'base64')).metadata();
  return { width, height };
}

describe('refusals', () => {
  it.each([
    ['bad-key', 400, 'invalid-argument', 'Client specified an invalid argument', 'Incorrect API key'],
    ['out-of-credit', 429, 'resource-exhausted', 'Some resource has been exhausted', 'Your team '],
    ['rate-limited', 429, 'resource-exhausted', 'Some resource has been exhausted', 'Too many'],
    ['rate-limited-no-hint', 429, 'resource-exhausted', 'Some resource has been exhausted', 'Too many'],
    ['server-error', 500, 'internal', 'Internal error', 'Internal server error.'],
    [
      'moderated-output',
      400,
      'imagine:content-moderated',
      'Client specified an invalid argument',
      'Generated',
    ],
    [
      'moderated-input',
      403,
      'permission-denied',
      'The caller does not have permission to execute the specified operation',
      'Content violates usage guidelines.',
    ],
  ])('%s is a %i in every shape and both styles of code', async (token, status, slug, sentence, text) => {
    const seen = [];
    for (const key of ['xai-good', 'xai-old', 'xai-envelope', 'xai-text']) {
      const answer = await send(token, { key });
      expect(answer.status).toBe(status);
      expect(answer.headers.get('retry-after')).toBe(token === 'rate-limited' ? '1' : null);
      const body = errorAnswer.parse(await answer.json());
      const isFlat = 'code' in body;
      const message = typeof body.error === 'string' ? body.error : body.error.message;
      expect(message.startsWith(text)).toBe(true);
      seen.push(isFlat ? body.code : typeof body.error === 'string' ? undefined : body.error.code);
    }
    expect(seen).toEqual([slug, sentence, slug, undefined]);
  });

  it('overloaded is HTML', async () => {
    const answer = await send('overloaded');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([503, 'text/html']);
    expect(await answer.text()).toContain('<h1>503');
  });

  it('act only on the attempt and model a token names', async () => {
    const scope = (attempt: number) => ({ headers: { 'x-emulate-scope': `gen_1/1/${attempt}` } });
    const statuses = [];
    for (const attempt of [1, 2, 3]) statuses.push((await send('overloaded*2', scope(attempt))).status);
    expect(statuses).toEqual([503, 503, 200]);
    expect((await send('overloaded@grok-image')).status).toBe(503);
    expect((await send('overloaded@imagen-4')).status).toBe(200);
    expect((await send('', { headers: { 'x-emulate': 'server-error' } })).status).toBe(500);
  });
});

describe('moderation', () => {
  it('shows as an error that was billed', async () => {
    const body = errorAnswer.parse(await (await send('moderated-output', { fields: { n: 2 } })).json());
    expect(body).toMatchObject({ usage: { cost_in_usd_ticks: 800_000_000 } });
  });

  it('shows as a block reason where the prompt is refused, and is not billed', async () => {
    const { block_reason: reason, data, usage } = await success(await send('moderated-prompt'));
    expect([reason, data, usage.cost_in_usd_ticks]).toEqual([expect.any(String), [], 0]);
  });

  it.each(['moderated-prompt', 'moderated-input', 'moderated-output'])(
    '%s has the face that the key asks for',
    async (token) => {
      const face = (name: string) => send(token, { key: `xai-face-${name}`, fields: { n: 2 } });
      const empty = { url: null, b64_json: null, respect_moderation: false };
      expect((await success(await face('item'))).data).toEqual([empty, empty]);
      expect((await success(await face('list'))).data).toEqual([]);
      expect((await success(await face('reason'))).block_reason).not.toBeNull();
      expect((await face('error')).status).toBe(400);
      expect((await face('permission')).status).toBe(403);
    },
  );

  it('of one picture leaves the others', async () => {
    const { data, usage } = await success(await send('moderated-output#2', { fields: { n: 3 } }));
    expect(data.map((item) => typeof item.b64_json)).toEqual(['string', 'object', 'string']);
    expect(data[1]).toEqual({ url: null, b64_json: null, respect_moderation: false });
    expect(usage.cost_in_usd_ticks).toBe(1_200_000_000);
  });
});

describe('successes that are none', () => {
  it('hold neither link nor base64', async () => {
    expect((await success(await send('no-image'))).data).toEqual([
      { url: null, b64_json: null, mime_type: 'image/jpeg' },
    ]);
    const [item] = (await success(await send('text-only'))).data;
    expect(Object.keys(item ?? {})).toEqual(['mime_type', 'revised_prompt']);
  });

  it('hold other pixels or damaged base64', async () => {
    const wide = { aspect_ratio: '16:9' };
    const wrong = await success(await send('wrong-size', { fields: wide }));
    expect(await decode(wrong.data[0]?.b64_json)).toEqual({ width: 768, height: 1408 });
    const square = await success(await send('wrong-size'));
    expect(await decode(square.data[0]?.b64_json)).toEqual({ width: 1024, height: 768 });
    const bad = await success(await send('bad-base64'));
    expect(bad.data[0]?.b64_json).toMatch(/\*#!\?/);
  });

  it('lead to a broken picture or a dead link', async () => {
    const url = async (token: string) => {
      const { data } = await success(await send(token, { fields: { response_format: 'url' } }));
      return fetch(data[0]?.url ?? '');
    };
    const broken = Buffer.from(await (await url('bad-base64')).arrayBuffer());
    await expect(sharp(broken).raw().toBuffer()).rejects.toThrow();
    expect((await url('expired-link')).status).toBe(404);
    await expect((await url('cut-body')).arrayBuffer()).rejects.toThrow();
    expect((await (await url('drip')).arrayBuffer()).byteLength).toBeGreaterThan(1_000);
  });
});

describe('trouble on the connection', () => {
  it('slow, drip, cut-body and stall act as on every emulator', async () => {
    const before = performance.now();
    await success(await send('slow-120'));
    expect(performance.now() - before).toBeGreaterThanOrEqual(115);
    await success(await send('drip'));
    const cut = await send('cut-body');
    expect(cut.status).toBe(200);
    await expect(cut.text()).rejects.toThrow();
    await expect(send('stall', { signal: AbortSignal.timeout(100) })).rejects.toThrow();
  });
});
