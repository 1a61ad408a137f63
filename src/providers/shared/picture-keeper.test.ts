import { describe, expect, it } from 'vitest';
import type { ImageSink } from '../provider.js';
import { PictureKeeper } from './picture-keeper.js';

function createKeeper(): { keeper: PictureKeeper; discarded: number[] } {
  const discarded: number[] = [];
  let opened = 0;
  const open = (): ImageSink => {
    const number = opened++;
    return {
      write: () => Promise.resolve(),
      finish: () => Promise.resolve({ sha256: String(number), sizeBytes: 0, picture: undefined }),
      discard: async () => {
        discarded.push(number);
        return Promise.resolve();
      },
    };
  };
  return { keeper: new PictureKeeper(open), discarded };
}

describe('PictureKeeper', () => {
  it('keeps whole pictures when the reader drops everything, and drops what no one took', async () => {
    const { keeper, discarded } = createKeeper();
    const sinks = [0, 1, 2].map((index) => keeper.openSink(['data', index]));
    await sinks[0]?.finish();
    const second = await sinks[1]?.finish();
    await Promise.all(sinks.map((sink) => sink.discard()));
    expect(discarded).toStrictEqual([2]);
    expect(keeper.untaken().map(({ path, image }) => [path[1], image.sha256])).toStrictEqual([
      [0, '0'],
      [1, '1'],
    ]);
    if (second === undefined) throw new Error('no second picture');
    expect(keeper.take(second)).toBe(second);
    await keeper.discardUntaken();
    expect(discarded).toStrictEqual([2, 0]);
    expect(keeper.untaken()).toStrictEqual([]);
  });
});
