import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  app11,
  cbor,
  CREDENTIALS as STORE,
  insert,
  pngChunk,
  superbox,
} from '../../test/factories/content-credentials.js';
import { buildXmp } from '../pixels/xmp.js';
import { withJpegCredentialsBuffer, withPngCredentialsBuffer } from '../providers/shared/emulator-picture.js';
import { writeBox } from './boxes.js';
import { readCbor } from './cbor.js';
import { readProvenance } from './read-provenance.js';

const SOURCE_TYPES = 'http://cv.iptc.org/newscodes/digitalsourcetype/';
let [png, jpeg, webp, avif] = [Buffer.alloc(0), Buffer.alloc(0), Buffer.alloc(0), Buffer.alloc(0)];

beforeAll(async () => {
  const picture = sharp({ create: { width: 20, height: 10, channels: 3, background: '#a00' } });
  png = await picture.clone().png().toBuffer();
  jpeg = await picture.clone().jpeg().toBuffer();
  webp = await picture.clone().webp().toBuffer();
  avif = await picture.clone().avif({ effort: 0 }).toBuffer();
});

const EXPECTED = {
  verification: 'unverified',
  activeManifest: 'urn:c2pa:second',
  manifests: [
    { label: 'urn:uuid:first', claimGenerator: 'Older tool/1.0', actions: [], digitalSourceTypes: [] },
    {
      label: 'urn:c2pa:second',
      claimGenerator: undefined,
      claimGeneratorInfo: [{ name: 'OpenAI API', version: '2' }],
      title: 'image.png',
      assertions: ['c2pa.actions.v2', 'c2pa.hash.data'],
      actions: [
        {
          action: 'c2pa.created',
          softwareAgent: 'gpt-image-2',
          digitalSourceType: 'trainedAlgorithmicMedia',
        },
        { action: 'c2pa.converted', softwareAgent: 'OpenAI API' },
      ],
      digitalSourceTypes: ['trainedAlgorithmicMedia'],
    },
  ],
};

function withWebpChunk(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(8, type, 'latin1');
  head.writeUInt32LE(body.length, 4);
  const bytes = Buffer.concat([webp, head, body, Buffer.alloc(body.length & 1)]);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  return bytes;
}

const C2PA_UUID = Buffer.from('d8fec3d61b0e483c92975828877ec481', 'hex');

