import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { EditSourceError, Painter } from '../painter.js';
import {
  correlation,
  differenceOf,
  edited,
  pixelsOf,
  rightHalf,
  sampleEdge as edge,
  samplePicture,
  sampleRequest,
  type SamplePixels,
} from './sample-pictures.js';

const painter = new Painter({ threads: 1 });
afterAll(() => painter.close());

describe('a plain edit', () => {
  it('derives from the source, differs from it, and differs by prompt and seed', async () => {
    const before = await pixelsOf(await samplePicture());
    const after = await edited({ detail: 'plain', prompt: 'x' });
    const rgb = (pixels: SamplePixels): Uint8Array =>
      pixels.data.filter((_value, index) => index % pixels.channels < 3);
    expect(correlation(rgb(before), rgb(after))).toBeGreaterThan(0.6);
    expect(differenceOf(before, after)).toBeGreaterThan(8);
    expect(differenceOf(after, await edited({ detail: 'plain', prompt: 'y' }))).toBeGreaterThan(2);
    expect(differenceOf(after, await edited({ detail: 'plain', prompt: 'x', seed: 2 }))).toBeGreaterThan(2);
  });

  it('obeys a mask roughly', async () => {
    const before = await pixelsOf(await samplePicture());
    const masked = await edited({ detail: 'plain', prompt: 'x', mask: await rightHalf(edge, edge) });
    let [left, right] = [0, 0];
    for (let index = 0; index < edge * edge; index++) {
      for (const part of [0, 2]) {
        const away = Math.abs(
          (before.data[index * before.channels + part] ?? 0) -
            (masked.data[index * masked.channels + part] ?? 0),
        );
        if (index % edge < edge / 2) left += away;
        else right += away;
      }
    }
    expect(right).toBeGreaterThan(left * 1.3);
  });

  it('stays quick', async () => {
    const source = await sharp(await samplePicture())
      .resize(1024, 1024)
      .jpeg()
      .toBuffer();
    const ask = await sampleRequest({ sources: [source], detail: 'plain', width: 1024, height: 1024 });
    await painter.edit(ask);
    // Processor time, which other programs hardly change, and the least of several for what they do change.
    let leastMs = Infinity;
    for (let seed = 0; seed < 8; seed++) {
      const start = process.cpuUsage();
      await painter.edit({ ...ask, seed });
      const { user, system } = process.cpuUsage(start);
      leastMs = Math.min(leastMs, (user + system) / 1000);
    }
    expect(leastMs).toBeLessThan(45);
  });
});

describe('the painter', () => {
  it('tells what it understood of an instruction', async () => {
    const ask = async (prompt: string): ReturnType<Painter['edit']> =>
      painter.edit(await sampleRequest({ prompt, detail: 'plain' }));
    const { understood } = await ask('add a boat, keep the house [[emulate:slow]]');
    expect(understood.subjects.map((subject) => subject.kind)).toEqual(['sailboat']);
    expect(understood.edit?.kept).toEqual(['house']);
    expect((await ask('xyzzy')).understood.edit?.unread).toBe(true);
  });

  it('edits on a thread as it does without one', async () => {
    const { bytes } = await painter.edit(await sampleRequest({ prompt: 'night' }));
    expect((await pixelsOf(bytes)).data.equals((await edited({ prompt: 'night' })).data)).toBe(true);
  });

  it('gives up an edit that is aborted, and goes on with the next', async () => {
    const abort = new AbortController();
    const slow = painter.edit(await sampleRequest({ width: 1024, height: 1024, prompt: 'oil painting' }), {
      signal: abort.signal,
    });
    setImmediate(() => {
      abort.abort();
    });
    await expect(slow).rejects.toMatchObject({ name: 'AbortError' });
    await expect(painter.edit(await sampleRequest(), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
    const next = await painter.edit(await sampleRequest({ detail: 'plain' }));
    expect(next).toMatchObject({ width: edge, height: edge, mimeType: 'image/png' });
  });

  it.each(['full', 'plain'] as const)(
    'refuses sources that it cannot decode, in %s detail',
    async (detail) => {
      const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
      const cut = (await samplePicture()).subarray(0, 2000);
      for (const sources of [[svg], [cut], [await samplePicture(), cut], []]) {
        const ask = await sampleRequest({ sources, detail });
        await expect(painter.edit(ask)).rejects.toBeInstanceOf(EditSourceError);
      }
      const masked = await sampleRequest({ mask: Uint8Array.of(1, 2, 3), detail });
      await expect(painter.edit(masked)).rejects.toThrow('mask');
      await expect(painter.edit(await sampleRequest({ width: 12 }))).rejects.toThrow(RangeError);
    },
  );
});
