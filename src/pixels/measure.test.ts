import fc from 'fast-check';
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Picture } from '../providers/provider.js';
import { measureBuffer, PictureMeter } from './measure.js';

const FRESH_SEED = Math.trunc(Math.random() * 2 ** 31);
console.log(`measure: fresh seed ${FRESH_SEED}`);

interface Sample {
  readonly name: string;
  readonly bytes: Buffer;
  readonly expected: Picture;
}

/** Noise, so that every format has real data in it, half transparent where asked. */
function draw(width: number, height: number, alpha: boolean): Sharp {
  const channels = alpha ? 4 : 3;
  const pixels = Buffer.alloc(width * height * channels);
  for (let index = 0, state = 12_345; index < pixels.length; index += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    pixels[index] = state >>> 24;
  }
  return sharp(pixels, { raw: { width, height, channels } });
}

const ENCODERS: Readonly<Record<string, { mimeType: Picture['mimeType']; encode: (s: Sharp) => Sharp }>> = {
  png: { mimeType: 'image/png', encode: (s) => s.png() },
  'palette png': { mimeType: 'image/png', encode: (s) => s.png({ palette: true }) },
  'interlaced png': { mimeType: 'image/png', encode: (s) => s.png({ progressive: true }) },
  'deep png': { mimeType: 'image/png', encode: (s) => s.toColourspace('rgb16').png() },
  jpeg: { mimeType: 'image/jpeg', encode: (s) => s.jpeg() },
  'progressive jpeg': { mimeType: 'image/jpeg', encode: (s) => s.jpeg({ progressive: true }) },
  'jpeg with metadata': { mimeType: 'image/jpeg', encode: (s) => s.withMetadata({ orientation: 6 }).jpeg() },
  'lossy webp': { mimeType: 'image/webp', encode: (s) => s.webp() },
  'lossless webp': { mimeType: 'image/webp', encode: (s) => s.webp({ lossless: true }) },
  'webp with metadata': { mimeType: 'image/webp', encode: (s) => s.withMetadata().webp() },
  avif: { mimeType: 'image/avif', encode: (s) => s.avif({ effort: 0 }) },
  'lossless avif': { mimeType: 'image/avif', encode: (s) => s.avif({ effort: 0, lossless: true }) },
  gif: { mimeType: 'image/gif', encode: (s) => s.gif() },
};

async function createSample(name: string, width: number, height: number, alpha: boolean): Promise<Sample> {
  const encoder = ENCODERS[name] ?? { mimeType: 'image/png', encode: (s: Sharp) => s.png() };
  const { mimeType } = encoder;
  const hasAlpha = alpha && mimeType !== 'image/jpeg';
  const bytes = await encoder.encode(draw(width, height, alpha)).toBuffer();
  const expected = { mimeType, width, height, hasAlpha, complete: true, c2pa: false };
  return { name: `${name} ${width}x${height}${alpha ? ' with alpha' : ''}`, bytes, expected };
}

function measureCut(bytes: Uint8Array, lengths: readonly number[]): Picture | undefined {
  const meter = new PictureMeter();
  for (let from = 0, turn = 0; from < bytes.length; turn += 1) {
    const to = from + (lengths[turn % lengths.length] ?? 1);
    // Copied and wiped: the meter may not look back at a chunk.
    const chunk = Buffer.from(bytes.subarray(from, to));
    meter.push(chunk);
    chunk.fill(0xff);
    from = to;
  }
  return meter.end();
}

const samples: Sample[] = [];

beforeAll(async () => {
  for (const name of Object.keys(ENCODERS)) {
    for (const [width, height] of [
      [1, 1],
      [37, 61],
      [300, 17],
    ] as const) {
      for (const alpha of [false, true]) samples.push(await createSample(name, width, height, alpha));
    }
  }
}, 60_000);

const sampleIndex = fc.nat();
const pick = (index: number): Sample => {
  const sample = samples[index % samples.length];
  if (sample === undefined) throw new Error('no samples');
  return sample;
};

