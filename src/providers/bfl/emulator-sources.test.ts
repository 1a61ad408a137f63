import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { readJob } from './emulator-request.js';
import { findEmulatedRoute } from './emulator-routes.js';
import { SourceStore } from './emulator-sources.js';

async function png(background: string): Promise<Buffer> {
  return sharp({ create: { width: 300, height: 300, channels: 4, background } })
    .png()
    .toBuffer();
}

describe('the pictures of a job', () => {
  it.each([
    ['flux-2-pro', ['input_image_2', 'input_image']],
    ['flux-kontext-pro', ['input_image', 'input_image_2']],
    ['flux-3-image', ['images']],
    ['flux-pro-1.0-fill', ['image', 'mask']],
    ['flux-pro-1.0-expand', ['image']],
    ['flux-pro-1.1', ['image_prompt']],
    ['flux-2-pro', []],
  ])('of %s in %j', async (id, names) => {
    const route = findEmulatedRoute(id);
    if (route === undefined) throw new Error(`no route ${id}`);
    const [one, two] = await Promise.all([png('red'), png('blue')]);
    const given: Readonly<Record<string, unknown>> = {
      input_image: one.toString('base64'),
      input_image_2: two.toString('base64'),
      images: [one.toString('base64'), `data:image/png;base64,${two.toString('base64')}`],
      image: one.toString('base64'),
      mask: two.toString('base64'),
      image_prompt: one.toString('base64'),
    };
    const fields = Object.fromEntries(names.map((name) => [name, given[name]]));
    const expected: Readonly<Record<string, unknown>> = {
      input_image_2: { sources: [one, two] },
      images: { sources: [one, two] },
      mask: { sources: [one], whiteMask: two },
      // It came with an alpha channel and without a mask.
      image: { sources: [one], mask: one },
    };
    const last = [...names].sort().at(-1) ?? '';
    expect(readJob({ prompt: 'a boat', ...fields }, route).sources).toStrictEqual(expected[last]);
  });
});

describe('SourceStore', () => {
  it('gives back what it was given, in its order', () => {
    const store = new SourceStore();
    const given = { sources: [Buffer.from('one'), Buffer.from('two')], whiteMask: Buffer.from('mask') };
    expect(store.find(store.keep(given))).toBe(given);
    expect(store.find('other')).toBeUndefined();
  });

  it('forgets the oldest when there are too many bytes, and never the newest', () => {
    const store = new SourceStore(10);
    const keep = (lengthBytes: number) => store.keep({ sources: [Buffer.alloc(lengthBytes)] });
    const names = [keep(4), keep(4), keep(2)];
    const kept = () => names.map((name) => store.find(name)?.sources[0]?.length);
    expect(kept()).toStrictEqual([4, 4, 2]);
    names.push(keep(3));
    expect(kept()).toStrictEqual([undefined, 4, 2, 3]);
    names.push(keep(20));
    expect(kept()).toStrictEqual([undefined, undefined, undefined, undefined, 20]);
    names.push(keep(1));
    expect(kept().slice(-2)).toStrictEqual([undefined, 1]);
  });

  it('counts a picture that is its own mask once', () => {
    const store = new SourceStore(10);
    const own = Buffer.alloc(6);
    const name = store.keep({ sources: [own], mask: own });
    store.keep({ sources: [Buffer.alloc(4)] });
    expect(store.find(name)?.mask).toBe(own);
  });
});
