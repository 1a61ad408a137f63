/**
 * Bodies of calls that carry pictures: JSON with base64 inside, or forms with files. The pictures stay in the store until
 * they are sent; nothing here ever holds one whole.
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type {
  InputName,
  InputRef,
  JsonValue,
  NativeCall,
  OutgoingBody,
  OutgoingPart,
  PreparedInput,
  ProviderIo,
} from '../provider.js';

const inputName = z.union([
  z.int().min(0),
  z.templateLiteral(['continuation-', z.int().min(0)]),
  z.literal(['mask-alpha', 'mask-white']),
]);
const inputRef = z.strictObject({
  $input: inputName,
  as: z.enum(['base64', 'data-url', 'text', 'file']),
});

const EXTENSIONS = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/webp': 'webp',
  'application/octet-stream': 'bin',
} as const satisfies Record<PreparedInput['mimeType'], string>;

/** Largest bytes that are put into a string as text. */
const MAX_TEXT_BYTES = 8 * 1024 * 1024;

/** Where the pictures of one call are and how to read them. */
export interface InputSource extends Pick<ProviderIo, 'input'> {
  /** Opens the stored bytes of a hash. */
  read(sha256: string): AsyncIterable<unknown>;
}

/** For calls without pictures. */
export const NO_INPUTS: InputSource = {
  input: (name) => {
    throw new Error(`the call has no input ${name}`);
  },
  read: () => {
    throw new Error('the call has no inputs');
  },
};

/** A reference to an edit's picture, as a member of a call's body. */
export function inputRefOf($input: InputName, as: InputRef['as']): { readonly [key: string]: JsonValue } {
  return { $input, as };
}

/** The names of all pictures that a call's body refers to, each once, in order of appearance. */
export function listInputs(body: JsonValue): readonly InputName[] {
  const names = new Set<InputName>();
  const visit = (value: JsonValue): void => {
    const ref = inputRef.safeParse(value);
    if (ref.success) names.add(ref.data.$input);
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(visit);
  };
  visit(body);
  return [...names];
}

/**
 * The body of a call in the encoding that it names, every reference replaced by the picture's place.
 * @throws Error for a reference that the encoding has no form for (`file` in JSON, anything else than `file` inside a form)
 */
export function toOutgoingBody(
  call: Pick<NativeCall, 'body' | 'encoding'>,
  io: Pick<ProviderIo, 'input'>,
): OutgoingBody {
  return call.encoding === 'form' ? formBody(call.body, io) : jsonBody(call.body, io);
}

function jsonBody(body: NativeCall['body'], io: Pick<ProviderIo, 'input'>): OutgoingBody {
  // A mark that no prompt can contain: it is drawn anew for every body.
  const mark = `input-${randomUUID()}:`;
  const refs: InputRef[] = [];
  const text = JSON.stringify(body, (_key, value: unknown) => {
    const ref = inputRef.safeParse(value);
    if (!ref.success) return value;
    return `${mark}${refs.push(ref.data) - 1}:`;
  });
  const parts: OutgoingPart[] = [];
  let rest = text;
  for (const [index, ref] of refs.entries()) {
    const place = `${mark}${index}:`;
    const start = rest.indexOf(place);
    parts.push(rest.slice(0, start), ...jsonParts(ref, io));
    rest = rest.slice(start + place.length);
  }
  parts.push(rest);
  return { contentType: 'application/json', parts };
}

function jsonParts(ref: InputRef, io: Pick<ProviderIo, 'input'>): readonly OutgoingPart[] {
  const input = ref.$input;
  switch (ref.as) {
    case 'base64':
      return [{ input, encoding: 'base64' }];
    case 'data-url':
      return [`data:${io.input(input).mimeType};base64,`, { input, encoding: 'base64' }];
    case 'text':
      return [{ input, encoding: 'json-text' }];
    case 'file':
      throw new Error('JSON has no files');
  }
}

function formBody(body: NativeCall['body'], io: Pick<ProviderIo, 'input'>): OutgoingBody {
  const boundary = `atelier-${randomUUID()}`;
  const parts: OutgoingPart[] = [];
  for (const [name, value] of Object.entries(body)) {
    for (const single of Array.isArray(value) ? listOf(value) : [value]) {
      const head = `--${boundary}\r\ncontent-disposition: form-data; name="${name}"`;
      const ref = inputRef.safeParse(single);
      if (!ref.success) {
        parts.push(`${head}\r\n\r\n${typeof single === 'string' ? single : JSON.stringify(single)}\r\n`);
        continue;
      }
      if (ref.data.as !== 'file') throw new Error('a form carries pictures as files');
      const { mimeType } = io.input(ref.data.$input);
      const filename = `${ref.data.$input}.${EXTENSIONS[mimeType]}`;
      parts.push(
        `${head}; filename="${filename}"\r\ncontent-type: ${mimeType}\r\n\r\n`,
        { input: ref.data.$input, encoding: 'bytes' },
        '\r\n',
      );
    }
  }
  parts.push(`--${boundary}--\r\n`);
  return { contentType: `multipart/form-data; boundary=${boundary}`, parts };
}

function listOf(value: readonly JsonValue[]): readonly JsonValue[] {
  return value;
}

/** A picture of the call, whole in memory. */
export async function readInput(source: InputSource, name: InputName): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of buffers(source.read(source.input(name).sha256))) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The exact length of a body in bytes, or undefined where texts have to be escaped first. */
export function outgoingLengthBytes(body: OutgoingBody, io: Pick<ProviderIo, 'input'>): number | undefined {
  let lengthBytes = 0;
  for (const part of body.parts) {
    if (typeof part === 'string') lengthBytes += Buffer.byteLength(part);
    else if (part.encoding === 'json-text') return undefined;
    else {
      const { sizeBytes } = io.input(part.input);
      lengthBytes += part.encoding === 'bytes' ? sizeBytes : 4 * Math.ceil(sizeBytes / 3);
    }
  }
  return lengthBytes;
}

/** The bytes of a body in order, pictures read while they are sent. */
export async function* streamOutgoing(body: OutgoingBody, source: InputSource): AsyncGenerator<Buffer> {
  for (const part of body.parts) {
    if (typeof part === 'string') {
      yield Buffer.from(part);
      continue;
    }
    const { sha256, sizeBytes } = source.input(part.input);
    switch (part.encoding) {
      case 'bytes':
        yield* buffers(source.read(sha256));
        break;
      case 'base64':
        yield* encodeBase64(buffers(source.read(sha256)));
        break;
      case 'json-text':
        if (sizeBytes > MAX_TEXT_BYTES) throw new Error('a text to send back is too long');
        yield await escapeText(buffers(source.read(sha256)));
        break;
    }
  }
}

/** Encodes in pieces of three bytes, so that the pieces join to the base64 of the whole. */
export async function* encodeBase64(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let carry: Buffer = Buffer.alloc(0);
  for await (const chunk of bytes) {
    const joined = carry.length === 0 ? chunk : Buffer.concat([carry, chunk]);
    const whole = joined.length - (joined.length % 3);
    carry = joined.subarray(whole);
    yield Buffer.from(joined.toString('base64', 0, whole), 'latin1');
  }
  if (carry.length > 0) yield Buffer.from(carry.toString('base64'), 'latin1');
}

async function escapeText(bytes: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.from(JSON.stringify(Buffer.concat(chunks).toString('utf8')).slice(1, -1));
}

async function* buffers(chunks: AsyncIterable<unknown>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    if (Buffer.isBuffer(chunk)) yield chunk;
    else if (chunk instanceof Uint8Array) yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  }
}
