/** One key, one purchase: whatever is repeated, at once or later, before or after a restart. */
import { request as startRequest } from 'node:http';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { failure, fetchPicture, generation } from '../support/answers.js';
import { startCountingEmulators, type CountingEmulators } from '../support/counting-emulators.js';
import { ADMIN_TOKEN, startTestServer, type Answer, type TestServer } from '../support/server.js';

const GENERATIONS = '/v1/images/generations';
const EDITS = '/v1/images/edits';
const NOON = new Date('2026-11-22T12:00:00Z');
const hoursAfterNoon = (hours: number, seconds = 0) =>
  new Date(NOON.getTime() + (hours * 3600 + seconds) * 1000);

let emulators: CountingEmulators;
let server: TestServer;
let keys = 0;

beforeAll(async () => {
  emulators = await startCountingEmulators();
  server = await startTestServer({ env: { ATELIER_EMULATORS_URL: emulators.url } });
});
afterAll(async () => {
  await server.stop();
  await emulators.close();
});

const newKey = () => `order-${(keys += 1)}`;
const wish = { model: 'flux-1-pro', prompt: 'a paper boat', size: '256x256', response_format: 'url' };

interface Options {
  readonly as?: string;
  readonly path?: string;
}

function send(key: string, body: unknown, { as = server.testKey, path = GENERATIONS }: Options = {}) {
  return server.call('POST', path, {
    key: as,
    headers: { 'idempotency-key': key },
    ...(body instanceof FormData ? { raw: body } : { body }),
  });
}

const bought = () => emulators.seen.filter(({ record }) => record.method === 'POST').length;
const isReplayed = (answer: Answer) => answer.headers.get('idempotent-replayed');

async function countCharges(key = server.testKey): Promise<number> {
  const { body } = await server.call('GET', '/v1/credits/ledger?limit=1000', { key });
  const { data } = z.object({ data: z.array(z.object({ kind: z.string() })) }).parse(body);
  return data.filter(({ kind }) => kind === 'settle').length;
}

async function readBalance(key = server.testKey): Promise<number> {
  const { body } = await server.call('GET', '/v1/credits', { key });
  return z.object({ balance: z.number() }).parse(body).balance;
}

async function createTenant(name: string, credits: number) {
  const made = await server.call('POST', '/v1/admin/workspaces', {
    key: ADMIN_TOKEN,
    body: { name, credits },
  });
  const { id: workspace } = z.object({ id: z.string() }).parse(made.body);
  const answer = await server.call('POST', '/v1/admin/keys', {
    key: ADMIN_TOKEN,
    body: { workspace, kind: 'test', role: 'owner', name },
  });
  return z.object({ key: z.string() }).parse(answer.body).key;
}

