import { createCipheriv } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';

/** A whole PNG of about so many bytes: noise, which does not compress. The same seed gives the same bytes. */
export function makeNoisePng(bytes: number, seed: number): Buffer {
  const side = Math.max(1, Math.round(Math.sqrt(bytes / 3)));
  const rowBytes = side * 3 + 1;
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, seed + 1), Buffer.alloc(16));
  const pixels = cipher.update(Buffer.alloc(side * rowBytes));
  for (let row = 0; row < side; row += 1) pixels[row * rowBytes] = 0;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(pixels, { level: 0 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
