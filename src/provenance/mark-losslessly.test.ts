import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { ExifTool } from 'exiftool-vendored';
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { measureBuffer } from '../pixels/measure.js';
import type { XmpFacts } from '../pixels/xmp.js';
import { withJpegCredentialsBuffer, withPngCredentialsBuffer } from '../providers/shared/emulator-picture.js';
import { readAvifIndex } from './avif-index.js';
import { boxesOf, writeBox } from './boxes.js';
import { markLosslessly } from './mark-losslessly.js';
import { readProvenance } from './read-provenance.js';

const facts: XmpFacts = {
  digitalSourceType: 'compositeWithTrainedAlgorithmicMedia',
  creatorTool: 'Atelier 0.1 <&"\'> 狐',
  model: 'gpt-image-2',
  recipeHash: 'ab'.repeat(32),
  derivedFrom: { sha256: 'cd'.repeat(32) },
};
const stated = {
  digitalSourceType: 'compositeWithTrainedAlgorithmicMedia',
  creatorTool: facts.creatorTool,
  model: 'gpt-image-2',
  recipeHash: 'ab'.repeat(32),
  derivedFromSha256: 'cd'.repeat(32),
};
const FOREIGN =
  '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">' +
  '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:Description r:about="uuid:1&amp;2" ' +
  'xmlns:dc="http://purl.org/dc/elements/1.1/" dc:format="image/x"><dc:rights><r:Alt>' +
  '<r:li xml:lang="x-default">Someone</r:li></r:Alt></dc:rights></r:Description></r:RDF></x:xmpmeta>' +
  '<?xpacket end="w"?>';

function draw(width: number, height: number, alpha: boolean): Sharp {
  const channels = alpha ? 4 : 3;
  const pixels = Buffer.alloc(width * height * channels);
  for (let at = 0, state = 12_345; at < pixels.length; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    pixels[at] = state >>> 24;
  }
  return sharp(pixels, { raw: { width, height, channels } });
}

const EXIF = { IFD0: { Copyright: 'Someone else' } };
const ENCODERS: Readonly<Record<string, (s: Sharp) => Sharp>> = {
  png: (s) => s.png(),
  'palette png': (s) => s.png({ palette: true }),
  'png with metadata': (s) => s.withIccProfile('p3').withExif(EXIF).png(),
  'png with xmp': (s) => s.withXmp(FOREIGN).png(),
  jpeg: (s) => s.jpeg(),
  'progressive jpeg': (s) => s.jpeg({ progressive: true }),
  'jpeg with metadata': (s) => s.withIccProfile('p3').withExif(EXIF).jpeg(),
  'jpeg with xmp': (s) => s.withExif(EXIF).withXmp(FOREIGN).jpeg(),
  'lossy webp': (s) => s.webp(),
  'lossless webp': (s) => s.webp({ lossless: true }),
  'webp with metadata': (s) => s.withIccProfile('p3').withExif(EXIF).webp(),
  'webp with xmp': (s) => s.withXmp(FOREIGN).webp(),
  avif: (s) => s.avif({ effort: 0 }),
  'lossless avif': (s) => s.avif({ effort: 0, lossless: true }),
  'avif with metadata': (s) => s.withIccProfile('p3').withExif(EXIF).avif({ effort: 0 }),
  'avif with xmp': (s) => s.withExif(EXIF).withXmp(FOREIGN).avif({ effort: 0 }),
};
const extensionOf = (name: string) => /png|jpeg|webp|avif/.exec(name)?.[0] ?? '';

interface Sample {
  readonly name: string;
  readonly bytes: Buffer;
}
const samples: Sample[] = [];

beforeAll(async () => {
  for (const [name, encode] of Object.entries(ENCODERS))
    for (const [width, height] of [
      [1, 1],
      [37, 61],
    ] as const)
      for (const alpha of [false, true]) {
        const bytes = await encode(draw(width, height, alpha)).toBuffer();
        samples.push({ name: `${name} ${width}x${height}${alpha ? ' with alpha' : ''}`, bytes });
      }
});

function marked(bytes: Uint8Array, given = facts): Buffer {
  const result = markLosslessly(bytes, given);
  if (result === undefined) throw new Error('not marked');
  return Buffer.from(result);
}

function sampleOf(name: string): Buffer {
  const sample = samples.find((candidate) => candidate.name === name);
  if (sample === undefined) throw new Error(`no sample ${name}`);
  return sample.bytes;
}

/** All that a decoder reads, without what is wrapped around it: the parts in order, XMP left out. */
function contentOf(bytes: Buffer): Buffer[] {
  const [from, type] = [bytes.readUInt32BE(0), bytes.toString('latin1', 4, 8)];
  if (type === 'ftyp') return avifContent(bytes);
  if (from === 0x52494646) return webpContent(bytes);
  return from === 0x89504e47 ? pngContent(bytes) : jpegContent(bytes);
}

function pngContent(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 8; at < bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    const chunk = bytes.subarray(at, at + 12 + bytes.readUInt32BE(at));
    if (!/^[iz]TXt$/.test(chunk.toString('latin1', 4, 8))) parts.push(chunk);
  }
  return parts;
}

