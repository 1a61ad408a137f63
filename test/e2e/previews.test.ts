import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { failure, fetchPicture, generation } from '../support/answers.js';
import { startTestServer, type TestServer } from '../support/server.js';

const item = z.looseObject({
  url: z.string(),
  thumbnails: z.array(z.object({ width: z.number(), height: z.number(), url: z.string() })).optional(),
});

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server.stop();
});

async function make(size: string): Promise<z.output<typeof item>> {
  const wish = { model: 'gemini-2-5-flash-image', prompt: 'a fox', size, response_format: 'url' };
  return item.parse(generation.parse((await server.generate(wish)).body).data[0]);
}

it('an answer offers previews by links of their own', async () => {
  const { thumbnails = [] } = await make('640x320');
  expect(thumbnails.map(({ width, height }) => [width, height])).toStrictEqual([
    [256, 128],
    [512, 256],
  ]);
  for (const { width, height, url } of thumbnails) {
    const picture = await fetchPicture(url);
    expect(picture).toMatchObject({ width, height, format: 'webp' });
    expect(picture.headers.get('content-type')).toBe('image/webp');
    expect(picture.headers.get('cache-control')).toBe('private, max-age=3600, immutable');
    expect(picture.headers.get('content-security-policy')).toContain('sandbox');
    const etag = picture.headers.get('etag') ?? '';
    expect((await fetch(url, { headers: { 'if-none-match': etag } })).status).toBe(304);
    expect((await fetch(`${url}&dl=fox`)).headers.get('content-disposition')).toBe(
      'attachment; filename="fox.webp"',
    );
  }
  expect(await make('128x128')).not.toHaveProperty('thumbnails');
});

it('the link of a preview opens nothing else, and no link opens a preview that was not signed', async () => {
  const { url, thumbnails } = await make('640x320');
  const preview = thumbnails?.[0]?.url ?? '';
  for (const changed of [
    preview.replace('w=256', 'w=512'),
    preview.replace('w=256', 'w=300'),
    preview.replace('&w=256', ''),
    preview.replace('w=256', 'original=1'),
    `${url}&w=256`,
    `${url.replace('.png', '.webp')}&w=256`,
  ]) {
    const answer = await server.call('GET', changed.slice(server.url.length));
    expect([changed, answer.status]).toStrictEqual([changed, 403]);
    expect(failure.parse(answer.body).error.code).toBe('invalid_signature');
  }
});

it('previews end with their picture', async () => {
  const { thumbnails } = await make('640x320');
  const path = thumbnails?.[0]?.url.slice(server.url.length) ?? '';
  const statusAt = async (time: string) => {
    server.setTime(new Date(time));
    return (await server.call('GET', path)).status;
  };
  expect(await statusAt('2026-11-22T12:59:59Z')).toBe(200);
  expect(await statusAt('2026-11-22T13:00:00Z')).toBe(410);
  await server.sweep();
  expect(await statusAt('2026-11-22T12:00:00Z')).toBe(410);
});

it('a preview is small', async () => {
  const { url, thumbnails } = await make('1024x1024');
  const [whole, small] = await Promise.all([fetchPicture(url), fetchPicture(thumbnails?.[0]?.url)]);
  expect(small.bytes.length).toBeLessThan(whole.bytes.length);
  const [one, two] = await Promise.all([whole, small].map(({ bytes }) => sharp(bytes).stats()));
  expect(Math.abs((one?.channels[0]?.mean ?? 0) - (two?.channels[0]?.mean ?? 255))).toBeLessThan(4);
});
