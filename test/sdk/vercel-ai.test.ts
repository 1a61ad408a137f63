import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateImage } from 'ai';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decode } from '../support/answers.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server.stop();
});

it.each(['atelier-sketch', 'dall-e-3', 'gemini-2-5-flash-image'])(
  'the Vercel AI SDK generates %s through its OpenAI-compatible provider',
  async (slug) => {
    const provider = createOpenAICompatible({
      name: 'atelier',
      baseURL: `${server.url}/v1`,
      apiKey: server.testKey,
    });
    const { image } = await generateImage({
      model: provider.imageModel(slug),
      prompt: 'a paper lantern',
      size: '512x512',
    });
    expect(await decode(image.uint8Array)).toMatchObject({ width: 512, height: 512 });
  },
);

it('the Vercel AI SDK generates several GPT images through its OpenAI provider', async () => {
  const provider = createOpenAI({ baseURL: `${server.url}/v1`, apiKey: server.testKey });
  const { images } = await generateImage({
    model: provider.image('gpt-image-2'),
    prompt: 'a paper lantern',
    size: '1024x1024',
    n: 2,
  });
  expect(images).toHaveLength(2);
  for (const image of images)
    expect(await decode(image.uint8Array)).toMatchObject({ width: 1024, height: 1024 });
});