/** GIF has one transparent colour for anything; whether sharp uses it on an opaque picture is its own affair. */
const withoutGifAlpha = (picture: Picture | undefined) =>
  picture?.mimeType === 'image/gif' ? { ...picture, hasAlpha: undefined } : picture;

describe('measuring', () => {
  it('finds type, size, alpha and the end of every format', () => {
    for (const { name, bytes, expected } of samples) {
      const measured = withoutGifAlpha(measureBuffer(bytes));
      expect({ name, ...measured }).toStrictEqual({ name, ...withoutGifAlpha(expected) });
    }
  });

  it('agrees with the decoder on large pictures', async () => {
    for (const name of Object.keys(ENCODERS)) {
      const { bytes, expected } = await createSample(name, 331, 217, name !== 'gif');
      const { width, height, hasAlpha } = await sharp(bytes).metadata();
      const size = { width: expected.width, height: expected.height, hasAlpha: expected.hasAlpha };
      expect({ name, width, height, hasAlpha: name === 'gif' ? false : hasAlpha }).toStrictEqual({
        name,
        ...size,
      });
      expect(measureBuffer(bytes)?.hasAlpha).toBe(hasAlpha);
      expect(measureCut(bytes, [16_384])).toStrictEqual(measureBuffer(bytes));
      expect(measureBuffer(bytes)?.complete).toBe(true);
      expect(measureBuffer(bytes.subarray(0, -1))?.complete).toBe(false);
    }
  }, 60_000);

  it('does not mind what follows the end', () => {
    for (const { name, bytes, expected } of samples) {
      for (const garbage of [
        'x',
        '\0',
        '\xff\xd9',
        'garbage garbage',
        '\0'.repeat(100),
        '\xff'.repeat(100),
      ]) {
        const measured = measureBuffer(Buffer.concat([bytes, Buffer.from(garbage, 'latin1')]));
        expect({ name, garbage, complete: measured?.complete }).toStrictEqual({
          name,
          garbage,
          complete: true,
        });
        expect(measured?.width).toBe(expected.width);
      }
    }
  });

  it('knows nothing else', async () => {
    const tiff = await draw(3, 3, false).tiff().toBuffer();
    const texts = [
      '',
      'x',
      '\x89',
      'PNG',
      '<svg xmlns="http://www.w3.org/2000/svg"/>',
      'RIFF\0\0\0\0WAVE',
      'GIF90a',
      '\xff\xd8\0',
    ];
    const heic = '\0\0\0\x18ftypheic\0\0\0\0mif1heic';
    for (const bytes of [tiff, ...[...texts, heic].map((text) => Buffer.from(text, 'latin1'))]) {
      expect(measureBuffer(bytes)).toBeUndefined();
    }
  });

  it('turns an AVIF as its own rotation says, but nothing as EXIF says', async () => {
    const turned = draw(40, 20, false).withMetadata({ orientation: 6 });
    expect(measureBuffer(await turned.clone().avif().toBuffer())).toMatchObject({ width: 20, height: 40 });
    expect(measureBuffer(await turned.clone().jpeg().toBuffer())).toMatchObject({ width: 40, height: 20 });
  });

  it('sees an animation as one whole picture', async () => {
    const frames = draw(20, 60, true).png();
    for (const format of ['gif', 'webp'] as const) {
      const bytes = await sharp(await frames.toBuffer())
        .toFormat(format)
        .toBuffer();
      expect(measureBuffer(bytes)?.complete).toBe(true);
      const animated = await sharp([bytes, bytes], { join: { animated: true } })
        .toFormat(format)
        .toBuffer();
      expect(measureBuffer(animated)).toMatchObject({ width: 20, height: 60, complete: true });
      expect(measureBuffer(animated.subarray(0, -1))?.complete).toBe(false);
    }
  });
});

