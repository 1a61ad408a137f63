import OpenAI, { toFile } from 'openai';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decode } from '../support/answers.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let client: OpenAI;

beforeAll(async () => {
  server = await startTestServer();
  client = new OpenAI({ apiKey: server.testKey, baseURL: `${server.url}/v1`, maxRetries: 0 });
});
afterAll(async () => {
  await server.stop();
});

/** Every picture of a stream is whole; the event names in their order. */
async function readStream(
  events: AsyncIterable<{ readonly type: string; readonly b64_json?: string }>,
): Promise<readonly string[]> {
  const types: string[] = [];
  for await (const event of events) {
    types.push(event.type);
    if (event.b64_json !== undefined) await decode(Buffer.from(event.b64_json, 'base64'));
  }
  return types;
}

describe('the streaming iterator of the unmodified openai SDK', () => {
  it('generates with partial pictures where the model makes them', async () => {
    const stream = await client.images.generate({
      model: 'gpt-image-2',
      prompt: 'a fox',
      stream: true,
      partial_images: 2,
    });
    expect(await readStream(stream)).toEqual([
      'image_generation.partial_image',
      'image_generation.partial_image',
      'image_generation.completed',
    ]);
  });

  it.each(['atelier-sketch', 'imagen-4', 'flux-1.1-pro', 'grok-image'])(
    'generates with %s, which makes no partial pictures',
    async (model) => {
      const stream = await client.images.generate({
        model,
        prompt: 'a fox',
        n: 1,
        stream: true,
        partial_images: 1,
      });
      const types = await readStream(stream);
      expect(types.at(-1)).toBe('image_generation.completed');
      expect(types.filter((type) => type !== 'image_generation.progress')).toHaveLength(1);
    },
  );

  it.each(['gpt-image-2', 'gemini-2-5-flash-image'])('edits with %s', async (model) => {
    const bytes = await sharp({ create: { width: 256, height: 256, channels: 3, background: '#36c' } })
      .png()
      .toBuffer();
    const stream = await client.images.edit({
      model,
      image: await toFile(bytes, 'source.png', { type: 'image/png' }),
      prompt: 'make it winter',
      stream: true,
      partial_images: 1,
    });
    expect(await readStream(stream)).toEqual([
      ...(model === 'gpt-image-2' ? ['image_edit.partial_image'] : []),
      'image_edit.completed',
    ]);
  });

  it('throws the error that ends a stream', async () => {
    const refused = async () =>
      readStream(
        await client.images.generate({
          model: 'gpt-image-2',
          prompt: 'a fox [[emulate:moderated-prompt]]',
          stream: true,
        }),
      );
    await expect(refused()).rejects.toMatchObject({ status: 400, code: 'content_policy_violation' });
  });
});
