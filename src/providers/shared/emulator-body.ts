/** Request bodies taken apart and answer bodies sent badly: what emulators of different protocols do alike. */
import { setTimeout as wait } from 'node:timers/promises';

/** Lengths of the first and last pieces of a dripped body: odd, so that they fall inside characters and groups of four. */
const TINY_PIECES_BYTES = [1, 2, 3, 5, 7, 11, 13];
const TINY_PIECES = 42;
const LARGE_PIECES = 60;

/** The first half of a body, at least one byte short of it. */
export function cutInHalf(body: Buffer): Buffer {
  return body.subarray(0, Math.floor(body.length / 2));
}

/** A body in tiny pieces at both ends and larger ones between, spread over `dripMs`. */
export async function* dripPieces(
  body: Buffer,
  pace: { readonly signal: AbortSignal; readonly dripMs: number },
): AsyncIterable<Buffer> {
  const lengths = pieceLengths(body.length);
  let offset = 0;
  for (const length of lengths) {
    yield body.subarray(offset, offset + length);
    offset += length;
    await wait(pace.dripMs / lengths.length, undefined, { signal: pace.signal });
  }
}

function pieceLengths(total: number): number[] {
  const tiny = Array.from({ length: TINY_PIECES }, (_, index) => TINY_PIECES_BYTES[index % 7] ?? 1);
  const tinyTotal = tiny.reduce((sum, length) => sum + length, 0);
  const middle = total - 2 * tinyTotal;
  if (middle <= 0) return Array.from({ length: Math.ceil(total / 3) }, () => 3);
  const large = Math.ceil(middle / LARGE_PIECES);
  const larges = Array.from({ length: Math.ceil(middle / large) }, (_, index) =>
    Math.min(large, middle - index * large),
  );
  return [...tiny, ...larges, ...tiny];
}

/** Base64 with characters of no base64 alphabet in the middle, the length kept. */
export function damageBase64(text: string): string {
  const middle = Math.floor(text.length / 2);
  return `${text.slice(0, middle)}*#!?${text.slice(middle + 4)}`;
}

/** A picture that begins well and is broken from the middle on, its end missing. */
export function damagePictureBuffer(bytes: Uint8Array): Buffer {
  const kept = Buffer.from(bytes.subarray(0, Math.floor((bytes.length * 3) / 4)));
  kept.fill(0x2a, Math.floor(bytes.length / 2));
  return kept;
}

/** One part of a `multipart/form-data` body. */
export type FormPart =
  | { readonly kind: 'text'; readonly name: string; readonly value: string }
  | {
      readonly kind: 'file';
      readonly name: string;
      readonly filename: string;
      readonly mimeType: string;
      readonly bytes: Buffer;
    };

/**
 * The parts of a form in their order, or undefined when the body is no readable form. Read here because a parser plugin
 * would share its decorators with whatever server the emulator is mounted in.
 */
export function readFormBuffer(contentType: string, body: Buffer): FormPart[] | undefined {
  const match = /;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  const boundary = `--${match?.[1] ?? match?.[2] ?? ''}`;
  if (boundary === '--') return undefined;
  const parts: FormPart[] = [];
  let start = body.indexOf(boundary);
  while (start !== -1) {
    const afterBoundary = start + boundary.length;
    if (body.toString('latin1', afterBoundary, afterBoundary + 2) === '--') return parts;
    const next = body.indexOf(`\r\n${boundary}`, afterBoundary);
    const endOfHead = body.indexOf('\r\n\r\n', afterBoundary);
    if (next === -1 || endOfHead === -1 || endOfHead > next) return undefined;
    const part = readPart(
      body.toString('utf8', afterBoundary, endOfHead),
      body.subarray(endOfHead + 4, next),
    );
    if (part === undefined) return undefined;
    parts.push(part);
    start = next + 2;
  }
  return undefined;
}

function readPart(head: string, content: Buffer): FormPart | undefined {
  const disposition = /^content-disposition:\s*form-data\b(.*)$/im.exec(head)?.[1];
  const name = /;\s*name="([^"]*)"/i.exec(disposition ?? '')?.[1];
  if (name === undefined) return undefined;
  const filename = /;\s*filename="([^"]*)"/i.exec(disposition ?? '')?.[1];
  const mimeType = /^content-type:\s*(.*?)\s*$/im.exec(head)?.[1];
  if (filename === undefined) return { kind: 'text', name, value: content.toString('utf8') };
  // A file without a type is what older clients send; servers then take it as bytes of no known kind.
  return { kind: 'file', name, filename, mimeType: mimeType ?? 'application/octet-stream', bytes: content };
}

/** A form as a request record shows it: file bytes are told by their length. */
export function describeForm(parts: readonly FormPart[]): unknown {
  return {
    fields: Object.fromEntries(
      parts.flatMap((part) => (part.kind === 'text' ? [[part.name, part.value]] : [])),
    ),
    files: parts.flatMap((part) =>
      part.kind === 'file'
        ? [
            {
              name: part.name,
              filename: part.filename,
              mimeType: part.mimeType,
              sizeBytes: part.bytes.length,
            },
          ]
        : [],
    ),
  };
}

/** Parsed JSON, or undefined when the text is none. */
export function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    // Only syntax errors come here, and undefined is no JSON value.
    return undefined;
  }
}

/** Whether a value is a JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
