import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InputName, InputRef, JsonValue, OutgoingPart, PreparedInput } from '../provider.js';
import { readFormBuffer } from './emulator-body.js';
import {
  inputRefOf,
  listInputs,
  NO_INPUTS,
  outgoingLengthBytes,
  readInput,
  streamOutgoing,
  toOutgoingBody,
  type InputSource,
} from './outgoing-body.js';

interface Given {
  readonly name: InputName;
  readonly chunks: readonly Uint8Array[];
  readonly mimeType: PreparedInput['mimeType'];
}

const hexOf = (bytes: Buffer) => bytes.toString('hex');
const bytesOf = (given: Given) => Buffer.concat(given.chunks);

/** Pictures as the store has them: read in the given pieces. */
function sourceOf(inputs: readonly Given[]): InputSource {
  const find = (key: string) => {
    const found = inputs.find(({ name }) => String(name) === key);
    if (found === undefined) throw new Error(`there is no input ${key}`);
    return found;
  };
  return {
    input: (name) => {
      const found = find(String(name));
      return { sha256: String(name), sizeBytes: bytesOf(found).length, mimeType: found.mimeType };
    },
    read: (sha256) => Readable.from(find(sha256).chunks),
  };
}

async function render(
  body: Readonly<Record<string, JsonValue>>,
  encoding: 'json' | 'form',
  source: InputSource,
): Promise<{ contentType: string; bytes: Buffer; lengthBytes: number | undefined }> {
  const outgoing = toOutgoingBody({ body, encoding }, source);
  const chunks: Buffer[] = [];
  for await (const chunk of streamOutgoing(outgoing, source)) chunks.push(chunk);
  return {
    contentType: outgoing.contentType,
    bytes: Buffer.concat(chunks),
    lengthBytes: outgoingLengthBytes(outgoing, source),
  };
}

const name: fc.Arbitrary<InputName> = fc.oneof(
  fc.nat({ max: 16 }),
  fc.nat({ max: 16 }).map((index): InputName => `continuation-${index}`),
  fc.constantFrom<InputName>('mask-alpha', 'mask-white'),
);
const given = (chunk: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Given> =>
  fc.record({
    name,
    chunks: fc.array(chunk, { maxLength: 6 }),
    mimeType: fc.constantFrom('image/png', 'image/jpeg', 'image/webp', 'application/octet-stream'),
  });
const anyGiven = given(fc.uint8Array({ maxLength: 40 }));
/** Whole characters in every piece, so that the pieces join to the text. */
const textGiven = given(fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => Buffer.from(text)));
const distinct = (inputs: fc.Arbitrary<Given>) =>
  fc.uniqueArray(inputs, { selector: (input) => input.name, minLength: 1, maxLength: 4 });

/** Any body around the references, with what JSON and marks might stumble on. */
const words = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('input-:0:', '"0:', '{"$input":0}', '\r\n--'),
);
const leaf = fc.oneof(words, fc.integer(), fc.boolean(), fc.constant(null));

/** Puts the references at different depths and gives back what a reader of the sent bytes must find. */
function nest(
  refs: readonly InputRef[],
  extras: readonly JsonValue[],
  show: (ref: InputRef) => JsonValue,
): { body: Record<string, JsonValue>; expected: Record<string, JsonValue> } {
  const body: Record<string, JsonValue> = { extras };
  const expected: Record<string, JsonValue> = { extras };
  for (const [index, ref] of refs.entries()) {
    const [sent, read] = [inputRefOf(ref.$input, ref.as), show(ref)];
    const extra = extras[index] ?? null;
    body[`ref ${index}`] = index % 2 === 0 ? sent : [extra, { deep: [sent, sent], extra }];
    expected[`ref ${index}`] = index % 2 === 0 ? read : [extra, { deep: [read, read], extra }];
  }
  return { body, expected };
}