describe('a key that is used again', () => {
  it.each(['url', 'b64_json'])(
    'twenty times at once buys once and answers the same to all, with %s; so it does after a restart',
    async (format) => {
      const key = newKey();
      const body = {
        ...wish,
        prompt: `a paper boat, ${format} [[emulate:slow-300]]`,
        response_format: format,
      };
      const [before, charges, balance] = [bought(), await countCharges(), await readBalance()];
      const answers = await Promise.all(Array.from({ length: 20 }, () => send(key, body)));
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
      expect(bought() - before).toBe(1);
      expect((await countCharges()) - charges).toBe(1);
      const [first] = answers;
      const { credits_used: used, id } = generation.parse(first?.body);
      expect(used).toBeGreaterThan(0);
      expect(balance - (await readBalance())).toBeCloseTo(used, 6);
      for (const answer of answers) {
        expect(answer.body).toEqual(first?.body);
        expect(answer.headers.get('x-generation-id')).toBe(id);
      }
      expect(answers.filter((answer) => isReplayed(answer) === 'true')).toHaveLength(19);
      expect(answers.filter((answer) => isReplayed(answer) === null)).toHaveLength(1);

      await server.restart();
      const again = await send(key, body);
      expect([again.status, isReplayed(again)]).toEqual([200, 'true']);
      // Only the address may differ: each start listens on a port of its own.
      expect(withoutPort(again.body)).toEqual(withoutPort(first?.body));
      if (format === 'url') await fetchPicture(generation.parse(again.body).data[0]?.url);
      expect(bought() - before).toBe(1);
      expect(balance - (await readBalance())).toBeCloseTo(used, 6);
    },
  );

  it('with another body is a conflict; the order of members, blanks and null are no difference', async () => {
    const key = newKey();
    const first = generation.parse((await send(key, wish)).body);
    const before = bought();
    for (const other of [{ n: 2 }, { prompt: 'a paper boat ' }, { size: '256x512' }, { seed: 1 }]) {
      const refused = await send(key, { ...wish, ...other });
      expect(refused.status).toBe(422);
      expect(failure.parse(refused.body).error).toMatchObject({
        code: 'idempotency_conflict',
        param: 'idempotency-key',
      });
      expect(refused.headers.get('x-should-retry')).toBe('false');
    }
    const turned: unknown = Object.fromEntries([...Object.entries(wish), ['seed', null]].reverse());
    for (const raw of [JSON.stringify(turned), JSON.stringify(wish, undefined, 4)]) {
      const same = await server.call('POST', GENERATIONS, {
        key: server.testKey,
        headers: { 'idempotency-key': key, 'content-type': 'application/json' },
        raw,
      });
      expect([same.status, isReplayed(same)]).toEqual([200, 'true']);
      expect(generation.parse(same.body).id).toBe(first.id);
    }
    expect(bought()).toBe(before);
  });

  it('for a failed outcome answers the same failure', async () => {
    const key = newKey();
    const body = { ...wish, prompt: 'a paper boat [[emulate:moderated-prompt]]' };
    const [before, balance] = [bought(), await readBalance()];
    const first = await send(key, body);
    expect([first.status, failure.parse(first.body).error.code]).toEqual([400, 'content_policy_violation']);
    const again = await send(key, body);
    expect([again.status, isReplayed(again)]).toEqual([400, 'true']);
    expect(failure.parse(again.body).error).toEqual(failure.parse(first.body).error);
    expect([bought() - before, balance - (await readBalance())]).toEqual([1, 0]);
  });

  it('asks no client to repeat what can only be answered again: a new key is needed, and helps', async () => {
    const key = newKey();
    const body = { ...wish, prompt: 'a paper boat [[emulate:overloaded*3]]' };
    const unkeyed = await server.call('POST', GENERATIONS, { key: server.testKey, body });
    expect([unkeyed.status, unkeyed.headers.get('x-should-retry')]).toEqual([503, 'true']);
    const [first, again] = [await send(key, body), await send(key, body)];
    for (const answer of [first, again]) {
      expect([answer.status, answer.headers.get('x-should-retry')]).toEqual([503, 'false']);
      expect([answer.headers.get('retry-after'), answer.headers.get('retry-after-ms')]).toEqual([null, null]);
      const { error } = failure.parse(answer.body);
      expect(error.message).toMatch(/send another key to try again\.$/);
      expect(error).toMatchObject({ code: 'upstream_unavailable', should_retry: false });
      expect(error).not.toHaveProperty('retry_after_ms');
    }
    expect([isReplayed(first), isReplayed(again)]).toEqual([null, 'true']);
    expect(failure.parse(again.body).error).toEqual(failure.parse(first.body).error);
    const before = bought();
    expect((await send(newKey(), body)).status).toBe(503);
    expect(bought()).toBeGreaterThan(before);
  });

  it('gives the picture to a client that hung up, charged once', async () => {
    const key = newKey();
    const body = { ...wish, prompt: 'a paper boat that is awaited [[emulate:slow-600]]' };
    const [before, charges] = [bought(), await countCharges()];
    await hangUpAfter(key, body, () => bought() > before);
    const answer = await send(key, body);
    expect([answer.status, isReplayed(answer)]).toEqual([200, 'true']);
    await fetchPicture(generation.parse(answer.body).data[0]?.url);
    expect([bought() - before, (await countCharges()) - charges]).toEqual([1, 1]);
  });
});

describe('what was refused before its price was held', () => {
  it('is not kept: the key is as good as new', async () => {
    const key = newKey();
    for (const wrong of [{ size: '1x1' }, { model: 'flux-1-proo' }, { n: 0 }]) {
      const refused = await send(key, { ...wish, ...wrong });
      expect(refused.status).toBeGreaterThanOrEqual(400);
      expect(refused.status).toBeLessThan(500);
    }
    const answer = await send(key, wish);
    expect([answer.status, isReplayed(answer)]).toEqual([200, null]);
  });

  it('is not kept either when credits were missing: 402, then a top-up, then the picture', async () => {
    const poor = await createTenant('poor', 0.000001);
    const key = newKey();
    const refused = await send(key, wish, { as: poor });
    expect([refused.status, failure.parse(refused.body).error.code]).toEqual([402, 'insufficient_credits']);
    await server.call('POST', '/v1/credits/test', { key: poor, body: { credits: 50 } });
    const answer = await send(key, wish, { as: poor });
    expect([answer.status, isReplayed(answer)]).toEqual([200, null]);
    expect(await countCharges(poor)).toBe(1);
  });
});

