import type { Readable } from 'node:stream';

/**
 * Bytes encoded at a time: a multiple of three, so that the pieces join to the base64 of the whole. Larger strings are kept
 * outside V8's heap, in memory that the system has to clear first: that makes encoding five times as slow.
 */
const ENCODE_BYTES = 48 * 1024;

export async function* encodeBase64(bytes: Readable): AsyncGenerator<Buffer> {
  let carry: Buffer = Buffer.alloc(0);
  for await (const chunk of bytes) {
    if (!Buffer.isBuffer(chunk)) continue;
    let from = 0;
    if (carry.length > 0) {
      // Up to two bytes were left: they are completed to a group of three.
      from = Math.min(3 - carry.length, chunk.length);
      carry = Buffer.concat([carry, chunk.subarray(0, from)]);
      if (carry.length < 3) continue;
      yield Buffer.from(carry.toString('base64'), 'latin1');
    }
    const to = chunk.length - ((chunk.length - from) % 3);
    for (; from < to; from += ENCODE_BYTES)
      yield Buffer.from(chunk.toString('base64', from, Math.min(to, from + ENCODE_BYTES)), 'latin1');
    carry = chunk.subarray(to);
  }
  if (carry.length > 0) yield Buffer.from(carry.toString('base64'), 'latin1');
}
