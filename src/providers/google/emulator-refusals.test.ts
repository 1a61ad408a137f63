import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmulator } from '../../../test/support/emulator-server.js';
import type { EmulatorServer } from '../../../test/support/emulator-server.js';
import { createGoogleEmulator } from './emulator.js';
import { emulatedModels } from './emulator-models.js';
import { geminiPixels, ratiosOf } from './emulator-pixels.js';
import { errorAnswer } from './emulator-wire.js';

const CONTENTS = [{ role: 'user', parts: [{ text: 'a boat' }] }];
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGOon7MFAAKKAZ1LyTrwAAAAAElFTkSuQmCC';
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

async function refusal(
  path: string,
  body: unknown,
  headers: Record<string, string> = { 'x-goog-api-key': 'good' },
) {
  const answer = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const { error } = errorAnswer.parse(await answer.json());
  expect(error.code).toBe(answer.status);
  return error;
}

function generate(model: string, body: Record<string, unknown>) {
  return refusal(`/v1beta/models/${model}:generateContent`, { contents: CONTENTS, ...body });
}

const configure = (model: string, generationConfig: Record<string, unknown>) =>
  generate(model, { generationConfig });

describe('credentials', () => {
  const path = '/v1beta/models/gemini-3-pro-image:generateContent';
  const body = { contents: CONTENTS };

  it('that are missing are refused with 403, and on project paths of Vertex with 401', async () => {
    expect(await refusal(path, body, {})).toMatchObject({ code: 403, status: 'PERMISSION_DENIED' });
    const vertex = await refusal(`${GLOBAL}/gemini-3-pro-image:generateContent`, body, {});
    expect(vertex).toMatchObject({ code: 401, status: 'UNAUTHENTICATED' });
    expect((await fetch(`${server.url}/v1beta/models`)).status).toBe(403);
  });

  it('that are bad keys are refused with 400, bad tokens with 401', async () => {
    const error = await refusal(`${path}?key=bad-1`, body, {});
    expect(error).toMatchObject({
      code: 400,
      status: 'INVALID_ARGUMENT',
      message: like(/^API key not valid\./),
    });
    expect(error.details).toContainEqual({
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: 'API_KEY_INVALID',
      domain: 'googleapis.com',
      metadata: { service: 'generativelanguage.googleapis.com' },
    });
    expect(await refusal(path, body, { 'x-goog-api-key': 'bad' })).toMatchObject({ code: 400 });
    const token = { authorization: 'Bearer bad-token' };
    expect(await refusal(`${GLOBAL}/gemini-3-pro-image:generateContent`, body, token)).toMatchObject({
      code: 401,
    });
  });

  it.each([
    ['expired-1', 400, 'INVALID_ARGUMENT', 'API key expired. Please renew the API key.'],
    ['abroad-1', 400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.'],
    ['leaked-1', 403, 'PERMISSION_DENIED', /leaked/],
    ['disabled-1', 403, 'PERMISSION_DENIED', /disabled/],
    ['iam-1', 403, 'PERMISSION_DENIED', /aiplatform\.endpoints\.predict/],
    ['newcomer-1', 404, 'NOT_FOUND', /no longer available to new users/],
    ['daily-1', 429, 'RESOURCE_EXHAUSTED', /limit: 20, model: .*\nPlease retry in 38\.2s\.$/],
    ['deadline-1', 504, 'DEADLINE_EXCEEDED', 'Deadline expired before operation could complete.'],
  ])('beginning like %s show a state of the account', async (key, code, status, message) => {
    expect(await refusal(path, body, { 'x-goog-api-key': key })).toMatchObject({
      code,
      status,
      message: like(message),
    });
  });
});

describe('addresses', () => {
  it('of unknown models, methods and places are not found', async () => {
    expect(await generate('gemini-3-pro-image-preview', {})).toMatchObject({
      code: 404,
      status: 'NOT_FOUND',
      message:
        'models/gemini-3-pro-image-preview is not found for API version v1beta, or is not supported for generateContent. Call ListModels to see the list of available models and their supported methods.',
    });
    const body = { contents: CONTENTS };
    expect(await refusal('/v1/models/gemini-3-pro-image:predict', body)).toMatchObject({
      message: like(/API version v1, .* supported for predict\./),
    });
    expect(await generate('imagen-4.0-generate-001', {})).toMatchObject({ code: 404 });
    const regional = '/v1/projects/p1/locations/us-central1/publishers/google/models';
    expect(await refusal(`${regional}/gemini-3-pro-image:generateContent`, body)).toMatchObject({
      code: 404,
      message: like(
        /^Publisher Model `projects\/p1\/locations\/us-central1\/publishers\/google\/models\/gemini-3-pro-image`/,
      ),
    });
    expect(await refusal('/v2/models/gemini-3-pro-image:generateContent', body)).toMatchObject({ code: 404 });
    const answer = await fetch(`${server.url}${regional}/gemini-2.5-flash-image:generateContent`, {
      method: 'POST',
      headers: { authorization: 'Bearer good' },
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(200);
  });
});

describe('bodies', () => {
  it('with unknown names are refused naming all of them and where they stand', async () => {
    expect(await configure('gemini-3-pro-image', { aspectRatio: '16:9' })).toMatchObject({
      code: 400,
      status: 'INVALID_ARGUMENT',
      message: `Invalid JSON payload received. Unknown name "aspectRatio" at 'generation_config': Cannot find field.`,
    });
    const two = await generate('gemini-3-pro-image', {
      size: 1,
      contents: [{ parts: [{ text: 'a', image: 'b' }] }],
    });
    expect(two.message.split('\n')).toEqual([
      `Invalid JSON payload received. Unknown name "image" at 'contents[0].parts[0]': Cannot find field.`,
      `Invalid JSON payload received. Unknown name "size": Cannot find field.`,
    ]);
    expect(two.details?.[0]).toMatchObject({
      fieldViolations: [{ field: 'contents[0].parts[0]' }, { field: '' }],
    });
  });

  it('keep the fields of the two services apart', async () => {
    const onVertexOnly = { imageConfig: { personGeneration: 'ALLOW_ALL' } };
    expect(await configure('gemini-3-pro-image', onVertexOnly)).toMatchObject({
      message: like(/Unknown name "personGeneration" at 'generation_config\.image_config'/),
    });
    expect(await generate('gemini-3-pro-image', { labels: {} })).toMatchObject({ message: like(/"labels"/) });
    const onGeminiOnly = { contents: CONTENTS, serviceTier: 'flex' };
    expect(await refusal(`${GLOBAL}/gemini-3-pro-image:generateContent`, onGeminiOnly)).toMatchObject({
      message: like(/"serviceTier"/),
    });
  });

  it.each([
    [
      { responseFormat: { image: { aspectRatio: '16:9' } } },
      `Invalid value at 'generation_config.response_format.image.aspect_ratio' (type.googleapis.com/google.ai.generativelanguage.v1beta.ImageResponseFormat.AspectRatio), "16:9"`,
    ],
    [{ seed: 2 ** 31 }, `Invalid value at 'generation_config.seed' (TYPE_INT32), 2147483648`],
    [
      { imageConfig: { imageSize: 512 } },
      `Invalid value at 'generation_config.image_config.image_size' (TYPE_STRING), 512`,
    ],
    [
      { imageConfig: { imageSize: '1k' } },
      `Invalid value at 'generation_config.image_config.image_size' (TYPE_STRING), "1k"`,
    ],
    [
      { imageConfig: { imageSize: '512' } },
      `Invalid value at 'generation_config.image_config.image_size' (TYPE_STRING), "512"`,
    ],
    [
      { imageConfig: { aspectRatio: '16x9' } },
      `Invalid value at 'generation_config.image_config.aspect_ratio' (TYPE_STRING), "16x9"`,
    ],
    [{ imageConfig: { aspectRatio: '1:8' } }, 'Aspect ratio is not enabled for this model'],
    [{ candidateCount: 2 }, 'Multiple candidates is not enabled for this model'],
    [{ temperature: 1.5 }, /temperature must be in the range/],
    [{ responseModalities: ['AUDIO'] }, /modalities/],
    [{ imageConfig: { aspectRatio: '1:1', aspect_ratio: '1:1' } }, /already set/],
    [{ imageConfig: [] }, /not repeating, cannot start list/],
  ])('of gemini-3-pro-image with %j are refused', async (config, message) => {
    expect(await configure('gemini-3-pro-image', config)).toMatchObject({
      code: 400,
      status: 'INVALID_ARGUMENT',
      message: like(message),
    });
  });

  it.each([
    [
      'gemini-2.5-flash-image',
      { thinkingConfig: { thinkingLevel: 'high' } },
      400,
      'Thinking level is not supported for this model.',
    ],
    [
      'gemini-3.1-flash-image',
      { thinkingConfig: { thinkingLevel: 'medium' } },
      400,
      'Thinking level is not supported for this model.',
    ],
    ['gemini-2.5-flash-image', { imageConfig: { imageSize: '1K' } }, 500, /^An internal error has occurred/],
    [
      'gemini-2.5-flash-image',
      { imageConfig: { aspectRatio: '4:1' } },
      400,
      'Aspect ratio is not enabled for this model',
    ],
    ['gemini-3.1-flash-lite-image', { imageConfig: { imageSize: '2K' } }, 400, /image_size/],
    ['gemini-nano-banana-2.1', { responseMimeType: 'application/json' }, 400, /JSON mode/],
  ])('of %s with %j are refused', async (model, config, code, message) => {
    expect(await configure(model, config)).toMatchObject({ code, message: like(message) });
  });

  it('that are no JSON, or hold no content, are refused', async () => {
    const path = '/v1beta/models/gemini-3-pro-image:generateContent';
    expect(await refusal(path, '{"contents"')).toMatchObject({
      code: 400,
      message: like(/^Invalid JSON payload received\./),
    });
    expect(await refusal(path, {})).toMatchObject({ message: like(/contents is not specified/) });
    expect(await generate('gemini-3-pro-image', { contents: [{ role: 'user' }] })).toMatchObject({
      message: like(/parts/),
    });
    expect(
      await generate('gemini-3-pro-image', { contents: [{ role: 'system', parts: [{ text: 'a' }] }] }),
    ).toMatchObject({
      message: 'Please use a valid role: user, model.',
    });
    const tools = [{ googleSearch: {} }];
    expect(await generate('gemini-3.1-flash-lite-image', { tools })).toMatchObject({
      message: like(/Search Grounding/),
    });
    const safetySettings = [{ category: 'HARM_CATEGORY_MEDICAL', threshold: 'OFF' }];
    expect(await generate('gemini-3-pro-image', { safetySettings })).toMatchObject({
      message: like(/safety_settings\[0\]\.category/),
    });
    const long = [{ parts: [{ text: 'a'.repeat(131_076) }] }];
    expect(await generate('gemini-2.5-flash-image', { contents: long })).toMatchObject({
      message: 'The input token count (32769) exceeds the maximum number of tokens allowed (32768).',
    });
  });
});

describe('input pictures', () => {
  const withPart = (model: string, ...parts: unknown[]) =>
    generate(model, { contents: [{ role: 'user', parts: [{ text: 'a hat' }, ...parts] }] });
  const inline = (mimeType: string, data: string) => ({ inlineData: { mimeType, data } });

  it('of other types, broken or with a data prefix are refused', async () => {
    const unable = { code: 400, message: like(/^Unable to process input image/) };
    expect(await withPart('gemini-3-pro-image', inline('image/svg+xml', PNG))).toMatchObject(unable);
    expect(await withPart('gemini-3-pro-image', inline('application/pdf', PNG))).toMatchObject(unable);
    expect(await withPart('gemini-3-pro-image', inline('image/png', 'QUJDREVG'))).toMatchObject(unable);
    expect(
      await withPart('gemini-3-pro-image', inline('image/png', 'data:image/png;base64,AA==')),
    ).toMatchObject({
      message: `Invalid value at 'contents[0].parts[1].inline_data.data' (TYPE_BYTES), Base64 decoding failed for "data:image/png;base64,AA=="`,
    });
    expect(
      await withPart('gemini-3-pro-image', { fileData: { fileUri: 'https://example.com/a.png' } }),
    ).toMatchObject({
      code: 403,
    });
    const many = Array.from({ length: 15 }, () => inline('image/png', PNG));
    expect(await withPart('gemini-3-pro-image', ...many)).toMatchObject({ code: 400 });
  });

  it('of the model itself need their signature where the model signs', async () => {
    const own = { role: 'model', parts: [{ text: 'here' }, inline('image/png', PNG)] };
    expect(await generate('gemini-3-pro-image', { contents: [...CONTENTS, own, ...CONTENTS] })).toMatchObject(
      {
        code: 400,
        message: 'Image part is missing a thought_signature in content position 2, part position 2.',
      },
    );
  });
});

describe('predict', () => {
  const model = '/v1beta/models/imagen-4.0-generate-001:predict';
  const fast = '/v1beta/models/imagen-4.0-fast-generate-001:predict';
  const instances = [{ prompt: 'a boat' }];

  it.each([
    [{ sampleCount: 5 }, /sampleCount/],
    [{ sampleCount: 0 }, /sampleCount/],
    [{ aspectRatio: '2:3' }, /aspectRatio/],
    [{ sampleImageSize: '4K' }, /sampleImageSize/],
    [{ personGeneration: 'allow' }, /person_generation/],
    [{ language: 'de' }, /language/],
    [{ outputOptions: { mimeType: 'image/webp' } }, /mimeType/],
    [{ seed: 1 }, /Unknown name "seed"/],
    [{ negativePrompt: 'fog' }, /Unknown name "negativePrompt"/],
  ])('refuses %j', async (parameters, message) => {
    expect(await refusal(model, { instances, parameters })).toMatchObject({
      code: 400,
      message: like(message),
    });
  });

  it('refuses 2K on fast, a seed beside the watermark, and prompts missing or too long', async () => {
    const parameters = { sampleImageSize: '2K' };
    expect(await refusal(fast, { instances, parameters })).toMatchObject({ code: 400 });
    const vertex = `${GLOBAL}/imagen-4.0-generate-001:predict`;
    expect(await refusal(vertex, { instances, parameters: { seed: 1 } })).toMatchObject({
      message: like(/watermark/),
    });
    expect(await refusal(model, { parameters: {} })).toMatchObject({ code: 400 });
    expect(await refusal(model, { instances: [{ prompt: 'a'.repeat(1921) }] })).toMatchObject({
      message: like(/480 tokens/),
    });
  });
});

describe('streams', () => {
  const path = '/v1beta/models/gemini-3-pro-image:streamGenerateContent';
  const call = (query: string, headers: Record<string, string>) =>
    fetch(`${server.url}${path}${query}`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ contents: CONTENTS }),
    });

  it('are refused before their first chunk with the status, in the form of the stream', async () => {
    const sse = await call('?alt=sse', { 'x-goog-api-key': 'bad' });
    expect([sse.status, sse.headers.get('content-type')]).toEqual([400, 'text/event-stream']);
    errorAnswer.parse(await sse.json());
    const array = await call('', { 'x-goog-api-key': 'good', 'x-emulate': 'overloaded' });
    expect(array.status).toBe(503);
    expect(errorAnswer.array().parse(await array.json())).toHaveLength(1);
  });
});

it('every pixel size is close to the ratio it stands for', () => {
  for (const model of emulatedModels) {
    if (model.kind !== 'gemini') continue;
    for (const ratio of ratiosOf(model)) {
      for (const tier of ['512', '1K', '2K', '4K'] as const) {
        const pixels = geminiPixels(model, ratio, tier);
        const [width = 0, height = 0] = ratio.split(':').map(Number);
        const off = ((pixels?.width ?? 0) * height) / ((pixels?.height ?? 0) * width);
        expect(Math.abs(off - 1), `${model.id} ${ratio} ${tier}`).toBeLessThan(0.06);
      }
    }
  }
});
