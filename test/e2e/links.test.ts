import fc from 'fast-check';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { failure, generation } from '../support/answers.js';
import { startTestServer, type TestServer } from '../support/server.js';

const SECRETS = ['first-secret-of-these-tests-for-links', 'other-secret-of-these-tests-for-links'] as const;
const NOON = new Date('2026-11-22T12:00:00Z');

let server: TestServer;
let link: string;
let bytes: Buffer;
let imageId: string;

beforeAll(async () => {
  server = await startTestServer({ env: { ATELIER_SECRET: SECRETS[0], ATELIER_RECENT_BYTES: '0' } });
  link = await makePicture('a pear');
  imageId = /img_[0-9a-z]+/.exec(link)?.[0] ?? '';
  bytes = Buffer.from(await (await get()).arrayBuffer());
});
afterAll(async () => {
  await server.stop();
});

/** Makes a picture. @returns path and query of its link */
async function makePicture(prompt: string, more: object = {}): Promise<string> {
  const answer = await server.generate({ model: 'atelier-sketch', prompt, size: '96x64', ...more });
  const url = generation.parse(answer.body).data[0]?.url ?? '';
  expect(url.startsWith(server.url)).toBe(true);
  return url.slice(server.url.length);
}

function get(headers: Record<string, string> = {}, path = link, method = 'GET'): Promise<Response> {
  return fetch(server.url + path, { method, headers, redirect: 'manual' });
}

async function codeOf(path: string): Promise<string> {
  const answer = await server.call('GET', path);
  return `${answer.status} ${failure.parse(answer.body).error.code}`;
}

