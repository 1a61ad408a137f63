/** Browsers that sign in with a key, and what other sites can't make them do. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ROLES } from '../../src/workspaces/roles.js';
import { failure } from '../support/answers.js';
import { ADMIN_TOKEN, startTestServer, type Answer, type TestServer } from '../support/server.js';

const session = z.object({
  keys: z.array(
    z.object({
      id: z.string(),
      kind: z.string(),
      permissions: z.array(z.string()),
      grants: z.array(z.string()),
      workspace: z.object({ name: z.string() }),
    }),
  ),
});

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server.stop();
});

/** As the playground calls. */
const own = (more: Readonly<Record<string, string>> = {}) => ({
  'x-atelier-session': '1',
  origin: server.url,
  'sec-fetch-site': 'same-origin',
  ...more,
});

const cookieOf = ({ headers }: Answer) => (headers.get('set-cookie') ?? '').split(';')[0] ?? '';

async function signIn(key: string, cookie?: string): Promise<string> {
  const headers = own(cookie === undefined ? {} : { cookie });
  const answer = await server.call('POST', '/v1/session', { headers, body: { key } });
  expect(answer.status).toBe(200);
  return cookieOf(answer);
}

const balance = (headers: Readonly<Record<string, string>>) => server.call('GET', '/v1/credits', { headers });

async function makeKey(kind: 'live' | 'test', name: string): Promise<{ id: string; key: string }> {
  const answer = await server.call('POST', '/v1/keys', {
    key: kind === 'live' ? server.liveKey : server.testKey,
    body: { kind, role: 'developer', name },
  });
  return z.object({ id: z.string(), key: z.string() }).parse(answer.body);
}

describe('signing in', () => {
  it('exchanges a key for a cookie that scripts and other sites do not get', async () => {
    const answer = await server.call('POST', '/v1/session', {
      headers: own(),
      body: { key: server.testKey },
    });
    expect(session.parse(answer.body).keys).toMatchObject([{ kind: 'test', workspace: { name: 'default' } }]);
    const [owner] = session.parse(answer.body).keys;
    expect(owner?.permissions).toContain('manage_owners');
    expect(owner?.grants).toStrictEqual(ROLES);
    const cookie = answer.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^atelier_\d+=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(JSON.stringify(answer.body) + cookie).not.toContain(server.testKey);
    expect(answer.headers.get('cache-control')).toBe('no-store');

    const [name] = cookieOf(answer).split('=');
    expect((await balance({ cookie: cookieOf(answer) })).body).toMatchObject({ mode: 'test' });
    expect((await balance({ cookie: `${name ?? ''}=${'A'.repeat(43)}` })).status).toBe(401);
    expect((await balance({})).status).toBe(401);
  });

  it('binds the cookie to the host and to https where the public address is https', async () => {
    const secure = await startTestServer({ env: { ATELIER_PUBLIC_URL: 'https://pictures.example' } });
    try {
      const answer = await secure.call('POST', '/v1/session', {
        headers: { 'x-atelier-session': '1', origin: 'https://pictures.example' },
        body: { key: secure.testKey },
      });
      expect(answer.headers.get('set-cookie')).toMatch(
        /^__Host-atelier=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
      );
    } finally {
      await secure.stop();
    }
  });

  it('holds several keys, and the header says which of them acts', async () => {
    const first = await signIn(server.liveKey);
    const both = await signIn(server.testKey, first);
    const answer = await server.call('GET', '/v1/session', { headers: { cookie: both } });
    const { keys } = session.parse(answer.body);
    expect(keys.map(({ kind }) => kind)).toEqual(['test', 'live']);
    for (const { id, kind } of keys) {
      expect((await balance({ cookie: both, 'x-atelier-session': id })).body).toMatchObject({ mode: kind });
    }
    const other = await makeKey('live', 'not signed in');
    expect((await balance({ cookie: both, 'x-atelier-session': other.id })).status).toBe(401);
    // The cookie from before the second sign-in has ended: one that somebody planted would be worth nothing.
    expect((await balance({ cookie: first })).status).toBe(401);
  });

  it('refuses an unknown key, and after ten of them from one address every further try for a while', async () => {
    const strict = await startTestServer();
    const headers = { 'x-atelier-session': '1', origin: strict.url };
    const attempt = (key: string) => strict.call('POST', '/v1/session', { headers, body: { key } });
    try {
      for (let n = 0; n < 10; n += 1) {
        const refused = await attempt(`atl_live_wrong${n}`);
        expect(failure.parse(refused.body).error).toMatchObject({ code: 'invalid_api_key', param: 'key' });
        expect(refused.headers.get('set-cookie')).toBeNull();
      }
      const limited = await attempt(strict.liveKey);
      expect(limited.status).toBe(429);
      expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
    } finally {
      await strict.stop();
    }
  });

  it('takes either a key or a link', async () => {
    for (const body of [{}, { key: 'a', link: 'b' }]) {
      expect((await server.call('POST', '/v1/session', { headers: own(), body })).status).toBe(400);
    }
    const refused = await server.call('POST', '/v1/session', { headers: own(), body: { link: 'made up' } });
    expect(refused.status).toBe(401);
  });
});

