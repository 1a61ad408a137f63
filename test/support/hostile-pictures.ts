/** Inputs that are broken, lie about themselves or mean harm; all made here, the same in every run. */
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { hostileDocuments } from './hostile-documents.js';
import { accepted, chunk, hostilePngStructures, refused } from './hostile-png.js';
import type { HostilePicture } from './hostile-png.js';

export type { HostilePicture } from './hostile-png.js';

const EDGE = 64;

export async function hostilePictures(): Promise<readonly HostilePicture[]> {
  return [
    ...(await cutPictures()),
    ...hostilePngStructures(),
    ...(await pngDamages()),
    ...(await jpegs()),
    ...(await webpsAndAvifs()),
    ...(await gifs()),
    ...(await polyglots()),
    ...hostileDocuments(),
  ];
}

/** Noise, so that every format has real data in it. */
function draw(width = EDGE, height = EDGE): Sharp {
  const pixels = Buffer.from(
    Array.from({ length: width * height * 3 }, (_, at) => Math.imul(at, 2_654_435_761) >>> 24),
  );
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

async function cutPictures(): Promise<HostilePicture[]> {
  const found: HostilePicture[] = [];
  for (const format of ['png', 'jpeg', 'webp', 'avif', 'gif'] as const) {
    const bytes = await draw().toFormat(format).toBuffer();
    for (const part of [0.1, 0.5, 0.95, 1]) {
      const length = part === 1 ? bytes.length - 1 : Math.floor(bytes.length * part);
      found.push(refused(`${format} cut at ${length}`, bytes.subarray(0, length), `image/${format}`));
    }
  }
  return found;
}

async function pngDamages(): Promise<HostilePicture[]> {
  const interlaced = await draw().png({ progressive: true }).toBuffer();
  const plain = await draw().png().toBuffer();
  const damaged = (bytes: Buffer) => {
    const copy = Buffer.from(bytes);
    const at = copy.indexOf('IDAT') + 4 + Math.floor(copy.length / 3);
    copy.fill(0xa5, at, at + 40);
    return copy;
  };
  return [
    refused('interlaced png, damaged inside', damaged(interlaced), 'image/png'),
    refused('png, damaged inside', damaged(plain), 'image/png'),
    refused('png named a jpeg, cut', plain.subarray(0, 200), 'image/jpeg'),
  ];
}

async function jpegs(): Promise<HostilePicture[]> {
  const [plain, progressive] = await Promise.all([
    draw().jpeg().toBuffer(),
    draw().jpeg({ progressive: true }).toBuffer(),
  ]);
  const scan = plain.indexOf(Buffer.from('ffda', 'hex'));
  const end = Buffer.from('ffd9', 'hex');
  const resized = Buffer.from(plain);
  const frame = resized.indexOf(Buffer.from('ffc0', 'hex'));
  resized.writeUInt16BE(65_535, frame + 5);
  resized.writeUInt16BE(65_535, frame + 7);
  const flat = Buffer.from(plain);
  flat.writeUInt16BE(0, frame + 5);
  const secondScan = progressive.indexOf(
    Buffer.from('ffda', 'hex'),
    progressive.indexOf(Buffer.from('ffda', 'hex')) + 2,
  );
  const type = 'image/jpeg';
  return [
    refused('jpeg of two bytes', plain.subarray(0, 2), type),
    refused(
      'jpeg with the wrong magic',
      Buffer.concat([Buffer.from('ffd7', 'hex'), plain.subarray(2)]),
      type,
    ),
    refused('jpeg without a scan', Buffer.concat([plain.subarray(0, scan), end]), type),
    refused(
      'jpeg whose scan is cut, with an end marker',
      Buffer.concat([plain.subarray(0, scan + 200), end]),
      type,
    ),
    refused('jpeg without its end marker', plain.subarray(0, -2), type),
    refused('jpeg that says 65535x65535', resized, type),
    refused('jpeg of no height', flat, type),
    refused('progressive jpeg cut in a later scan', progressive.subarray(0, secondScan + 40), type),
    refused('jpeg without tables', Buffer.concat([plain.subarray(0, 2), plain.subarray(frame)]), type),
  ];
}

async function webpsAndAvifs(): Promise<HostilePicture[]> {
  const [lossy, lossless, avif] = await Promise.all([
    draw().webp().toBuffer(),
    draw().webp({ lossless: true }).toBuffer(),
    draw().avif().toBuffer(),
  ]);
  const sized = (bytes: Buffer, size: number) => {
    const copy = Buffer.from(bytes);
    copy.writeUInt32LE(size, 4);
    return copy;
  };
  const renamed = Buffer.from(avif);
  renamed.write('mexa', avif.indexOf('meta'), 'latin1');
  const data = avif.indexOf('mdat') + 4;
  const blank = Buffer.from(avif).fill(0, data);
  const spoilt = Buffer.from(lossless).fill(0x5a, 40, 400);
  const [webp, type] = ['image/webp', 'image/avif'];
  return [
    refused('webp whose RIFF size is too small', sized(lossy, 20), webp),
    refused('webp whose RIFF size is too large', sized(lossy, lossy.length * 2), webp),
    refused('webp with 4 GB to come', sized(lossy, 0xffffffff), webp),
    refused('webp header alone', lossy.subarray(0, 12), webp),
    refused(
      'RIFF of another kind',
      Buffer.concat([lossy.subarray(0, 8), Buffer.from('WAVE'), lossy.subarray(12)]),
      webp,
    ),
    refused('lossless webp, damaged inside', spoilt, webp),
    refused('avif without meta', renamed, type),
    refused('avif header alone', avif.subarray(0, avif.indexOf('meta') - 4), type),
    refused('avif whose data is blank', blank, type),
  ];
}

async function gifs(): Promise<HostilePicture[]> {
  const gif = await draw().gif().toBuffer();
  const screen = (width: number, height: number) => {
    const head = Buffer.from('GIF89a\0\0\0\0\0\0\0', 'latin1');
    head.writeUInt16LE(width, 6);
    head.writeUInt16LE(height, 8);
    return head;
  };
  const frame = Buffer.from('2c0000000001000100000202440100', 'hex');
  const wrong = Buffer.from(gif);
  wrong.write('GIF88a', 'latin1');
  const type = 'image/gif';
  return [
    refused('gif without frames', Buffer.concat([screen(64, 64), Buffer.from(';')]), type),
    refused('gif of 65535x65535', Buffer.concat([screen(65_535, 65_535), frame, Buffer.from(';')]), type),
    refused('gif without its trailer', gif.subarray(0, -1), type),
    refused('gif of no size', Buffer.concat([screen(0, 0), frame, Buffer.from(';')]), type),
    refused('gif of another version', wrong, type),
  ];
}

/** Whole pictures that are something else as well. Nothing here runs them, so they are pictures. */
async function polyglots(): Promise<HostilePicture[]> {
  const [plain, jpeg, gif] = await Promise.all([
    draw().png().toBuffer(),
    draw().jpeg().toBuffer(),
    draw().gif().toBuffer(),
  ]);
  const script = Buffer.from('<script>alert(document.cookie)</script>');
  const php = Buffer.from('<?php system($_GET["c"]); ?>');
  const zip = Buffer.concat([Buffer.from('PK\x05\x06', 'latin1'), Buffer.alloc(18)]);
  const comment = Buffer.concat([Buffer.from([0xff, 0xfe, 0, php.length + 2]), php]);
  const js = Buffer.from('*/=1;alert(1)/*');
  const extension = Buffer.concat([Buffer.from([0x21, 0xfe, js.length]), js, Buffer.from([0])]);
  const frame = gif.indexOf(0x2c, 13 + 3 * 2 ** (((gif[10] ?? 0) & 7) + 1));
  return [
    accepted('png and zip', Buffer.concat([plain, zip]), 'image/png'),
    accepted(
      'png and html',
      Buffer.concat([
        plain.subarray(0, 33),
        chunk('tEXt', Buffer.concat([Buffer.from('c\0'), script])),
        plain.subarray(33),
        script,
      ]),
      'text/html',
    ),
    accepted('jpeg and php', Buffer.concat([jpeg.subarray(0, 2), comment, jpeg.subarray(2)]), 'image/jpeg'),
    accepted(
      'gif and script',
      Buffer.concat([gif.subarray(0, frame), extension, gif.subarray(frame)]),
      'text/javascript',
    ),
    refused('html in front of a png', Buffer.concat([script, plain]), 'image/png'),
    refused('pdf in front of a jpeg', Buffer.concat([Buffer.from('%PDF-1.4\n'), jpeg]), 'image/jpeg'),
  ];
}
