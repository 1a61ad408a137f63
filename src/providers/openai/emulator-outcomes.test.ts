import { once } from 'node:events';
import { connect } from 'node:net';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmulator } from '../../../test/support/emulator-server.js';
import type { EmulatorServer } from '../../../test/support/emulator-server.js';
import { createOpenAiEmulator } from './emulator.js';
import { errorAnswer, imagesAnswer } from './emulator-wire.js';

let server: EmulatorServer;

beforeAll(async () => {
  server = await startEmulator(createOpenAiEmulator);
});
afterAll(async () => {
  await server.close();
});

interface Call {
  readonly model?: string;
  readonly token: string;
  readonly fields?: Record<string, unknown>;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

function send(call: Call): Promise<Response> {
  return fetch(`${server.url}/v1/images/generations`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk-good', 'content-type': 'application/json', ...call.headers },
    body: JSON.stringify({
      model: call.model ?? 'gpt-image-2',
      prompt: `a boat [[emulate:${call.token}]]`,
      ...call.fields,
    }),
    ...(call.signal === undefined ? {} : { signal: call.signal }),
  });
}

/** The body as it arrives. */
async function* piecesOf(answer: Response): AsyncIterable<Uint8Array> {
  const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = answer.body?.getReader();
  for (let read = await reader?.read(); read?.value !== undefined; read = await reader?.read())
    yield read.value;
}

async function success(answer: Response) {
  expect(answer.status).toBe(200);
  return imagesAnswer.parse(await answer.json());
}

describe('scripted refusals', () => {
  it.each([
    ['gpt-image-2', 'moderated-prompt', 400, 'image_generation_user_error', 'moderation_blocked'],
    ['gpt-image-2', 'moderated-input', 400, 'image_generation_user_error', 'moderation_blocked'],
    ['gpt-image-2', 'moderated-output', 400, 'image_generation_user_error', 'moderation_blocked'],
    ['dall-e-3', 'moderated-prompt', 400, 'invalid_request_error', 'content_policy_violation'],
    ['dall-e-3', 'moderated-output', 400, 'invalid_request_error', 'content_policy_violation'],
    ['gpt-image-2', 'rate-limited', 429, 'requests', 'rate_limit_exceeded'],
    ['gpt-image-2', 'rate-limited-no-hint', 429, 'requests', 'rate_limit_exceeded'],
    ['gpt-image-2', 'overloaded', 503, 'service_unavailable_error', 'server_is_overloaded'],
    ['gpt-image-2', 'server-error', 500, 'server_error', null],
    ['gpt-image-2', 'bad-key', 401, 'invalid_request_error', 'invalid_api_key'],
    ['gpt-image-2', 'out-of-credit', 429, 'insufficient_quota', 'insufficient_quota'],
    ['dall-e-3', 'out-of-credit', 400, 'invalid_request_error', 'billing_hard_limit_reached'],
  ])('%s acts out %s', async (model, token, status, type, code) => {
    const answer = await send({ model, token });
    expect(answer.status).toBe(status);
    expect(errorAnswer.parse(await answer.json()).error).toMatchObject({ type, code });
    expect(answer.headers.get('retry-after')).toBe(token === 'rate-limited' ? '1' : null);
    expect(answer.headers.get('x-request-id')).toMatch(/^req_/);
  });

  it('names the stage on GPT image models, and blames its own rewriting on dall-e-3', async () => {
    const input = errorAnswer.parse(await (await send({ token: 'moderated-input' })).json());
    expect(input.error.moderation_details).toEqual({ moderation_stage: 'input', categories: ['other'] });
    const output = errorAnswer.parse(await (await send({ token: 'moderated-output' })).json());
    expect(output.error.moderation_details?.moderation_stage).toBe('output');
    const rewritten = errorAnswer.parse(
      await (await send({ model: 'dall-e-3', token: 'moderated-output' })).json(),
    );
    expect(rewritten.error.message).toMatch(
      /descriptions generated from your prompt.*may succeed if retried/,
    );
  });

  it('acts only on the attempt and model a token names', async () => {
    const scope = (attempt: number) => ({ 'x-emulate-scope': `gen_1/1/${attempt}` });
    const token = 'rate-limited*2]][[emulate:overloaded';
    const statuses = [];
    for (const attempt of [1, 2, 3, 4])
      statuses.push((await send({ token, headers: scope(attempt) })).status);
    expect(statuses).toEqual([429, 429, 503, 200]);
    expect((await send({ token: 'overloaded@dall-e-3' })).status).toBe(200);
    const snapshot = { model: 'gpt-image-2-2026-04-21', token: 'overloaded@gpt-image-2' };
    expect((await send(snapshot)).status).toBe(503);
    expect((await send({ token: 'nothing-known' })).status).toBe(200);
    expect((await send({ token: '', headers: { 'x-emulate': 'server-error' } })).status).toBe(500);
  });
});