describe('content credentials', () => {
  it('are read in every format', () => {
    const purpose = Buffer.from('\0\0\0\0manifest\0\0\0\0\0\0\0\0\0', 'latin1');
    const signed: readonly (readonly [string, Buffer])[] = [
      ['caBX chunk', insert(png, 33, pngChunk('caBX', STORE))],
      ['APP11 segments', insert(jpeg, 2, ...app11(STORE, 60_000))],
      ['APP11 segments', insert(jpeg, 2, ...app11(STORE, 100))],
      ['C2PA chunk', withWebpChunk('C2PA', STORE)],
      ['uuid box', Buffer.concat([avif, writeBox('uuid', C2PA_UUID, purpose, STORE)])],
      ['uuid box', Buffer.concat([avif, writeBox('uuid', C2PA_UUID, STORE)])],
      ['jumb box', Buffer.concat([avif, STORE])],
    ];
    for (const [place, bytes] of signed) {
      const report = readProvenance(bytes);
      expect(report.problems, place).toStrictEqual([]);
      expect(report.c2pa, place).toMatchObject({ place, sizeBytes: STORE.length, ...EXPECTED });
      expect(report.c2pa?.labels).toContain('c2pa/urn:c2pa:second/c2pa.assertions/c2pa.actions.v2');
    }
  });

  it('of the emulators are seen for what they are: a store without a manifest', () => {
    for (const bytes of [withPngCredentialsBuffer(png), withJpegCredentialsBuffer(jpeg)])
      expect(readProvenance(bytes)).toMatchObject({
        c2pa: { verification: 'unverified', labels: ['c2pa', 'c2pa/atelier.emulated'], manifests: [] },
        problems: ['The C2PA store holds no manifest.'],
      });
  });

  it('are missing in plain pictures, and in what is none of the four', () => {
    for (const bytes of [png, jpeg, webp, avif])
      expect(readProvenance(bytes)).toMatchObject({ c2pa: undefined, xmp: undefined, problems: [] });
    for (const text of ['', 'GIF89a', '<svg/>', 'RIFF\0\0\0\0WAVE'])
      expect(readProvenance(Buffer.from(text))).toStrictEqual({
        mimeType: undefined,
        c2pa: undefined,
        xmp: undefined,
        problems: ['The bytes are no PNG, JPEG, WebP or AVIF.'],
      });
  });

  it('are reported with what is left of them when damaged', () => {
    const cut = readProvenance(insert(png, 33, pngChunk('caBX', STORE.subarray(0, -1))));
    expect(cut.c2pa).toMatchObject({ place: 'caBX chunk', manifests: [] });
    expect(cut.problems).toStrictEqual(['The JUMBF boxes make no sense.']);
    const spoilt = Buffer.from(STORE);
    spoilt.fill(0xff, spoilt.indexOf('Older tool') - 20, spoilt.indexOf('Older tool'));
    const report = readProvenance(insert(png, 33, pngChunk('caBX', spoilt)));
    expect(report.c2pa?.activeManifest).toBe('urn:c2pa:second');
    expect(report.problems).not.toStrictEqual([]);
  });

  it('can not take time or depth by what they claim', () => {
    let nested = superbox('c2ma', 'inner');
    for (let depth = 0; depth < 5000; depth += 1)
      nested = writeBox('jumb', writeBox('jumd', Buffer.alloc(17)), nested);
    const many = Buffer.concat([STORE.subarray(8), Buffer.alloc(4_000_000, writeBox('jumb'))]);
    const started = performance.now();
    for (const store of [nested, writeBox('jumb', many), Buffer.alloc(5_000_000, 0xff)])
      expect(readProvenance(insert(png, 33, pngChunk('caBX', store))).problems).not.toStrictEqual([]);
    const claims = [
      Buffer.alloc(300_000, 0x81),
      Buffer.alloc(200_000, 0x9f),
      Buffer.concat([Buffer.from([0x7f]), Buffer.alloc(200_000, 0x60)]),
      Buffer.from('9bffffffffffffffff', 'hex'),
      Buffer.from('bb001fffffffffffff', 'hex'),
      Buffer.from('1c', 'hex'),
      Buffer.from('ff', 'hex'),
    ];
    for (const claim of claims) expect(() => readCbor(claim)).toThrow(RangeError);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe('readCbor', () => {
  it('reads what JSON can hold, and leaves out the rest', () => {
    const value = { text: 'é狐', list: [1, 'a', { deep: 500 }], empty: {} };
    expect(readCbor(cbor({ ...value, bytes: Buffer.from('x') }))).toStrictEqual({
      ...value,
      bytes: undefined,
    });
    const indefinite = Buffer.from(
      'bf61617f61626163ff6162c074323031332d30332d32315432303a30343a30305aff',
      'hex',
    );
    expect(readCbor(indefinite)).toStrictEqual({ a: 'bc', b: '2013-03-21T20:04:00Z' });
    expect(readCbor(Buffer.from('8538630cf4f6fb3ff199999999999af97c00', 'hex'))).toStrictEqual([
      -100,
      12,
      false,
      null,
      1.1,
    ]);
  });
});

describe('XMP', () => {
  const facts = {
    digitalSourceType: 'algorithmicMedia',
    creatorTool: 'Atelier',
    model: 'atelier-sketch',
    recipeHash: undefined,
  } as const;
  const inJpeg = (packet: string | Buffer) => {
    const body = Buffer.concat([
      Buffer.from('\xff\xe1\0\0http://ns.adobe.com/xap/1.0/\0', 'latin1'),
      Buffer.from(packet),
    ]);
    body.writeUInt16BE(body.length - 2, 2);
    return readProvenance(insert(jpeg, 2, body));
  };
  const rdf = (description: string) =>
    `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">${description}</rdf:RDF>`;
  const IPTC = 'xmlns:i="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"';

  it('is read as libvips writes it, in all formats', async () => {
    for (const bytes of [png, jpeg, webp, avif]) {
      const written = await sharp(bytes).withXmp(buildXmp(facts)).toBuffer();
      expect(readProvenance(written)).toMatchObject({
        xmp: {
          digitalSourceType: 'algorithmicMedia',
          creatorTool: 'Atelier',
          model: 'atelier-sketch',
          recipeHash: undefined,
          sizeBytes: Buffer.byteLength(buildXmp(facts)),
        },
        problems: [],
      });
    }
  });

  it('is read however others write a property', () => {
    const value = `${SOURCE_TYPES}digitalArt`;
    for (const description of [
      `<rdf:Description ${IPTC} i:DigitalSourceType="${value}"/>`,
      `<rdf:Description ${IPTC}><i:DigitalSourceType>${value}</i:DigitalSourceType></rdf:Description>`,
      `<rdf:Description ${IPTC}><i:DigitalSourceType rdf:resource='${value}'/></rdf:Description>`,
      `<!-- <x> --><rdf:Description><DigitalSourceType xmlns="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"><![CDATA[${value}]]></DigitalSourceType></rdf:Description>`,
      `<rdf:Description ${IPTC}><i:DigitalSourceType>\n https://cv.iptc.org/newscodes/digitalsourcetype/digital&#65;rt </i:DigitalSourceType></rdf:Description>`,
    ])
      expect(inJpeg(rdf(description)).xmp?.digitalSourceType).toBe('digitalArt');
    expect(inJpeg(rdf(`<rdf:Description ${IPTC} i:DigitalSourceType="own words"/>`)).xmp).toMatchObject({
      digitalSourceType: 'own words',
    });
  });

  it('of a part, or under another namespace, is not taken for the picture itself', () => {
    const inner = `<i:Part rdf:parseType="Resource"><i:DigitalSourceType>x</i:DigitalSourceType></i:Part>`;
    for (const description of [
      `<rdf:Description ${IPTC}>${inner}</rdf:Description>`,
      `<rdf:Description xmlns:i="urn:other" i:DigitalSourceType="x"/>`,
    ])
      expect(inJpeg(rdf(description))).toMatchObject({ xmp: { digitalSourceType: undefined }, problems: [] });
  });

  it('names credentials that are kept elsewhere', () => {
    const terms = 'xmlns:dcterms="http://purl.org/dc/terms/"';
    const { xmp } = inJpeg(rdf(`<rdf:Description ${terms} dcterms:provenance="https://example.com/m"/>`));
    expect(xmp?.remoteManifest).toBe('https://example.com/m');
  });

  it('that is hostile or damaged is left, in little time', () => {
    const started = performance.now();
    const packets = [
      '',
      '<',
      '<a',
      '<a b="',
      '<a></b>',
      '<!DOCTYPE a [<!ENTITY x "y">]><a/>',
      '<?xpacket',
      rdf('<rdf:Description>'),
      '<a>'.repeat(20_000),
      `<a${' '.repeat(60_000)}`,
      `<a ${'b '.repeat(30_000)}`,
      `<a ${'b="" '.repeat(12_000)}/>`,
      '&'.repeat(60_000),
      Buffer.from(buildXmp(facts), 'utf16le'),
      Buffer.alloc(60_000, 0xff),
    ];
    for (const packet of packets)
      expect(inJpeg(packet).problems).toStrictEqual(['The XMP packet is damaged or of an unusual kind.']);
    const bomb = Buffer.concat([
      Buffer.from('XML:com.adobe.xmp\0\0', 'latin1'),
      deflateSync(Buffer.alloc(50_000_000)),
    ]);
    const bombs = Array.from({ length: 50 }, () => pngChunk('zTXt', bomb));
    expect(readProvenance(insert(png, 33, ...bombs)).problems).toContain(
      'The compressed XMP chunk is damaged or too large.',
    );
    expect(performance.now() - started).toBeLessThan(3000);
  });
});
