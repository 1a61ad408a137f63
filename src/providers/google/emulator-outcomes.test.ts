import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmulator } from '../../../test/support/emulator-server.js';
import type { EmulatorServer } from '../../../test/support/emulator-server.js';
import { createGoogleEmulator } from './emulator.js';
import { contentAnswer, errorAnswer, predictAnswer } from './emulator-wire.js';

const GLOBAL = '/v1/projects/p1/locations/global/publishers/google/models';

let server: EmulatorServer;

/** A text itself, or whatever fits a pattern. */
function like(message: string | RegExp): unknown {
  return typeof message === 'string' ? message : expect.stringMatching(message);
}

beforeAll(async () => {
  server = await startEmulator(createGoogleEmulator);
});
afterAll(async () => {
  await server.close();
});

function send(path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  return fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'x-goog-api-key': 'good', 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
}

function generate(
  token: string,
  model = 'gemini-3.1-flash-image',
  base = '/v1beta/models',
  signal?: AbortSignal,
) {
  const contents = [{ role: 'user', parts: [{ text: `a boat [[emulate:${token}]]` }] }];
  const generationConfig = { responseModalities: ['IMAGE'] };
  return send(`${base}/${model}:generateContent`, { contents, generationConfig }, signal);
}

function predict(token: string, parameters: Record<string, unknown> = {}) {
  const instances = [{ prompt: `a boat [[emulate:${token}]]` }];
  return send('/v1beta/models/imagen-4.0-generate-001:predict', { instances, parameters });
}

async function content(answer: Response) {
  expect(answer.status).toBe(200);
  return contentAnswer.parse(await answer.json());
}

async function refusal(answer: Response) {
  return errorAnswer.parse(await answer.json()).error;
}

describe('scripted refusals', () => {
  it.each([
    ['rate-limited', 429, 'RESOURCE_EXHAUSTED', /Please retry in 1s\.$/],
    ['rate-limited-no-hint', 429, 'RESOURCE_EXHAUSTED', 'Resource has been exhausted (e.g. check quota).'],
    ['overloaded', 503, 'UNAVAILABLE', /high demand/],
    ['server-error', 500, 'INTERNAL', /^An internal error has occurred\./],
    ['bad-key', 400, 'INVALID_ARGUMENT', /^API key not valid\./],
    ['out-of-credit', 429, 'RESOURCE_EXHAUSTED', /limit: 0, model: gemini-3\.1-flash-image$/],
  ])('acts out %s', async (token, code, status, message) => {
    const answer = await generate(token);
    expect(answer.headers.get('retry-after')).toBeNull();
    expect(answer.status).toBe(code);
    expect(await refusal(answer)).toMatchObject({ code, status, message: like(message) });
  });

  it('gives a delay for a quota per minute and none for a quota per day', async () => {
    const kinds = async (token: string) =>
      ((await refusal(await generate(token))).details ?? []).map((detail) => JSON.stringify(detail));
    const minute = (await kinds('rate-limited')).join();
    expect(minute).toMatch(/PerMinute/);
    expect(minute).toMatch(/"retryDelay":"1s"/);
    const day = (await kinds('out-of-credit')).join();
    expect(day).toMatch(/PerDay/);
    expect(day).not.toMatch(/RetryInfo/);
  });

  it('speaks as Vertex on the addresses of Vertex', async () => {
    const model = 'gemini-3-pro-image';
    const limited = await refusal(await generate('rate-limited', model, GLOBAL));
    expect(limited).toMatchObject({ code: 429, message: like(/error-code-429/) });
    expect(limited).not.toHaveProperty('details');
    expect(await refusal(await generate('bad-key', model, GLOBAL))).toMatchObject({ code: 401 });
  });

  it('acts on public names of a model', async () => {
    expect((await generate('overloaded@gemini-2-5-flash-image', 'gemini-2.5-flash-image')).status).toBe(503);
    expect((await predict('overloaded@imagen-4')).status).toBe(503);
    expect((await predict('overloaded@imagen-4-fast')).status).toBe(200);
  });
});

