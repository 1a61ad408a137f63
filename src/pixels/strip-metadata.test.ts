import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ExifTool } from 'exiftool-vendored';
import fc from 'fast-check';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  app11,
  CREDENTIALS,
  insert,
  pngChunk,
  signedJpeg,
  signedPng,
} from '../../test/factories/content-credentials.js';
import { measureBuffer } from './measure.js';
import { stripMetadata } from './strip-metadata.js';

const FORMATS = ['jpeg', 'png', 'webp'] as const;
type Format = (typeof FORMATS)[number];
const XMP =
  '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">' +
  '<rdf:Description rdf:about="" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:City="Bristol"/></rdf:RDF></x:xmpmeta>';

let exiftool: ExifTool;
let folder: string;
let photos: Readonly<Record<Format, Buffer>>;
let plain: Readonly<Record<Format, Buffer>>;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'strip-'));
  exiftool = new ExifTool({ maxProcs: 1 });
  const scene = sharp({
    create: {
      width: 64,
      height: 48,
      channels: 3,
      background: '#963',
      noise: { type: 'gaussian', mean: 128, sigma: 30 },
    },
  });
  const pixels = sharp(await scene.png().toBuffer());
  const photo = pixels
    .clone()
    .withIccProfile('p3')
    .withXmp(XMP)
    .withExif({
      IFD0: { Artist: 'Somebody', Model: 'Camera 7' },
      IFD3: {
        GPSLatitudeRef: 'N',
        GPSLatitude: '51/1 27/1 14/1',
        GPSLongitudeRef: 'W',
        GPSLongitude: '2/1 35/1 0/1',
      },
    });
  const [jpeg, png, webp] = await Promise.all([
    photo.clone().jpeg().toBuffer(),
    photo.clone().png().toBuffer(),
    photo.clone().webp().toBuffer(),
  ]);
  photos = { jpeg, png, webp };
  plain = {
    jpeg: await pixels.clone().jpeg().toBuffer(),
    png: await pixels.clone().png().toBuffer(),
    webp: await pixels.clone().webp().toBuffer(),
  };
});
afterAll(async () => {
  await exiftool.end();
  rmSync(folder, { recursive: true });
});

/** Everything that a stranger's tool finds, by name. */
async function tagsOf(bytes: Uint8Array, format: Format): Promise<Readonly<Record<string, unknown>>> {
  const file = path.join(folder, `photo.${format}`);
  writeFileSync(file, bytes);
  return Object.fromEntries(Object.entries(await exiftool.read(file)));
}

function strip(bytes: Uint8Array, format: Format) {
  const stripped = stripMetadata(bytes, `image/${format}`);
  if (stripped === undefined) throw new Error('the picture could not be stripped');
  return { bytes: stripped.bytes, removed: [...stripped.removed].sort() };
}

const pixelsOf = (bytes: Uint8Array) => sharp(bytes).raw().toBuffer();

describe('stripMetadata', () => {
  it.each(FORMATS)(
    'leaves of a %s photograph the pixels and the colour profile, and no word of place or maker',
    async (format) => {
      const before = await tagsOf(photos[format], format);
      expect(before).toMatchObject({ GPSLatitudeRef: 'N', Artist: 'Somebody', City: 'Bristol' });
      expect(before).toHaveProperty('GPSLatitude');
      const { bytes, removed } = strip(photos[format], format);
      expect(removed).toStrictEqual(['EXIF', 'XMP']);
      const after = await tagsOf(bytes, format);
      const told = Object.keys(after).filter((name) => /gps|artist|model|city|xmp|exif(?!tool)/i.test(name));
      expect(told.filter((name) => !/^(Profile|Device|Color)/.test(name))).toStrictEqual([]);
      expect([after['ProfileDescription'], after['Warning']]).toStrictEqual([
        before['ProfileDescription'],
        undefined,
      ]);
      expect((await pixelsOf(bytes)).equals(await pixelsOf(photos[format]))).toBe(true);
      expect(strip(bytes, format)).toStrictEqual({ bytes, removed: [] });
    },
  );

  it.each(FORMATS)('gives a plain %s back as it is', (format) => {
    expect(strip(plain[format], format)).toStrictEqual({ bytes: plain[format], removed: [] });
  });

  it.each(FORMATS)('cuts off what stands behind a %s: cameras put further pictures there', (format) => {
    expect(strip(Buffer.concat([plain[format], photos[format]]), format)).toStrictEqual({
      bytes: plain[format],
      removed: ['what stood behind the picture'],
    });
  });

  it('keeps content credentials that stand alone, and drops those that something was taken from', () => {
    for (const [format, sign] of [
      ['jpeg', signedJpeg],
      ['png', signedPng],
    ] as const) {
      const signed = sign(plain[format]);
      expect(strip(signed, format)).toStrictEqual({ bytes: signed, removed: [] });
      expect(strip(sign(photos[format]), format).removed).toContain('content credentials');
    }
  });

  it('drops content credentials in which a camera has written', () => {
    // Labels of the same length, so that the boxes still fit.
    const store = Buffer.from(
      CREDENTIALS.toString('latin1').replace('c2pa.hash.data', 'stds.exif.data'),
      'latin1',
    );
    expect(strip(insert(plain.png, 33, pngChunk('caBX', store)), 'png').removed).toStrictEqual([
      'content credentials',
    ]);
    expect(strip(insert(plain.jpeg, 2, ...app11(store, 60_000)), 'jpeg').removed).toStrictEqual([
      'content credentials',
    ]);
  });

  it('keeps what tells how a CMYK or Adobe picture is coded', async () => {
    const cmyk = await sharp(plain.png).toColourspace('cmyk').jpeg().toBuffer();
    expect((await pixelsOf(strip(cmyk, 'jpeg').bytes)).equals(await pixelsOf(cmyk))).toBe(true);
  });

  it('makes a whole picture with the same pixels, or none, of whatever was done to one', () => {
    const change = fc.record({
      format: fc.constantFrom(...FORMATS),
      at: fc.nat(),
      bytes: fc.uint8Array({ maxLength: 12 }),
      cut: fc.boolean(),
    });
    fc.assert(
      fc.property(change, ({ format, at, bytes, cut }) => {
        const whole = photos[format];
        const position = at % whole.length;
        const rest = whole.subarray(position + (cut ? bytes.length : 0));
        const changed = Buffer.concat([whole.subarray(0, position), bytes, rest]);
        const measured = measureBuffer(changed);
        if (measured?.mimeType !== `image/${format}`) return;
        const stripped = stripMetadata(changed, `image/${format}`);
        if (stripped === undefined) return;
        const { complete, width, height } = measureBuffer(stripped.bytes) ?? {};
        expect([complete, width, height]).toStrictEqual([true, measured.width, measured.height]);
      }),
      { numRuns: 2000 },
    );
  });
});
