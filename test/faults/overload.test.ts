/**
 * Far more than a gateway has room for, all at once: what it takes ends right, everything else is refused at once and says when to
 * come back, it stays alive meanwhile, and afterwards it is as before.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request as openRequest, type ClientRequest } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { createTestFolder } from '../factories/temporary-folder.js';
import { readEvents } from '../support/events.js';
import { startGatewayProcess, type GatewayProcess } from '../support/gateway-process.js';
import { readMetrics } from '../support/prometheus.js';
import { startSlowUpstream, type SlowUpstream } from '../support/slow-upstream.js';

const KEY = 'live-key-of-the-overload-test';
const ADMIN_TOKEN = 'admin-token-of-the-overload-test';
const CREDITS = 100_000;
const PLACES = 8;
const WAITING = 16;
const REQUESTS = 60;
const WATCHERS = 10;
const CONNECTIONS = 900;
const HELD_BYTES = 2_000_000;
const BURST = 600;
const UPSTREAM_MS = 300;

const folder = createTestFolder();
let upstream: SlowUpstream;
let gateway: GatewayProcess;

beforeAll(async () => {
  upstream = await startSlowUpstream(200_000);
  gateway = await startGatewayProcess({
    ATELIER_DATA_DIR: folder.path,
    ATELIER_BOOTSTRAP_KEY: KEY,
    ATELIER_BOOTSTRAP_CREDITS: String(CREDITS),
    ATELIER_ADMIN_TOKEN: ADMIN_TOKEN,
    OPENAI_API_KEY: 'key-of-the-slow-upstream',
    OPENAI_BASE_URL: upstream.baseUrl,
    ATELIER_MAX_RUNNING: String(PLACES),
    ATELIER_MAX_WAITING: String(WAITING),
    ATELIER_MAX_REQUESTS: String(REQUESTS),
    ATELIER_MAX_WATCHERS: String(WATCHERS),
    ATELIER_MAX_CONNECTIONS: String(CONNECTIONS),
    ATELIER_MAX_HELD_BYTES: String(HELD_BYTES),
    ATELIER_MAX_LOOP_DELAY_MS: '250',
  });
});
afterAll(async () => {
  expect(await gateway.stop()).toBe(0);
  await upstream.close();
  folder.remove();
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  readonly ms: number;
}

const agent = new Agent({ keepAlive: true, maxSockets: Infinity });

/** Sends the head of a call; the body is the caller's to send. */
function open(method: string, pathname: string, headers: Readonly<Record<string, string | number>>) {
  const startMs = performance.now();
  const call: ClientRequest = openRequest(gateway.url + pathname, {
    agent,
    method,
    headers: { authorization: `Bearer ${KEY}`, ...headers },
  });
  const answer = new Promise<Answer>((resolve, reject) => {
    call.on('error', reject);
    call.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body,
          ms: performance.now() - startMs,
        });
      });
    });
  });
  return { call, answer };
}

function generate(prompt: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const body = JSON.stringify({ model: 'gpt-image-2', prompt, response_format: 'b64_json' });
  const { call, answer } = open('POST', '/v1/images/generations', {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...headers,
  });
  call.end(body);
  return answer;
}

const get = (pathname: string): Promise<Answer> => {
  const { call, answer } = open('GET', pathname, {});
  call.end();
  return answer;
};

const envelope = z.object({
  error: z.object({ message: z.string(), type: z.literal('api_error'), code: z.string(), param: z.null() }),
  request_id: z.string(),
});

/** The code of a refusal that is as refusals must be. */
function refusalOf({ status, headers, body }: Answer): string {
  const { error } = envelope.parse(JSON.parse(body));
  expect([status, headers['x-should-retry']]).toEqual([503, 'true']);
  expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  return error.code;
}

const pictures = z.object({ data: z.array(z.object({ b64_json: z.string() })).length(1) });
function hashOf({ body }: Answer): string {
  const [picture] = pictures.parse(JSON.parse(body)).data;
  return createHash('sha256')
    .update(Buffer.from(picture?.b64_json ?? '', 'base64'))
    .digest('hex');
}

async function credits(): Promise<{ readonly balance: number; readonly held: number }> {
  return z
    .object({ balance: z.number(), held: z.number() })
    .parse(JSON.parse((await get('/v1/credits')).body));
}

async function refusals(reason: string): Promise<number> {
  const metrics = await readMetrics(gateway.url, ADMIN_TOKEN);
  return metrics.get(`atelier_overload_refusals_total{reason="${reason}"}`) ?? NaN;
}

