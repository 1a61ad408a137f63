import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  findTestS3,
  startS3Proxy,
  type Interference,
  type S3Proxy,
  type TestS3,
} from '../../test/support/s3-server.js';
import { openBlobStore } from './open-blob-store.js';
import { S3BlobStore } from './s3-blob-store.js';
import type { S3Place } from '../config/storage-url.js';

const MIB = 1024 * 1024;
const nothing = () => Promise.resolve();

let server: TestS3;
let proxies: S3Proxy[] = [];
let stores: S3BlobStore[] = [];

beforeEach(() => {
  server = findTestS3();
});
afterEach(async () => {
  for (const store of stores) store.close();
  stores = [];
  for (const proxy of proxies) await proxy.close();
  proxies = [];
  await server.close();
});

async function open(changes: Partial<S3Place> = {}): Promise<S3BlobStore> {
  const store = await S3BlobStore.open({ ...server.place, ...changes }, server.credentials);
  stores.push(store);
  return store;
}

async function openBehind(interfere?: Interference): Promise<{ store: S3BlobStore; proxy: S3Proxy }> {
  const proxy = await startS3Proxy(server.place.endpoint ?? '', interfere);
  proxies.push(proxy);
  return { store: await open({ endpoint: proxy.endpoint }), proxy };
}

async function write(store: S3BlobStore, bytes: Uint8Array): Promise<string> {
  const writer = store.openWriter();
  await writer.write(bytes);
  return (await writer.finish(nothing)).sha256;
}

const busy: Interference = (_request, response) => {
  response.writeHead(503, { 'content-type': 'application/xml' });
  response.end('<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>slower</Message></Error>');
  return 'handled';
};

