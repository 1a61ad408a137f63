/** How comparisons run: their events, cancelling, limits, restarts and webhooks. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import {
  beginComparison,
  comparison,
  endOfComparison,
  expectBalancedComparison,
} from '../support/comparisons.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.js';

const PLACES = 2;

let receiver: WebhookReceiver;
let server: TestServer;
beforeAll(async () => {
  receiver = await startWebhookReceiver();
  server = await startTestServer({
    realTime: true,
    env: { ATELIER_MAX_RUNNING: String(PLACES), ATELIER_WEBHOOK_HOSTS: receiver.host },
  });
});
afterAll(async () => {
  await server.stop();
  await receiver.close();
});

const path = '/v1/images/comparisons';
const slow = {
  models: ['dall-e-3'],
  seeds: [1, 2, 3, 4, 5, 6],
  base: { prompt: 'a pond [[emulate:slow-700]]', size: '1024x1024' },
};

const eventData = z.looseObject({
  type: z.string(),
  index: z.number().optional(),
  cell: z.looseObject({ index: z.number(), status: z.string(), vary: z.array(z.string()) }).optional(),
  comparison: z.looseObject({ id: z.string(), status: z.string() }).optional(),
});

interface Seen {
  readonly id: string;
  readonly event: string;
  readonly data: z.output<typeof eventData>;
}

/** Events until the stream ends, or until `enough` of them were seen. */
async function watch(id: string, lastEventId?: string, enough = Infinity): Promise<Seen[]> {
  const hangUp = new AbortController();
  const response = await fetch(`${server.url}${path}/${id}/events`, {
    signal: hangUp.signal,
    headers: {
      authorization: `Bearer ${server.testKey}`,
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    },
  });
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  const events: Seen[] = [];
  let text = '';
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const field = (name: string) =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? '';
      if (field('data') === '') continue;
      events.push({
        id: field('id'),
        event: field('event'),
        data: eventData.parse(JSON.parse(field('data'))),
      });
      if (events.length < enough) continue;
      hangUp.abort();
      return events;
    }
  }
  return events;
}

it('tells of every cell and the end, and whoever comes back what was missed', async () => {
  const begun = await beginComparison(server, server.testKey, {
    models: ['atelier-sketch', 'dall-e-3', 'qwen-image'],
    prompts: ['a pond', 'a lake [[emulate:moderated-prompt@dall-e-3]]'],
    base: { size: '128x128' },
  });
  const first = await watch(begun.id, undefined, 3);
  const rest = await watch(begun.id, first[2]?.id);
  const events = [...first, ...rest];
  expect(events.at(-1)).toMatchObject({
    id: 'ended',
    event: 'completed',
    data: { comparison: { id: begun.id, status: 'partial' } },
  });
  const of = (kind: string) => events.filter(({ event }) => event === kind).map(({ data }) => data);
  const indexes = (kind: string) => of(kind).map(({ index, cell }) => index ?? cell?.index ?? -1);
  expect(indexes('cell_started').sort()).toEqual([0, 1, 2, 3]);
  expect(indexes('cell_finished').sort()).toEqual([0, 1, 2]);
  expect(indexes('cell_failed').sort()).toEqual([3, 4, 5]);
  expect(of('cell_finished').find(({ cell }) => cell?.index === 1)?.cell?.vary).toEqual(['prompt']);
  // Each cell starts before it ends.
  for (const index of [0, 1, 2, 3]) {
    const own = events.filter(({ data }) => (data.index ?? data.cell?.index) === index);
    expect(own.map(({ event }) => event.replace(/finished|failed/, 'ended'))).toEqual([
      'cell_started',
      'cell_ended',
    ]);
  }
  // Nothing is told twice, and all is told anew to whoever knows nothing.
  expect(await watch(begun.id)).toHaveLength(events.length);
  const over = await server.call('GET', `${path}/${begun.id}/events`, {
    key: server.testKey,
    headers: { 'last-event-id': 'ended' },
  });
  expect(over.status).toBe(204);
});