async function unloadedMs(): Promise<number> {
  const times: number[] = [];
  for (let count = 0; count < 5; count += 1) {
    const answer = await generate(`wait ${UPSTREAM_MS} ms`);
    expect(answer.status).toBe(200);
    times.push(answer.ms);
  }
  return times.sort((a, b) => a - b)[2] ?? NaN;
}

/** Asks how the gateway is, again and again, until told to stop. */
function watchHealth() {
  const slowest = new Map<string, number>();
  let [residentMib, going] = [0, true];
  const watching = (async () => {
    while (going) {
      for (const pathname of ['/healthz', '/readyz']) {
        const answer = await get(pathname);
        expect([pathname, answer.status]).toEqual([pathname, 200]);
        slowest.set(pathname, Math.max(slowest.get(pathname) ?? 0, answer.ms));
      }
      const metrics = await readMetrics(gateway.url, ADMIN_TOKEN);
      const bytes = metrics.get('atelier_process_memory_bytes{kind="resident"}') ?? NaN;
      residentMib = Math.max(residentMib, bytes / 1024 / 1024);
      await sleep(50);
    }
  })();
  return async () => {
    going = false;
    await watching;
    return { slowestMs: Math.max(...slowest.values()), residentMib };
  };
}

it('takes what it has room for, refuses the rest at once, and is as before when it is over', async () => {
  const before = await unloadedMs();
  const { balance } = await credits();
  const atRest = await watchHealth()();
  const answeredBefore = upstream.answered();
  const price = (CREDITS - balance) / answeredBefore;

  const endOfWatch = watchHealth();
  const answers = await Promise.all(Array.from({ length: BURST }, () => generate(`wait ${UPSTREAM_MS} ms`)));
  const during = await endOfWatch();

  const taken = answers.filter(({ status }) => status === 200);
  const refused = answers.filter(({ status }) => status !== 200);
  // How many come before the first are answered, and so which of the two bounds they meet, depends on the callers as well.
  expect(new Set(['overloaded', 'queue_full', ...refused.map(refusalOf)]).size).toBe(2);
  expect(refused.length).toBeGreaterThan(0);
  // All places and all that may wait were made use of, and no more waited than may: each takes its turn of the places.
  expect(taken.length).toBeGreaterThanOrEqual(PLACES + WAITING);
  expect(Math.max(...taken.map(({ ms }) => ms))).toBeLessThan(10_000);
  expect(upstream.mostAtOnce()).toBeLessThanOrEqual(PLACES);
  expect(new Set(taken.map(hashOf))).toEqual(new Set([upstream.sha256]));
  // Nothing was bought that nobody got, and nothing is charged twice.
  expect(upstream.answered() - answeredBefore).toBe(taken.length);
  const after = await credits();
  expect(after.held).toBe(0);
  expect(balance - after.balance).toBeCloseTo(taken.length * price, 6);

  expect(during.slowestMs).toBeLessThan(1_000);
  expect(during.residentMib - atRest.residentMib).toBeLessThan(200);
  expect(await unloadedMs()).toBeLessThan(2 * before + 100);
});

it('has no more requests at once than it may, and takes new ones when those are answered', async () => {
  const refusedBefore = await refusals('requests');
  // Their bodies do not come yet.
  const slow = Array.from({ length: REQUESTS }, () =>
    open('POST', '/v1/prompts/parse', { 'content-type': 'application/json', 'content-length': 2 }),
  );
  for (const { call } of slow) call.flushHeaders();
  await expect
    .poll(async () => (await get('/v1/credits')).status, { interval: 20, timeout: 5_000 })
    .toBe(503);
  expect(refusalOf(await get('/v1/credits'))).toBe('overloaded');
  expect(await refusals('requests')).toBeGreaterThan(refusedBefore);
  for (const { call } of slow) call.end('{}');
  expect(new Set((await Promise.all(slow.map(({ answer }) => answer))).map(({ status }) => status))).toEqual(
    new Set([400]),
  );
  await expect
    .poll(async () => (await get('/v1/credits')).status, { interval: 20, timeout: 5_000 })
    .toBe(200);
});

it('lets no more callers wait for a route than may wait, however it is that they wait', async () => {
  // Fewer than the requests that are let in: only what waits is too much.
  const count = REQUESTS - 10;
  const answers = await Promise.all(Array.from({ length: count }, () => generate('wait 1500 ms')));
  const taken = answers.filter(({ status }) => status === 200);
  expect(taken).toHaveLength(PLACES + WAITING);
  expect(new Set(answers.filter(({ status }) => status !== 200).map(refusalOf))).toEqual(
    new Set(['queue_full']),
  );
  expect(await credits()).toMatchObject({ held: 0 });
});