describe('the scope of a key', () => {
  it('is one workspace, one mode and one path', async () => {
    const key = newKey();
    const free = { model: 'atelier-sketch', prompt: 'a fox', size: '64x64', response_format: 'url' };
    const other = await createTenant('other', 10);
    const edit = { ...free, image_base64: (await plain(9)).toString('base64') };
    const answers = [
      await send(key, free),
      await send(key, free, { as: server.liveKey }),
      await send(key, free, { as: other }),
      await send(key, edit, { path: EDITS }),
    ];
    expect(answers.map((answer) => [answer.status, isReplayed(answer)])).toEqual(
      answers.map(() => [200, null]),
    );
    expect(new Set(answers.map(({ body }) => generation.parse(body).id)).size).toBe(answers.length);
  });

  it.each([
    ['empty', ''],
    ['with a space', 'order 7'],
    ['too long', 'k'.repeat(256)],
    ['not ASCII', 'caf\u00e9'],
  ])('takes no key that is %s', async (_what, key) => {
    const before = bought();
    const refused = await send(key, wish);
    expect(refused.status).toBe(400);
    expect(failure.parse(refused.body).error).toMatchObject({
      code: 'invalid_request',
      param: 'idempotency-key',
    });
    expect(bought()).toBe(before);
  });

  it('takes one of 255 characters', async () => {
    const key = 'k'.repeat(255);
    const body = { model: 'atelier-sketch', prompt: 'a fox', size: '64x64' };
    expect((await send(key, body)).status).toBe(200);
    expect(isReplayed(await send(key, body))).toBe('true');
  });
});

describe('an edit under a key', () => {
  it('is the same when its files have the same bytes, whatever their names', async () => {
    const form = async (shade: number, name: string) => {
      const parts = new FormData();
      parts.append('model', 'atelier-sketch');
      parts.append('prompt', 'make it snow');
      parts.append('response_format', 'url');
      parts.append('image', new File([new Uint8Array(await plain(shade))], name));
      return parts;
    };
    const key = newKey();
    const first = await send(key, await form(80, 'one.png'), { path: EDITS });
    expect([first.status, isReplayed(first)]).toEqual([200, null]);
    const again = await send(key, await form(80, 'two.png'), { path: EDITS });
    expect([again.status, isReplayed(again)]).toEqual([200, 'true']);
    expect(again.body).toEqual(first.body);
    const other = await send(key, await form(81, 'one.png'), { path: EDITS });
    expect([other.status, failure.parse(other.body).error.code]).toEqual([422, 'idempotency_conflict']);
  });
});

/** Turns the clock, so it comes last. */
describe('time', () => {
  it('ends the pictures after an hour, with 410 and no purchase, and the key after a day', async () => {
    const key = newKey();
    const first = generation.parse((await send(key, wish)).body);
    const before = bought();
    server.setTime(hoursAfterNoon(1, -1));
    const inTime = await send(key, wish);
    expect([inTime.status, isReplayed(inTime)]).toEqual([200, 'true']);
    for (const time of [hoursAfterNoon(1), hoursAfterNoon(24, -1)]) {
      server.setTime(time);
      for (const sweeps of [0, 1]) {
        if (sweeps === 1) await server.sweep();
        const late = await send(key, wish);
        expect([late.status, failure.parse(late.body).error.code]).toEqual([410, 'image_expired']);
      }
    }
    const other = await send(key, { ...wish, n: 2 });
    expect(failure.parse(other.body).error.code).toBe('idempotency_conflict');
    expect(bought()).toBe(before);
    server.setTime(hoursAfterNoon(24));
    const fresh = await send(key, { ...wish, prompt: 'another boat' });
    expect([fresh.status, isReplayed(fresh)]).toEqual([200, null]);
    expect(generation.parse(fresh.body).id).not.toBe(first.id);
    expect(bought()).toBe(before + 1);
  });
});

function plain(shade: number): Promise<Buffer> {
  return sharp({ create: { width: 64, height: 64, channels: 3, background: { r: shade, g: 90, b: 200 } } })
    .png()
    .toBuffer();
}

function withoutPort(body: unknown): unknown {
  const text = JSON.stringify(body).replace(/http:\/\/127\.0\.0\.1:\d+\//g, 'http://gateway/');
  return JSON.parse(text);
}

/** Sends a call and cuts the connection as soon as `enough` says so. */
async function hangUpAfter(key: string, body: unknown, enough: () => boolean): Promise<void> {
  const cut = startRequest(server.url + GENERATIONS, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${server.testKey}`,
      'content-type': 'application/json',
      'idempotency-key': key,
    },
  });
  const closed = new Promise<void>((resolve) =>
    cut.once('close', () => {
      resolve();
    }),
  );
  cut.on('error', () => {});
  cut.end(JSON.stringify(body));
  await expect.poll(enough, { timeout: 10_000, interval: 10 }).toBe(true);
  cut.destroy();
  await closed;
}
