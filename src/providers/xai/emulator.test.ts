import { readFileSync, readdirSync } from 'node:fs';
import OpenAI from 'openai';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmulator } from '../../../test/support/emulator-server.js';
import type { EmulatorServer } from '../../../test/support/emulator-server.js';
import { errorAnswer, imageModelsAnswer, imagesAnswer, modelAnswer, modelsAnswer } from './emulator-wire.js';
import { createXaiEmulator } from './emulator.js';

const MODEL = 'grok-imagine-image-2.0';

let server: EmulatorServer;

beforeAll(async () => {
  server = await startEmulator(createXaiEmulator);
});
afterAll(async () => {
  await server.close();
});

function post(path: string, body: Record<string, unknown>, key = 'xai-good'): Promise<Response> {
  return fetch(`${server.url}/v1/images/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ prompt: 'a red boat', ...body }),
  });
}

async function success(answer: Response) {
  expect(answer.status).toBe(200);
  return imagesAnswer.parse(await answer.json());
}

async function sizeOf(b64: string | null | undefined): Promise<string> {
  const { width, height, format } = await sharp(Buffer.from(b64 ?? '', 'base64')).metadata();
  return `${width}x${height} ${format}`;
}

async function dataUri(width: number, height: number, claimed = 'png'): Promise<string> {
  const create = { width, height, channels: 3 as const, background: { r: 9, g: 9, b: 200 } };
  const bytes = await sharp({ create }).png().toBuffer();
  return `data:image/${claimed};base64,${bytes.toString('base64')}`;
}

describe('generations', () => {
  it.each([
    [MODEL, '1:1', '1k', '1024x1024'],
    [MODEL, '16:9', '1k', '1408x768'],
    [MODEL, '9:19.5', '2k', '1152x2496'],
    [MODEL, '21:9', '1k', '1568x672'],
    [MODEL, '5:2', '2k', '3200x1280'],
    [MODEL, 'auto', '2k', '2048x2048'],
    ['grok-imagine-image', '2:3', '1k', '864x1296'],
    ['grok-imagine-image-2026-03-02', '20:9', '2k', '2560x1152'],
    ['grok-imagine-image-pro', '3:4', '1k', '896x1280'],
  ])('%s draws %s at %s as %s', async (model, ratio, resolution, size) => {
    const body = { model, aspect_ratio: ratio, resolution, response_format: 'b64_json' };
    const answer = await success(await post('generations', body));
    expect(answer).toHaveProperty('block_reason', null);
    expect(answer.data[0]).toMatchObject({ url: null, mime_type: 'image/jpeg' });
    expect(await sizeOf(answer.data[0]?.b64_json)).toBe(`${size} jpeg`);
  });

  it.each([
    [{ model: MODEL }, 400_000_000],
    [{ model: MODEL, quality: 'auto', resolution: '2k' }, 600_000_000],
    [{ model: MODEL, quality: 'medium' }, 600_000_000],
    [{ model: MODEL, quality: 'medium', resolution: '2k', n: 3 }, 2_400_000_000],
    [{ model: 'grok-imagine-image', quality: 'high' }, 200_000_000],
    [{ model: 'grok-imagine-image-quality', quality: 'medium' }, 400_000_000],
    [{}, 400_000_000],
  ])('%j costs %i ticks', async (body, ticks) => {
    const answer = await success(await post('generations', { aspect_ratio: '9:19.5', ...body }));
    expect(answer.usage.cost_in_usd_ticks).toBe(ticks);
  });

  it('gives n different pictures, and others in the next call', async () => {
    const body = { model: MODEL, n: 3, response_format: 'b64_json', seed: 5 };
    const answers = [await post('generations', body), await post('generations', body)];
    const items = (await Promise.all(answers.map(success))).flatMap((answer) => answer.data);
    expect(new Set(items.map((item) => item.b64_json)).size).toBe(6);
  });

  it('ignores fields that it does not know, pictures among them', async () => {
    const body = { model: MODEL, image: 'x', seed: 1, negative_prompt: 'fog', respone_format: 'b64_json' };
    expect((await success(await post('generations', body))).data[0]?.url).toMatch(/^http/);
    expect(server.records.at(-1)).toMatchObject({ method: 'POST', body: { seed: 1 }, model: MODEL });
  });

  it('takes null for every field that may be left out', async () => {
    const names = ['model', 'n', 'aspect_ratio', 'resolution', 'quality', 'response_format', 'user', 'size'];
    const body = Object.fromEntries(names.map((name) => [name, null]));
    expect((await success(await post('generations', body))).data).toHaveLength(1);
  });

  it('gives base64 as a data URI to clients of the older kind', async () => {
    const answer = await success(await post('generations', { response_format: 'b64_json' }, 'xai-prefix-1'));
    expect(answer.data[0]?.b64_json).toMatch(/^data:image\/jpeg;base64,/);
  });

  it('sends its own request id beside the body', async () => {
    const { headers } = await post('generations', {});
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers.get('x-metrics-e2e-ms')).toMatch(/^\d+$/);
  });
});

describe('links', () => {
  it('need no key, and are not found after an hour', async () => {
    const { data } = await success(await post('generations', { aspect_ratio: '1:2' }));
    const url = data[0]?.url ?? '';
    expect(url).toMatch(/\/xai-imgen\/xai-tmp-imgen-[0-9a-f-]{36}-[0-9a-f]{8}\.jpeg\?/);
    const fetched = await fetch(url);
    expect([fetched.status, fetched.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
    const bytes = Buffer.from(await fetched.arrayBuffer());
    expect(await sharp(bytes).metadata()).toMatchObject({ width: 704, height: 1408 });
    expect(Buffer.from(await (await fetch(url)).arrayBuffer())).toEqual(bytes);
    server.clock.now = new Date(server.clock.now.getTime() + 3_600_000);
    expect((await fetch(url)).status).toBe(404);
    server.clock.now = new Date();
    expect((await fetch(url.replace('?t=', '?t=x'))).status).toBe(404);
  });
});

describe('edits', () => {
  it('follow a single source and ignore the ratio', async () => {
    const image = { url: await dataUri(300, 600, 'jpeg'), type: 'image_url' };
    const body = { model: MODEL, image, aspect_ratio: '16:9', response_format: 'b64_json' };
    const answer = await success(await post('edits', body));
    expect(await sizeOf(answer.data[0]?.b64_json)).toBe('704x1408 jpeg');
    expect(answer.usage.cost_in_usd_ticks).toBe(700_000_000);
  });

  it('take several sources with a ratio, and bill each', async () => {
    const images = [{ url: await dataUri(64, 64) }, { image_url: await dataUri(64, 64, 'webp') }];
    const body = { model: MODEL, images, aspect_ratio: '3:2', quality: 'low', response_format: 'b64_json' };
    const answer = await success(await post('edits', body));
    expect(await sizeOf(answer.data[0]?.b64_json)).toBe('1296x864 jpeg');
    expect(answer.usage.cost_in_usd_ticks).toBe(600_000_000);
    const first = { ...body, model: 'grok-imagine-image' };
    expect((await success(await post('edits', first))).usage.cost_in_usd_ticks).toBe(240_000_000);
  });
});

describe('models', () => {
  const get = (path: string) =>
    fetch(`${server.url}/v1/${path}`, { headers: { authorization: 'Bearer xai-good' } });

  it('are listed under two envelopes', async () => {
    const plain = modelsAnswer.parse(await (await get('models')).json());
    expect(plain.data.map((model) => model.id)).toEqual([MODEL, 'grok-imagine-image']);
    const rich = imageModelsAnswer.parse(await (await get('image-generation-models')).json());
    expect(rich.models.map((model) => model.image_price)).toEqual([400_000_000, 200_000_000]);
  });

  it('are found by name', async () => {
    modelAnswer.parse(await (await get(`models/${MODEL}`)).json());
    expect(await (await get('image-generation-models/grok-imagine-image-2026-03-02')).json()).toMatchObject({
      id: 'grok-imagine-image',
    });
    expect((await get('models/grok-2-image')).status).toBe(404);
    expect((await fetch(`${server.url}/v1/models`)).status).toBe(401);
  });
});

describe('the openai client', () => {
  it('generates by link and as base64, and lists models', async () => {
    const client = new OpenAI({ apiKey: 'xai-good', baseURL: `${server.url}/v1`, maxRetries: 0 });
    const linked = await client.images.generate({ model: MODEL, prompt: 'a boat' });
    expect((await fetch(linked.data?.[0]?.url ?? '')).status).toBe(200);
    const inline = await client.images.generate({
      model: MODEL,
      prompt: 'a boat',
      n: 2,
      response_format: 'b64_json',
    });
    expect(await sizeOf(inline.data?.[1]?.b64_json)).toBe('1024x1024 jpeg');
    const ids = [];
    for await (const model of client.models.list()) ids.push(model.id);
    expect(ids).toContain(MODEL);
    await expect(
      client.images.generate({ model: MODEL, prompt: 'a boat', size: '1024x1024' }),
    ).rejects.toMatchObject({ status: 400 });
  });
});

describe('fixtures', () => {
  const folder = new URL('fixtures/', import.meta.url);
  const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
  const schemas = [
    [/^images-/, imagesAnswer],
    [/^error-/, errorAnswer],
    [/^models/, modelsAnswer],
    [/^image-models/, imageModelsAnswer],
  ] as const;
  const names = readdirSync(folder).filter((name) => schemas.some(([pattern]) => pattern.test(name)));

  it.each(names)('%s is an answer as emulated', (name) => {
    const schema = schemas.find(([pattern]) => pattern.test(name))?.[1];
    expect(() => schema?.parse(read(name))).not.toThrow();
  });

  it('are all looked at', () => {
    expect(names.length).toBeGreaterThanOrEqual(19);
  });
});