describe('a signed link', () => {
  it('answers the picture with its real type and headers that make it harmless', async () => {
    const { status, headers } = await get();
    expect(status).toBe(200);
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'image/png',
      'content-length': String(bytes.length),
      'last-modified': NOON.toUTCString(),
      'accept-ranges': 'bytes',
      'cache-control': 'private, max-age=3600, immutable',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cross-origin-resource-policy': 'cross-origin',
      'access-control-allow-origin': '*',
    });
    expect(headers.get('etag')).toMatch(/^"[0-9a-f]{64}"$/);
    expect(headers.get('content-disposition')).toBeNull();
    server.setTime(new Date('2026-11-22T12:59:30.400Z'));
    expect((await get()).headers.get('cache-control')).toBe('private, max-age=29, immutable');
    server.setTime(NOON);
  });

  it.each([
    ['bytes=10-19', 206, [10, 19]],
    ['bytes=10-', 206, [10, -1]],
    ['bytes=-7', 206, [-7, -1]],
    ['bytes=0-0', 206, [0, 0]],
    ['bytes=0-99999999', 206, [0, -1]],
    ['bytes=0-1,5-9', 200, [0, -1]],
    ['lines=1-2', 200, [0, -1]],
    ['bytes=5-2', 200, [0, -1]],
  ] as const)('answers the range %s with %i', async (range, status, [first, last]) => {
    const start = first < 0 ? bytes.length + first : first;
    const end = last < 0 ? bytes.length + last : last;
    const answer = await get({ range });
    expect(answer.status).toBe(status);
    const expected = bytes.subarray(start, end + 1);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(expected);
    expect(answer.headers.get('content-length')).toBe(String(expected.length));
    expect(answer.headers.get('content-range')).toBe(
      status === 206 ? `bytes ${start}-${end}/${bytes.length}` : null,
    );
  });

  it('refuses a range that lies behind the end', async () => {
    const answer = await get({ range: 'bytes=99999999-' });
    expect(answer.status).toBe(416);
    expect(answer.headers.get('content-range')).toBe(`bytes */${bytes.length}`);
  });

  it('answers conditions', async () => {
    const etag = (await get()).headers.get('etag') ?? '';
    const date = NOON.toUTCString();
    const range = 'bytes=0-3';
    for (const [headers, status] of [
      [{ 'if-none-match': etag }, 304],
      [{ 'if-none-match': `"x", W/${etag}` }, 304],
      [{ 'if-none-match': '"x"' }, 200],
      [{ 'if-modified-since': date }, 304],
      [{ 'if-match': '"x"' }, 412],
      [{ 'if-range': etag, range }, 206],
      [{ 'if-range': date, range }, 206],
      [{ 'if-range': '"x"', range }, 200],
    ] as const) {
      const answer = await get(headers);
      expect([headers, answer.status]).toStrictEqual([headers, status]);
      if (status === 304) {
        expect(answer.headers.get('etag')).toBe(etag);
        expect(answer.headers.get('cache-control')).toContain('max-age=3600');
        expect((await answer.arrayBuffer()).byteLength).toBe(0);
      }
    }
  });

  it('answers HEAD as GET, without the bytes', async () => {
    const [head, whole] = [await get({ range: 'bytes=0-3' }, link, 'HEAD'), await get()];
    expect(head.status).toBe(200);
    expect((await head.arrayBuffer()).byteLength).toBe(0);
    for (const name of ['content-type', 'content-length', 'etag', 'last-modified', 'cache-control']) {
      expect([name, head.headers.get(name)]).toStrictEqual([name, whole.headers.get(name)]);
    }
    expect((await get({ 'if-none-match': '*' }, link, 'HEAD')).status).toBe(304);
    expect((await get({}, link.replace('sig=', 'sig=x'), 'HEAD')).status).toBe(403);
  });

  it('lets its holder save the picture under any name that does no harm', async () => {
    const disposition = async (added: string) =>
      (await get({}, link + added)).headers.get('content-disposition');
    expect(await disposition('&download')).toBe(`attachment; filename="${imageId}.png"`);
    expect(await disposition('&download=1')).toBe(`attachment; filename="${imageId}.png"`);
    expect(await disposition('&dl=fox.png')).toBe('attachment; filename="fox.png"');
    expect(await disposition('&dl=fox.svg')).toBe('attachment; filename="fox.svg.png"');
    expect(await disposition('&dl=a%0d%0aset-cookie:%20b%22')).toBe(
      'attachment; filename="aset-cookie_ b_.png"',
    );
    const answer = await get({}, `${link}&dl=%E7%8B%90`);
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect(answer.headers.get('content-disposition')).toContain("filename*=UTF-8''%E7%8B%90.png");
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(bytes);
  });

  it('works until its hour to the second, and is 410 after, also where the picture is still there', async () => {
    const own = await makePicture('an apple');
    server.setTime(new Date('2026-11-22T12:59:59.999Z'));
    expect((await get({}, own)).status).toBe(200);
    server.setTime(new Date('2026-11-22T13:00:00Z'));
    expect(await codeOf(own)).toBe('410 link_expired');
    // Changed links never learn that they would be late.
    expect(await codeOf(own.replace('.png', '.webp'))).toBe('403 invalid_signature');
    server.setTime(NOON);
    expect((await get({}, own)).status).toBe(200);
  });

  it('is 410 where the bytes are gone, whoever removed them', async () => {
    const own = await makePicture('a quince');
    const sha256 = (await get({}, own)).headers.get('etag')?.slice(1, -1) ?? '';
    await server.blobs.remove(sha256);
    // Else it would be answered from memory.
    await server.restart();
    expect(await codeOf(own)).toBe('410 image_expired');
  });

  it('does not open another image, nor itself at another time', async () => {
    const other = await makePicture('a plum');
    const [name, query] = other.split('?');
    expect(await codeOf(`${name ?? ''}?${link.split('?')[1] ?? ''}`)).toBe('403 invalid_signature');
    expect(await codeOf(`${link.split('?')[0] ?? ''}?${query ?? ''}`)).toBe('403 invalid_signature');
    expect(await codeOf(link.replace(/exp=\d+/, 'exp=9999999999'))).toBe('403 invalid_signature');
  });

  it('is 403 with any character changed, wherever it stands behind /i/', async () => {
    const character = fc.constantFrom(...Array.from('abz019_-.ABZ&=?%/+~'));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 3, max: link.length - 1 }), character, async (position, other) => {
        fc.pre(link[position] !== other);
        const changed = `${link.slice(0, position)}${other}${link.slice(position + 1)}`;
        expect([changed, await codeOf(changed)]).toStrictEqual([changed, '403 invalid_signature']);
      }),
      { numRuns: 150 },
    );
  });

  it.each([
    ['without a query', (own: string) => own.split('?')[0] ?? ''],
    ['with a parameter that links have not', (own: string) => `${own}&utm_source=x`],
    ['with a parameter twice', (own: string) => own.replace('exp=', 'exp=1&exp=')],
    ['with two names', (own: string) => `${own}&dl=a&dl=b`],
    ['with a width that was not signed', (own: string) => `${own}&w=256`],
    ['for the original, which was not signed', (own: string) => `${own}&original=1`],
    ['with a folder more', (own: string) => own.replace('/i/', '/i/x/')],
    ['with a broken escape', (own: string) => own.replace('.png', '%E0%A4%A')],
    ['with an endless name', (own: string) => own.replace('.png', 'a'.repeat(2000))],
  ])('is 403 %s', async (_, change) => {
    expect(await codeOf(change(link))).toBe('403 invalid_signature');
  });
});

