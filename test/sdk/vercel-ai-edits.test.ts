import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateImage, APICallError } from 'ai';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decode } from '../support/answers.js';
import { startTestServer, type TestServer } from '../support/server.js';

const EDGE = 256;
const GREEN = [34, 139, 34] as const;

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server.stop();
});

const settings = () => ({ baseURL: `${server.url}/v1`, apiKey: server.testKey });

/** A plain green square. */
function source(): Promise<Buffer> {
  const [r, g, b] = GREEN;
  return sharp({ create: { width: EDGE, height: EDGE, channels: 3, background: { r, g, b } } })
    .png()
    .toBuffer();
}

/** Its lower half is to be repainted. */
function lowerHalf(): Promise<Buffer> {
  const pixels = Buffer.alloc(EDGE * EDGE * 4, 255);
  for (let at = (EDGE * EDGE * 4) / 2; at < pixels.length; at += 4) pixels[at + 3] = 0;
  return sharp(pixels, { raw: { width: EDGE, height: EDGE, channels: 4 } })
    .png()
    .toBuffer();
}

it.each(['gemini-2-5-flash-image', 'flux-2-pro'])(
  'the Vercel AI SDK edits with %s through its OpenAI-compatible provider and follows the link',
  async (slug) => {
    const provider = createOpenAICompatible({ name: 'atelier', ...settings() });
    const { image } = await generateImage({
      model: provider.imageModel(slug),
      prompt: { images: [await source()], text: 'make it autumn' },
      size: '512x512',
    });
    expect(await decode(image.uint8Array)).toMatchObject({ width: 512, height: 512 });
  },
);

it('passes our own fields through the OpenAI-compatible provider', async () => {
  const provider = createOpenAICompatible({ name: 'atelier', ...settings() });
  const { image, responses } = await generateImage({
    model: provider.imageModel('gemini-2-5-flash-image'),
    prompt: { images: [await source()], text: 'make it autumn' },
    providerOptions: { atelier: { response_format: 'b64_json', output_format: 'webp', seed: 7 } },
  });
  expect(await decode(image.uint8Array)).toMatchObject({ format: 'webp' });
  expect(responses[0]?.headers?.['x-model-used']).toBe('gemini-2-5-flash-image');
});

it.each([1, 2])('edits %i pictures with GPT Image through the OpenAI provider', async (count) => {
  const provider = createOpenAI(settings());
  const { images } = await generateImage({
    model: provider.image('gpt-image-2'),
    prompt: { images: await Promise.all(Array.from({ length: count }, source)), text: 'make it autumn' },
    size: '1024x1024',
    n: 2,
  });
  expect(images).toHaveLength(2);
  for (const image of images)
    expect(await decode(image.uint8Array)).toMatchObject({ width: 1024, height: 1024 });
});

it('repaints inside a mask only', async () => {
  const provider = createOpenAI(settings());
  const { image } = await generateImage({
    model: provider.image('gpt-image-1'),
    prompt: { images: [await source()], mask: await lowerHalf(), text: 'a pond' },
    size: '256x256',
  });
  const [upper, lower] = await Promise.all(
    [0, EDGE / 2].map((top) =>
      sharp(image.uint8Array)
        .removeAlpha()
        .extract({ left: 0, top, width: EDGE, height: EDGE / 2 })
        .raw()
        .toBuffer(),
    ),
  );
  const kept = Buffer.from(Array.from({ length: (EDGE * EDGE) / 2 }, () => GREEN).flat());
  expect(upper?.equals(kept)).toBe(true);
  expect(lower?.equals(kept)).toBe(false);
});

it('raises the error of a refused edit and asks only once', async () => {
  const provider = createOpenAI(settings());
  const refused: unknown = await generateImage({
    model: provider.image('dall-e-3'),
    prompt: { images: [await source()], text: 'make it autumn' },
  }).catch((error: unknown) => error);
  expect(APICallError.isInstance(refused)).toBe(true);
  expect(refused).toMatchObject({ statusCode: 400, isRetryable: false });
  expect(refused).toHaveProperty('message', expect.stringMatching(/dall-e-3/));
});
