/** What strangers try at the door, beyond what the tests of each part try: docs/security.md names the test of every row. */
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { failure, generation } from '../support/answers.js';
import { rawHead, sendRaw } from '../support/raw-request.js';
import { startTestServer, type TestServer } from '../support/server.js';

const PICTURE = {
  model: 'atelier-sketch',
  prompt: 'a flat icon of a fox',
  size: '64x64',
  response_format: 'url',
};

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server.stop();
});

describe('other sites', () => {
  it('may read pictures by their links, and nothing else', async () => {
    const origin = 'https://evil.example';
    for (const [method, path] of [
      ['GET', '/v1/models'],
      ['POST', '/v1/images/generations'],
      ['GET', '/v1/session'],
      ['GET', '/v1/credits'],
      ['GET', '/'],
    ] as const) {
      const asked = { origin, 'access-control-request-method': method };
      const preflight = await fetch(server.url + path, { method: 'OPTIONS', headers: asked });
      const answer = await server.call(method, path, { key: server.testKey, headers: { origin } });
      for (const { headers } of [preflight, answer]) {
        expect([path, headers.get('access-control-allow-origin')]).toEqual([path, null]);
        expect([path, headers.get('access-control-allow-credentials')]).toEqual([path, null]);
      }
    }
  });

  it('can not show the playground in a frame', async () => {
    const answer = await server.call('GET', '/', { headers: { accept: 'text/html' } });
    expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  });
});

describe('links', () => {
  it('lead to the gateway itself, whatever a request says of its host', async () => {
    const answer = await server.call('POST', '/v1/images/generations', {
      key: server.testKey,
      body: PICTURE,
      headers: {
        'x-forwarded-host': 'evil.example',
        'x-forwarded-proto': 'https',
        forwarded: 'host=evil.example',
        'x-original-url': '/admin',
      },
    });
    const [image] = generation.parse(answer.body).data;
    expect(image?.url?.startsWith(`${server.url}/i/`)).toBe(true);
    expect(JSON.stringify([answer.body, [...answer.headers]])).not.toContain('evil.example');
    const raw = await sendRaw(
      server.url,
      rawHead(
        'GET /v1/models HTTP/1.1',
        `authorization: Bearer ${server.testKey}`,
        'x-forwarded-host: evil.example',
      ),
    );
    expect(raw).not.toContain('evil.example');
  });

  it('are kept by the browser of their holder only, and no longer than they last', async () => {
    const [image] = generation.parse((await server.generate(PICTURE)).body).data;
    const { headers } = await fetch(image?.url ?? '');
    expect(headers.get('cache-control')).toMatch(/^private, max-age=\d+, immutable$/);
  });

  it('put no line of the holder’s into the headers', async () => {
    const [image] = generation.parse((await server.generate(PICTURE)).body).data;
    const answer = await fetch(
      `${image?.url ?? ''}&dl=${encodeURIComponent('a\r\nset-cookie: b=c\r\n\r\n<b>')}`,
    );
    expect(answer.status).toBe(200);
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect(answer.headers.get('content-disposition')).not.toMatch(/[\r\n<]/);
  });
});

describe('bodies', () => {
  it('that are compressed are not unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000, ' '));
    const answer = await server.call('POST', '/v1/images/generations', {
      key: server.testKey,
      raw: new Uint8Array(bomb),
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    });
    expect([answer.status, failure.parse(answer.body).error.code]).toEqual([400, 'invalid_json']);
  });

  it.each(['__proto__', 'constructor', 'prototype'])(
    'give objects no members by the name %s',
    async (name) => {
      const polluted = `{"a": 1, "${name}": {"polluted": true, "prototype": {"polluted": true}}}`;
      const key = server.testKey;
      for (const [path, body] of [
        ['/v1/images/generations', `{"model": "atelier-sketch", "prompt": "a fox", "metadata": ${polluted}}`],
        [
          '/v1/images/plan',
          `{"model": "atelier-sketch", "prompt": "a fox", "provider_options": ${polluted}}`,
        ],
        ['/v1/recipes', `{"name": "polluted", "request": ${polluted}}`],
      ] as const) {
        const headers = { 'content-type': 'application/json' };
        const answer = await server.call('POST', path, { key, raw: body, headers });
        expect([path, answer.status]).toEqual([path, 400]);
      }
      expect('polluted' in {}).toBe(false);
    },
  );
});

describe('keys', () => {
  it('that are wrong are told apart neither by words nor by headers', async () => {
    const right = server.testKey;
    const answers = await Promise.all(
      [`${right}x`, right.slice(0, -1), right.toUpperCase(), `atl_test_${'a'.repeat(40)}`, 'x'].map((key) =>
        server.call('GET', '/v1/models', { key }),
      ),
    );
    const shown = answers.map(({ status, body }) => [status, failure.parse(body).error]);
    for (const one of shown) expect(one).toEqual(shown[0]);
    expect(shown[0]?.[0]).toBe(401);
  });

  it('of the operator’s choice are long enough not to be guessed', async () => {
    const { loadConfig } = await import('../../src/config/load.js');
    for (const name of ['ATELIER_ADMIN_TOKEN', 'ATELIER_BOOTSTRAP_KEY', 'ATELIER_SECRET']) {
      expect(() => loadConfig({ [name]: 'short' }, [])).toThrow(name);
    }
    expect(z.string().min(40).safeParse(server.testKey).success).toBe(true);
  });
});
