import { readFileSync, readdirSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmulator } from '../../../test/support/emulator-server.js';
import type { EmulatorServer } from '../../../test/support/emulator-server.js';
import { creditsAnswer, errorAnswer, pollAnswer, submitAnswer } from './emulator-wire.js';
import { createBflEmulator } from './emulator.js';

let server: EmulatorServer;

beforeAll(async () => {
  server = await startEmulator(createBflEmulator);
});
afterAll(async () => {
  await server.close();
});

async function submit(route: string, fields: Record<string, unknown>, key = 'bfl-good') {
  const answer = await fetch(`${server.url}/v1/${route}`, {
    method: 'POST',
    headers: { 'x-key': key, 'content-type': 'application/json' },
    body: JSON.stringify({ prompt: 'a red boat', ...fields }),
  });
  expect(answer.status).toBe(200);
  const body = submitAnswer.parse(await answer.json());
  return { ...body, url: 'polling_url' in body ? body.polling_url : '' };
}

async function poll(url: string, key = 'bfl-good') {
  const answer = await fetch(url, { headers: { 'x-key': key } });
  return pollAnswer.parse(await answer.json());
}

async function finish(url: string) {
  await expect.poll(async () => (await poll(url)).status, { timeout: 5_000, interval: 10 }).toBe('Ready');
  return (await poll(url)).result;
}

async function download(url: string | undefined): Promise<Buffer> {
  const answer = await fetch(url ?? '');
  expect(answer.status).toBe(200);
  return Buffer.from(await answer.arrayBuffer());
}

async function draw(route: string, fields: Record<string, unknown>): Promise<string> {
  const result = await finish((await submit(route, fields)).url);
  const { width, height, format } = await sharp(await download(result?.sample)).metadata();
  return `${width}x${height} ${format}`;
}

async function base64(width: number, height: number): Promise<string> {
  const create = { width, height, channels: 3 as const, background: { r: 9, g: 9, b: 200 } };
  return (await sharp({ create }).png().toBuffer()).toString('base64');
}

describe('pictures', () => {
  it.each([
    ['flux-pro-1.1', {}, '1024x768 jpeg'],
    ['flux-pro-1.1', { width: 1440, height: 256, output_format: 'png' }, '1440x256 png'],
    ['flux-dev', { width: 512, height: 512, steps: 28, guidance: 3, seed: null }, '512x512 jpeg'],
    ['flux-pro-1.1-ultra', { aspect_ratio: '1:1', raw: true }, '2048x2048 jpeg'],
    ['flux-kontext-pro', {}, '1024x1024 png'],
    ['flux-kontext-max', { aspect_ratio: '16:9', output_format: 'webp' }, '1360x768 webp'],
    ['flux-2-pro', {}, '1024x1024 jpeg'],
    ['flux-2-pro-preview', { width: 1920, height: 1088 }, '1920x1088 jpeg'],
    ['flux-2-max', { width: 64, height: 64, safety_tolerance: 5 }, '64x64 jpeg'],
    ['flux-2-flex', { width: 2048, height: 2048, guidance: 1.5, steps: 1 }, '2048x2048 jpeg'],
    ['flux-2-klein-4b', { width: 1360, height: 0 }, '1360x1024 jpeg'],
    ['flux-3-image', { grounding: false }, '1024x1024 png'],
    ['flux-3-image', { aspect_ratio: '16:9', resolution: '2k' }, '2720x1536 png'],
    ['flux-3-image-klein', { aspect_ratio: 'auto', resolution: '768sq' }, '768x768 png'],
  ])('of %s with %j are %s', async (route, fields, picture) => {
    expect(await draw(route, fields)).toBe(picture);
  });

  it('follow their inputs', async () => {
    const wide = await base64(1280, 640);
    expect(await draw('flux-2-pro', { input_image: wide })).toBe('1280x640 jpeg');
    expect(await draw('flux-kontext-pro', { input_image: `data:image/png;base64,${wide}` })).toBe(
      '1440x720 png',
    );
    const mask = { image: wide, mask: wide };
    expect(await draw('flux-pro-1.0-fill', mask)).toBe('1280x640 jpeg');
    expect(await draw('flux-pro-1.0-expand', { image: wide, top: 100, right: 20 })).toBe('1300x740 jpeg');
    expect(await draw('flux-3-image', { images: wide })).toBe('1440x720 png');
    expect(await draw('flux-3-image', { images: [wide, wide], aspect_ratio: '1:1' })).toBe('1024x1024 png');
    expect(await draw('flux-pro-1.1', { image_prompt: wide })).toBe('1024x768 jpeg');
  });

  it('repeat with their seed and otherwise never', async () => {
    const bytes = async (fields: Record<string, unknown>) => {
      const result = await finish((await submit('flux-2-pro', { width: 512, height: 512, ...fields })).url);
      return [result?.seed, (await download(result?.sample)).toString('base64')];
    };
    const [one, again, other, free] = await Promise.all([
      bytes({ seed: 7 }),
      bytes({ seed: 7 }),
      bytes({}),
      bytes({}),
    ]);
    expect(again).toEqual(one);
    expect(one[0]).toBe(7);
    expect(new Set([one, other, free].map((picture) => picture[1])).size).toBe(3);
  });

  it('have an alpha channel where that is asked', async () => {
    const fields = { transparent_bg: true, output_format: 'png', width: 256, height: 256 };
    const result = await finish((await submit('flux-2-pro', fields)).url);
    expect((await sharp(await download(result?.sample)).metadata()).hasAlpha).toBe(true);
  });
});

