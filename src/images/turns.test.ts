import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { chunksOf } from './chunks-of.js';
import { Turns } from './turns.js';

const CHUNK = Buffer.alloc(1000, 1);
const CHUNKS = 40;

/** A stream that has all of its chunks at once. */
function full(): PassThrough {
  const stream = new PassThrough({ highWaterMark: CHUNK.length * CHUNKS * 2 });
  for (let count = 0; count < CHUNKS; count += 1) stream.write(CHUNK);
  stream.end();
  return stream;
}

describe('taking turns', () => {
  it('reads what began first to its end before what began later, where all is there', async () => {
    const turns = new Turns();
    const ended: number[] = [];
    const read: number[] = [];
    const all = Array.from({ length: 6 }, () => chunksOf(full(), turns));
    await Promise.all(
      all.map(async (chunks, place) => {
        for await (const chunk of chunks) {
          expect(chunk).toHaveLength(CHUNK.length);
          read.push(place);
        }
        ended.push(place);
      }),
    );
    expect(ended).toStrictEqual([0, 1, 2, 3, 4, 5]);
    expect(read).toHaveLength(6 * CHUNKS);
    // The last has hardly begun when the first is at its end.
    expect(read.slice(0, read.lastIndexOf(0)).filter((place) => place === 5).length).toBeLessThan(CHUNKS / 4);
  });

  it('waits for nobody who has nothing to read', async () => {
    const turns = new Turns();
    const slow = new PassThrough();
    const first = chunksOf(slow, turns)[Symbol.asyncIterator]();
    const pending = first.next();
    let read = 0;
    for await (const chunk of chunksOf(full(), turns)) read += chunk.length;
    expect(read).toBe(CHUNKS * CHUNK.length);
    slow.end(CHUNK);
    expect((await pending).value).toStrictEqual(CHUNK);
  });

  it('lets everybody through in the end, in the order of their places', async () => {
    const turns = new Turns();
    const places = Array.from({ length: 20 }, () => turns.begin());
    const gone: number[] = [];
    await Promise.all(
      places.toReversed().map(async (place) => {
        await turns.take(place);
        gone.push(place);
      }),
    );
    expect(gone).toStrictEqual(places);
  });
});
