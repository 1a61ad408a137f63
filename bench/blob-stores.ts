/**
 * How fast and in how much memory the blob stores take and give a large blob. Run with
 * `npx tsx bench/blob-stores.ts [megabytes]` after `scripts/test-s3.sh start`; megabytes are 10^6 bytes. The memory is the
 * process's resident set, sampled every 20 ms, garbage included.
 */
import { createHash, randomBytes } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import type { BlobStore } from '../src/files/blob-store.js';
import { openBlobStore } from '../src/files/open-blob-store.js';
import { parseStorageUrl } from '../src/config/storage-url.js';
import { createTestFolder } from '../test/factories/temporary-folder.js';
import { findTestS3 } from '../test/support/s3-server.js';

const CHUNK_BYTES = 64 * 1024;
const sizeBytes = Number(process.argv[2] ?? 512) * 1e6;
const noise = randomBytes(CHUNK_BYTES);

/** Bytes that no two places share, each chunk in memory of its own, as a socket would bring it. */
function makeChunk(at: number): Buffer {
  const chunk = Buffer.from(noise.subarray(0, Math.min(CHUNK_BYTES, sizeBytes - at)));
  chunk.writeDoubleLE(at, 0);
  return chunk;
}

async function measure(name: string, work: () => Promise<void>): Promise<void> {
  const start = process.memoryUsage.rss();
  let peak = start;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 20);
  const before = performance.now();
  await work();
  const seconds = (performance.now() - before) / 1000;
  clearInterval(timer);
  const rate = (sizeBytes / 1e6 / seconds).toFixed(0);
  const growth = ((peak - start) / 1e6).toFixed(1);
  console.log(`${name.padEnd(16)} ${rate.padStart(5)} MB/s ${growth.padStart(7)} MB above start`);
}

async function measureStore(name: string, store: BlobStore): Promise<void> {
  // Code is loaded and connections are open before anything is measured.
  const first = store.openWriter();
  for (let at = 0; at < 20e6; at += CHUNK_BYTES) await first.write(makeChunk(at));
  await store.delete((await first.finish(() => Promise.resolve())).sha256);
  let stored = '';
  await measure(`${name} upload`, async () => {
    const writer = store.openWriter();
    for (let at = 0; at < sizeBytes; at += CHUNK_BYTES) await writer.write(makeChunk(at));
    stored = (await writer.finish(() => Promise.resolve())).sha256;
  });
  await measure(`${name} download`, async () => {
    const hash = createHash('sha256');
    for await (const chunk of store.read(stored)) hash.update(z.instanceof(Buffer).parse(chunk));
    if (hash.digest('hex') !== stored) throw new Error('other bytes came back');
  });
  await store.delete(stored);
}

console.log(`a blob of ${sizeBytes / 1e6} MB, Node ${process.version}`);
const folder = createTestFolder();
const server = findTestS3();
try {
  for (const [name, url] of [
    ['disk', pathToFileURL(folder.path).href],
    ['S3', server.url],
  ] as const) {
    const { credentials } = server;
    await measureStore(name, await openBlobStore(parseStorageUrl(url), { credentials, shared: true }));
  }
} finally {
  folder.remove();
  await server.close();
}
