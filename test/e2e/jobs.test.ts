/** Calls that are answered at once and run when their turn comes; the list of generations; cancelling. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { fetchPicture, generation } from '../support/answers.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ env: { ATELIER_MAX_RUNNING: '2', ATELIER_MAX_WAITING: '4' } });
});
afterAll(async () => {
  await server.stop();
});

const record = z.looseObject({ id: z.string(), status: z.string(), credits_used: z.number() });

const enqueue = (body: Record<string, unknown>, headers: Record<string, string> = {}) =>
  server.call('POST', '/v1/images/generations', {
    key: server.testKey,
    headers: { prefer: 'respond-async', ...headers },
    body: { model: 'dall-e-3', prompt: 'a paper boat', response_format: 'url', ...body },
  });
const read = async (id: string) =>
  (await server.call('GET', `/v1/images/generations/${id}`, { key: server.testKey })).body;
const cancel = (id: string, key = server.testKey) =>
  server.call('DELETE', `/v1/images/generations/${id}`, { key });
const ended = (id: string) =>
  expect.poll(async () => record.parse(await read(id)).status, { interval: 10, timeout: 15_000 });
const held = async () =>
  z
    .object({ held: z.number() })
    .parse((await server.call('GET', '/v1/credits', { key: server.testKey })).body).held;

it('accepts a call, runs it, and keeps its picture for a day under links that are signed afresh', async () => {
  const accepted = await enqueue({});
  expect(accepted.status).toBe(202);
  expect(accepted.headers.get('preference-applied')).toBe('respond-async');
  const { id } = record.parse(accepted.body);
  expect(accepted.headers.get('location')).toBe(`/v1/images/generations/${id}`);
  expect(accepted.body).toMatchObject({ object: 'image.generation', data: [], credits_used: 0 });
  await ended(id).toBe('succeeded');

  const now = Date.parse('2026-11-22T12:00:00Z');
  server.setTime(new Date(now + 23 * 3_600_000));
  await server.sweep();
  const late = generation.parse(await read(id));
  await fetchPicture(late.data[0]?.url);
  expect(late.credits_used).toBe(4);
  server.setTime(new Date(now + 25 * 3_600_000));
  await server.sweep();
  expect(generation.parse(await read(id)).data[0]?.url).toBeUndefined();
  server.setTime(new Date(now));
});

it('edits wait in the same queue, with their pictures', async () => {
  const picture = generation.parse(
    (await server.generate({ model: 'atelier-sketch', prompt: 'a boat' })).body,
  );
  const accepted = await server.call('POST', '/v1/images/edits', {
    key: server.testKey,
    headers: { prefer: 'wait=1, respond-async' },
    body: { model: 'gpt-image-2', prompt: 'at night', image: { image_id: picture.data[0]?.id } },
  });
  expect(accepted.status).toBe(202);
  const { id } = record.parse(accepted.body);
  await ended(id).toBe('succeeded');
  expect(await read(id)).toMatchObject({ parents: [picture.data[0]?.id] });
});

it('refuses at the door what can not run, in the order credit, then room', async () => {
  expect((await enqueue({ model: 'dall-e-9' })).status).toBe(404);
  expect((await enqueue({ size: '63x63' })).status).toBe(400);
  const slow = { prompt: 'a paper boat [[emulate:stall]]' };
  const running = await Promise.all([enqueue(slow), enqueue(slow)]);
  await Promise.all(running.map(({ body }) => ended(record.parse(body).id).toBe('running')));
  const waiting = [];
  for (let count = 0; count < 4; count += 1) waiting.push(await enqueue(slow));
  expect(waiting.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
  const full = await enqueue(slow);
  expect(full.status).toBe(503);
  expect(full.body).toMatchObject({ error: { code: 'queue_full' } });
  expect(full.headers.get('retry-after')).toBe('5');
  const poor = await enqueue({ n: 10, model: 'gpt-image-2', quality: 'high', size: '3840x2160' });
  expect(poor.status).toBe(402);

  const ids = [...running, ...waiting].map(({ body }) => record.parse(body).id);
  expect(await held()).toBe(48);
  // A generation that waits is released at once, one that runs as soon as its call has noticed.
  const answers = await Promise.all(ids.map((id) => cancel(id)));
  expect(answers.map(({ body }) => record.parse(body).status)).toEqual(ids.map(() => 'cancelled'));
  expect(await held()).toBe(0);
  expect(await read(ids[5] ?? '')).toMatchObject({ credits_used: 0, data: [], error: { code: 'conflict' } });
});

it('cancelling is harmless for what has ended, and knows only its own', async () => {
  const { id } = generation.parse((await server.generate({ model: 'dall-e-3', prompt: 'a boat' })).body);
  expect((await cancel(id)).body).toMatchObject({ status: 'succeeded', credits_used: 4 });
  expect((await cancel('gen_unknown')).status).toBe(404);
  expect((await cancel(id, server.liveKey)).status).toBe(404);
});

it('lists generations by pages, newest first', async () => {
  const page = z.object({ data: z.array(record), has_more: z.boolean(), last_id: z.string() });
  const list = async (query: string) =>
    page.parse((await server.call('GET', `/v1/images/generations${query}`, { key: server.testKey })).body);
  const all = await list('?limit=100');
  const first = await list('?limit=2');
  expect(first).toMatchObject({ data: all.data.slice(0, 2), has_more: true });
  const second = await list(`?limit=2&after=${first.last_id}`);
  expect(second.data.map(({ id }) => id)).toEqual(all.data.slice(2, 4).map(({ id }) => id));
  const foreign = await server.call('GET', `/v1/images/generations?after=${first.last_id}`, {
    key: server.liveKey,
  });
  expect(foreign.status).toBe(400);
});

it('an idempotency key stands for one generation, however its calls want to be answered', async () => {
  const headers = { 'idempotency-key': 'one-boat' };
  const first = record.parse((await enqueue({}, headers)).body);
  const again = await enqueue({}, headers);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  expect(record.parse(again.body).id).toBe(first.id);
  const waited = await server.call('POST', '/v1/images/generations', {
    key: server.testKey,
    headers,
    body: { model: 'dall-e-3', prompt: 'a paper boat', response_format: 'url' },
  });
  expect(waited.body).toMatchObject({ id: first.id, status: 'succeeded' });
  expect((await enqueue({}, headers)).status).toBe(200);
  expect((await enqueue({ prompt: 'another boat' }, headers)).status).toBe(422);
});

it('asks again when it begins: a key that was revoked meanwhile begins nothing', async () => {
  const made = await server.call('POST', '/v1/keys', {
    key: server.liveKey,
    body: { kind: 'test', role: 'developer', name: 'short-lived' },
  });
  const key = z.object({ id: z.string(), key: z.string() }).parse(made.body);
  const slow = { prompt: 'a paper boat [[emulate:stall]]' };
  const blockers = await Promise.all([enqueue(slow), enqueue(slow)]);
  const ids = blockers.map(({ body }) => record.parse(body).id);
  await Promise.all(ids.map((id) => ended(id).toBe('running')));
  const waiting = await server.call('POST', '/v1/images/generations', {
    key: key.key,
    headers: { prefer: 'respond-async' },
    body: { model: 'dall-e-3', prompt: 'a paper boat' },
  });
  const { id } = record.parse(waiting.body);
  await server.call('DELETE', `/v1/keys/${key.id}`, { key: server.liveKey });
  await Promise.all(ids.map((blocker) => cancel(blocker)));
  await ended(id).toBe('failed');
  expect(await read(id)).toMatchObject({ error: { code: 'invalid_api_key' }, credits_used: 0 });
});