describe('a JSON body', () => {
  it('holds exactly the pictures’ bytes as base64, in any pieces and at any depth', async () => {
    await fc.assert(
      fc.asyncProperty(
        distinct(anyGiven),
        fc.array(leaf, { maxLength: 6 }),
        fc.constantFrom('base64' as const, 'data-url' as const),
        async (inputs, extras, as) => {
          const source = sourceOf(inputs);
          const refs = inputs.map((input): InputRef => ({ $input: input.name, as }));
          const { body, expected } = nest(refs, extras, ({ $input }) => {
            const input = inputs.find((other) => other.name === $input);
            if (input === undefined) throw new Error('the reference was made of an input');
            const base64 = bytesOf(input).toString('base64');
            return as === 'base64' ? base64 : `data:${input.mimeType};base64,${base64}`;
          });
          const { contentType, bytes, lengthBytes } = await render(body, 'json', source);
          expect(contentType).toBe('application/json');
          expect(JSON.parse(bytes.toString())).toStrictEqual(JSON.parse(JSON.stringify(expected)));
          expect(lengthBytes).toBe(bytes.length);
          expect(listInputs(body)).toStrictEqual(inputs.map((input) => input.name));
        },
      ),
      { numRuns: 150, seed: 22_11 },
    );
  });

  it('gives texts back as they were, whatever has to be escaped', async () => {
    await fc.assert(
      fc.asyncProperty(distinct(textGiven), fc.array(leaf, { maxLength: 4 }), async (inputs, extras) => {
        const refs = inputs.map((input): InputRef => ({ $input: input.name, as: 'text' }));
        const { body, expected } = nest(refs, extras, ({ $input }) =>
          bytesOf(inputs.find((other) => other.name === $input) ?? fail()).toString(),
        );
        const { bytes, lengthBytes } = await render(body, 'json', sourceOf(inputs));
        expect(JSON.parse(bytes.toString())).toStrictEqual(JSON.parse(JSON.stringify(expected)));
        expect(lengthBytes).toBeUndefined();
      }),
      { numRuns: 100, seed: 22_11 },
    );
  });

  it('is the body itself where it has no pictures', async () => {
    const body = { prompt: 'a "fox"\n', list: [1, null], $input: 3 };
    const { bytes, lengthBytes } = await render(body, 'json', NO_INPUTS);
    expect(bytes.toString()).toBe(JSON.stringify(body));
    expect(lengthBytes).toBe(bytes.length);
    expect(listInputs(body)).toStrictEqual([]);
  });

  it('has no files', () => {
    const source = sourceOf([{ name: 0, chunks: [], mimeType: 'image/png' }]);
    expect(() => toOutgoingBody({ body: { image: inputRefOf(0, 'file') } }, source)).toThrow('no files');
  });

  it('does not put huge texts into memory', async () => {
    const source: InputSource = {
      input: () => ({ sha256: 'a', sizeBytes: 9 * 1024 * 1024, mimeType: 'application/octet-stream' }),
      read: () => Readable.from([]),
    };
    await expect(render({ text: inputRefOf('continuation-0', 'text') }, 'json', source)).rejects.toThrow(
      'too long',
    );
  });
});

describe('a form', () => {
  it('holds exactly the pictures’ bytes as files, and every other member as text', async () => {
    await fc.assert(
      fc.asyncProperty(distinct(anyGiven), fc.array(leaf, { maxLength: 4 }), async (inputs, extras) => {
        const refs = inputs.map((input) => inputRefOf(input.name, 'file'));
        const [first = null, ...others] = refs;
        const body = { 'image[]': others, mask: first, extras, flag: true, count: 3 };
        const { contentType, bytes, lengthBytes } = await render(body, 'form', sourceOf(inputs));
        expect(lengthBytes).toBe(bytes.length);
        const read = readFormBuffer(contentType, bytes)?.map((part) =>
          part.kind === 'file' ? [part.name, part.mimeType, hexOf(part.bytes)] : [part.name, part.value],
        );
        const files = inputs.map((input, index) => [
          index === 0 ? 'mask' : 'image[]',
          input.mimeType,
          hexOf(bytesOf(input)),
        ]);
        expect(read).toStrictEqual([
          ...files.slice(1),
          ...files.slice(0, 1),
          ...extras.map((extra) => ['extras', typeof extra === 'string' ? extra : JSON.stringify(extra)]),
          ['flag', 'true'],
          ['count', '3'],
        ]);
      }),
      { numRuns: 100, seed: 22_11 },
    );
  });

  it.each(['base64', 'data-url', 'text'] as const)('carries no picture as %s', (as) => {
    const source = sourceOf([{ name: 0, chunks: [], mimeType: 'image/png' }]);
    const call = { body: { image: inputRefOf(0, as) }, encoding: 'form' as const };
    expect(() => toOutgoingBody(call, source)).toThrow('as files');
  });

  it('names files by their type', () => {
    const source = sourceOf([
      { name: 0, chunks: [], mimeType: 'image/jpeg' },
      { name: 'mask-alpha', chunks: [], mimeType: 'image/png' },
    ]);
    const body = { image: inputRefOf(0, 'file'), mask: inputRefOf('mask-alpha', 'file') };
    const { parts } = toOutgoingBody({ body, encoding: 'form' }, source);
    const text = parts.filter((part: OutgoingPart) => typeof part === 'string').join('');
    expect([...text.matchAll(/filename="([^"]*)"/g)].map(([, file]) => file)).toStrictEqual([
      '0.jpg',
      'mask-alpha.png',
    ]);
  });
});

it('reads a picture whole, from buffers and other bytes alike', async () => {
  await fc.assert(
    fc.asyncProperty(anyGiven, async (input) => {
      expect(Buffer.from(await readInput(sourceOf([input]), input.name)).equals(bytesOf(input))).toBe(true);
    }),
    { numRuns: 100, seed: 22_11 },
  );
});

function fail(): never {
  throw new Error('the reference was made of an input');
}
