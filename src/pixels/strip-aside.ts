import path from 'node:path';
import type { Piscina } from 'piscina';
import { openThreads } from '../threads.js';
import { stripMetadata } from './strip-metadata.js';
import type { StripAnswer, StripJob } from './strip-worker.js';
import type { Stripped } from './stripped.js';

/** A smaller picture is done here in less time than it takes to hand it over. */
const ASIDE_BYTES = 1024 * 1024;

/** Threads start with the first large input and end when there was none for a minute; idle ones don't hold the process. */
let pool: Piscina<StripJob, StripAnswer | undefined> | undefined;

/**
 * `stripMetadata`, on a thread beside the event loop where it would hold that up. PNG and WebP are walked through from chunk to
 * chunk, which takes less than handing them over; the data of a JPEG have to be looked at byte by byte.
 */
export async function stripAside(
  bytes: Uint8Array,
  mimeType: StripJob['mimeType'],
): Promise<Stripped | undefined> {
  if (mimeType !== 'image/jpeg' || bytes.length < ASIDE_BYTES) return stripMetadata(bytes, mimeType);
  // A copy is handed over: the picture itself is needed here, and may be part of a larger buffer.
  const job = { bytes: new Uint8Array(bytes), mimeType };
  pool ??= openPool();
  const answer = await pool.run(job, { transferList: [job.bytes.buffer] });
  if (answer === undefined) return undefined;
  const clean = answer.bytes ?? bytes;
  return {
    bytes: Buffer.from(clean.buffer, clean.byteOffset, clean.byteLength),
    removed: answer.removed,
  };
}

function openPool(): Piscina<StripJob, StripAnswer | undefined> {
  const ending = path.extname(import.meta.url);
  return openThreads<StripJob, StripAnswer | undefined>(new URL(`./strip-worker${ending}`, import.meta.url), {
    name: 'strip',
    maxThreads: 1,
  });
}
