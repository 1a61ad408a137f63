/** Requests that no client sends, byte by byte: what is no HTTP, and paths that lead elsewhere. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure } from '../support/answers.js';
import { rawHead as head, sendRaw } from '../support/raw-request.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server.stop();
});

describe('what is no HTTP', () => {
  it.each([
    ['garbage', '\x16\x03\x01\x02\0\r\n\r\n'],
    ['a control character in a header', head('GET /v1/models HTTP/1.1', 'x-a: \x01')],
    ['a header that is folded', head('GET /v1/models HTTP/1.1', 'x-a: b', ' c\0d')],
    ['two lengths', head('POST /v1/session HTTP/1.1', 'content-length: 1', 'content-length: 2')],
    [
      'a length and chunks',
      head('POST /v1/session HTTP/1.1', 'content-length: 5', 'transfer-encoding: chunked'),
    ],
    ['headers without end', head('GET / HTTP/1.1', `x-a: ${'a'.repeat(40_000)}`)],
  ])('%s is answered by the envelope of errors, and the connection is closed', async (_name, text) => {
    const answer = await sendRaw(server.url, text);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    const body = answer.slice(answer.indexOf('\r\n\r\n') + 4);
    expect(failure.parse(JSON.parse(body)).error.code).toBe('invalid_request');
  });
});

describe('paths', () => {
  it.each([
    '/assets/../../../../etc/passwd',
    '/assets/..%2f..%2f..%2fpackage.json',
    '/assets/%2e%2e/%2e%2e/package.json',
    '/assets/....//....//package.json',
    '/assets/..\\..\\package.json',
    '/assets/%00',
    '/docs/../../package.json',
    '//etc/passwd',
  ])('%s leads to no file of the machine', async (path) => {
    const answer = await sendRaw(server.url, head(`GET ${path} HTTP/1.1`));
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(answer).not.toMatch(/root:|"dependencies"/);
  });

  it.each(['*v1/models', '*healthz', '*'])('%s is no other name of a route', async (target) => {
    expect(await sendRaw(server.url, head(`GET ${target} HTTP/1.1`))).toMatch(/^HTTP\/1\.1 404 /);
  });

  it('of links name pictures by their ids only', async () => {
    for (const path of [
      '/i/..%2f..%2fetc%2fpasswd',
      '/i/../v1/keys',
      '/i/%2e%2e%2fatelier.sqlite?exp=1&sig=a',
    ]) {
      expect(await sendRaw(server.url, head(`GET ${path} HTTP/1.1`))).toMatch(/^HTTP\/1\.1 (401|403) /);
    }
  });
});

describe('parts that are none of a form', () => {
  it.each([
    ['/v1/files', 10, 20_000],
    ['/v1/files', 200_000, 70_000],
    ['/v1/images/edits', 200_000, 70_000],
  ])('%s with %i and %i bytes is answered', async (path, fieldBytes, partBytes) => {
    const body = [
      '--b',
      'content-disposition: form-data; name="purpose"',
      '',
      'a'.repeat(fieldBytes),
      '--b',
      'content-disposition: attachment; name="file"; filename="a.png"',
      '',
      'a'.repeat(partBytes),
      '--b--',
      '',
    ].join('\r\n');
    const text = head(
      `POST ${path} HTTP/1.1`,
      `authorization: Bearer ${server.testKey}`,
      'content-type: multipart/form-data; boundary=b',
      `content-length: ${body.length}`,
    );
    expect(await sendRaw(server.url, text + body)).toMatch(/^HTTP\/1\.1 400 /);
  });
});