describe.each([
  ['the fixed seed', 7],
  ['a fresh seed', FRESH_SEED],
] as const)('with %s', (_, seed) => {
  it('measures alike in every chunking', () => {
    fc.assert(
      fc.property(
        sampleIndex,
        fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 5 }),
        (index, lengths) => {
          const { bytes } = pick(index);
          expect(measureCut(bytes, lengths)).toStrictEqual(measureBuffer(bytes));
        },
      ),
      { seed, numRuns: 1000 },
    );
  });

  it('finds no end in a truncated picture', () => {
    fc.assert(
      fc.property(sampleIndex, fc.nat(), (index, at) => {
        const { bytes } = pick(index);
        const cut = bytes.subarray(0, at % bytes.length);
        expect(measureBuffer(cut)?.complete ?? false).toBe(false);
        expect(measureCut(cut, [1 + (at % 13)])).toStrictEqual(measureBuffer(cut));
      }),
      { seed, numRuns: 10_000 },
    );
  });

  it('finds every changed bit of what a PNG can not be without', async () => {
    const png = await draw(16, 16, false).png().toBuffer();
    expect(measureBuffer(png)?.complete).toBe(true);
    // Behind the signature, which tells the type; up to the end marker and its checksum.
    for (let bit = 8 * 8; bit < png.length * 8; bit += 1) {
      if (isAside(png, bit >> 3)) continue;
      const changed = Buffer.from(png);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect([bit, measureBuffer(changed)?.complete ?? false]).toEqual([bit, false]);
    }
  });

  it('survives any damage, in linear time', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(sampleIndex, damage, fc.boolean(), (index, changes, isNearHead) => {
        const bytes = Buffer.from(pick(index).bytes);
        for (const [at, byte] of changes)
          bytes[at % (isNearHead ? Math.min(bytes.length, 400) : bytes.length)] = byte;
        expect(measureCut(bytes, [17])).toStrictEqual(measureBuffer(bytes));
      }),
      { seed, numRuns: 10_000 },
    );
  });
});

describe('truncation', () => {
  it('shows at every single length of small pictures', () => {
    for (const { name, bytes } of samples) {
      if (bytes.length > 4000) continue;
      for (let length = 0; length < bytes.length; length += 1) {
        const complete = measureBuffer(bytes.subarray(0, length))?.complete ?? false;
        if (complete) expect({ name, length }).toStrictEqual('incomplete');
      }
    }
  });
});

describe('provenance', () => {
  const pngChunk = (type: string, body: Buffer) => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(body.length);
    head.write(type, 4, 'latin1');
    return Buffer.concat([head, body, Buffer.alloc(4)]);
  };
  const box = (type: string, body: Buffer) => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(body.length + 8);
    head.write(type, 4, 'latin1');
    return Buffer.concat([head, body]);
  };
  const insert = (bytes: Buffer, at: number, piece: Buffer) =>
    Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
  const manifest = box(
    'jumb',
    box('jumd', Buffer.from('c2pa\0\x11\0\x10\x80\0\0\xaa\0\x38\x9b\x71\x03c2pa\0', 'latin1')),
  );

  it('is found in a PNG', async () => {
    const bytes = await draw(9, 9, false).png().toBuffer();
    expect(measureBuffer(insert(bytes, 33, pngChunk('caBX', manifest)))).toMatchObject({
      c2pa: true,
      complete: true,
    });
  });

  it('is found in a JPEG, where other JUMBF boxes do not count', async () => {
    const bytes = await draw(9, 9, false).jpeg().toBuffer();
    const segment = (content: Buffer) => {
      const head = Buffer.from('\xff\xeb\0\0JP\0\x01\0\0\0\x01', 'latin1');
      head.writeUInt16BE(head.length - 2 + content.length, 2);
      return Buffer.concat([head, content]);
    };
    expect(measureBuffer(insert(bytes, 2, segment(manifest)))).toMatchObject({ c2pa: true, complete: true });
    const other = box(
      'jumb',
      box('jumd', Buffer.from('json\0\x11\0\x10\x80\0\0\xaa\0\x38\x9b\x71\x03else\0', 'latin1')),
    );
    expect(measureBuffer(insert(bytes, 2, segment(other)))).toMatchObject({ c2pa: false, complete: true });
    expect(measureBuffer(insert(bytes, 2, segment(Buffer.alloc(1))))).toMatchObject({
      c2pa: false,
      complete: true,
    });
  });

  it('is found in a WebP', async () => {
    const bytes = await draw(9, 9, false).webp().toBuffer();
    const chunk = Buffer.concat([Buffer.from('C2PA\x03\0\0\0abc\0', 'latin1')]);
    const signed = Buffer.concat([bytes, chunk]);
    signed.writeUInt32LE(signed.length - 8, 4);
    expect(measureBuffer(signed)).toMatchObject({ c2pa: true, complete: true });
    expect(measureBuffer(signed.subarray(0, -2))?.complete).toBe(false);
  });

  it('is found in an AVIF', async () => {
    const bytes = await draw(9, 9, false).avif().toBuffer();
    const uuid = Buffer.concat([Buffer.from('d8fec3d61b0e483c92975828877ec481', 'hex'), manifest]);
    expect(measureBuffer(Buffer.concat([bytes, box('uuid', uuid)]))).toMatchObject({
      c2pa: true,
      complete: true,
    });
    expect(measureBuffer(Buffer.concat([bytes, box('uuid', uuid).subarray(0, -1)]))?.complete).toBe(false);
  });
});

