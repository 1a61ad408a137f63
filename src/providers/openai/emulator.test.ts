import { readFileSync, readdirSync } from 'node:fs';
import OpenAI, { toFile } from 'openai';
import sharp from 'sharp';
import type { Metadata } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmulator } from '../../../test/support/emulator-server.js';
import type { EmulatorServer } from '../../../test/support/emulator-server.js';
import { createOpenAiEmulator } from './emulator.js';
import { errorAnswer, imagesAnswer, modelsAnswer, streamEvent } from './emulator-wire.js';

const PREFACE =
  'I NEED to test how the tool works with extremely simple prompts. DO NOT add any detail, just use it AS-IS:';

let server: EmulatorServer;
let client: OpenAI;

beforeAll(async () => {
  server = await startEmulator(createOpenAiEmulator);
  client = new OpenAI({ apiKey: 'sk-good', baseURL: `${server.url}/v1`, maxRetries: 0 });
});
afterAll(async () => {
  await server.close();
});

async function post(path: string, body: Record<string, unknown>): Promise<Response> {
  return fetch(`${server.url}/v1/images/${path}`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk-good', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function decode(b64: string | undefined): Promise<Metadata> {
  return sharp(Buffer.from(b64 ?? '', 'base64')).metadata();
}

async function png(width: number, height: number, alpha: number): Promise<Buffer> {
  const background = { r: 10, g: 120, b: 200, alpha };
  return sharp({ create: { width, height, channels: 4, background } })
    .png()
    .toBuffer();
}

describe('generations', () => {
  it.each([
    ['dall-e-2', '256x256'],
    ['dall-e-2', '512x512'],
    ['dall-e-3', '1792x1024'],
    ['dall-e-3', '1024x1792'],
    ['gpt-image-1', '1536x1024'],
    ['gpt-image-1-mini', '1024x1536'],
    ['gpt-image-2', '816x816'],
    ['gpt-image-2', '3840x2160'],
    ['gpt-image-2.5-flare', '1520x512'],
    ['gpt-image-2.6-sunburst', '2880x2880'],
  ])('draws %s at exactly %s', async (model, size) => {
    const form = model.startsWith('dall-e') ? { response_format: 'b64_json' } : {};
    const answer = await post('generations', { model, prompt: 'a red boat', size, ...form });
    expect(answer.status).toBe(200);
    const body = imagesAnswer.parse(await answer.json());
    const { width, height, format } = await decode(body.data[0]?.b64_json);
    expect({ size: `${width}x${height}`, format }).toEqual({ size, format: 'png' });
  });

  it('tells the resolved quality, size and background, and counts tokens as observed', async () => {
    const body = imagesAnswer.parse(
      await (await post('generations', { model: 'gpt-image-2', prompt: 'a boat' })).json(),
    );
    expect(body).toMatchObject({
      quality: 'low',
      size: '1024x1024',
      background: 'opaque',
      output_format: 'png',
    });
    expect(body.usage).toMatchObject({
      output_tokens: 196,
      input_tokens_details: { image_tokens: 0 },
      output_tokens_details: { image_tokens: 196, text_tokens: 0 },
    });
    expect(body.usage?.total_tokens).toBe((body.usage?.input_tokens ?? 0) + 196);
  });

  it.each([
    ['2048x2048', 'low', 397],
    ['3840x2160', 'low', 371],
    ['1024x1024', 'medium', 1756],
    ['1024x1024', 'high', 7024],
  ])('bills gpt-image-2 at %s and quality %s with %i output tokens', async (size, quality, tokens) => {
    const answer = await post('generations', { model: 'gpt-image-2', prompt: 'a boat', size, quality });
    expect(imagesAnswer.parse(await answer.json()).usage?.output_tokens).toBe(tokens);
  });

  it.each(['jpeg', 'webp'])('gives %s with compression', async (format) => {
    const request = {
      model: 'gpt-image-1.5',
      prompt: 'a boat',
      output_format: format,
      output_compression: 40,
    };
    const body = imagesAnswer.parse(await (await post('generations', request)).json());
    expect((await decode(body.data[0]?.b64_json)).format).toBe(format);
    expect(body.output_format).toBe(format);
  });

  it('gives an alpha channel for a transparent background', async () => {
    const request = { model: 'gpt-image-1', prompt: 'a boat', background: 'transparent' };
    const body = imagesAnswer.parse(await (await post('generations', request)).json());
    expect(body.background).toBe('transparent');
    expect((await decode(body.data[0]?.b64_json)).hasAlpha).toBe(true);
  });

  it('gives n different pictures, and others in the next call', async () => {
    const request = { model: 'gpt-image-2', prompt: 'a boat at sea', n: 3, size: '1024x1024' };
    const both = await Promise.all([post('generations', request), post('generations', request)]);
    const bodies = await Promise.all(both.map(async (answer) => imagesAnswer.parse(await answer.json())));
    const pictures = bodies.flatMap((body) => body.data.map((item) => item.b64_json));
    expect(new Set(pictures).size).toBe(6);
  });

  it('puts content credentials into PNGs right after IHDR, and the picture still decodes', async () => {
    const body = imagesAnswer.parse(
      await (await post('generations', { model: 'gpt-image-2', prompt: 'a boat' })).json(),
    );
    const bytes = Buffer.from(body.data[0]?.b64_json ?? '', 'base64');
    expect(bytes.toString('latin1', 37, 41)).toBe('caBX');
    expect(bytes.toString('latin1', 45, 49)).toBe('jumb');
    await expect(sharp(bytes).raw().toBuffer()).resolves.toHaveLength(1024 * 1024 * 3);
  });

  it('rewrites prompts of dall-e-3 but leaves what follows the documented preface', async () => {
    const rewritten = await post('generations', { model: 'dall-e-3', prompt: 'a boat' });
    const kept = await post('generations', { model: 'dall-e-3', prompt: `${PREFACE} a boat, nothing else` });
    const second = await post('generations', { model: 'dall-e-2', prompt: 'a boat' });
    expect(imagesAnswer.parse(await rewritten.json()).data[0]?.revised_prompt).toMatch(/detailed.*a boat/);
    expect(imagesAnswer.parse(await kept.json()).data[0]?.revised_prompt).toBe('a boat, nothing else');
    expect(imagesAnswer.parse(await second.json()).data[0]).not.toHaveProperty('revised_prompt');
  });

  it('sends the documented headers', async () => {
    const { headers } = await post('generations', { model: 'gpt-image-2', prompt: 'a boat' });
    expect(headers.get('x-request-id')).toMatch(/^req_[0-9a-f]{32}$/);
    expect(headers.get('openai-processing-ms')).toMatch(/^\d+$/);
    expect(headers.get('openai-version')).toBe('2020-10-01');
    expect(headers.get('x-ratelimit-reset-requests')).toMatch(/^\d+(ms|s)$/);
    expect(headers.get('x-ratelimit-remaining-tokens')).toMatch(/^\d+$/);
  });
});

describe('delivery links', () => {
  it('give the picture for an hour without a key, then a refusal in XML', async () => {
    server.clock.now = new Date('2026-11-22T12:00:00Z');
    const body = imagesAnswer.parse(
      await (await post('generations', { model: 'dall-e-3', prompt: 'a boat' })).json(),
    );
    const link = new URL(body.data[0]?.url ?? '');
    expect([link.searchParams.get('st'), link.searchParams.get('se')]).toEqual([
      '2026-11-22T11:00:00Z',
      '2026-11-22T13:00:00Z',
    ]);
    server.clock.now = new Date('2026-11-22T12:59:59Z');
    const fresh = await fetch(link);
    expect(fresh.headers.get('content-type')).toBe('image/png');
    const bytes = Buffer.from(await fresh.arrayBuffer());
    expect(await sharp(bytes).metadata()).toMatchObject({ width: 1024, height: 1024 });
    expect(bytes.toString('latin1', 37, 41)).toBe('caBX');
    expect(Buffer.from(await (await fetch(link)).arrayBuffer())).toEqual(bytes);

    server.clock.now = new Date('2026-11-22T13:00:00Z');
    const late = await fetch(link);
    expect([late.status, late.headers.get('content-type')]).toEqual([403, 'application/xml']);
    expect(await late.text()).toContain('Signature not valid in the specified time frame');
    server.clock.now = new Date();
  });

  it('refuse when anything in them is changed', async () => {
    const body = imagesAnswer.parse(
      await (await post('generations', { model: 'dall-e-2', prompt: 'a boat' })).json(),
    );
    const link = new URL(body.data[0]?.url ?? '');
    link.searchParams.set('se', '2099-01-01T00:00:00Z');
    expect((await fetch(link)).status).toBe(403);
    link.searchParams.set('sig', 'AAAAAAAAAAAAAAAA');
    expect((await fetch(link)).status).toBe(403);
  });
});

describe('the openai client', () => {
  it('generates by link and as base64', async () => {
    const linked = await client.images.generate({ model: 'dall-e-3', prompt: 'a boat', size: '1024x1024' });
    expect((await fetch(linked.data?.[0]?.url ?? '')).status).toBe(200);
    const inline = await client.images.generate({ model: 'gpt-image-2', prompt: 'a boat', n: 2 });
    expect(inline.data).toHaveLength(2);
    expect(await decode(inline.data?.[1]?.b64_json)).toMatchObject({ width: 1024, height: 1024 });
  });

  it('streams partial pictures and the completed one', async () => {
    const stream = await client.images.generate({
      model: 'gpt-image-1.5',
      prompt: 'a boat',
      stream: true,
      partial_images: 2,
      output_format: 'webp',
    });
    const events = [];
    for await (const event of stream) events.push(streamEvent.parse(event));
    expect(events.map((event) => ('type' in event ? event.type : 'error'))).toEqual([
      'image_generation.partial_image',
      'image_generation.partial_image',
      'image_generation.completed',
    ]);
    const last = events[2];
    expect(last).toMatchObject({ quality: 'medium', size: '1024x1024', usage: { output_tokens: 1050 } });
    expect((await decode(last !== undefined && 'b64_json' in last ? last.b64_json : '')).format).toBe('webp');
  });

  it('edits one picture, several, with a mask, and as a stream', async () => {
    const image = await toFile(await png(640, 480, 1), 'a.png', { type: 'image/png' });
    const second = await toFile(
      await sharp(await png(90, 90, 1))
        .jpeg()
        .toBuffer(),
      'b.jpg',
      { type: 'image/jpeg' },
    );
    const mask = await toFile(await png(640, 480, 0), 'mask.png', { type: 'image/png' });
    const prompt = 'add a hat';
    const one = await client.images.edit({ model: 'gpt-image-1', image, prompt, size: '1024x1536' });
    expect(await decode(one.data?.[0]?.b64_json)).toMatchObject({ width: 1024, height: 1536 });
    const two = await client.images.edit({
      model: 'gpt-image-2',
      image: [image, second],
      mask,
      prompt,
      n: 2,
    });
    expect(two.usage?.input_tokens_details.image_tokens).toBe(1024);
    expect(two.data).toHaveLength(2);
    expect(two.size).toBe('1536x1024');
    const stream = await client.images.edit({
      model: 'gpt-image-2',
      image,
      prompt,
      stream: true,
      partial_images: 1,
    });
    const types = [];
    for await (const event of stream) types.push(event.type);
    expect(types).toEqual(['image_edit.partial_image', 'image_edit.completed']);
    const record = server.records.at(-1);
    expect(record?.body).toMatchObject({
      fields: { stream: 'true' },
      files: [{ name: 'image', mimeType: 'image/png' }],
    });
  });

  it('lists models and finds one', async () => {
    const ids = [];
    for await (const model of client.models.list()) ids.push(model.id);
    expect(ids).toEqual(expect.arrayContaining(['dall-e-3', 'gpt-image-2', 'gpt-image-2.6-flare']));
    expect(await client.models.retrieve('gpt-image-1.5')).toMatchObject({ shutdown_date: '2026-12-01' });
    await expect(client.models.retrieve('gpt-9')).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
    });
  });
});