describe('ending', () => {
  it('signs one key out, then all; a copy of the cookie is worth nothing then', async () => {
    const cookie = await signIn(server.testKey, await signIn(server.liveKey));
    const { keys } = session.parse((await server.call('GET', '/v1/session', { headers: { cookie } })).body);
    const [test = { id: '' }, live = { id: '' }] = keys;
    const one = await server.call('DELETE', '/v1/session', {
      headers: own({ cookie, 'x-atelier-session': test.id }),
    });
    expect(session.parse(one.body).keys.map(({ id }) => id)).toEqual([live.id]);
    expect((await balance({ cookie, 'x-atelier-session': test.id })).status).toBe(401);
    expect((await balance({ cookie })).body).toMatchObject({ mode: 'live' });
    const all = await server.call('DELETE', '/v1/session', { headers: own({ cookie }) });
    expect(session.parse(all.body).keys).toEqual([]);
    expect(all.headers.get('set-cookie')).toContain('Max-Age=0');
    expect((await balance({ cookie })).status).toBe(401);
  });

  it('comes with the revocation of the key', async () => {
    const { id, key } = await makeKey('test', 'to be revoked');
    const cookie = await signIn(key);
    expect((await balance({ cookie })).status).toBe(200);
    await server.call('DELETE', `/v1/keys/${id}`, { key: server.liveKey });
    expect((await balance({ cookie })).status).toBe(401);
    const { body } = await server.call('GET', '/v1/session', { headers: { cookie } });
    expect(session.parse(body).keys).toEqual([]);
  });

  it('comes after thirty days', async () => {
    const own30 = await startTestServer();
    try {
      const answer = await own30.call('POST', '/v1/session', {
        headers: { 'x-atelier-session': '1', origin: own30.url },
        body: { key: own30.testKey },
      });
      const [, token = ''] = cookieOf(answer).split('=');
      const read = async () => {
        // A restart listens on another port, which is in the name.
        const cookie = `atelier_${new URL(own30.url).port}=${token}`;
        return session.parse((await own30.call('GET', '/v1/session', { headers: { cookie } })).body).keys
          .length;
      };
      expect(await read()).toBe(1);
      await own30.restart();
      expect(await read()).toBe(1);
      own30.setTime(new Date('2026-12-22T12:00:01Z'));
      await own30.restart();
      expect(await read()).toBe(0);
    } finally {
      await own30.stop();
    }
  });
});

describe('what other sites make a browser send', () => {
  const wish = { model: 'atelier-sketch', prompt: 'a flat icon of a pear', size: '64x64' };
  const makeUrl = '/v1/images/generations';

  it('is refused without our header, from another origin, and as a form', async () => {
    const cookie = await signIn(server.testKey);
    const attempts: readonly Readonly<Record<string, string>>[] = [
      { cookie },
      { cookie, origin: server.url },
      { cookie, origin: server.url, 'sec-fetch-site': 'same-origin' },
      { cookie, 'x-atelier-session': '1' },
      { cookie, 'x-atelier-session': '1', origin: 'https://elsewhere.example' },
      { cookie, 'x-atelier-session': '1', origin: 'null' },
      { cookie, 'x-atelier-session': '1', origin: server.url, 'sec-fetch-site': 'cross-site' },
      { cookie, 'x-atelier-session': '1', origin: server.url, 'sec-fetch-site': 'same-site' },
    ];
    for (const headers of attempts) {
      const refused = await server.call('POST', makeUrl, { headers, body: wish });
      expect([headers, refused.status]).toEqual([headers, 403]);
      const out = await server.call('DELETE', '/v1/session', { headers });
      expect([headers, out.status]).toEqual([headers, 403]);
      const into = await server.call('POST', '/v1/session', { headers, body: { key: server.testKey } });
      expect([headers, into.status]).toEqual([headers, 403]);
    }
    const form = await server.call('POST', '/v1/files', {
      headers: { cookie, origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' },
      raw: new FormData(),
    });
    expect(form.status).toBe(403);
    const read = await balance({ cookie, 'sec-fetch-site': 'cross-site' });
    expect(read.status).toBe(403);
    // None of it did anything; the same call of the playground does.
    expect((await balance({ cookie })).status).toBe(200);
    const made = await server.call('POST', makeUrl, { headers: own({ cookie }), body: wish });
    expect(made.status).toBe(200);
  });

  it('gets no answer that it could read, and bearer keys need no cookie', async () => {
    const asked = await server.call('OPTIONS', makeUrl, {
      headers: { origin: 'https://elsewhere.example', 'access-control-request-headers': 'x-atelier-session' },
    });
    expect(asked.headers.get('access-control-allow-origin')).toBeNull();
    expect((await server.generate(wish)).status).toBe(200);
    // A key in the header counts, whatever the cookie says.
    const cookie = await signIn(server.testKey);
    const answer = await server.call('GET', '/v1/credits', { key: server.liveKey, headers: { cookie } });
    expect(answer.body).toMatchObject({ mode: 'live' });
  });

  it('reaches nothing of the operator', async () => {
    const cookie = await signIn(server.liveKey);
    const answer = await server.call('GET', '/v1/admin/workspaces', { headers: own({ cookie }) });
    expect(answer.status).toBe(401);
    expect((await server.call('GET', '/v1/admin/workspaces', { key: ADMIN_TOKEN })).status).toBe(200);
  });
});

describe('the page', () => {
  it('is sent for screens and never for calls', async () => {
    const page = await server.call('GET', '/', { headers: { accept: 'text/html' } });
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    expect(page.headers.get('referrer-policy')).toBe('same-origin');
    expect((await server.call('GET', '/create', { headers: { accept: 'text/html' } })).status).toBe(200);
    for (const path of ['/v1/nothing', '/i/nothing', '/assets/nothing.js', '/metrics/x']) {
      const answer = await server.call('GET', path, { headers: { accept: 'text/html' } });
      expect([path, failure.safeParse(answer.body).success]).toEqual([path, true]);
    }
    expect((await server.call('GET', '/create')).status).toBe(404);
    expect(
      (await server.call('POST', '/create', { headers: { accept: 'text/html' }, body: {} })).status,
    ).toBe(404);
  });
});
