/**
 * The `openai` SDK and the Vercel AI SDK's own xAI package against xAI's emulator alone, changed in base URL and key only.
 * Edits are JSON there, so that the SDK's `images.edit`, which sends a form, is refused as the service refuses it.
 */
import { createXai } from '@ai-sdk/xai';
import { APICallError, generateImage } from 'ai';
import OpenAI, {
  APIError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  toFile,
  UnprocessableEntityError,
} from 'openai';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { xaiProvider } from '../../src/providers/xai/provider.js';
import { decode, fetchPicture } from '../support/answers.js';
import { startEmulators, type Emulators } from '../support/emulators.js';

let emulators: Emulators;

beforeAll(async () => {
  emulators = await startEmulators();
});
afterAll(async () => {
  await emulators.close();
});
beforeEach(() => {
  emulators.forget();
});

const MODEL = 'grok-imagine-image-2.0';

function client(apiKey = 'xai-good', maxRetries = 0): OpenAI {
  return new OpenAI({ apiKey, baseURL: emulators.baseUrl(xaiProvider), maxRetries });
}

async function png(width: number, height: number): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: '#a53' } })
    .png()
    .toBuffer();
}

function dataUri(bytes: Buffer): string {
  return `data:image/png;base64,${bytes.toString('base64')}`;
}

const pictures = z.object({ data: z.array(z.object({ b64_json: z.string() })) });

describe('the openai SDK', () => {
  it.each(['grok-imagine-image-2.0', 'grok-imagine-image', 'grok-imagine-image-quality'])(
    'gets a link of %s that needs no key',
    async (model) => {
      const answer = await client().images.generate({ model, prompt: 'a boat' });
      expect(await fetchPicture(answer.data?.[0]?.url)).toMatchObject({
        width: 1024,
        height: 1024,
        format: 'jpeg',
      });
    },
  );

  it('gets several different pictures as base64 in one call', async () => {
    const answer = await client().images.generate({
      model: MODEL,
      prompt: 'a boat',
      n: 3,
      response_format: 'b64_json',
    });
    const texts = answer.data?.map((item) => item.b64_json ?? '') ?? [];
    expect(new Set(texts).size).toBe(3);
    for (const text of texts) {
      expect(await decode(Buffer.from(text, 'base64'))).toMatchObject({ width: 1024, height: 1024 });
    }
    expect(emulators.records).toHaveLength(1);
  });

  it('edits with its general call, where the body is JSON', async () => {
    const image = { url: dataUri(await png(300, 600)), type: 'image_url' };
    const body = { model: MODEL, prompt: 'add a hat', image, response_format: 'b64_json' };
    const answer = pictures.parse(await client().post('/images/edits', { body }));
    expect(await decode(Buffer.from(answer.data[0]?.b64_json ?? '', 'base64'))).toMatchObject({
      width: 704,
      height: 1408,
    });
  });

  it('can not edit with the form that it sends, and is told so', async () => {
    const image = await toFile(await png(64, 64), 'a.png', { type: 'image/png' });
    const editing = client().images.edit({ model: MODEL, prompt: 'add a hat', image });
    await expect(editing).rejects.toBeInstanceOf(APIError);
    await expect(editing).rejects.toMatchObject({ status: 415 });
    await expect(editing).rejects.toThrow(/Content-Type: application\/json/);
  });

  it('lists the models', async () => {
    const ids = [];
    for await (const model of client().models.list()) ids.push(model.id);
    expect(ids).toEqual(['grok-imagine-image-2.0', 'grok-imagine-image']);
    await expect(client().models.retrieve('grok-2-image')).rejects.toBeInstanceOf(NotFoundError);
  });
});

