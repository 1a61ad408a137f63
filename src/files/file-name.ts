import type { Picture } from '../providers/provider.js';
import { EXTENSIONS } from './signed-links.js';

const MAX_BYTES = 255;

/** Extensions that a name may end in, by type; the first is ours. */
const FITTING: Readonly<Record<Picture['mimeType'], readonly string[]>> = {
  'image/png': ['png', 'apng'],
  'image/jpeg': ['jpg', 'jpeg', 'jpe', 'jfif'],
  'image/webp': ['webp'],
  'image/avif': ['avif', 'avifs'],
  'image/gif': ['gif'],
};

/** Names that Windows takes for devices, whatever their extension. */
const DEVICES = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;

/**
 * A name that is safe to show and to save under, on every system: no folders, no control characters, none that turn text
 * around or can't be seen, none that a file system refuses, an extension that fits the bytes, at most 255 bytes.
 * @param given as the caller sent it; undefined: none
 */
export function safeFilename(given: string | undefined, mimeType: Picture['mimeType']): string {
  const extension = EXTENSIONS[mimeType];
  const plain = (given ?? '')
    .normalize('NFC')
    .replace(/^.*[/\\]/su, '')
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '')
    .replace(/[<>:"|?*]/g, '_')
    .replace(/\s+/gu, ' ');
  const name = trimDots(plain);
  if (name === '') return `file.${extension}`;
  const fits = FITTING[mimeType].some((end) => name.toLowerCase().endsWith(`.${end}`));
  const whole = fits ? name : `${name}.${extension}`;
  return shorten(DEVICES.test(whole) ? `_${whole}` : whole);
}

/** Cuts before the extension, never within a character. */
function shorten(name: string): string {
  const dot = name.lastIndexOf('.');
  const end = name.slice(dot);
  let left = MAX_BYTES - Buffer.byteLength(end);
  let kept = '';
  for (const character of name.slice(0, dot)) {
    left -= Buffer.byteLength(character);
    if (left < 0) break;
    kept += character;
  }
  return kept + end;
}

/** Without dots and blanks at both ends. A pattern for the end would try every run of them anew. */
function trimDots(text: string): string {
  const isOuter = (at: number) => text[at] === '.' || text[at] === ' ';
  let start = 0;
  let end = text.length;
  while (start < end && isOuter(start)) start += 1;
  while (end > start && isOuter(end - 1)) end -= 1;
  return text.slice(start, end);
}