describe('a link to a preview', () => {
  const listed = z.object({
    id: z.string(),
    previews: z.array(z.object({ width: z.number(), url: z.string() })),
  });
  const read = async (id: string) => {
    const answer = await server.call('GET', `/v1/images/${id}`, { key: server.testKey });
    expect(answer).toMatchObject({ status: 200 });
    return listed.parse(answer.body);
  };
  const idOf = (path: string) => /img_[0-9a-z]+/.exec(path)?.[0] ?? '';
  const pathOf = (url: string | undefined) => (url ?? '').slice(server.url.length);

  it('answers a WebP of its width, the same for as long as the link says, and nothing wider than the picture', async () => {
    const { previews } = await read(idOf(await makePicture('a wide pear', { size: '512x256' })));
    expect(previews.map(({ width }) => width)).toStrictEqual([320]);
    const path = pathOf(previews[0]?.url);
    const answer = await get({}, path);
    expect(answer.headers.get('content-type')).toBe('image/webp');
    expect(answer.headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
    const first = Buffer.from(await answer.arrayBuffer());
    expect(await sharp(first).metadata()).toMatchObject({ format: 'webp', width: 320, height: 160 });
    expect(Buffer.from(await (await get({}, path)).arrayBuffer()).equals(first)).toBe(true);
    const etag = answer.headers.get('etag') ?? '';
    expect((await get({ 'if-none-match': etag }, path)).status).toBe(304);
    const head = await get({}, path, 'HEAD');
    expect(head.headers.get('content-length')).toBe(String(first.length));
    expect((await read(imageId)).previews).toStrictEqual([]);
  });

  it('stays the same while time goes on, so that lists need no new bytes, and ends with the picture', async () => {
    const made = idOf(await makePicture('a late pear', { size: '512x256' }));
    await server.call('POST', '/v1/files', { key: server.testKey, body: { image_id: made } });
    const [before] = (await read(made)).previews;
    server.setTime(new Date(NOON.getTime() + 14 * 60_000));
    expect((await read(made)).previews[0]).toStrictEqual(before);
    server.setTime(new Date(NOON.getTime() + 16 * 60_000));
    expect((await read(made)).previews[0]).not.toStrictEqual(before);
    server.setTime(new Date(NOON.getTime() + 61 * 60_000));
    expect(await codeOf(pathOf(before?.url))).toBe('410 link_expired');
    server.setTime(NOON);
  });

  it('opens neither another width nor the picture itself', async () => {
    const { previews } = await read(idOf(await makePicture('a small pear', { size: '512x256' })));
    const path = pathOf(previews[0]?.url);
    expect(await codeOf(path.replace('w=320', 'w=640'))).toBe('403 invalid_signature');
    expect(await codeOf(path.replace('&w=320', ''))).toBe('403 invalid_signature');
  });
});

it('the life of links is set by the operator and stated as expires_at', async () => {
  await server.restart({ ATELIER_LINK_TTL_S: '60' });
  const answer = await server.generate({ model: 'atelier-sketch', prompt: 'a nut', size: '64x64' });
  const [image] = generation.parse(answer.body).data;
  expect(image?.['expires_at']).toBe(NOON.getTime() / 1000 + 60);
  expect(image?.url).toContain(`?exp=${NOON.getTime() / 1000 + 60}&`);
  await server.restart({ ATELIER_LINK_TTL_S: '3600' });
});

it('links outlive the rotation of the secret, and end with it', async () => {
  await server.restart({ ATELIER_SECRET: `${SECRETS[1]}, ${SECRETS[0]}` });
  const fresh = await makePicture('a fig');
  expect([(await get()).status, (await get({}, fresh)).status]).toStrictEqual([200, 200]);
  await server.restart({ ATELIER_SECRET: SECRETS[1] });
  expect([(await get()).status, (await get({}, fresh)).status]).toStrictEqual([403, 200]);
});
