import OpenAI, { BadRequestError, NotFoundError, toFile } from 'openai';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decode, fetchPicture, generation } from '../support/answers.js';
import { startTestServer, type TestServer } from '../support/server.js';

const EDGE = 256;
const BLUE = [51, 102, 204] as const;

let server: TestServer;
let client: OpenAI;

beforeAll(async () => {
  server = await startTestServer();
  client = new OpenAI({ apiKey: server.testKey, baseURL: `${server.url}/v1` });
});
afterAll(async () => {
  await server.stop();
});

/** A plain blue square. */
async function source() {
  const [r, g, b] = BLUE;
  const bytes = await sharp({ create: { width: EDGE, height: EDGE, channels: 3, background: { r, g, b } } })
    .png()
    .toBuffer();
  return toFile(bytes, 'source.png', { type: 'image/png' });
}

/** Its right half is to be repainted. */
async function rightHalf() {
  const pixels = Buffer.from(
    Array.from({ length: EDGE * EDGE }, (_, at) => [0, 0, 0, at % EDGE < EDGE / 2 ? 255 : 0]).flat(),
  );
  const bytes = await sharp(pixels, { raw: { width: EDGE, height: EDGE, channels: 4 } })
    .png()
    .toBuffer();
  return toFile(bytes, 'mask.png', { type: 'image/png' });
}

describe('the unmodified openai SDK', () => {
  it('edits one file and gets a link when it asks for one', async () => {
    const answer = await client.images.edit({
      model: 'gemini-2-5-flash-image',
      image: await source(),
      prompt: 'make it winter',
      size: '512x512',
      response_format: 'url',
    });
    expect(await fetchPicture(answer.data?.[0]?.url)).toMatchObject({ width: 512, height: 512 });
  });

  it('edits several files at once, every one of which reaches the model', async () => {
    const edit = async (count: number) =>
      client.images.edit({
        model: 'gpt-image-2',
        image: await Promise.all(Array.from({ length: count }, source)),
        prompt: 'put them side by side',
        size: '1024x1024',
        response_format: 'b64_json',
      });
    const [one, three] = await Promise.all([edit(1), edit(3)]);
    expect(await decode(Buffer.from(three.data?.[0]?.b64_json ?? '', 'base64'))).toMatchObject({
      width: 1024,
      height: 1024,
    });
    const tokens = one.usage?.input_tokens_details.image_tokens ?? 0;
    expect(tokens).toBeGreaterThan(0);
    expect(three.usage?.input_tokens_details.image_tokens).toBe(3 * tokens);
  });

  it('learns which file is one too many', async () => {
    const refused = client.images.edit({
      model: 'gemini-2-5-flash-image',
      image: await Promise.all(Array.from({ length: 4 }, source)),
      prompt: 'put them side by side',
    });
    await expect(refused).rejects.toMatchObject({
      status: 400,
      code: 'invalid_request',
      param: 'image[3]',
    });
  });

  it.each(['gpt-image-1', 'gemini-2-5-flash-image'])(
    'sends %s a mask, outside of which every pixel stays',
    async (model) => {
      const answer = await client.images.edit({
        model,
        image: await source(),
        mask: await rightHalf(),
        prompt: 'a red balloon',
        size: '256x256',
        response_format: 'b64_json',
      });
      const bytes = Buffer.from(answer.data?.[0]?.b64_json ?? '', 'base64');
      const halves = await Promise.all(
        [0, EDGE / 2].map((left) =>
          sharp(bytes)
            .removeAlpha()
            .extract({ left, top: 0, width: EDGE / 2, height: EDGE })
            .raw()
            .toBuffer(),
        ),
      );
      const kept = Buffer.from(Array.from({ length: (EDGE * EDGE) / 2 }, () => BLUE).flat());
      expect(halves[0]?.equals(kept)).toBe(true);
      expect(halves[1]?.equals(kept)).toBe(false);
    },
  );

  it('gets base64 and token usage of GPT Image without asking', async () => {
    const answer = await client.images.edit({
      model: 'gpt-image-2',
      image: await source(),
      prompt: 'make it winter',
      quality: 'low',
    });
    expect(answer.data?.[0]?.url).toBeUndefined();
    await decode(Buffer.from(answer.data?.[0]?.b64_json ?? '', 'base64'));
    expect(answer.usage?.input_tokens_details.image_tokens).toBeGreaterThan(0);
  });

  it('gets a link of other models without asking', async () => {
    const answer = await client.images.edit({
      model: 'gemini-2-5-flash-image',
      image: await source(),
      prompt: 'make it winter',
    });
    expect(answer.data?.[0]?.b64_json).toBeUndefined();
    await fetchPicture(answer.data?.[0]?.url);
  });

  it('raises its own error classes with our code and param', async () => {
    const broken = client.images.edit({
      model: 'gpt-image-2',
      image: await toFile(Buffer.from('not a picture'), 'source.png', { type: 'image/png' }),
      prompt: 'make it winter',
    });
    await expect(broken).rejects.toThrow(BadRequestError);
    await expect(broken).rejects.toMatchObject({ status: 400, code: 'invalid_image', param: 'image' });

    const secondBroken = client.images.edit({
      model: 'gpt-image-2',
      image: [await source(), await toFile(Buffer.from('no'), 'b.png', { type: 'image/png' })],
      prompt: 'make it winter',
    });
    await expect(secondBroken).rejects.toMatchObject({ code: 'invalid_image', param: 'image[1]' });

    const unknown = client.images.edit({ model: 'gpt-image-9', image: await source(), prompt: 'x' });
    await expect(unknown).rejects.toThrow(NotFoundError);
    await expect(unknown).rejects.toMatchObject({ code: 'model_not_found', param: 'model' });

    const cannot = client.images.edit({ model: 'dall-e-3', image: await source(), prompt: 'x' });
    await expect(cannot).rejects.toMatchObject({ status: 400, code: 'edit_not_supported', param: 'model' });

    const opaque = client.images.edit({
      model: 'gpt-image-2',
      image: await source(),
      mask: await source(),
      prompt: 'x',
    });
    await expect(opaque).rejects.toMatchObject({ status: 400, code: 'invalid_image', param: 'mask' });
  });

  it('edits its own result by a link to nothing but its id', async () => {
    const first = await client.images.generate({
      model: 'atelier-sketch',
      prompt: 'a stone bridge over a pond',
      size: '256x256',
      response_format: 'url',
    });
    const { data } = generation.parse(first);
    const answer: unknown = await client.post('/images/edits', {
      body: { model: 'gpt-image-2', prompt: 'make it winter', image: { image_id: data[0]?.id } },
    });
    expect(answer).toMatchObject({ parents: [data[0]?.id] });
  });
});
