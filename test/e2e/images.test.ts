import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { failure, fetchPicture, generation } from '../support/answers.js';
import { page } from '../support/files.js';
import { startTestServer, type TestServer } from '../support/server.js';

const NOON = Date.parse('2026-11-22T12:00:00Z');
const SKETCH = { model: 'atelier-sketch', size: '128x128' };

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server.stop();
});

const get = (path: string) => server.call('GET', path, { key: server.testKey });
const idsIn = async (query: string) =>
  page.parse((await get(`/v1/images${query}`)).body).data.map(({ id }) => id);
const firstOf = (body: unknown) => generation.parse(body).data[0]?.id ?? '';

it('lists what is there: pictures of the hour and kept ones, with filters and links that work', async () => {
  const fox = firstOf((await server.generate({ ...SKETCH, prompt: 'a fox' })).body);
  server.setTime(new Date(NOON + 10_000));
  const kept = firstOf((await server.generate({ ...SKETCH, prompt: 'a pond', persist: true })).body);
  server.setTime(new Date(NOON + 20_000));
  const edited = firstOf(
    (await server.edit({ ...SKETCH, prompt: 'by night', image: { image_id: fox } })).body,
  );

  expect(await idsIn('')).toEqual([edited, kept, fox]);
  expect(await idsIn('?order=asc&limit=2')).toEqual([fox, kept]);
  expect(await idsIn(`?after=${edited}&limit=1`)).toEqual([kept]);
  expect(await idsIn(`?before=${fox}&limit=1`)).toEqual([kept]);
  expect(await idsIn('?kept=true')).toEqual([kept]);
  expect(await idsIn('?kept=false')).toEqual([edited, fox]);
  expect(await idsIn('?operation=edit')).toEqual([edited]);
  expect(await idsIn(`?parent=${fox}`)).toEqual([edited]);
  expect(await idsIn('?model=atelier-sketch&operation=generate')).toEqual([kept, fox]);
  expect(await idsIn('?model=dall-e-3')).toEqual([]);
  expect(await idsIn(`?created_after=${NOON / 1000 + 10}&created_before=${NOON / 1000 + 19}`)).toEqual([
    kept,
  ]);

  const one = await get(`/v1/images/${edited}`);
  expect(one.body).toMatchObject({
    id: edited,
    object: 'image',
    model: 'atelier-sketch',
    operation: 'edit',
    prompt: 'by night',
    parents: [fox],
    width: 128,
    expires_at: NOON / 1000 + 3620,
  });
  const { url } = z.looseObject({ url: z.string() }).parse(one.body);
  expect(await fetchPicture(url)).toMatchObject({ width: 128, height: 128 });

  server.setTime(new Date(NOON + 3_700_000));
  // Also before a sweep noticed.
  expect(await idsIn('')).toEqual([kept]);
  await server.sweep();
  expect(await idsIn('')).toEqual([kept]);
  const gone = await get(`/v1/images/${fox}`);
  expect(gone.status).toBe(200);
  expect(gone.body).not.toHaveProperty('url');
  server.setTime(new Date(NOON));
});

it.each([
  ['?kept=yes', 'kept'],
  ['?operation=paint', 'operation'],
  ['?parent=img_nobody', 'parent'],
  ['?limit=101', 'limit'],
])('refuses %s by name', async (query, param) => {
  const answer = await get(`/v1/images${query}`);
  expect([answer.status, failure.parse(answer.body).error]).toMatchObject([400, { param }]);
});
