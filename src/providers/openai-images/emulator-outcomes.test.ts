import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmulator } from '../../../test/support/emulator-server.js';
import type { EmulatorServer } from '../../../test/support/emulator-server.js';
import { dialectIds } from './emulator-dialects.js';
import type { DialectId } from './emulator-dialects.js';
import { errorAnswers, imagesAnswers, proxyErrorAnswer } from './emulator-wire.js';
import { createOpenAiImagesEmulator } from './emulator.js';

let server: EmulatorServer;

beforeAll(async () => {
  server = await startEmulator(createOpenAiImagesEmulator);
});
afterAll(async () => {
  await server.close();
});

interface Call {
  readonly fields?: Record<string, unknown>;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

function send(dialect: DialectId, token: string, call: Call = {}): Promise<Response> {
  return fetch(`${server.url}/${dialect}/v1/images/generations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...call.headers },
    body: JSON.stringify({
      model: 'flux-1',
      prompt: `a boat [[emulate:${token}]]`,
      size: '512x256',
      response_format: 'b64_json',
      ...call.fields,
    }),
    ...(call.signal === undefined ? {} : { signal: call.signal }),
  });
}

async function firstPicture(dialect: DialectId, token: string): Promise<string> {
  const answer = await send(dialect, token);
  expect(answer.status).toBe(200);
  const [item] = imagesAnswers[dialect].parse(await answer.json()).data;
  return item !== undefined && 'b64_json' in item ? (item.b64_json ?? '') : '';
}

describe.each(dialectIds)('outcomes of %s', (dialect) => {
  it.each([
    ['moderated-prompt', 400, 'content_policy_violation'],
    ['moderated-input', 400, 'content_policy_violation'],
    ['moderated-output', 400, 'content_policy_violation'],
    ['rate-limited', 429, 'rate_limit_exceeded'],
    ['rate-limited-no-hint', 429, 'rate_limit_exceeded'],
    ['out-of-credit', 429, 'insufficient_quota'],
  ])('%s is a proxy’s %i', async (token, status, code) => {
    const answer = await send(dialect, token);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('retry-after')).toBe(token === 'rate-limited' ? '1' : null);
    expect(proxyErrorAnswer.parse(await answer.json()).error.code).toBe(code);
  });

  it('server-error, overloaded and bad-key come in the server’s own shape', async () => {
    const failed = await send(dialect, 'server-error');
    expect(failed.status).toBe(500);
    errorAnswers[dialect].parse(await failed.json());
    const busy = await send(dialect, 'overloaded');
    expect([busy.status, busy.headers.get('retry-after')]).toEqual([503, dialect === 'localai' ? '1' : null]);
    const text = await busy.text();
    if (dialect === 'sd-server') expect(text).toBe('');
    else errorAnswers[dialect].parse(JSON.parse(text));
    const bad = await send(dialect, 'bad-key');
    expect(bad.status).toBe(401);
    const own = dialect === 'sd-server' ? proxyErrorAnswer : errorAnswers[dialect];
    own.parse(await bad.json());
  });

  it('text-only is an empty list, and no-image too but on sd-server', async () => {
    const empty = imagesAnswers[dialect].parse(await (await send(dialect, 'text-only')).json());
    expect(empty.data).toEqual([]);
    const none = await send(dialect, 'no-image');
    const body: unknown = await none.json();
    if (dialect !== 'sd-server') expect(imagesAnswers[dialect].parse(body).data).toEqual([]);
    else expect([none.status, body]).toEqual([500, { error: 'generate_image returned no results' }]);
  });

  it('wrong-size and bad-base64 spoil the picture', async () => {
    const wrong = Buffer.from(await firstPicture(dialect, 'wrong-size'), 'base64');
    expect(await sharp(wrong).metadata()).toMatchObject({ width: 256, height: 512 });
    expect(await firstPicture(dialect, 'bad-base64')).toMatch(/\*#!\?/);
  });

  it('slow, drip, cut-body and stall act on the connection', async () => {
    const before = performance.now();
    await firstPicture(dialect, 'slow-120');
    expect(performance.now() - before).toBeGreaterThanOrEqual(115);
    await firstPicture(dialect, 'drip');
    await expect((await send(dialect, 'cut-body')).text()).rejects.toThrow();
    await expect(send(dialect, 'stall', { signal: AbortSignal.timeout(80) })).rejects.toThrow();
  });
});

describe('outcomes of links', () => {
  const linked = async (token: string) => {
    const call = { fields: { response_format: 'url' } };
    const { data } = imagesAnswers.localai.parse(await (await send('localai', token, call)).json());
    const [item] = data;
    return fetch(item !== undefined && 'url' in item ? item.url : '');
  };

  it('act where the picture is sent', async () => {
    expect((await linked('expired-link')).status).toBe(404);
    const broken = Buffer.from(await (await linked('bad-base64')).arrayBuffer());
    await expect(sharp(broken).raw().toBuffer()).rejects.toThrow();
    await expect((await linked('cut-body')).arrayBuffer()).rejects.toThrow();
    const dripped = Buffer.from(await (await linked('drip')).arrayBuffer());
    expect(await sharp(dripped).metadata()).toMatchObject({ width: 512 });
  });
});

describe('tokens', () => {
  it('act on the attempt, the model and the header', async () => {
    const scope = (attempt: number) => ({ headers: { 'x-emulate-scope': `gen_1/1/${attempt}` } });
    const statuses = [];
    for (const attempt of [1, 2])
      statuses.push((await send('vllm-omni', 'overloaded', scope(attempt))).status);
    expect(statuses).toEqual([503, 200]);
    expect((await send('vllm-omni', 'overloaded@flux-1-pro')).status).toBe(503);
    expect((await send('vllm-omni', 'overloaded@imagen-4')).status).toBe(200);
    expect((await send('nim', '', { headers: { 'x-emulate': 'server-error' } })).status).toBe(500);
  });
});