describe('hostile structures', () => {
  it('end at once, or are passed over without work', () => {
    const zeros = Buffer.alloc(2_000_000);
    const heads = [
      '\x89PNG\r\n\x1a\n',
      '\xff\xd8\xff',
      'GIF89a',
      'GIF89a\x01\0\x01\0\0\0\0\x21\xfe',
      'RIFF\xff\xff\xff\xffWEBP',
      '\0\0\0\x10ftypavif\0\0\0\0',
      '\0\0\0\x10ftypavif\0\0\0\0\xff\xff\xff\xffmeta',
      '\0\0\0\x10ftypavif\0\0\0\0\0\0\0\x01mdat\xff\xff\xff\xff\xff\xff\xff\xff',
    ];
    const started = performance.now();
    for (const head of heads) {
      for (const filling of [0, 0x01, 0x2c, 0xff]) {
        zeros.fill(filling);
        expect(measureBuffer(Buffer.concat([Buffer.from(head, 'latin1'), zeros]))?.complete).toBe(false);
      }
    }
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it('cannot make an AVIF index loop over extents that take no bytes', () => {
    const box = (type: string, body: string) => {
      const head = Buffer.alloc(8);
      head.writeUInt32BE(body.length + 8);
      return head.toString('latin1', 0, 4) + type + body;
    };
    const properties = box(
      'iprp',
      box('ipco', box('ispe', '\0\0\0\0\0\0\0\x05\0\0\0\x06')) +
        box('ipma', '\0\0\0\0\0\0\0\x01\0\x01\x01\x01'),
    );
    const iloc = (items: string) => box('iloc', `\0\0\0\0\0\0\xff\xff${items}`);
    const file = (items: string) =>
      Buffer.from(
        box('ftyp', 'avif\0\0\0\0') +
          box('meta', `\0\0\0\0${box('pitm', '\0\0\0\0\0\x01')}${properties}${iloc(items)}`),
        'latin1',
      );
    const started = performance.now();
    expect(measureBuffer(file('\0\x01\0\0\xff\xff'.repeat(40_000)))).toMatchObject({
      width: 0,
      complete: false,
    });
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

/** Whether a byte of a PNG stands in a chunk that decoders may pass over. */
function isAside(png: Buffer, byte: number): boolean {
  for (let at = 8; at < png.length;) {
    const end = at + 12 + png.readUInt32BE(at);
    if (byte < end) return /^[a-z]/.test(png.toString('latin1', at + 4, at + 8));
    at = end;
  }
  return false;
}