it('cancelling gives up what has not begun, at once and for nothing; what runs is delivered and charged', async () => {
  const { id } = await beginComparison(server, server.testKey, slow);
  await expect
    .poll(
      async () => {
        const seen = comparison.parse(
          (await server.call('GET', `${path}/${id}`, { key: server.testKey })).body,
        );
        return seen.counts['running'];
      },
      { interval: 10, timeout: 30_000 },
    )
    .toBeGreaterThan(0);
  const cancelled = comparison.parse(
    (await server.call('DELETE', `${path}/${id}`, { key: server.testKey })).body,
  );
  expect(cancelled.counts['queued']).toBe(0);
  expect(cancelled.counts['cancelled']).toBeGreaterThanOrEqual(slow.seeds.length - 2 * PLACES);
  const ended = await endOfComparison(server, server.testKey, id);
  expect(ended.status).toBe('cancelled');
  expect(ended.counts['succeeded']).toBeGreaterThan(0);
  expect(ended.counts['succeeded']).toBe(slow.seeds.length - (ended.counts['cancelled'] ?? 0));
  for (const { status, credits_used: used, error } of ended.cells) {
    expect(used).toBe(status === 'succeeded' ? 4 : 0);
    if (status === 'cancelled') expect(error?.message).toContain('cancelled');
  }
  await expectBalancedComparison(server, server.testKey, ended);
  expect(ended.sheet).toBeDefined();
  const again = await server.call('DELETE', `${path}/${id}`, { key: server.testKey });
  expect(comparison.parse(again.body)).toEqual({ ...ended, cells: comparison.parse(again.body).cells });
});

it('one that is cancelled before anything began ends without a sheet', async () => {
  const blocker = await beginComparison(server, server.testKey, slow);
  const { id } = await beginComparison(server, server.testKey, { ...slow, seeds: [7, 8] });
  await server.call('DELETE', `${path}/${id}`, { key: server.testKey });
  await server.call('DELETE', `${path}/${blocker.id}`, { key: server.testKey });
  const ended = await endOfComparison(server, server.testKey, id);
  expect(ended).toMatchObject({ status: 'cancelled', credits_used: 0, warnings: [] });
  expect(ended.sheet).toBeUndefined();
  await endOfComparison(server, server.testKey, blocker.id);
});

it('goes on where a key may have one picture in the making', async () => {
  const body = { kind: 'test', role: 'developer', name: 'slow', limits: { images_in_flight: 1 } };
  const made = await server.call('POST', '/v1/keys', { key: server.liveKey, body });
  const { key } = z.object({ key: z.string() }).parse(made.body);
  const { id } = await beginComparison(server, key, {
    seeds: [1, 2, 3],
    base: { model: 'atelier-sketch', prompt: 'a fox', size: '64x64' },
  });
  expect((await endOfComparison(server, key, id)).counts).toMatchObject({ succeeded: 3 });
});

it('outlives a restart: what had not begun runs then, and the sheet is made once', async () => {
  const { id } = await beginComparison(server, server.testKey, slow);
  await server.restart({ ATELIER_SHUTDOWN_GRACE_S: '20' });
  const ended = await endOfComparison(server, server.testKey, id);
  expect(ended).toMatchObject({ status: 'succeeded', counts: { total: 6, succeeded: 6 } });
  await expectBalancedComparison(server, server.testKey, ended);
  const files = await server.call('GET', '/v1/files?limit=1000', { key: server.testKey });
  expect(JSON.stringify(files.body).split(`comparison-${id}`)).toHaveLength(2);
});

it('tells webhooks of its end', async () => {
  const hook = await server.call('POST', '/v1/webhooks', {
    key: server.testKey,
    body: { url: receiver.url, events: ['comparison.completed'] },
  });
  expect(hook.status).toBe(201);
  const { id } = await beginComparison(server, server.testKey, {
    models: ['atelier-sketch', 'nothing-of-the-kind'],
    base: { prompt: 'a fox', size: '64x64' },
  });
  const ended = await endOfComparison(server, server.testKey, id);
  await expect.poll(() => receiver.calls.length, { timeout: 30_000 }).toBe(1);
  expect(JSON.parse(receiver.calls[0]?.body ?? '')).toMatchObject({
    type: 'comparison.completed',
    data: {
      object: 'image.comparison',
      id,
      status: 'partial',
      cells: { total: 2, succeeded: 1, failed: 1, cancelled: 0 },
      sheet_file_id: ended.sheet?.file_id,
    },
  });
});
