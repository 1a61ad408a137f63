/**
 * The Vercel AI SDK's own Black Forest Labs package against the emulator alone, changed in base URL and key only. This
 * version sends its key along when it fetches the finished picture, which the emulated delivery store refuses, as the
 * service's documentation asks for a plain GET; where pictures are wanted, a `fetch` withholds the key there.
 */
import { createBlackForestLabs } from '@ai-sdk/black-forest-labs';
import { APICallError, generateImage } from 'ai';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bflProvider } from '../../src/providers/bfl/provider.js';
import { decode } from '../support/answers.js';
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

const settings = (apiKey: string) => ({ apiKey, baseURL: `${emulators.baseUrl(bflProvider)}/v1` });

const asItIs = (apiKey = 'bfl-good') =>
  createBlackForestLabs({ ...settings(apiKey), pollIntervalMillis: 50 });

const careful = (apiKey = 'bfl-good') =>
  createBlackForestLabs({ ...settings(apiKey), pollIntervalMillis: 50, fetch: withoutKeyAtDelivery });

const withoutKeyAtDelivery: typeof fetch = (input, init) => {
  const request = new Request(input, init);
  if (new URL(request.url).pathname.includes('/delivery/')) request.headers.delete('x-key');
  return fetch(request);
};

async function png(width: number, height: number): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: '#a53' } })
    .png()
    .toBuffer();
}

describe('@ai-sdk/black-forest-labs', () => {
  it.each([
    ['flux-pro-1.1', '1024x768', 1024, 768],
    ['flux-dev', '768x1024', 768, 1024],
    ['flux-2-pro', '1536x1024', 1536, 1024],
  ] as const)('generates with %s at %s', async (model, size, width, height) => {
    const { image } = await generateImage({ model: careful().image(model), prompt: 'a boat', size, seed: 7 });
    expect(await decode(image.uint8Array)).toMatchObject({ width, height, format: 'jpeg' });
  });

  it.each(['flux-pro-1.1-ultra', 'flux-kontext-pro', 'flux-kontext-max'] as const)(
    'generates with %s at a ratio',
    async (model) => {
      const { image } = await generateImage({
        model: careful().image(model),
        prompt: 'a boat',
        aspectRatio: '16:9',
      });
      const { width, height } = await decode(image.uint8Array);
      expect(Math.abs(width / height - 16 / 9)).toBeLessThan(0.06);
    },
  );

  it('tells the seed, the cost and the megapixels of a picture', async () => {
    const model = careful().image('flux-2-pro');
    const { providerMetadata } = await generateImage({ model, prompt: 'a boat', size: '1024x1024', seed: 7 });
    expect(providerMetadata['blackForestLabs']?.images[0]).toMatchObject({
      seed: 7,
      cost: 4.5,
      outputMegapixels: 1.05,
    });
  });

  it('edits pictures in their order', async () => {
    const images = [await png(64, 64), await png(128, 64)];
    const { image } = await generateImage({
      model: careful().image('flux-2-pro'),
      prompt: { text: 'put the hat of the second on the first', images },
    });
    expect(await decode(image.uint8Array)).toMatchObject({ format: 'jpeg' });
    expect(emulators.records[0]?.body).toMatchObject({
      input_image: images[0]?.toString('base64'),
      input_image_2: images[1]?.toString('base64'),
    });
  });

  it.each(['flux-kontext-pro', 'flux-kontext-max'] as const)(
    'edits a picture with %s in its own shape',
    async (model) => {
      const image = await png(1200, 600);
      const edited = await generateImage({
        model: careful().image(model),
        prompt: { text: 'make it winter', images: [image] },
      });
      const { width, height, format } = await decode(edited.image.uint8Array);
      expect(Math.abs(width / height - 2)).toBeLessThan(0.05);
      expect(format).toBe('png');
      expect(emulators.records[0]?.body).toMatchObject({ input_image: image.toString('base64') });
    },
  );

  it('looks at the task at the address that the submit named, with its key', async () => {
    await generateImage({ model: careful().image('flux-2-pro'), prompt: 'a boat' });
    const looks = emulators.records.filter(({ url }) => url.includes('/get_result?'));
    expect(looks.length).toBeGreaterThan(1);
    for (const { url, headers } of looks) {
      expect([new URL(url, 'http://x').pathname, headers['x-key']]).toEqual([
        '/bfl/regions/us2/v1/get_result',
        'bfl-good',
      ]);
    }
    expect(emulators.records.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  it('is refused by the delivery store where it brings its key', async () => {
    const asking = generateImage({ model: asItIs().image('flux-2-pro'), prompt: 'a boat', maxRetries: 0 });
    await expect(asking).rejects.toSatisfy((error) => APICallError.isInstance(error));
    await expect(asking).rejects.toMatchObject({ statusCode: 403, isRetryable: false });
    const [delivery] = emulators.records.filter(({ url }) => url.includes('/delivery/'));
    expect(delivery?.headers['x-key']).toBe('bfl-good');
  });
});

describe('errors reach users of @ai-sdk/black-forest-labs', () => {
  it.each([
    ['bad-key', 403, 'Not authenticated', false],
    ['out-of-credit', 402, 'Insufficient credits', false],
    ['rate-limited', 429, 'Rate limit exceeded. Please retry later.', true],
    ['overloaded', 503, 'Service temporarily unavailable', true],
  ] as const)('%s', async (outcome, statusCode, message, isRetryable) => {
    const prompt = `a boat [[emulate:${outcome}]]`;
    const asking = generateImage({ model: asItIs().image('flux-2-pro'), prompt, maxRetries: 0 });
    await expect(asking).rejects.toMatchObject({ statusCode, message, isRetryable });
    expect(emulators.records).toHaveLength(1);
  });

  it('a field out of its bounds', async () => {
    const asking = generateImage({
      model: asItIs().image('flux-pro-1.1'),
      prompt: 'a boat',
      size: '1000x1000',
    });
    await expect(asking).rejects.toMatchObject({ statusCode: 422 });
    await expect(asking).rejects.toThrow(/Input should be a multiple of 32/);
  });

  it.each(['bfl-good', 'bfl-failed'])('a task that fails, with the key %s', async (key) => {
    const prompt = 'a boat [[emulate:server-error]]';
    const asking = generateImage({ model: asItIs(key).image('flux-2-pro'), prompt, maxRetries: 0 });
    await expect(asking).rejects.toThrow('Black Forest Labs generation failed.');
  });

  it('a refused prompt, which it takes for a task that goes on until its time is up', async () => {
    const asking = generateImage({
      model: asItIs().image('flux-2-pro'),
      prompt: 'a boat [[emulate:moderated-prompt]]',
      maxRetries: 0,
      providerOptions: { blackForestLabs: { pollTimeoutMillis: 500 } },
    });
    await expect(asking).rejects.toThrow('Black Forest Labs generation timed out.');
  });
});
