/**
 * How fast picture bodies are read: the streaming splitter against JSON.parse and Buffer.from on the whole body.
 * Run with `npx tsx --expose-gc bench/json-pictures.ts`; megabytes are of the JSON body, 10^6 bytes.
 */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { readJsonWithPictures } from '../src/providers/shared/json-pictures.js';
import type { ImageSink, StoredImage } from '../src/providers/provider.js';

const PICTURE_BYTES = 1_500_000;
const AT_ONCE = 32;

const picture = randomBytes(PICTURE_BYTES);
const plainText = JSON.stringify({
  created: 1,
  data: [{ b64_json: picture.toString('base64'), revised_prompt: 'a fox' }],
});
const body = Buffer.from(plainText);
const escapedBody = Buffer.from(plainText.replaceAll('/', '\\/'));

const answer = z.object({ data: z.array(z.object({ b64_json: z.string() })) });

function createCountingSink(): ImageSink {
  let sizeBytes = 0;
  return {
    write: (chunk) => {
      sizeBytes += chunk.length;
      return Promise.resolve();
    },
    finish: (): Promise<StoredImage> => Promise.resolve({ sha256: '', sizeBytes, picture: undefined }),
    discard: () => Promise.resolve(),
  };
}

/** Highest use of memory met at a chunk boundary, without garbage; sampled, because collecting it is slow. */
let peakBytes = 0;
let chunksSeen = 0;
let isWatched = false;

function usedBytes(): number {
  // Buffers go with the second collection.
  for (let i = 0; i < 2; i += 1) globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

async function* cut(bytes: Buffer, chunkBytes: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += chunkBytes) {
    await Promise.resolve();
    chunksSeen += 1;
    if (isWatched && chunksSeen % 61 === 0) peakBytes = Math.max(peakBytes, usedBytes());
    // Copied, as a socket would bring it: what is kept of it counts.
    yield Buffer.from(bytes.subarray(from, from + chunkBytes));
  }
}

async function readStreaming(bytes: Buffer, chunkBytes: number): Promise<void> {
  const { pictures } = await readJsonWithPictures(cut(bytes, chunkBytes), {
    isPicture: (path) => path.at(-1) === 'b64_json',
    openSink: createCountingSink,
    maxRestBytes: 1024 * 1024,
  });
  if (pictures[0]?.sizeBytes !== PICTURE_BYTES) throw new Error('the picture has the wrong size');
}

async function readWhole(bytes: Buffer, chunkBytes: number): Promise<void> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of cut(bytes, chunkBytes)) chunks.push(chunk);
  const value = answer.parse(JSON.parse(Buffer.concat(chunks).toString()));
  const decoded = Buffer.from(value.data[0]?.b64_json ?? '', 'base64');
  if (decoded.length !== PICTURE_BYTES) throw new Error('the picture has the wrong size');
}

async function measure(
  name: string,
  bytes: Buffer,
  rounds: number,
  read: () => Promise<void>,
): Promise<void> {
  for (let i = 0; i < Math.ceil(rounds / 5); i += 1) await read();
  const before = performance.now();
  for (let i = 0; i < rounds; i += 1) await read();
  const seconds = (performance.now() - before) / 1000;
  const rate = (bytes.length * rounds) / 1e6 / seconds;
  console.log(
    `${name.padEnd(44)} ${rate.toFixed(0).padStart(6)} MB/s ${((seconds / rounds) * 1000).toFixed(2).padStart(8)} ms`,
  );
}

async function measureMemory(name: string, read: () => Promise<void>): Promise<void> {
  const before = usedBytes();
  peakBytes = before;
  isWatched = true;
  await Promise.all(Array.from({ length: AT_ONCE }, read));
  isWatched = false;
  const growth = ((peakBytes - before) / 1e6).toFixed(1).padStart(6);
  console.log(`${name.padEnd(44)} ${growth} MB live above start, ${AT_ONCE} bodies at once`);
}

console.log(`body of ${(body.length / 1e6).toFixed(2)} MB, Node ${process.version}`);
await measure('splitter, 64 KB chunks', body, 200, () => readStreaming(body, 65_536));
await measure('splitter, 16 KB chunks', body, 200, () => readStreaming(body, 16_384));
await measure('splitter, 1 KB chunks', body, 50, () => readStreaming(body, 1024));
await measure('splitter, every / escaped, 64 KB chunks', escapedBody, 50, () =>
  readStreaming(escapedBody, 65_536),
);
await measure('splitter, 1 byte chunks', body, 3, () => readStreaming(body, 1));
await measure('JSON.parse and Buffer.from, 64 KB chunks', body, 200, () => readWhole(body, 65_536));
await measureMemory('splitter', () => readStreaming(body, 65_536));
await measureMemory('JSON.parse and Buffer.from', () => readWhole(body, 65_536));
