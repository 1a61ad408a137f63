import { afterAll, beforeAll, expect, it } from 'vitest';
import { failure, generation } from '../support/answers.js';
import { drawPicture, fileAnswer, fileForm } from '../support/files.js';
import { findTestS3, type TestS3 } from '../support/s3-server.js';
import { startTestServer, type TestServer } from '../support/server.js';

let s3: TestS3;
let server: TestServer;
let url: string;

beforeAll(async () => {
  s3 = findTestS3();
  server = await startTestServer({
    env: {
      STORAGE_URL: s3.url,
      AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
      ATELIER_DELIVERY: 'redirect',
    },
  });
  const answer = await server.generate({ model: 'atelier-sketch', prompt: 'a pear', size: '320x80' });
  const image = generation.parse(answer.body).data[0];
  url = image?.url ?? '';
});
afterAll(async () => {
  await server.stop();
  await s3.close();
});

function get(link: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> {
  return fetch(link, { method, headers, redirect: 'manual' });
}

it('sends the browser to the store, by a link that lives for minutes and carries type and disposition', async () => {
  const answer = await get(url);
  expect(answer.status).toBe(302);
  expect(answer.headers.get('cache-control')).toBe('private, max-age=150');
  expect(answer.headers.get('etag')).toBeNull();
  expect((await answer.arrayBuffer()).byteLength).toBe(0);
  const location = new URL(answer.headers.get('location') ?? '');
  expect(location.origin).toBe(s3.place.endpoint);
  expect(location.searchParams.get('X-Amz-Expires')).toBe('300');
  const stored = await fetch(location);
  expect(stored.status).toBe(200);
  expect(stored.headers.get('content-type')).toBe('image/png');
  expect(stored.headers.get('content-disposition')).toBe('inline');
  const head = await get(url, {}, 'HEAD');
  expect((await stored.arrayBuffer()).byteLength).toBe(Number(head.headers.get('content-length')));
});

it('names downloads, whatever is wished for', async () => {
  for (const [wish, disposition] of [
    ['fox', 'attachment; filename="fox.png"'],
    ['%E7%8B%90', 'attachment; filename="_.png"; filename*=UTF-8\'\'%E7%8B%90.png'],
    ['a%0d%0ab%22c', 'attachment; filename="ab_c.png"'],
  ] as const) {
    const stored = await fetch(`${url}&dl=${wish}`);
    expect([stored.status, stored.headers.get('content-disposition')]).toStrictEqual([200, disposition]);
    await stored.arrayBuffer();
  }
});

it('passes ranges on, and answers conditions and HEAD itself', async () => {
  const whole = Buffer.from(await (await fetch(url)).arrayBuffer());
  const part = await fetch(url, { headers: { range: 'bytes=10-19' } });
  expect(part.status).toBe(206);
  expect(Buffer.from(await part.arrayBuffer())).toEqual(whole.subarray(10, 20));
  const head = await get(url, {}, 'HEAD');
  expect(head.status).toBe(200);
  const etag = head.headers.get('etag') ?? '';
  expect((await get(url, { 'if-none-match': etag })).status).toBe(304);
});

it('sends whoever downloads a file there as well, with the key for us alone', async () => {
  const bytes = await drawPicture(1);
  const raw = fileForm(bytes, {}, 'fox.png');
  const file = fileAnswer.parse((await server.call('POST', '/v1/files', { key: server.testKey, raw })).body);
  const content = `${server.url}/v1/files/${file.id}/content`;
  const key = { authorization: `Bearer ${server.testKey}` };
  const answer = await get(content, key);
  expect(answer.status).toBe(302);
  const location = new URL(answer.headers.get('location') ?? '');
  expect(location.origin).toBe(s3.place.endpoint);
  const stored = await fetch(location);
  expect(stored.headers.get('content-disposition')).toBe('attachment; filename="fox.png"');
  expect(Buffer.from(await stored.arrayBuffer()).equals(bytes)).toBe(true);
  const part = await fetch(content, { headers: { ...key, range: 'bytes=2-5' } });
  expect(part.status).toBe(206);
  expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(2, 6))).toBe(true);
  expect((await get(content, { ...key, 'if-none-match': `"${file.sha256}"` })).status).toBe(304);
  expect((await get(content, key, 'HEAD')).headers.get('content-length')).toBe(String(bytes.length));
  expect((await get(content)).status).toBe(401);
});

it('tells nobody where the store is who has no true link', async () => {
  const changed = await server.call('GET', url.slice(server.url.length).replace('sig=', 'sig=A'));
  expect([changed.status, changed.headers.get('location')]).toStrictEqual([403, null]);
  server.setTime(new Date('2026-11-22T12:59:58Z'));
  const last = new URL((await get(url)).headers.get('location') ?? '');
  expect(last.searchParams.get('X-Amz-Expires')).toBe('2');
  server.setTime(new Date('2026-11-22T13:00:00Z'));
  const late = await server.call('GET', url.slice(server.url.length));
  expect(failure.parse(late.body).error.code).toBe('link_expired');
  expect(late.headers.get('location')).toBeNull();
  server.setTime(new Date('2026-11-22T12:00:00Z'));
});

it('lets the playground show pictures from there, and from nowhere else', async () => {
  const page = await fetch(server.url, { headers: { accept: 'text/html' } });
  const policy = page.headers.get('content-security-policy')?.split('; ') ?? [];
  expect(policy).toContain(`img-src 'self' data: blob: ${server.url} ${s3.place.endpoint}`);
});
