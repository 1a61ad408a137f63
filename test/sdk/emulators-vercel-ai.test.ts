/** The Vercel AI SDK's own provider packages against the emulators alone, changed in base URL and key only. */
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { generateImage, generateText, NoImageGeneratedError, type ModelMessage } from 'ai';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { googleProvider } from '../../src/providers/google/provider.js';
import { openAiProvider } from '../../src/providers/openai/provider.js';
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

const openai = () => createOpenAI({ apiKey: 'sk-good', baseURL: emulators.baseUrl(openAiProvider) });
const google = () =>
  createGoogleGenerativeAI({ apiKey: 'good', baseURL: `${emulators.baseUrl(googleProvider)}/v1beta` });

async function png(width: number, height: number, alpha = 1): Promise<Buffer> {
  const background = { r: 30, g: 90, b: 160, alpha };
  return sharp({ create: { width, height, channels: 4, background } })
    .png()
    .toBuffer();
}

describe('@ai-sdk/openai', () => {
  it.each([
    ['dall-e-2', '256x256', 256, 256],
    ['dall-e-3', '1024x1792', 1024, 1792],
    ['gpt-image-1-mini', '1536x1024', 1536, 1024],
    ['gpt-image-2', '1024x1024', 1024, 1024],
  ] as const)('generates with %s at %s', async (model, size, width, height) => {
    const { image } = await generateImage({ model: openai().image(model), prompt: 'a boat', size });
    expect(await decode(image.uint8Array)).toMatchObject({ width, height });
  });

  it('generates several different pictures, in one call where the model can', async () => {
    const { images } = await generateImage({ model: openai().image('gpt-image-2'), prompt: 'a boat', n: 3 });
    expect(new Set(images.map(({ base64 }) => base64)).size).toBe(3);
    expect(emulators.records).toHaveLength(1);
    const single = await generateImage({ model: openai().image('dall-e-3'), prompt: 'a boat', n: 2 });
    expect(new Set(single.images.map(({ base64 }) => base64)).size).toBe(2);
    expect(emulators.records).toHaveLength(3);
  });

  it('edits pictures with a mask', async () => {
    const images = [await png(512, 512), await png(64, 64)];
    const { image } = await generateImage({
      model: openai().image('gpt-image-2'),
      prompt: { text: 'add a hat', images, mask: await png(512, 512, 0) },
      size: '1024x1024',
    });
    expect(await decode(image.uint8Array)).toMatchObject({ width: 1024, height: 1024 });
    const [record] = emulators.records;
    expect(record?.url).toBe('/openai/v1/images/edits');
    expect(record?.body).toMatchObject({
      files: [{ mimeType: 'image/png' }, { mimeType: 'image/png' }, { name: 'mask', mimeType: 'image/png' }],
    });
  });

  it('passes a refusal on and does not ask again', async () => {
    const prompt = 'a boat [[emulate:moderated-prompt]]';
    const asking = generateImage({ model: openai().image('gpt-image-2'), prompt });
    await expect(asking).rejects.toMatchObject({ statusCode: 400, isRetryable: false });
    expect(emulators.records).toHaveLength(1);
  });
});

describe('@ai-sdk/google', () => {
  it('generates with Imagen, several in one call', async () => {
    const { images } = await generateImage({
      model: google().image('imagen-4.0-generate-001'),
      prompt: 'a boat',
      aspectRatio: '16:9',
      n: 2,
    });
    expect(images).toHaveLength(2);
    for (const image of images)
      expect(await decode(image.uint8Array)).toMatchObject({ width: 1408, height: 768 });
    expect(emulators.records).toHaveLength(1);
  });

  it.each([
    ['gemini-2.5-flash-image', 1344, 768, 'png'],
    ['gemini-nano-banana-2.1', 1376, 768, 'jpeg'],
  ])('generates with %s', async (model, width, height, format) => {
    const { image, usage } = await generateImage({
      model: google().image(model),
      prompt: 'a boat',
      aspectRatio: '16:9',
      seed: 7,
    });
    expect(await decode(image.uint8Array)).toMatchObject({ width, height, format });
    expect(usage.outputTokens).toBeGreaterThan(1000);
  });

  it('edits a picture', async () => {
    const { image } = await generateImage({
      model: google().image('gemini-3-pro-image'),
      prompt: { text: 'add a hat', images: [await png(90, 160)] },
    });
    expect(await decode(image.uint8Array)).toMatchObject({ width: 768, height: 1376 });
  });

  it('chats over pictures: what the model gave goes back with its signature', async () => {
    const model = google()('gemini-3.1-flash-image');
    const messages: ModelMessage[] = [{ role: 'user', content: 'a boat' }];
    const first = await generateText({ model, messages });
    expect(first.files).toHaveLength(1);
    messages.push(...first.response.messages, { role: 'user', content: 'add a hat' });
    const second = await generateText({ model, messages });
    expect(await decode(second.files[0]?.uint8Array ?? Buffer.alloc(0))).toMatchObject({ format: 'jpeg' });
    expect(JSON.stringify(emulators.records.at(-1)?.body)).toContain('"thoughtSignature"');
  });

  it.each(['moderated-output', 'no-image'])('finds no picture in %s', async (outcome) => {
    const prompt = `a boat [[emulate:${outcome}]]`;
    const asking = generateImage({ model: google().image('gemini-2.5-flash-image'), prompt, maxRetries: 0 });
    await expect(asking).rejects.toSatisfy((error) => NoImageGeneratedError.isInstance(error));
  });
});