describe('the cost', () => {
  it.each([
    ['flux-2-pro', { width: 1024, height: 1024 }, 4.5, 0, 1.05],
    ['flux-2-pro', { width: 992, height: 1008 }, 3, 0, 1],
    ['flux-2-max', { width: 2048, height: 2048 }, 19, 0, 4.19],
    ['flux-2-klein-9b', { width: 512, height: 512 }, 1.5, 0, 0.26],
    ['flux-pro-1.1', {}, 4, 0, 0.79],
    ['flux-kontext-max', {}, 8, 0, 1.05],
    ['flux-3-image', {}, 4.8, 0, 1.05],
    ['flux-3-image-klein', { resolution: '4k' }, 3.6, 0, 16.78],
  ])('of %s with %j is %d', async (route, fields, cost, inputMp, outputMp) => {
    expect(await submit(route, fields)).toMatchObject({ cost, input_mp: inputMp, output_mp: outputMp });
  });

  it('counts the megapixels of inputs', async () => {
    const input = await base64(1000, 1000);
    const fields = { input_image: input, input_image_2: input, width: 512, height: 512 };
    expect(await submit('flux-2-pro', fields)).toMatchObject({ cost: 6, input_mp: 2 });
  });
});

describe('tasks', () => {
  it('are pending and then ready, at the address that the submit tells, for one submit', async () => {
    const before = server.records.length;
    const { id, url } = await submit('flux-pro-1.1', { prompt: 'a boat [[emulate:slow-60000]]' });
    expect(url).toContain(`${server.url}/regions/`);
    const start = server.clock.now.getTime();
    const statuses = [];
    for (const elapsedMs of [0, 20_000, 61_000]) {
      server.clock.now = new Date(start + elapsedMs);
      statuses.push((await poll(url)).status);
    }
    expect(statuses).toEqual(['Pending', 'Pending', 'Ready']);
    expect((await poll(`${server.url}/v1/get_result?id=${id}`)).status).toBe('Task not found');
    expect((await poll(url, 'bfl-other')).status).toBe('Task not found');
    expect((await poll(url.replace(/id=.*/, 'id=9c1b'))).status).toBe('Task not found');
    expect((await fetch(url)).status).toBe(403);
    server.clock.now = new Date();
    const methods = server.records.slice(before).map((record) => record.method);
    expect(methods.filter((method) => method === 'POST')).toHaveLength(1);
    expect(methods.filter((method) => method === 'GET')).toHaveLength(6);
  });

  it('of the third generation reason and generate, and tell how far they are', async () => {
    const { url } = await submit('flux-3-image', { prompt: 'a boat [[emulate:slow-60000]]' });
    const start = server.clock.now.getTime();
    const seen = [];
    for (const elapsedMs of [0, 20_000, 45_000, 61_000]) {
      server.clock.now = new Date(start + elapsedMs);
      const { status, progress, result } = await poll(url);
      seen.push([
        status,
        progress === null ? null : Math.round(progress * 100),
        typeof result?.expanded_prompt,
      ]);
    }
    server.clock.now = new Date();
    expect(seen).toEqual([
      ['Pending', 0, 'undefined'],
      ['Reasoning', 33, 'undefined'],
      ['Generating', 75, 'undefined'],
      ['Ready', null, 'string'],
    ]);
  });

  it('may not be known for a moment', async () => {
    const { url } = await submit('flux-2-pro', {}, 'bfl-late-1');
    expect((await poll(url, 'bfl-late-1')).status).toBe('Task not found');
    server.clock.now = new Date(server.clock.now.getTime() + 2_000);
    expect((await poll(url, 'bfl-late-1')).status).toBe('Ready');
    server.clock.now = new Date();
  });

  it('with a webhook have no address of their own', async () => {
    const answer = await submit('flux-2-pro', { webhook_url: 'https://example.com/hook' });
    expect(answer).toMatchObject({ status: 'Pending', webhook_url: 'https://example.com/hook' });
    expect(answer).not.toHaveProperty('polling_url');
    await finish(`${server.url}/v1/get_result?id=${answer.id}`);
  });

  it('outlive the process that took them', async () => {
    const other = await startEmulator(createBflEmulator);
    const answer = await fetch(`${other.url}/v1/flux-2-pro`, {
      method: 'POST',
      headers: { 'x-key': 'bfl-good' },
      body: JSON.stringify({ prompt: 'a boat', width: 256, height: 256 }),
    });
    const { id } = submitAnswer.parse(await answer.json());
    await other.close();
    const result = await finish(`${server.url}/regions/us2/v1/get_result?id=${id}`);
    expect(await sharp(await download(result?.sample)).metadata()).toMatchObject({ width: 256, height: 256 });
  });

  it('carry long prompts in their ids', async () => {
    const prompt = Array.from({ length: 9_000 }, (_, index) => String.fromCodePoint(0x4e00 + index)).join('');
    const result = await finish((await submit('flux-2-pro', { prompt, width: 256, height: 256 })).url);
    expect(result?.prompt).toBe(prompt.slice(0, 2_000));
    await download(result?.sample);
  });

  it('are at most 24 at a time, and 6 on kontext-max', async () => {
    const send = (route: string) =>
      fetch(`${server.url}/v1/${route}`, {
        method: 'POST',
        headers: { 'x-key': 'bfl-busy' },
        body: JSON.stringify({ prompt: 'a boat [[emulate:slow-60000]]' }),
      });
    for (let count = 0; count < 6; count += 1) expect((await send('flux-kontext-max')).status).toBe(200);
    const refused = await send('flux-kontext-max');
    expect(refused.status).toBe(429);
    errorAnswer.parse(await refused.json());
    for (let count = 6; count < 24; count += 1) expect((await send('flux-2-pro')).status).toBe(200);
    expect((await send('flux-2-pro')).status).toBe(429);
    server.clock.now = new Date(server.clock.now.getTime() + 60_000);
    expect((await send('flux-2-pro')).status).toBe(200);
    server.clock.now = new Date();
  });
});