describe('errors reach users of the openai SDK as its own classes', () => {
  it.each([
    ['bad-key', BadRequestError, 400],
    ['moderated-output', BadRequestError, 400],
    ['moderated-input', PermissionDeniedError, 403],
    ['rate-limited', RateLimitError, 429],
    ['out-of-credit', RateLimitError, 429],
    ['server-error', InternalServerError, 500],
    ['overloaded', InternalServerError, 503],
  ] as const)('%s, in each of the shapes', async (outcome, errorClass, status) => {
    for (const key of ['xai-good', 'xai-old', 'xai-envelope', 'xai-text']) {
      const prompt = `a boat [[emulate:${outcome}]]`;
      const calling = client(key).images.generate({ model: MODEL, prompt });
      await expect(calling).rejects.toBeInstanceOf(errorClass);
      await expect(calling).rejects.toMatchObject({ status });
      await expect(calling).rejects.toHaveProperty('requestID', expect.stringMatching(/^[\da-f-]{36}$/));
    }
  });

  it('a word that a field lacks, told in plain text', async () => {
    const body = { model: MODEL, prompt: 'a boat', resolution: '1K' };
    const calling = client().post('/images/generations', { body });
    await expect(calling).rejects.toBeInstanceOf(UnprocessableEntityError);
    await expect(calling).rejects.toThrow(/resolution: unknown variant `1K`, expected one of `1k`, `2k`/);
  });

  it('a size, which the service has no argument for, and a call without a token', async () => {
    const sized = client().images.generate({ model: MODEL, prompt: 'a boat', size: '1024x1024' });
    await expect(sized).rejects.toBeInstanceOf(BadRequestError);
    const bare = client().post('/images/generations', {
      body: { prompt: 'a boat' },
      headers: { authorization: null },
    });
    await expect(bare).rejects.toBeInstanceOf(AuthenticationError);
  });

  it('a refused picture, which may have been billed, is sent once with the retries of the SDK', async () => {
    const prompt = 'a boat [[emulate:moderated-output]]';
    const calling = client('xai-good', 2).images.generate({ model: MODEL, prompt });
    await expect(calling).rejects.toBeInstanceOf(BadRequestError);
    expect(emulators.records).toHaveLength(1);
  });
});

describe('@ai-sdk/xai', () => {
  const xai = (apiKey = 'xai-good') => createXai({ apiKey, baseURL: emulators.baseUrl(xaiProvider) });

  it.each([
    ['grok-imagine-image-2.0', '16:9', 1408, 768],
    ['grok-imagine-image-2.0', '21:9', 1568, 672],
    ['grok-imagine-image', '3:4', 896, 1280],
  ] as const)('generates with %s at %s', async (model, aspectRatio, width, height) => {
    const { image } = await generateImage({ model: xai().image(model), prompt: 'a boat', aspectRatio });
    expect(await decode(image.uint8Array)).toMatchObject({ width, height, format: 'jpeg' });
  });

  it('generates several different pictures at 2k in one call', async () => {
    const { images } = await generateImage({
      model: xai().image(MODEL),
      prompt: 'a boat',
      n: 2,
      providerOptions: { xai: { resolution: '2k', quality: 'low' } },
    });
    expect(new Set(images.map(({ base64 }) => base64)).size).toBe(2);
    expect(await decode(images[0]?.uint8Array ?? Buffer.alloc(0))).toMatchObject({
      width: 2048,
      height: 2048,
    });
    expect(emulators.records).toHaveLength(1);
  });

  it('edits one picture, and several', async () => {
    const edit = (...images: readonly Buffer[]) =>
      generateImage({ model: xai().image(MODEL), prompt: { text: 'add a hat', images: [...images] } });
    const one = await edit(await png(600, 300));
    expect(await decode(one.image.uint8Array)).toMatchObject({ width: 1408, height: 704 });
    const two = await edit(await png(64, 64), await png(300, 600));
    expect(await decode(two.image.uint8Array)).toMatchObject({ format: 'jpeg' });
    expect(emulators.records.map(({ url }) => url)).toEqual(['/xai/v1/images/edits', '/xai/v1/images/edits']);
    expect(emulators.records[1]?.body).toMatchObject({
      images: [{ type: 'image_url' }, { type: 'image_url' }],
    });
  });

  it('passes a refusal on and does not ask again', async () => {
    const prompt = 'a boat [[emulate:moderated-output]]';
    const asking = generateImage({ model: xai().image(MODEL), prompt });
    await expect(asking).rejects.toSatisfy((error) => APICallError.isInstance(error));
    await expect(asking).rejects.toMatchObject({ statusCode: 400, isRetryable: false });
    expect(emulators.records).toHaveLength(1);
  });

  it('finds the refusal in an empty item', async () => {
    const prompt = 'a boat [[emulate:moderated-output]]';
    const asking = generateImage({ model: xai('xai-face-item').image(MODEL), prompt, maxRetries: 0 });
    await expect(asking).rejects.toThrow(/content policy violation/);
  });
});
