/** What can be seen of a generation while it runs: its events, and answers that are streamed. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { decode, failure, fetchPicture, generation } from '../support/answers.js';
import { allEvents, readEvents } from '../support/events.js';
import { startTestServer, type TestServer } from '../support/server.js';

const entries = z.object({
  data: z.array(
    z.object({ kind: z.string(), balance_delta: z.number(), generation_id: z.string().optional() }),
  ),
});

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ env: { ATELIER_MAX_RUNNING: '2' } });
});
afterAll(async () => {
  await server.stop();
});

const post = (body: Record<string, unknown>, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/v1/images/generations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.testKey}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model: 'gpt-image-2', prompt: 'a paper boat', ...body }),
  });
const enqueue = async (body: Record<string, unknown>) =>
  generation.pick({ id: true }).parse(await (await post(body, { prefer: 'respond-async' })).json()).id;
const watch = (id: string, lastEventId?: string, key = server.testKey) =>
  fetch(`${server.url}/v1/images/generations/${id}/events`, {
    headers: {
      authorization: `Bearer ${key}`,
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    },
  });
const read = async (id: string) =>
  generation.parse((await server.call('GET', `/v1/images/generations/${id}`, { key: server.testKey })).body);
const cancel = (id: string) => server.call('DELETE', `/v1/images/generations/${id}`, { key: server.testKey });

it('tells of waiting, the start, partial pictures, each picture and the end; what was missed is told later', async () => {
  const blockers = await Promise.all([1, 2].map(() => enqueue({ prompt: 'a boat [[emulate:stall]]' })));
  const id = await enqueue({ partial_images: 2 });
  const response = await watch(id);
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  const events = [];
  for await (const event of readEvents(response)) {
    if (event.event === 'queued') await Promise.all(blockers.map(cancel));
    events.push(event);
  }
  expect(events.map(({ event }) => event)).toEqual([
    'queued',
    'started',
    'partial_image',
    'partial_image',
    'image',
    'completed',
  ]);
  expect(events[0]?.data.position).toBe(1);
  const partial = Buffer.from(events[2]?.data.b64_json ?? '', 'base64');
  expect(await decode(partial)).toMatchObject({ format: 'png' });
  const end = generation.parse(events.at(-1)?.data.generation);
  await fetchPicture(end.data[0]?.url);

  const missed = await allEvents(await watch(id, events[2]?.id));
  expect(missed.map(({ event }) => event)).toEqual(['partial_image', 'image', 'completed']);
  const nothing = await allEvents(await watch(id, 'started'));
  expect(nothing.map(({ event }) => event)).toEqual(['partial_image', 'partial_image', 'image', 'completed']);
  expect((await watch(id, 'ended')).status).toBe(204);
  expect((await watch('gen_unknown')).status).toBe(404);
  expect((await watch(id, undefined, server.liveKey)).status).toBe(404);
});

it('cancelling keeps and charges pictures that had come, and releases the rest', async () => {
  const id = await enqueue({
    model: 'dall-e-3',
    n: 2,
    response_format: 'url',
    prompt: 'a boat [[emulate:stall#2]]',
  });
  const events = [];
  for await (const event of readEvents(await watch(id))) {
    events.push(event);
    if (event.event === 'image') void cancel(id);
  }
  expect(events.at(-1)).toMatchObject({ event: 'cancelled', data: { generation: { status: 'cancelled' } } });
  const cancelled = await read(id);
  expect(cancelled.data).toHaveLength(1);
  await fetchPicture(cancelled.data[0]?.url);
  expect(cancelled.credits_used).toBeGreaterThan(0);
  const credits = await server.call('GET', '/v1/credits', { key: server.testKey });
  expect(credits.body).toMatchObject({ held: 0 });
  expect((await cancel(id)).body).toMatchObject({
    status: 'cancelled',
    credits_used: cancelled.credits_used,
  });
});

it('a failure is told by its event', async () => {
  const id = await enqueue({ prompt: 'a boat [[emulate:moderated-prompt]]' });
  const events = await allEvents(await watch(id));
  expect(events.at(-1)?.event).toBe('failed');
  expect(events.at(-1)?.data.generation).toMatchObject({ error: { code: 'content_policy_violation' } });
});

it('a streamed call that is refused before anything was told is refused like any other', async () => {
  const moderated = await post({ stream: true, prompt: 'a boat [[emulate:moderated-prompt]]' });
  expect(moderated.status).toBe(400);
  expect(moderated.headers.get('x-should-retry')).toBe('false');
  expect(failure.parse(await moderated.json()).error.code).toBe('content_policy_violation');
  expect((await post({ stream: true, size: '1x1' })).status).toBe(400);
});

it('streams what comes of a call; its key finds the same pictures again', async () => {
  const headers = { 'idempotency-key': 'a-streamed-boat' };
  const first = await allEvents(await post({ stream: true, partial_images: 1 }, headers));
  expect(first.map(({ event }) => event)).toEqual([
    'image_generation.partial_image',
    'image_generation.completed',
  ]);
  const again = await post({ stream: true, partial_images: 1 }, headers);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  expect((await allEvents(again)).at(-1)?.data).toMatchObject({
    b64_json: first.at(-1)?.data.b64_json,
    generation: { id: first.at(-1)?.data.generation?.id },
  });
});

it('a client that hangs up gets the picture later, by id or by key; it is charged once and kept for a day', async () => {
  const before = Date.parse('2026-11-22T12:00:00Z');
  for (const streamed of [false, true]) {
    const headers = { 'idempotency-key': `hung-up-${streamed}` };
    const body = { prompt: 'a boat [[emulate:slow-600]]', stream: streamed, response_format: 'url' };
    const hangUp = new AbortController();
    const call = fetch(`${server.url}/v1/images/generations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.testKey}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ model: 'gpt-image-2', ...body }),
      signal: hangUp.signal,
    });
    const running = async () =>
      JSON.stringify(
        (await server.call('GET', '/v1/images/generations?limit=100', { key: server.testKey })).body,
      ).includes('"running"');
    await expect.poll(running, { interval: 10 }).toBe(true);
    hangUp.abort();
    await expect(call).rejects.toThrow();
    const found = streamed
      ? generation.parse((await allEvents(await post(body, headers))).at(-1)?.data.generation)
      : generation.parse(await (await post(body, headers)).json());
    expect(found.status).toBe('succeeded');
    server.setTime(new Date(before + 20 * 3_600_000));
    await server.sweep();
    await fetchPicture((await read(found.id)).data[0]?.url);
    server.setTime(new Date(before));
    const ledger = entries.parse(
      (await server.call('GET', '/v1/credits/ledger?limit=1000', { key: server.testKey })).body,
    );
    const settled = ledger.data.filter(
      (entry) => entry.kind === 'settle' && entry.generation_id === found.id,
    );
    expect(settled.map((entry) => -entry.balance_delta)).toEqual([found.credits_used]);
  }
});
