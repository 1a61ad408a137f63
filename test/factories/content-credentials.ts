/** Content credentials as providers write them, and pictures that carry them. The signature is no signature. */
import { crc32 } from 'node:zlib';
import { writeBox } from '../../src/provenance/boxes.js';

const SOURCE_TYPES = 'http://cv.iptc.org/newscodes/digitalsourcetype/';

/** CBOR of plain values (RFC 8949), definite lengths only; buffers become byte strings. */
export function cbor(value: unknown): Buffer {
  if (typeof value === 'string')
    return Buffer.concat([cborHead(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (typeof value === 'number') return cborHead(0, value);
  if (Buffer.isBuffer(value)) return Buffer.concat([cborHead(2, value.length), value]);
  if (Array.isArray(value)) return Buffer.concat([cborHead(4, value.length), ...value.map(cbor)]);
  const entries = Object.entries(value ?? {});
  return Buffer.concat([
    cborHead(5, entries.length),
    ...entries.flatMap(([name, field]) => [cbor(name), cbor(field)]),
  ]);
}

function cborHead(major: number, count: number): Buffer {
  if (count < 24) return Buffer.from([(major << 5) | count]);
  const head = Buffer.from([(major << 5) | 25, 0, 0]);
  head.writeUInt16BE(count, 1);
  return head;
}

export function superbox(kind: string, label: string, ...content: readonly Buffer[]): Buffer {
  const uuid = Buffer.from(`${Buffer.from(kind).toString('hex')}00110010800000aa00389b71`, 'hex');
  return writeBox('jumb', writeBox('jumd', uuid, Buffer.from([3]), Buffer.from(`${label}\0`)), ...content);
}

/** A manifest as OpenAI and Google write them: a claim, actions, a hash and a signature. */
function manifest(label: string, claimLabel: string, claim: unknown, actions: unknown): Buffer {
  return superbox(
    'c2ma',
    label,
    superbox(
      'c2as',
      'c2pa.assertions',
      superbox('cbor', 'c2pa.actions.v2', writeBox('cbor', cbor(actions))),
      superbox(
        'cbor',
        'c2pa.hash.data',
        writeBox('cbor', cbor({ hash: Buffer.alloc(32), pad: Buffer.alloc(9) })),
      ),
    ),
    superbox('c2cl', claimLabel, writeBox('cbor', cbor(claim))),
    superbox('c2cs', 'c2pa.signature', writeBox('cbor', cbor(Buffer.alloc(300)))),
  );
}

/** Two manifests: that of an older tool, and the active one of a model. */
export const CREDENTIALS = superbox(
  'c2pa',
  'c2pa',
  manifest('urn:uuid:first', 'c2pa.claim', { claim_generator: 'Older tool/1.0' }, { actions: [] }),
  manifest(
    'urn:c2pa:second',
    'c2pa.claim.v2',
    {
      instanceID: 'xmp:iid:1',
      claim_generator_info: { name: 'OpenAI API', version: '2' },
      'dc:title': 'image.png',
      created_assertions: [{ url: 'self#jumbf=c2pa.assertions/c2pa.actions.v2', hash: Buffer.alloc(32) }],
    },
    {
      actions: [
        {
          action: 'c2pa.created',
          softwareAgent: { name: 'gpt-image-2' },
          digitalSourceType: `${SOURCE_TYPES}trainedAlgorithmicMedia`,
        },
        { action: 'c2pa.converted', softwareAgent: 'OpenAI API' },
        { nonsense: true },
      ],
    },
  ),
);

export function pngChunk(type: string, body: Buffer): Buffer {
  const chunk = Buffer.concat([Buffer.alloc(4), Buffer.from(type, 'latin1'), body, Buffer.alloc(4)]);
  chunk.writeUInt32BE(body.length, 0);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), chunk.length - 4);
  return chunk;
}

/** With pieces put in. */
export const insert = (bytes: Buffer, at: number, ...pieces: readonly Buffer[]) =>
  Buffer.concat([bytes.subarray(0, at), ...pieces, bytes.subarray(at)]);

/** A store cut over APP11 segments; each repeats the head of the box. */
export function app11(store: Buffer, bytesEach: number): Buffer[] {
  const segments: Buffer[] = [];
  for (let at = 8; at < store.length; at += bytesEach) {
    const body = Buffer.concat([store.subarray(0, 8), store.subarray(at, at + bytesEach)]);
    const head = Buffer.from([0xff, 0xeb, 0, 0, 0x4a, 0x50, 0, 7, 0, 0, 0, segments.length + 1]);
    head.writeUInt16BE(head.length - 2 + body.length, 2);
    segments.push(head, body);
    // Heads and bodies are counted together: a sequence number is half the list's length.
    head.writeUInt32BE(segments.length / 2, 8);
  }
  return segments;
}

/** A PNG with the credentials in a `caBX` chunk behind its header. */
export function signedPng(png: Buffer): Buffer {
  return insert(png, 33, pngChunk('caBX', CREDENTIALS));
}

/** A JPEG with the credentials in APP11 segments, before everything else. */
export function signedJpeg(jpeg: Buffer): Buffer {
  return insert(jpeg, 2, ...app11(CREDENTIALS, 60_000));
}