describe('scripted successes that are none', () => {
  it('blocks prompts and inputs in promptFeedback, outputs on the candidate', async () => {
    const prompt = await content(await generate('moderated-prompt'));
    expect(prompt.promptFeedback?.blockReason).toBe('PROHIBITED_CONTENT');
    expect(prompt).not.toHaveProperty('candidates');
    const input = await content(await generate('moderated-input'));
    expect(input.promptFeedback?.blockReason).toBe('IMAGE_SAFETY');
    const output = await content(await generate('moderated-output', 'gemini-3-pro-image'));
    expect(output.candidates?.[0]).toMatchObject({ content: {}, finishReason: 'IMAGE_SAFETY', index: 0 });
    const { promptTokenCount = 0, thoughtsTokenCount = 0, ...usage } = output.usageMetadata ?? {};
    expect(usage).toMatchObject({
      candidatesTokenCount: thoughtsTokenCount,
      totalTokenCount: promptTokenCount + thoughtsTokenCount,
    });
  });

  it('gives text alone, or nothing', async () => {
    const text = (await content(await generate('text-only'))).candidates?.[0];
    expect(text?.finishReason).toBe('STOP');
    expect(text?.content?.parts?.map((part) => Object.keys(part))).toEqual([['text']]);
    const none = (await content(await generate('no-image'))).candidates?.[0];
    expect(none).toEqual({ content: { role: 'model' }, finishReason: 'NO_IMAGE', index: 0 });
  });

  it('gives other pixels, or base64 that is none', async () => {
    const wrong = (await content(await generate('wrong-size'))).candidates?.[0]?.content?.parts?.[0];
    const bytes = Buffer.from(wrong?.inlineData?.data ?? '', 'base64');
    expect(await sharp(bytes).metadata()).toMatchObject({ width: 1024, height: 768 });
    const bad = (await content(await generate('bad-base64'))).candidates?.[0]?.content?.parts?.[0];
    expect(bad?.inlineData?.data).toMatch(/\*#!\?/);
    const ordinary = (await content(await generate('expired-link'))).candidates?.[0];
    expect(ordinary?.finishReason).toBe('STOP');
  });

  it('stands in a stream as its only chunk', async () => {
    const contents = [{ parts: [{ text: 'a boat [[emulate:no-image]]' }] }];
    const answer = await send('/v1beta/models/gemini-3-pro-image:streamGenerateContent?alt=sse', {
      contents,
    });
    expect((await answer.text()).match(/data: /g)).toHaveLength(1);
  });
});

describe('keys that choose why there is no picture', () => {
  const ask = async (key: string, base = '/v1beta/models', method = 'generateContent') => {
    const answer = await fetch(`${server.url}${base}/gemini-3-pro-image:${method}`, {
      method: 'POST',
      headers: { 'x-goog-api-key': key, 'content-type': 'application/json' },
      body: JSON.stringify({ contents: [{ parts: [{ text: 'a boat' }] }] }),
    });
    expect(answer.status).toBe(200);
    return answer;
  };

  it.each([
    'NO_IMAGE',
    'IMAGE_SAFETY',
    'IMAGE_PROHIBITED_CONTENT',
    'IMAGE_RECITATION',
    'IMAGE_OTHER',
    'SAFETY',
    'PROHIBITED_CONTENT',
    'RECITATION',
    'BLOCKLIST',
    'SPII',
    'LANGUAGE',
    'OTHER',
    'MAX_TOKENS',
    'FINISH_REASON_UNSPECIFIED',
    'MALFORMED_FUNCTION_CALL',
    'UNEXPECTED_TOOL_CALL',
    'TOO_MANY_TOOL_CALLS',
  ])('end with %s', async (reason) => {
    const answer = await content(await ask(`finish-${reason}`));
    expect(answer.candidates).toMatchObject([{ finishReason: reason, index: 0 }]);
    expect(JSON.stringify(answer)).not.toContain('inlineData');
    expect(answer).not.toHaveProperty('promptFeedback');
  });

  it('show every form of content that is documented', async () => {
    const forms = new Set<string>();
    for (const reason of ['IMAGE_OTHER', 'IMAGE_PROHIBITED_CONTENT', 'IMAGE_SAFETY', 'NO_IMAGE', 'SPII']) {
      const [candidate] = (await content(await ask(`finish-${reason}`))).candidates ?? [];
      const parts = candidate?.content?.parts?.map((part) => Object.keys(part).join());
      forms.add(JSON.stringify(parts ?? candidate?.content ?? null));
    }
    expect([...forms]).toEqual([
      '{}',
      '{"role":"model"}',
      '{"parts":null,"role":"model"}',
      '["text"]',
      'null',
    ]);
  });

  it.each(['SAFETY', 'OTHER', 'BLOCKLIST', 'PROHIBITED_CONTENT', 'IMAGE_SAFETY'])(
    'block by %s, on Vertex with a sentence',
    async (reason) => {
      const gemini = await content(await ask(`block-${reason}`));
      expect(gemini.promptFeedback).toEqual({ blockReason: reason, safetyRatings: [] });
      expect(gemini).not.toHaveProperty('candidates');
      const vertex = await content(await ask(`block-${reason}`, GLOBAL));
      expect(vertex.promptFeedback).toMatchObject({ blockReason: reason, blockReasonMessage: like(/\w/) });
    },
  );

  it('know some reasons on Vertex alone', async () => {
    for (const reason of ['MODEL_ARMOR', 'JAILBREAK']) {
      const vertex = await content(await ask(`block-${reason}`, GLOBAL));
      expect(vertex.promptFeedback).toMatchObject({ blockReason: reason });
      expect(await content(await ask(`block-${reason}`))).not.toHaveProperty('promptFeedback');
    }
    const ended = await content(await ask('finish-MODEL_ARMOR', GLOBAL));
    expect(ended.candidates).toEqual([{ content: {}, finishReason: 'MODEL_ARMOR' }]);
  });

  it('end a stream as its only chunk', async () => {
    const answer = await ask('finish-IMAGE_OTHER', '/v1beta/models', 'streamGenerateContent?alt=sse');
    const chunks = (await answer.text()).split('\r\n\r\n').filter(Boolean);
    expect(chunks).toEqual([like(/"finishReason":"IMAGE_OTHER"/)]);
  });
});

describe('filters of Imagen', () => {
  it('refuse a prompt with its support code', async () => {
    expect(await refusal(await predict('moderated-prompt'))).toMatchObject({
      code: 400,
      status: 'INVALID_ARGUMENT',
      message: like(
        /^Image generation failed with the following error: The prompt could not be submitted\..*Support codes: 42876398$/,
      ),
    });
  });

  it('leave a reason where one is asked, else nothing at all', async () => {
    const told = predictAnswer.parse(
      await (await predict('moderated-output', { includeRaiReason: true })).json(),
    );
    expect(told.predictions).toEqual([
      { raiFilteredReason: like(/^Unable to show generated images\..*Support codes: 29310472$/) },
    ]);
    expect(await (await predict('moderated-output')).json()).toEqual({});
    expect(await (await predict('text-only')).json()).toEqual({});
  });

  it('take one of several', async () => {
    const { predictions = [] } = predictAnswer.parse(
      await (await predict('no-image', { sampleCount: 3 })).json(),
    );
    expect(predictions.map((entry) => Object.keys(entry)[0])).toEqual([
      'mimeType',
      'mimeType',
      'raiFilteredReason',
    ]);
    expect(await (await predict('no-image', { sampleCount: 1 })).json()).toEqual({});
  });
});

describe('scripted trouble on the connection', () => {
  it('slow, drip and cut-body act as on every emulator', async () => {
    const before = performance.now();
    await content(await generate('slow-120'));
    expect(performance.now() - before).toBeGreaterThanOrEqual(115);
    await content(await generate('drip'));
    const cut = await generate('cut-body');
    expect(cut.status).toBe(200);
    await expect(cut.text()).rejects.toThrow();
  });

  it('stall holds a call until the server closes', async () => {
    const own = await startEmulator(createGoogleEmulator);
    const contents = [{ parts: [{ text: 'a boat [[emulate:stall]]' }] }];
    const call = fetch(`${own.url}/v1beta/models/gemini-3-pro-image:generateContent`, {
      method: 'POST',
      headers: { 'x-goog-api-key': 'good' },
      body: JSON.stringify({ contents }),
    });
    const failed = expect(call).rejects.toThrow();
    await expect.poll(() => own.records.at(-1)?.outcome).toBe('stall');
    await own.close();
    await failed;
  });
});