function jpegContent(bytes: Buffer): Buffer[] {
  let at = 2;
  const parts: Buffer[] = [];
  while (bytes[at + 1] !== 0xda) {
    const segment = bytes.subarray(at, at + 2 + bytes.readUInt16BE(at + 2));
    if (!segment.includes('http://ns.adobe.com/xap')) parts.push(segment);
    at += segment.length;
  }
  return [...parts, bytes.subarray(at)];
}

function webpContent(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 12; at < bytes.length;) {
    const length = 8 + bytes.readUInt32LE(at + 4);
    const type = bytes.toString('latin1', at, at + 4);
    if (type !== 'VP8X' && type !== 'XMP ') parts.push(bytes.subarray(at, at + length));
    at += length + (length & 1);
  }
  return parts;
}

function avifContent(bytes: Buffer): Buffer[] {
  const boxes = [...boxesOf(bytes)];
  const meta = boxes.find(({ type }) => type === 'meta');
  if (meta === undefined) throw new Error('no meta box');
  const { items, locations, children } = readAvifIndex(meta);
  const data = items
    .filter(({ type }) => type !== 'mime')
    .flatMap(({ id }) => locations.items.find((location) => location.id === id) ?? [])
    .flatMap(({ base, extents }) =>
      extents.map(({ offset, length }) => bytes.subarray(base + offset, base + offset + length)),
    );
  const kept = children
    .filter(({ type }) => !['iinf', 'iloc', 'iref'].includes(type))
    .map(({ body }) => body);
  return [...data, ...kept];
}

const pixelsOf = (bytes: Buffer) => sharp(bytes).raw().toBuffer();