describe('edits as JSON', () => {
  it('take data URLs and follow the first picture in shape', async () => {
    const image = `data:image/png;base64,${(await png(300, 600, 1)).toString('base64')}`;
    const answer = await post('edits', {
      model: 'gpt-image-2',
      images: [{ image_url: image }],
      prompt: 'add a hat',
    });
    expect(imagesAnswer.parse(await answer.json()).size).toBe('1024x1536');
  });
});

describe('fixtures', () => {
  const folder = new URL('fixtures/', import.meta.url);
  const files = readdirSync(folder).filter((name) => !name.startsWith('adapter-'));
  const read = (name: string) => readFileSync(new URL(name, folder), 'utf8');

  it.each(files.filter((name) => /^(gpt|dall-e).*\.json$/.test(name)))(
    '%s is a success as emulated',
    (name) => {
      expect(() => imagesAnswer.parse(JSON.parse(read(name)))).not.toThrow();
    },
  );
  it.each(files.filter((name) => name.startsWith('error-')))('%s is a refusal as emulated', (name) => {
    expect(() => errorAnswer.parse(JSON.parse(read(name)))).not.toThrow();
  });
  it.each(files.filter((name) => name.startsWith('stream-')))('%s holds events as emulated', (name) => {
    const data = [...read(name).matchAll(/^data: (.*)$/gm)].map((match) => match[1] ?? '');
    expect(data.length).toBeGreaterThan(0);
    for (const text of data) expect(() => streamEvent.parse(JSON.parse(text))).not.toThrow();
  });
  it('models.json is a list as emulated', async () => {
    modelsAnswer.parse(JSON.parse(read('models.json')));
    const answer = await fetch(`${server.url}/v1/models`, { headers: { authorization: 'Bearer sk-good' } });
    modelsAnswer.parse(await answer.json());
  });
});