describe('delivery', () => {
  it.each([
    ['flux-2-pro', 10],
    ['flux-3-image', 60],
  ])('of %s lasts %i minutes and refuses the key', async (route, minutes) => {
    const { sample = '' } = (await finish((await submit(route, {})).url)) ?? {};
    const keyed = await fetch(sample, { headers: { 'x-key': 'bfl-good' } });
    expect([keyed.status, keyed.headers.get('content-type')]).toEqual([403, 'application/xml']);
    await download(sample);
    const now = server.clock.now.getTime();
    server.clock.now = new Date(now + minutes * 60_000 - 5_000);
    await download(sample);
    server.clock.now = new Date(now + minutes * 60_000 + 5_000);
    const late = await fetch(sample);
    expect([late.status, await late.text()]).toEqual([403, expect.stringContaining('time frame')]);
    server.clock.now = new Date();
    expect((await fetch(sample.replace(/se=[^&]*/, 'se=2099-01-01T00%3A00%3A00.000Z'))).status).toBe(403);
  });
});

describe('the balance', () => {
  it('is told in credits', async () => {
    const url = `${server.url}/v1/credits`;
    creditsAnswer.parse(await (await fetch(url, { headers: { 'x-key': 'bfl-good' } })).json());
    expect((await fetch(url)).status).toBe(403);
  });
});

describe('fixtures', () => {
  const folder = new URL('fixtures/', import.meta.url);
  const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
  const schemas = [
    [/^submit/, submitAnswer],
    [/^poll-/, pollAnswer],
    [/^error-/, errorAnswer],
    [/^credits/, creditsAnswer],
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
