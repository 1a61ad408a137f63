/** Who is calling, as proxies tell it, and what is limited by address before any key is known. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { failure } from '../support/answers.js';
import { ADMIN_TOKEN, startTestServer, type Answer, type TestServer } from '../support/server.js';

const MAX = 5;

const statuses = (answers: readonly Answer[]) => answers.map(({ status }) => status).sort();
const from = (address: string) => ({ 'x-forwarded-for': address });
const wrongKey = (n: number) => `atl_live_${String(n).padStart(40, '0')}`;

/** Wrong keys at once, as of one caller. */
const flood = (server: TestServer, address: string, count = 20) =>
  Promise.all(
    Array.from({ length: count }, (_, n) =>
      server.call('GET', '/v1/models', { key: wrongKey(n), headers: from(address) }),
    ),
  );

const audit = z.object({ data: z.array(z.object({ action: z.string(), address: z.string().optional() })) });

async function newestAddress(server: TestServer): Promise<string | undefined> {
  const { body } = await server.call('GET', '/v1/audit?limit=1', { key: server.liveKey });
  return audit.parse(body).data[0]?.address;
}

const rename = (server: TestServer, headers: Readonly<Record<string, string>>) =>
  server.call('PATCH', '/v1/workspace', { key: server.liveKey, body: { name: 'renamed' }, headers });

describe('behind proxies that are trusted', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({
      env: { ATELIER_TRUSTED_PROXIES: '127.0.0.0/8, ::1, 10.0.0.0/8', ATELIER_MAX_FAILED_KEYS: String(MAX) },
    });
  });
  afterAll(async () => {
    await server.stop();
  });

  it('wrong keys are limited by the caller’s address, not by the proxy’s', async () => {
    const answers = await flood(server, '203.0.113.1');
    expect(statuses(answers)).toStrictEqual([
      ...Array<number>(MAX).fill(401),
      ...Array<number>(15).fill(429),
    ]);
    const refused = answers.find(({ status }) => status === 429);
    expect(failure.parse(refused?.body).error.code).toBe('rate_limit_exceeded');
    const wait = Number(refused?.headers.get('retry-after'));
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60);
    const other = { key: wrongKey(0), headers: from('203.0.113.2') };
    expect((await server.call('GET', '/v1/models', other)).status).toBe(401);
    // What the caller wrote itself makes nobody else of it.
    const spoofed = { key: wrongKey(0), headers: from('198.51.100.7, 203.0.113.1, 10.1.2.3') };
    expect((await server.call('GET', '/v1/models', spoofed)).status).toBe(429);
  });

  it('right keys of the same address pass, also one that is used for the first time', async () => {
    const headers = from('203.0.113.3');
    const known = await server.call('GET', '/v1/models', { key: server.liveKey, headers });
    expect(known.status).toBe(200);
    await flood(server, '203.0.113.3');
    const body = { kind: 'test', role: 'viewer', name: 'new' };
    const made = await server.call('POST', '/v1/keys', { key: server.liveKey, headers, body });
    const { key } = z.object({ key: z.string() }).parse(made.body);
    const answers = await Promise.all(
      [key, server.testKey, server.liveKey].map((right) =>
        server.call('GET', '/v1/models', { key: right, headers }),
      ),
    );
    expect(statuses(answers)).toStrictEqual([200, 200, 200]);
  });

  it('the admin token can not be guessed faster', async () => {
    const headers = from('203.0.113.4');
    const guesses = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        server.call('GET', '/v1/admin/workspaces', { key: `guess-number-${n}`, headers }),
      ),
    );
    expect(statuses(guesses)).toStrictEqual([
      ...Array<number>(MAX).fill(401),
      ...Array<number>(15).fill(429),
    ]);
    // The right one is no exception where it was never used before.
    const late = await server.call('GET', '/metrics', { key: ADMIN_TOKEN, headers });
    expect(late.status).toBe(429);
    expect((await server.call('GET', '/metrics', { key: ADMIN_TOKEN })).status).toBe(200);
  });

  it('sign-ins are limited by the caller’s address too, also those that come at once', async () => {
    const signIn = (address: string, key: string) =>
      server.call('POST', '/v1/session', {
        headers: { 'x-atelier-session': '1', origin: server.url, ...from(address) },
        body: { key },
      });
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, n) => signIn('203.0.113.5', `guess-number-${n}`)),
    );
    expect(statuses(answers).filter((status) => status === 401)).toHaveLength(10);
    expect(statuses(answers).filter((status) => status === 429)).toHaveLength(50);
    expect((await signIn('203.0.113.6', server.testKey)).status).toBe(200);
    const many = await Promise.all(Array.from({ length: 8 }, () => signIn('203.0.113.6', server.testKey)));
    expect(statuses(many)).toStrictEqual(Array<number>(8).fill(200));
    expect((await signIn('203.0.113.6', server.testKey)).status).toBe(200);
  });

  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['1.2.3.4, 203.0.113.9, 10.9.9.9', '203.0.113.9'],
    ['2001:db8::9', '2001:db8::9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['203.0.113.9, garbage', '127.0.0.1'],
  ])('the audit log says who changed something: %s', async (header, address) => {
    expect((await rename(server, from(header))).status).toBe(200);
    expect(await newestAddress(server)).toBe(address);
  });
});

describe('without proxies that are trusted', () => {
  it('the header makes nobody else of a caller', async () => {
    const server = await startTestServer({ env: { ATELIER_MAX_FAILED_KEYS: String(MAX) } });
    try {
      await rename(server, from('203.0.113.9'));
      expect(await newestAddress(server)).toBe('127.0.0.1');
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          server.call('GET', '/v1/models', { key: wrongKey(n), headers: from(`203.0.113.${n}`) }),
        ),
      );
      expect(statuses(answers).filter((status) => status === 429)).toHaveLength(15);
      expect((await server.call('GET', '/v1/models', { key: server.liveKey })).status).toBe(200);
    } finally {
      await server.stop();
    }
  });
});
