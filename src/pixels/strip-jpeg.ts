import { Keeper, type StripRules } from './stripped.js';

const [TEM, SOI, EOI, SOS, COM] = [0x01, 0xd8, 0xd9, 0xda, 0xfe];
const [APP0, APP2, APP11, APP14, APP15] = [0xe0, 0xe2, 0xeb, 0xee, 0xef];

/**
 * A JPEG with the segments that its pixels and colours need, their bytes untouched; stray bytes between segments and whatever
 * stands behind the picture (further pictures with metadata of their own, videos) are left out. Undefined when the structure
 * makes no sense.
 */
export function stripJpeg(bytes: Buffer, rules: StripRules): Keeper | undefined {
  const keeper = new Keeper();
  const { removed } = keeper;
  keeper.keep(0, 2);
  for (let at = 2; at < bytes.length;) {
    const from = bytes.indexOf(0xff, at);
    if (from < 0) return undefined;
    let end = from;
    while (bytes[end] === 0xff) end += 1;
    const code = bytes[end];
    if (code === undefined || code === SOI) return undefined;
    if (from > at) removed.add('stray bytes');
    // A stuffed byte belongs to no segment: the decoder passes over it as well.
    if (code === 0) {
      removed.add('stray bytes');
      at = end + 1;
      continue;
    }
    if (code === EOI) {
      keeper.keep(end - 1, end + 1);
      if (end + 1 < bytes.length) removed.add('what stood behind the picture');
      return keeper;
    }
    if (code === TEM || isRestart(code)) {
      keeper.keep(end - 1, end + 1);
      at = end + 1;
      continue;
    }
    if (end + 3 > bytes.length) return undefined;
    const length = bytes.readUInt16BE(end + 1);
    const to = end + 1 + length;
    if (length < 2 || to > bytes.length) return undefined;
    const body = bytes.subarray(end + 3, to);
    const name = nameOf(code, body);
    const stays = name === undefined || (name === 'content credentials' && rules.keepCredentials);
    const next = code === SOS ? endOfScan(bytes, to) : to;
    if (next === undefined) return undefined;
    // Of filling bytes before the marker only the last one stays.
    if (stays) keeper.keep(end - 1, next);
    else removed.add(name);
    at = next;
  }
  return undefined;
}

/** What a segment holds that no pixel needs; undefined: it is needed. */
function nameOf(code: number, body: Buffer): string | undefined {
  const begins = (text: string) => body.toString('latin1', 0, text.length) === text;
  if (code === COM) return 'comments';
  if (code < APP0 || code > APP15) return undefined;
  if (code === APP0) return begins('JFIF\0') && body.length <= 14 ? undefined : 'thumbnails';
  if (code === APP2 && begins('ICC_PROFILE\0')) return undefined;
  // Tells how the colours are coded.
  if (code === APP14 && begins('Adobe')) return undefined;
  if (code === APP11 && begins('JP')) return 'content credentials';
  if (begins('Exif\0')) return 'EXIF';
  if (begins('http://ns.adobe.com/')) return 'XMP';
  if (begins('Photoshop ')) return 'IPTC';
  return 'other metadata';
}

/** Where entropy-coded data ends: at the next marker that is no restart. */
function endOfScan(bytes: Buffer, start: number): number | undefined {
  for (let at = bytes.indexOf(0xff, start); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const code = bytes[at + 1];
    if (code === undefined) return undefined;
    if (code !== 0 && code !== 0xff && !isRestart(code)) return at;
  }
  return undefined;
}

function isRestart(code: number): boolean {
  return code >= 0xd0 && code <= 0xd7;
}