describe('scripted successes that are none', () => {
  it('bad-base64 holds characters that base64 lacks, or breaks the picture behind the link', async () => {
    const inline = await success(await send({ token: 'bad-base64' }));
    expect(inline.data[0]?.b64_json).toMatch(/\*#!\?/);
    const linked = await success(await send({ model: 'dall-e-3', token: 'bad-base64' }));
    const bytes = Buffer.from(await (await fetch(linked.data[0]?.url ?? '')).arrayBuffer());
    await expect(sharp(bytes).raw().toBuffer()).rejects.toThrow();
  });

  it('wrong-size gives other pixels than the answer tells', async () => {
    const free = await success(await send({ token: 'wrong-size', fields: { size: '1024x1024' } }));
    const bytes = Buffer.from(free.data[0]?.b64_json ?? '', 'base64');
    expect(await sharp(bytes).metadata()).toMatchObject({ width: 1254, height: 1254 });
    expect(free.size).toBe('1024x1024');
    const own = await success(await send({ token: 'wrong-size' }));
    expect(own.size).toBe('1254x1254');
    const wide = await success(await send({ token: 'wrong-size', fields: { size: '1536x1024' } }));
    const turned = Buffer.from(wide.data[0]?.b64_json ?? '', 'base64');
    expect(await sharp(turned).metadata()).toMatchObject({ width: 1024, height: 1536 });
  });

  it('text-only and no-image hold no picture', async () => {
    expect((await success(await send({ token: 'text-only' }))).data).toEqual([]);
    const body: unknown = await (await send({ token: 'no-image' })).json();
    expect(body).not.toHaveProperty('data');
  });

  it('expired-link is refused by the store, and means nothing to GPT image models', async () => {
    const linked = await success(await send({ model: 'dall-e-3', token: 'expired-link' }));
    const fetched = await fetch(linked.data[0]?.url ?? '');
    expect(fetched.status).toBe(403);
    expect(await fetched.text()).toContain('<Code>AuthenticationFailed</Code>');
    expect((await success(await send({ token: 'expired-link' }))).data).toHaveLength(1);
  });

  it('a refusal at the output comes as an event inside a stream', async () => {
    const fields = { stream: true, partial_images: 1 };
    const text = await (await send({ token: 'moderated-output', fields })).text();
    const events = [...text.matchAll(/^event: (.*)$/gm)].map((match) => match[1]);
    expect(events).toEqual(['image_generation.partial_image', 'error']);
    const data: unknown = JSON.parse(/data: (.*)\n\n$/.exec(text)?.[1] ?? '');
    expect(errorAnswer.parse(data).error.code).toBe('moderation_blocked');
    expect((await send({ token: 'moderated-prompt', fields })).status).toBe(400);
    expect(await (await send({ token: 'no-image', fields })).text()).toBe('');
  });
});

describe('scripted trouble on the connection', () => {
  it('slow answers after its delay and ends at once when the client hangs up', async () => {
    const before = performance.now();
    expect((await send({ token: 'slow-150' })).status).toBe(200);
    expect(performance.now() - before).toBeGreaterThanOrEqual(145);
    const signal = AbortSignal.timeout(30);
    await expect(send({ token: 'slow-60000', signal })).rejects.toThrow();
  });

  it('drip sends a whole body in many pieces', async () => {
    const answer = await send({ token: 'drip' });
    const pieces: Uint8Array[] = [];
    for await (const piece of piecesOf(answer)) pieces.push(piece);
    expect(pieces.length).toBeGreaterThan(20);
    const body = Buffer.concat(pieces);
    expect(answer.headers.get('content-length')).toBe(String(body.length));
    expect(imagesAnswer.parse(JSON.parse(body.toString())).data).toHaveLength(1);
  });

  it.each([false, true])('cut-body ends in the middle (streamed: %s)', async (stream) => {
    const answer = await send({ token: 'cut-body', fields: { stream } });
    expect(answer.status).toBe(200);
    let received = 0;
    const readAll = async () => {
      for await (const piece of piecesOf(answer)) received += piece.length;
    };
    await expect(readAll()).rejects.toThrow();
    expect(received).toBeGreaterThan(0);
    if (!stream) expect(received).toBe(Math.floor(Number(answer.headers.get('content-length')) / 2));
  });

  it('stall never answers, sees a client go, and does not keep the server from closing', async () => {
    const own = await startEmulator(createOpenAiEmulator);
    const body = JSON.stringify({ model: 'gpt-image-2', prompt: 'a boat [[emulate:stall]]' });
    const url = new URL(own.url);
    const open = async () => {
      const socket = connect(Number(url.port), url.hostname);
      await once(socket, 'connect');
      socket.write(
        `POST ${url.pathname}/v1/images/generations HTTP/1.1\r\nhost: ${url.host}\r\nauthorization: Bearer sk-good\r\n` +
          `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
      return socket;
    };
    const [leaving, staying] = [await open(), await open()];
    await expect.poll(() => own.records.length).toBe(2);
    leaving.destroy();
    let received = 0;
    staying.on('data', (piece) => (received += piece.length));
    const ended = once(staying, 'close');
    await own.close();
    await ended;
    expect(received).toBe(0);
  });
});
