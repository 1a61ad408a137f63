import fc from 'fast-check';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { Painter, type PaintRequest } from './painter.js';

const painter = new Painter({ threads: 1 });
afterAll(() => painter.close());

function request(changes: Partial<PaintRequest>): PaintRequest {
  return {
    prompt: 'a red sailboat on a lake',
    avoid: [],
    width: 256,
    height: 256,
    seed: 1,
    detail: 'full',
    format: 'png',
    quality: undefined,
    label: undefined,
    transparent: false,
    xmp: undefined,
    ...changes,
  };
}

async function bytesOf(changes: Partial<PaintRequest>): Promise<string> {
  return Buffer.from((await painter.paint(request(changes))).bytes).toString('base64');
}

describe('Painter', () => {
  it.each(['full', 'plain'] as const)(
    'paints the same bytes for the same %s request and others for another seed',
    async (detail) => {
      const [one, same, other, zero] = await Promise.all([
        bytesOf({ detail }),
        bytesOf({ detail }),
        bytesOf({ detail, seed: 2 }),
        bytesOf({ detail, seed: 0 }),
      ]);
      expect(same).toBe(one);
      expect(new Set([one, other, zero]).size).toBe(3);
    },
  );

  it.each([
    ['full', 'png', 300, 200],
    ['full', 'jpeg', 200, 420],
    ['full', 'webp', 64, 512],
    ['full', 'avif', 96, 64],
    ['full', 'png', 2400, 1600],
    ['full', 'png', 16, 900],
    ['plain', 'png', 1025, 767],
    ['plain', 'jpeg', 1792, 1024],
    ['plain', 'webp', 64, 64],
    ['plain', 'avif', 128, 96],
  ] as const)('delivers %s %s at exactly %ix%i', async (detail, format, width, height) => {
    const painting = await painter.paint(request({ detail, format, width, height, quality: 80 }));
    const decoded = await sharp(painting.bytes).metadata();
    expect(decoded).toMatchObject({ width, height, format: format === 'avif' ? 'heif' : format });
    expect(painting).toMatchObject({ width, height, mimeType: `image/${format}` });
  });

  it('paints a plain picture of the largest size without failing', async () => {
    const painting = await painter.paint(request({ detail: 'plain', width: 8192, height: 8192 }));
    expect(await sharp(painting.bytes).metadata()).toMatchObject({ width: 8192, height: 8192 });
  });

  it('stays quick when plain', async () => {
    await painter.paint(request({ detail: 'plain', width: 1024, height: 1024 }));
    const started = performance.now();
    for (let seed = 0; seed < 10; seed++)
      await painter.paint(request({ detail: 'plain', width: 1024, height: 1024, seed }));
    expect((performance.now() - started) / 10).toBeLessThan(60);
  });

  it.each(['png', 'jpeg', 'webp', 'avif'] as const)('writes XMP into %s, in both details', async (format) => {
    const xmp = {
      creatorTool: 'a <cat> & co',
      digitalSourceType: 'algorithmicMedia',
      model: 'atelier-sketch',
      recipeHash: undefined,
    } as const;
    for (const detail of ['full', 'plain'] as const) {
      const painting = await painter.paint(request({ detail, format, xmp, width: 96, height: 64 }));
      const written = (await sharp(painting.bytes).metadata()).xmp?.toString('utf8') ?? '';
      expect(written).toContain('newscodes/digitalsourcetype/algorithmicMedia');
      expect(written).toContain('a &lt;cat&gt; &amp; co');
    }
  });

  it.each(['a cat', 'a teapot', 'two pines'])(
    'leaves the ground clear under %j when asked for transparency',
    async (prompt) => {
      const painting = await painter.paint(request({ prompt, transparent: true, format: 'webp' }));
      const { data, info } = await sharp(painting.bytes).raw().toBuffer({ resolveWithObject: true });
      expect(info.channels).toBe(4);
      expect(data[3]).toBe(0);
      const opaque = data.filter((value, index) => index % 4 === 3 && value > 200).length;
      expect(opaque).toBeGreaterThan(500);
    },
  );

  it('letters a label without moving the picture', async () => {
    expect(await bytesOf({ label: 'gpt-image-2' })).not.toBe(await bytesOf({}));
    expect(await bytesOf({ label: 'gpt-image-2', detail: 'plain' })).not.toBe(
      await bytesOf({ detail: 'plain' }),
    );
  });

  it.each(['full', 'plain'] as const)(
    'draws the same %s picture with and without an emulation token',
    async (detail) => {
      const tokened = await bytesOf({ detail, prompt: 'the idea [[emulate:slow-500*2]] of calm' });
      expect(tokened).toBe(await bytesOf({ detail, prompt: 'the idea of calm' }));
    },
  );

  it('tells what it understood', async () => {
    const { understood } = await painter.paint(
      request({ prompt: 'a fox in an autumn forest, no people', detail: 'plain', avoid: ['snow'] }),
    );
    expect(understood.subjects).toEqual([{ kind: 'fox', count: 1, colour: undefined }]);
    expect(understood.season).toBe('autumn');
    expect(understood.avoid).toEqual(expect.arrayContaining(['person', 'snow']));
  });

  it('stops a picture when its signal aborts, and paints on afterwards', async () => {
    const controller = new AbortController();
    const running = painter.paint(request({ width: 2000, height: 2000 }), { signal: controller.signal });
    controller.abort();
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    await expect(painter.paint(request({}), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
    await expect(painter.paint(request({ detail: 'plain' }))).resolves.toMatchObject({ width: 256 });
  });

  it('paints a plain picture to its end, whoever gives up or closes', async () => {
    const own = new Painter({ threads: 1 });
    const controller = new AbortController();
    const given = own.paint(request({ detail: 'plain' }), { signal: controller.signal });
    const kept = own.paint(request({ detail: 'plain' }));
    controller.abort();
    await expect(given).rejects.toMatchObject({ name: 'AbortError' });
    await own.close();
    await expect(kept).resolves.toMatchObject({ width: 256 });
  });

  it('refuses sizes out of range and work after closing', async () => {
    await expect(painter.paint(request({ width: 15 }))).rejects.toThrow(RangeError);
    await expect(painter.paint(request({ height: 100.5 }))).rejects.toThrow(RangeError);
    const closed = new Painter({ threads: 1 });
    await closed.close();
    await closed.close();
    await expect(closed.paint(request({}))).rejects.toThrow('closed');
  });

  it('never fails on any prompt', async () => {
    const words = fc.constantFrom(
      'cat',
      'snow',
      '"Ж',
      '"',
      '[[emulate:',
      '雪豹',
      '😀',
      '<b>&',
      'no ',
      'red',
      'rocket',
      'poster',
      'ink',
      'pixel art',
      'flat',
      '\u0000',
      '\ud800',
      'underwater',
      'street',
      'table cup',
      'icon',
      '“x”',
    );
    const prompts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.array(words, { maxLength: 9 }).map((parts) => parts.join(' ')),
    );
    await fc.assert(
      fc.asyncProperty(prompts, fc.nat(), async (prompt, seed) => {
        const painting = await painter.paint(
          request({ prompt, seed, detail: 'plain', width: 48, height: 40, label: prompt.slice(0, 30) }),
        );
        expect(painting.bytes.length).toBeGreaterThan(60);
      }),
      { numRuns: 150 },
    );
    await fc.assert(
      fc.asyncProperty(prompts, fc.integer({ min: 16, max: 160 }), async (prompt, width) => {
        const painting = await painter.paint(request({ prompt, width, height: 64 }));
        expect(painting.bytes.length).toBeGreaterThan(60);
      }),
      { numRuns: 14 },
    );
  }, 60_000);
});