describe('opening', () => {
  it('says which bucket is missing', async () => {
    const opening = open({ bucket: 'no-such-bucket' });
    await expect(opening).rejects.toThrow(/bucket no-such-bucket at http.*does not exist/);
    await expect(opening).rejects.toMatchObject({ code: 'NoSuchBucket', status: 404 });
  });

  it.each([
    ['an unknown key', { accessKeyId: 'test:nobody' }, /AWS_ACCESS_KEY_ID/],
    ['a wrong secret', { secretAccessKey: 'do-not-print-me' }, /AWS_SECRET_ACCESS_KEY/],
  ])('says which setting to look at after %s, and repeats none', async (_what, wrong, message) => {
    const opening = S3BlobStore.open(server.place, { ...server.credentials, ...wrong });
    await expect(opening).rejects.toThrow(message);
    const error: unknown = await opening.catch((reason: unknown) => reason);
    expect(error).not.toHaveProperty('cause');
    expect(JSON.stringify(error) + String(error)).not.toMatch(/do-not-print-me|test:/);
  });

  it('says that nobody answers', async () => {
    const proxy = await startS3Proxy(server.place.endpoint ?? '');
    await proxy.close();
    const opening = open({ endpoint: proxy.endpoint });
    await expect(opening).rejects.toThrow(/cannot be reached/);
    await expect(opening).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('says that a bucket needs keys', async () => {
    const opening = openBlobStore(server.place, { credentials: undefined, shared: true });
    await expect(opening).rejects.toThrow(/AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/);
  });
});

describe('trouble on the way', () => {
  it('tries again when the store is busy, a few times', async () => {
    let left = 0;
    const { store } = await openBehind((request, response) =>
      (left -= 1) >= 0 ? busy(request, response) : undefined,
    );
    left = 1;
    const sha256 = await write(store, Buffer.from('a fox'));
    left = 1;
    expect((await buffer(store.read(sha256))).toString()).toBe('a fox');
    left = 1000;
    const failing = store.delete(sha256);
    await expect(failing).rejects.toThrow(/too busy \(answered 4 times SlowDown, status 503\)/);
    expect(left).toBe(996);
  });

  it('tries again when connections break', async () => {
    let left = 0;
    const { store } = await openBehind((_request, response) => {
      if ((left -= 1) < 0) return undefined;
      response.destroy();
      return 'handled';
    });
    left = 2;
    const sha256 = await write(store, Buffer.from('a fox'));
    expect(await server.listKeys()).toStrictEqual([`blobs/${sha256.slice(0, 2)}/${sha256}`]);
  });

  it('fails, and shows nothing, when a part of a large blob is refused', async () => {
    const { store } = await openBehind((request, response) => {
      if (request.method !== 'PUT') return undefined;
      response.writeHead(403).end();
      return 'handled';
    });
    const writer = store.openWriter();
    const writing = async () => {
      for (let index = 0; index < 64; index += 1) await writer.write(Buffer.alloc(MIB, `${index}`));
      await writer.finish(nothing);
    };
    await expect(writing()).rejects.toThrow(/access denied/);
    await writer.discard();
    expect(await server.listKeys()).toStrictEqual([]);
    expect(await server.listUploads()).toEqual([]);
  });

  it('fails when the bytes end too early', async () => {
    const { store } = await openBehind((request) =>
      request.method === 'GET' && request.url?.includes('/blobs/') === true ? 'cut the answer' : undefined,
    );
    const sha256 = await write(store, Buffer.alloc(MIB, 'fox'));
    await expect(buffer(store.read(sha256))).rejects.toMatchObject({ name: 'S3StoreError' });
  });

  it('fails when the store kept fewer bytes than it was given', async () => {
    let isLying = false;
    const { store } = await openBehind((request, response) => {
      if (!isLying || request.method !== 'HEAD') return undefined;
      response.writeHead(200, { 'content-length': '3' }).end();
      return 'handled';
    });
    isLying = true;
    await expect(write(store, Buffer.from('a fox'))).rejects.toThrow(/has 3 bytes of a blob of 5 bytes/);
  });

  it('closes the connection of a reader that went away', async () => {
    const { store, proxy } = await openBehind();
    const sha256 = await write(store, Buffer.alloc(12 * MIB, 'fox'));
    const idle = await proxy.countConnections();
    const readers = Array.from({ length: 5 }, () => store.read(sha256));
    for (const reader of readers) await new Promise((resolve) => reader.once('readable', resolve));
    expect(await proxy.countConnections()).toBeGreaterThanOrEqual(5);
    for (const reader of readers) reader.destroy();
    for (let tries = 0; tries < 200 && (await proxy.countConnections()) > idle; tries += 1) await sleep(10);
    expect(await proxy.countConnections()).toBeLessThanOrEqual(idle);
  });

  it('asks for nothing when a reader goes before it reads', async () => {
    const { store, proxy } = await openBehind();
    const sha256 = await write(store, Buffer.from('a fox'));
    const before = proxy.seen.length;
    store.read(sha256).destroy();
    await sleep(20);
    expect(proxy.seen.slice(before)).toStrictEqual([]);
  });

  it('tells a missing bucket from a missing blob', async () => {
    const store = await open();
    const sha256 = 'ab'.repeat(32);
    expect(await store.has(sha256)).toBe(false);
    const { store: bucketless } = await openBehind((request, response) => {
      if (request.method !== 'HEAD') return undefined;
      response.writeHead(404).end();
      return 'handled';
    });
    await expect(bucketless.has(sha256)).rejects.toMatchObject({ code: 'NoSuchBucket' });
  });
});

describe('keys', () => {
  it('puts a small blob straight under its hash, with nothing temporary', async () => {
    const { store, proxy } = await openBehind();
    const before = proxy.seen.length;
    const sha256 = await write(store, Buffer.from('a fox'));
    const key = `blobs/${sha256.slice(0, 2)}/${sha256}`;
    const object = `/${server.place.bucket}/${server.place.prefix}/${key}`;
    expect(proxy.seen.slice(before)).toStrictEqual([`HEAD ${object}`, `PUT ${object}`, `HEAD ${object}`]);
    expect(await server.listKeys()).toStrictEqual([key]);
  });

  it('copies nothing when the blob is there already', async () => {
    const { store, proxy } = await openBehind();
    const bytes = Buffer.alloc(9 * MIB, 'fox');
    const sha256 = await write(store, bytes);
    const before = proxy.seen.length;
    await write(store, bytes);
    const puts = proxy.seen.slice(before).filter((line) => line.startsWith('PUT') && line.includes(sha256));
    expect(puts).toStrictEqual([]);
  });

  it('keeps to its prefix, also when sweeping', async () => {
    const store = await open();
    const inner = await open({ prefix: `${server.place.prefix}/inner` });
    const sha256 = await write(inner, Buffer.from('a fox'));
    expect(await store.has(sha256)).toBe(false);
    expect(await store.removeLeftovers(new Date(Date.now() + 3_600_000))).toBe(0);
    expect(await inner.has(sha256)).toBe(true);
  });
});

describe('presign', () => {
  it('makes a link that gives the bytes with the wanted headers, and no other blob', async () => {
    const store = await open();
    const bytes = Buffer.from('a fox');
    const sha256 = await write(store, bytes);
    const disposition = 'attachment; filename="fox.png"';
    const link = await store.presign(sha256, { expiresInS: 60, contentType: 'image/png', disposition });
    const answer = await fetch(link);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^image\/png/);
    expect(answer.headers.get('content-disposition')).toBe(disposition);
    expect(
      createHash('sha256')
        .update(Buffer.from(await answer.arrayBuffer()))
        .digest('hex'),
    ).toBe(sha256);
    const other = await write(store, Buffer.from('a hare'));
    const forged = await fetch(
      link.replaceAll(sha256, other).replace('/blobs/' + sha256.slice(0, 2), '/blobs/' + other.slice(0, 2)),
    );
    await forged.body?.cancel();
    expect(forged.status).toBe(403);
    const tampered = await fetch(link.replace('X-Amz-Expires=60', 'X-Amz-Expires=6000'));
    await tampered.body?.cancel();
    expect(tampered.status).toBe(403);
  });
});
