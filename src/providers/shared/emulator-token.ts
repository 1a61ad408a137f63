/**
 * Links and task ids of emulators say by themselves what they stand for, so that any replica, also one started after a
 * crash, can answer for them. Nothing in them is secret or worth forging: they name a picture that anybody may have drawn.
 */
import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { JsonValue } from '../provider.js';
import { parseJson } from './emulator-body.js';

const CHECK_BYTES = 6;
/** A token never unpacks to more than this. */
const MAX_UNPACKED_BYTES = 1024 * 1024;

/** Packs a value into text that is safe in paths and queries. */
export function sealToken(value: JsonValue): string {
  const packed = deflateRawSync(Buffer.from(JSON.stringify(value)));
  return Buffer.concat([checkOf(packed), packed]).toString('base64url');
}

/** The value of a token, or undefined when the text is none; the caller proves its shape. */
export function openToken(token: string): unknown {
  const bytes = Buffer.from(token, 'base64url');
  const packed = bytes.subarray(CHECK_BYTES);
  if (packed.length === 0 || !checkOf(packed).equals(bytes.subarray(0, CHECK_BYTES))) return undefined;
  // The check proves that the bytes are our own, so inflating can't fail.
  return parseJson(inflateRawSync(packed, { maxOutputLength: MAX_UNPACKED_BYTES }).toString('utf8'));
}

function checkOf(packed: Buffer): Buffer {
  return createHash('sha256').update('emulated').update(packed).digest().subarray(0, CHECK_BYTES);
}
