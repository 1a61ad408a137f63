import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { chunksOf } from './chunks-of.js';
import { Turns } from './turns.js';

async function collect(stream: Readable): Promise<Buffer[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of chunksOf(stream, new Turns())) chunks.push(Buffer.from(chunk));
  return chunks;
}

describe('the chunks of a stream', () => {
  it('come one by one as they were written, however many are there, and end with it', async () => {
    const given = Array.from({ length: 50 }, (_, index) => Buffer.alloc(1 + (index % 7), index));
    const atOnce = new PassThrough({ highWaterMark: 1_000_000 });
    for (const chunk of given) atOnce.write(chunk);
    atOnce.end();
    expect(await collect(atOnce)).toStrictEqual(given);
    expect(await collect(Readable.from(given, { objectMode: false }))).toStrictEqual(given);
    expect(await collect(Readable.from([]))).toStrictEqual([]);
  });

  it('stop the stream while nobody takes them', async () => {
    let made = 0;
    const stream = new Readable({
      highWaterMark: 1,
      read() {
        made += 1;
        this.push(made > 1000 ? null : Buffer.from([1]));
      },
    });
    const chunks = chunksOf(stream, new Turns())[Symbol.asyncIterator]();
    await chunks.next();
    await new Promise(setImmediate);
    expect(made).toBeLessThan(10);
    let read = 1;
    while ((await chunks.next()).done !== true) read += 1;
    expect(read).toBe(1000);
  });

  it('fail with the stream, after what came before; also when it broke before anybody read it', async () => {
    const broken = new PassThrough();
    broken.write('half');
    const chunks = chunksOf(broken, new Turns())[Symbol.asyncIterator]();
    expect(Buffer.from((await chunks.next()).value ?? []).toString()).toBe('half');
    broken.destroy(new Error('reset'));
    await expect(chunks.next()).rejects.toThrow('reset');
    const early = new PassThrough();
    const unread = chunksOf(early, new Turns());
    early.destroy(new Error('early'));
    await new Promise(setImmediate);
    await expect(unread[Symbol.asyncIterator]().next()).rejects.toThrow('early');
    const closed = new PassThrough();
    closed.destroy();
    await expect(collect(closed)).rejects.toThrow('closed before');
  });

  it('destroy the stream when they are not wanted any more', async () => {
    const stream = Readable.from([Buffer.from('a'), Buffer.from('b')], { objectMode: false });
    for await (const chunk of chunksOf(stream, new Turns())) {
      expect(Buffer.from(chunk).toString()).toBe('a');
      break;
    }
    expect(stream.destroyed).toBe(true);
  });
});
