import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { createDeflate, crc32 } from 'node:zlib';
import { request } from 'undici';
import { z } from 'zod';

/** What an upload and a download of one large file cost the gateway. */
export interface LargeFileCost {
  readonly bytes: number;
  readonly uploadGrowthBytes: number;
  readonly downloadGrowthBytes: number;
}

/**
 * Uploads an uncompressed PNG of 16-bit RGBA pixels and downloads it again, both as streams, and watches the memory of the
 * gateway's process (Linux only). @throws when the bytes that come back are others
 */
export async function moveLargeFile(
  gateway: { readonly url: string; readonly pid: number },
  key: string,
  edge: number,
): Promise<LargeFileCost> {
  const headers = { authorization: `Bearer ${key}` };
  const boundary = 'one-large-file';
  const sent = createHash('sha256');
  let bytes = 0;
  async function* body() {
    yield `--${boundary}\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nvision\r\n`;
    yield `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="large.png"\r\ncontent-type: image/png\r\n\r\n`;
    for await (const piece of uncompressedPng(edge)) {
      sent.update(piece);
      bytes += piece.length;
      yield piece;
    }
    yield `\r\n--${boundary}--\r\n`;
  }
  const watchUpload = watchMemory(gateway.pid);
  const stored = await request(`${gateway.url}/v1/files`, {
    method: 'POST',
    headers: { ...headers, 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: Readable.from(body()),
    headersTimeout: 0,
  });
  const uploadGrowthBytes = watchUpload();
  const file = z.object({ id: z.string(), sha256: z.string() }).parse(await stored.body.json());
  const hash = sent.digest('hex');
  if (file.sha256 !== hash) throw new Error('other bytes were stored');
  const watchDownload = watchMemory(gateway.pid);
  const content = await request(`${gateway.url}/v1/files/${file.id}/content`, { headers });
  const received = createHash('sha256');
  for await (const piece of content.body) {
    if (Buffer.isBuffer(piece)) received.update(piece);
  }
  const downloadGrowthBytes = watchDownload();
  if (received.digest('hex') !== hash) throw new Error('other bytes came back');
  return { bytes, uploadGrowthBytes, downloadGrowthBytes };
}

/** Resident memory above what it is now, at its highest. @returns ends the watch */
function watchMemory(pid: number): () => number {
  const before = residentBytes(pid);
  let highest = before;
  const timer = setInterval(() => {
    highest = Math.max(highest, residentBytes(pid));
  }, 10);
  return () => {
    clearInterval(timer);
    return Math.max(highest, residentBytes(pid)) - before;
  };
}

function residentBytes(pid: number): number {
  const text = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(text ?? 0) * 1024;
}

async function* uncompressedPng(edge: number): AsyncGenerator<Buffer> {
  yield Buffer.from('89504e470d0a1a0a', 'hex');
  const header = Buffer.alloc(13);
  header.writeUInt32BE(edge, 0);
  header.writeUInt32BE(edge, 4);
  header.set([16, 6, 0, 0, 0], 8);
  yield chunk('IHDR', header);
  const deflate = createDeflate({ level: 0, chunkSize: 256 * 1024 });
  const write = async () => {
    for (let row = 0; row < edge; row += 1) {
      const line = Buffer.alloc(1 + edge * 8, row % 251);
      line[0] = 0;
      if (!deflate.write(line)) await once(deflate, 'drain');
    }
    deflate.end();
  };
  const writing = write();
  for await (const piece of deflate) {
    if (Buffer.isBuffer(piece)) yield chunk('IDAT', piece);
  }
  await writing;
  yield chunk('IEND', Buffer.alloc(0));
}

function chunk(type: string, data: Buffer): Buffer {
  const whole = Buffer.alloc(12 + data.length);
  whole.writeUInt32BE(data.length, 0);
  whole.write(type, 4, 'latin1');
  data.copy(whole, 8);
  whole.writeUInt32BE(crc32(whole.subarray(4, 8 + data.length)), 8 + data.length);
  return whole;
}