it('serves as many streams of events as it may, and gives the places of those that end to others', async () => {
  const accepted = await generate('wait 3000 ms', { prefer: 'respond-async' });
  const { id } = z.object({ id: z.string() }).parse(JSON.parse(accepted.body));
  const listen = async () => {
    const hangUp = new AbortController();
    const response = await fetch(`${gateway.url}/v1/images/generations/${id}/events`, {
      headers: { authorization: `Bearer ${KEY}` },
      signal: hangUp.signal,
    });
    return { response, hangUp };
  };
  const all = await Promise.all(Array.from({ length: WATCHERS + 5 }, listen));
  const streams = all.filter(({ response }) => response.status === 200);
  expect(streams).toHaveLength(WATCHERS);
  for (const { response } of all.filter(({ response }) => response.status !== 200)) {
    const headers = Object.fromEntries(response.headers);
    expect(refusalOf({ status: response.status, headers, body: await response.text(), ms: 0 })).toBe(
      'overloaded',
    );
  }
  streams[0]?.hangUp.abort();
  await expect.poll(async () => (await listen()).response.status, { interval: 50, timeout: 5_000 }).toBe(200);
  // Those that stay hear of the end.
  for (const { response } of streams.slice(1)) {
    const events: string[] = [];
    for await (const { event } of readEvents(response)) events.push(event);
    expect(events.at(-1)).toBe('completed');
  }
  expect(await refusals('watchers')).toBe(5);
});

it('holds no more bytes of bodies than it may, and takes them again when the others are gone', async () => {
  const size = Math.round(HELD_BYTES * 0.6);
  const head = { 'content-type': 'application/json', 'content-length': size };
  // It stops before its end, as slow callers do.
  const slow = open('POST', '/v1/images/generations', head);
  slow.call.write(Buffer.alloc(size - 1, ' '));
  const held = async () => {
    const other = open('POST', '/v1/prompts/parse', head);
    other.call.end(Buffer.alloc(size, ' '));
    return other.answer;
  };
  await expect.poll(async () => (await held()).status, { interval: 20, timeout: 5_000 }).toBe(503);
  expect(refusalOf(await held())).toBe('overloaded');
  slow.call.end(' ');
  expect((await slow.answer).status).toBe(400);
  await expect.poll(async () => (await held()).status, { interval: 20, timeout: 5_000 }).toBe(400);
  // Without pictures in it no body needs to be this large.
  const huge = open('POST', '/v1/images/generations', { ...head, 'content-length': 5_000_000 });
  huge.call.flushHeaders();
  expect((await huge.answer).status).toBe(413);
  huge.call.destroy();
});

it('begins nothing new while its event loop is late, but says that it is alive', async () => {
  await unloadedMs();
  gateway.stall();
  await sleep(1_500);
  gateway.wake();
  const [health, refused] = await Promise.all([get('/healthz'), generate('wait 1 ms')]);
  expect(health.status).toBe(200);
  // Its first turn may have let one in before the delay was looked at.
  expect(refusalOf(refused.status === 200 ? await generate('wait 1 ms') : refused)).toBe('overloaded');
  expect((await get('/v1/credits')).status).toBe(200);
  await expect
    .poll(async () => (await generate('wait 1 ms')).status, { interval: 200, timeout: 10_000 })
    .toBe(200);
  expect(await refusals('loop_delay')).toBeGreaterThan(0);
});

it('closes connections beyond those that it may have, and takes new ones when they are gone', async () => {
  agent.destroy();
  const url = new URL(gateway.url);
  const sockets = Array.from({ length: CONNECTIONS + 100 }, () => connect(Number(url.port), url.hostname));
  let closed = 0;
  for (const socket of sockets) {
    socket.on('error', () => {});
    socket.on('close', () => {
      closed += 1;
    });
  }
  await expect.poll(() => closed, { interval: 50, timeout: 10_000 }).toBeGreaterThanOrEqual(100);
  expect(closed).toBeLessThanOrEqual(150);
  const ends = sockets.filter((socket) => !socket.closed).map((socket) => once(socket, 'close'));
  for (const socket of sockets) socket.destroy();
  await Promise.all(ends);
  await expect
    .poll(async () => (await fetch(`${gateway.url}/healthz`).catch(() => undefined))?.status, {
      interval: 50,
      timeout: 5_000,
    })
    .toBe(200);
});