describe('markLosslessly', () => {
  it('keeps the compressed bytes and every pixel, and its facts can be read', async () => {
    for (const { name, bytes } of samples) {
      const result = marked(bytes);
      expect(readProvenance(result), name).toMatchObject({ c2pa: undefined, xmp: stated, problems: [] });
      expect(
        contentOf(result).map((part) => part.toString('hex')),
        name,
      ).toStrictEqual(contentOf(bytes).map((part) => part.toString('hex')));
      expect((await pixelsOf(result)).equals(await pixelsOf(bytes)), name).toBe(true);
      expect(measureBuffer(result), name).toStrictEqual(measureBuffer(bytes));
      expect(measureBuffer(result.subarray(0, -1))?.complete, name).toBe(false);
    }
  });

  it('keeps profile, EXIF and what a packet said before', async () => {
    for (const { name, bytes } of samples) {
      const [before, after] = await Promise.all([sharp(bytes).metadata(), sharp(marked(bytes)).metadata()]);
      expect({ ...after, xmp: 0, xmpAsString: 0, size: 0 }, name).toStrictEqual({
        ...before,
        xmp: 0,
        xmpAsString: 0,
        size: 0,
      });
      const packet = after.xmp?.toString() ?? '';
      expect(packet.includes('<r:li xml:lang="x-default">Someone</r:li>'), name).toBe(name.includes('xmp'));
      if (name.includes('xmp')) expect(packet).toContain('rdf:about="uuid:1&amp;2"');
    }
  });

  it('gives equal bytes for equal facts, and changes nothing the second time', () => {
    for (const { name, bytes } of samples) {
      const result = marked(bytes);
      expect(marked(bytes, { ...facts }).equals(result), name).toBe(true);
      expect(markLosslessly(result, facts), name).toBe(result);
      expect(markLosslessly(result, { ...facts, model: 'another' }), name).toBeUndefined();
      expect(markLosslessly(result, { ...facts, derivedFrom: undefined }), name).toBeUndefined();
    }
  });

  it('leaves pictures with content credentials alone, wherever these stand', () => {
    const webp = Buffer.concat([sampleOf('lossy webp 37x61'), Buffer.from('C2PA\x04\0\0\0abcd', 'latin1')]);
    webp.writeUInt32LE(webp.length - 8, 4);
    const uuid = Buffer.from('d8fec3d61b0e483c92975828877ec481', 'hex');
    const remote = FOREIGN.replace(
      'dc:format=',
      'xmlns:dcterms="http://purl.org/dc/terms/" dcterms:provenance="https://example.com/m.c2pa" dc:format=',
    );
    const jpeg = sampleOf('jpeg 37x61');
    const referring = Buffer.from(`\xff\xe1\0\0http://ns.adobe.com/xap/1.0/\0${remote}`, 'latin1');
    referring.writeUInt16BE(referring.length - 2, 2);
    const signed = [
      withPngCredentialsBuffer(sampleOf('png 37x61')),
      withJpegCredentialsBuffer(jpeg),
      webp,
      Buffer.concat([sampleOf('avif 37x61'), writeBox('uuid', uuid)]),
      Buffer.concat([jpeg.subarray(0, 2), referring, jpeg.subarray(2)]),
    ];
    for (const bytes of signed) {
      expect(measureBuffer(bytes)?.complete).toBe(true);
      expect(markLosslessly(bytes, facts)).toBeUndefined();
    }
  });

  it('leaves alone what it can not be sure about', () => {
    const jpeg = sampleOf('jpeg 37x61');
    const png = sampleOf('png 37x61');
    const avif = sampleOf('avif 37x61');
    const withSegment = (head: string) =>
      Buffer.concat([jpeg.subarray(0, 2), Buffer.from(head, 'latin1'), jpeg.subarray(2)]);
    const unsure = {
      'no picture': Buffer.from('text'),
      nothing: Buffer.alloc(0),
      'cut picture': png.subarray(0, -1),
      'index of several pictures': withSegment('\xff\xe2\0\x06MPF\0'),
      'JUMBF of another kind': withSegment('\xff\xeb\0\x14JP\0\x01\0\0\0\x01\0\0\0\x08jumb\0\0'),
      'packet that is no XML': withSegment('\xff\xe1\0\x22http://ns.adobe.com/xap/1.0/\0<x> '),
      film: Buffer.concat([avif, writeBox('moov')]),
      'box of unknown meaning': Buffer.concat([avif, writeBox('abcd')]),
      'junk behind': Buffer.concat([avif, Buffer.from('junk')]),
    };
    for (const [name, bytes] of Object.entries(unsure))
      expect([name, markLosslessly(bytes, facts)]).toStrictEqual([name, undefined]);
  });

  it('keeps what stands behind the end of a picture', () => {
    for (const name of ['png 37x61', 'jpeg 37x61', 'lossy webp 37x61']) {
      const result = marked(Buffer.concat([sampleOf(name), Buffer.from('behind')]));
      expect([name, result.toString('latin1', result.length - 6)]).toStrictEqual([name, 'behind']);
      expect(readProvenance(result).xmp).toMatchObject(stated);
    }
  });

  it('refuses a packet that has no room in a JPEG segment', () => {
    const long = { ...facts, creatorTool: 'x'.repeat(65_000) };
    expect(markLosslessly(sampleOf('jpeg 37x61'), long)).toBeUndefined();
    expect(readProvenance(marked(sampleOf('png 37x61'), long)).xmp?.sizeBytes).toBeGreaterThan(65_000);
  });

  it('reads and replaces a compressed packet', async () => {
    const png = sampleOf('png 37x61');
    const body = Buffer.concat([
      Buffer.from('XML:com.adobe.xmp\0\x01\0\0\0', 'latin1'),
      deflateSync(FOREIGN),
    ]);
    // The reader does not verify checksums.
    const chunk = Buffer.concat([Buffer.alloc(4), Buffer.from('iTXt'), body, Buffer.alloc(4)]);
    chunk.writeUInt32BE(body.length, 0);
    const result = marked(Buffer.concat([png.subarray(0, 33), chunk, png.subarray(33)]));
    expect(readProvenance(result)).toMatchObject({ xmp: stated, problems: [] });
    expect((await pixelsOf(result)).equals(await pixelsOf(png))).toBe(true);
  });

  it('keeps an animation whole', async () => {
    const frame = await draw(20, 20, true).png().toBuffer();
    const animated = await sharp([frame, sampleOf('png 37x61 with alpha')], { join: { animated: true } })
      .webp()
      .toBuffer();
    const result = marked(animated);
    expect(await sharp(result, { animated: true }).raw().toBuffer()).toStrictEqual(
      await sharp(animated, { animated: true }).raw().toBuffer(),
    );
    expect((await sharp(result, { animated: true }).metadata()).pages).toBe(2);
  });

  it('is read by exiftool alike in every format, without a warning', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mark-'));
    const exiftool = new ExifTool({ maxProcs: 1 });
    const tags = z.object({
      'XMP-iptcExt:DigitalSourceType': z.string(),
      'XMP-xmp:CreatorTool': z.string(),
      'XMP-atelier:Model': z.string(),
      'XMP-atelier:RecipeHash': z.string(),
      'XMP-atelier:DerivedFromSHA256': z.string(),
      'ExifTool:Warning': z.string().optional(),
      'XMP-dc:Rights': z.string().optional(),
      'IFD0:Copyright': z.string().optional(),
    });
    try {
      for (const { name, bytes } of samples.filter((sample) => sample.name.endsWith('37x61'))) {
        const path = join(folder, `picture.${extensionOf(name)}`);
        await writeFile(path, marked(bytes));
        const read = tags.parse(await exiftool.read(path, { readArgs: ['-G1'] }));
        expect(read, name).toStrictEqual({
          'XMP-iptcExt:DigitalSourceType':
            'http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia',
          'XMP-xmp:CreatorTool': facts.creatorTool,
          'XMP-atelier:Model': facts.model,
          'XMP-atelier:RecipeHash': facts.recipeHash,
          'XMP-atelier:DerivedFromSHA256': 'cd'.repeat(32),
          ...(/with xmp/.test(name) ? { 'XMP-dc:Rights': 'Someone' } : {}),
          ...(/metadata|(jpeg|avif) with xmp/.test(name) ? { 'IFD0:Copyright': 'Someone else' } : {}),
        });
      }
    } finally {
      await exiftool.end();
      await rm(folder, { recursive: true });
    }
  });
});
