import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonPicturesError } from './json-pictures-error.js';
import { JsonPictureScanner } from './json-pictures-scanner.js';
import { timesFactor } from '../../../test/support/long-runs.js';
import type { PictureDecision, PictureStep } from './json-pictures-options.js';

/** Half of the cases from a seed that never changes, half from one that is told, so that a failure can be repeated. */
const CASES_PER_SEED = timesFactor(10_000);
const FRESH_SEED = Math.trunc(Math.random() * 2 ** 31);
console.log(`json-pictures: fresh seed ${FRESH_SEED}`);

/** A small generator of choices for spelling and cutting, which are too many to be drawn one by one. */
class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 1;
  }

  roll(sides: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % sides;
  }
}

const decide = (path: readonly (string | number)[]): PictureDecision => {
  if (path.includes('b64_json')) return true;
  return path.at(-1) === 'image_url' ? 'if_data_url' : false;
};

type Tree = string | number | boolean | null | Uint8Array | Tree[] | Map<string, Tree>;

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
    ),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc
      .array(fc.tuple(fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom('data', 'é"\\')), tie('tree')), {
        maxLength: 4,
      })
      .map((entries) => new Map(entries)),
    fc.uint8Array({ minLength: 0, maxLength: 90 }).map((picture) => new Map([['b64_json', picture]])),
    fc.uint8Array({ minLength: 1, maxLength: 40 }).map((picture) => new Map([['image_url', picture]])),
    fc
      .constantFrom('', 'data:', 'https://a.example/b', 'data:text/plain,a')
      .map((url) => new Map([['image_url', url]])),
  ),
}));

/** Writes a tree as JSON with spelling by the dice: white space, escapes, padding, data URLs. */
function spell(value: Tree, dice: Dice): string {
  const space = () => [' ', '\n', '\r\t', '', '', '', ''][dice.roll(7)] ?? '';
  const list = (items: readonly string[]) => items.join(`${space()},${space()}`);
  if (value instanceof Uint8Array) return spellString('', dice);
  if (Array.isArray(value)) return `[${space()}${list(value.map((item) => spell(item, dice)))}${space()}]`;
  if (value instanceof Map) {
    const entries = [...value].map(([key, item]) => {
      const text =
        item instanceof Uint8Array ? spellPicture(item, dice, key === 'image_url') : spell(item, dice);
      return `${spellString(key, dice)}${space()}:${space()}${text}`;
    });
    return `{${space()}${list(entries)}${space()}}`;
  }
  return typeof value === 'string'
    ? spellString(value, dice)
    : `${space()}${JSON.stringify(value)}${space()}`;
}

function spellPicture(picture: Uint8Array, dice: Dice, mustBeDataUrl: boolean): string {
  const base64 = Buffer.from(picture).toString('base64');
  const text = dice.roll(3) === 0 ? base64.replace(/=+$/, '') : base64;
  const isDataUrl = mustBeDataUrl || (picture.length > 0 && dice.roll(3) === 0);
  return spellString(isDataUrl ? `data:image/png;base64,${text}` : text, dice);
}

function spellString(text: string, dice: Dice): string {
  const plain = JSON.stringify(text);
  if (dice.roll(2) === 0) return plain;
  const escaped = dice.roll(2) === 0 ? plain.replaceAll('/', '\\/') : plain;
  return escaped.replace(/[a-zA-Z0-9+=:](?![^\\]*$)|(?<=^")[a-zA-Z]/g, (char, at: number) =>
    escaped[at - 1] !== '\\' && !/\\u?[0-9a-fA-F]{0,3}$/.test(escaped.slice(0, at)) && dice.roll(4) === 0
      ? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
      : char,
  );
}

type Outcome =
  | { readonly ok: true; readonly value: unknown; readonly pictures: readonly string[] }
  | { readonly ok: false; readonly reason: string };

/** Texts are views of the chunk, and bytes of memory that is used again. */
function copied(step: PictureStep): PictureStep {
  if (step.type === 'bytes') return { ...step, bytes: Buffer.from(step.bytes) };
  return step.type === 'text' && step.text !== undefined ? { ...step, text: Buffer.from(step.text) } : step;
}

/** Reads with the scanner in chunks cut by the dice. */
function scan(text: Uint8Array, dice: Dice): Outcome {
  const scanner = new JsonPictureScanner({ isPicture: decide, maxRestBytes: 1_000_000 });
  const largest = [1, 3, 16, 64, 1000][dice.roll(5)] ?? 1;
  const steps: PictureStep[] = [];
  try {
    for (let from = 0; from < text.length;) {
      const to = from + dice.roll(largest) + (dice.roll(8) === 0 ? 0 : 1);
      // Copied and wiped afterwards: nothing may be read from a chunk later.
      const chunk = Buffer.from(text.subarray(from, to));
      steps.push(...scanner.push(chunk).map(copied));
      chunk.fill(0);
      from = to;
    }
    return { ok: true, value: scanner.end(), pictures: collect(steps) };
  } catch (error) {
    if (error instanceof JsonPicturesError) return { ok: false, reason: error.reason };
    throw error;
  }
}

function collect(steps: readonly PictureStep[]): string[] {
  const pictures: string[] = [];
  let chunks: Uint8Array[] | undefined;
  let texts: (Buffer | undefined)[] = [];
  for (const step of steps) {
    switch (step.type) {
      case 'open':
        expect(chunks).toBeUndefined();
        chunks = [];
        texts = [];
        break;
      case 'bytes':
        chunks?.push(step.bytes);
        break;
      case 'text':
        texts.push(step.text);
        break;
      case 'close': {
        const bytes = Buffer.concat(chunks ?? []);
        const known = texts.filter((text) => text !== undefined);
        // All of it, or said to be something else.
        const text = Buffer.concat(known).toString('latin1');
        if (known.length === texts.length) expect(Buffer.from(text, 'base64').equals(bytes)).toBe(true);
        pictures.push(bytes.toString('hex'));
        chunks = undefined;
      }
    }
  }
  expect(chunks).toBeUndefined();
  return pictures;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

const DATA_URL = /^data:image\/[a-z0-9.+-]+(?:;[^;,]*)*;base64,/i;

/** What JSON.parse and Buffer.from make of the whole text; references stand for pictures in order of appearance. */
function expected(text: Uint8Array): Outcome {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(text).toString());
  } catch {
    return { ok: false, reason: 'invalid_json' };
  }
  const pictures: string[] = [];
  const invalid: string[] = [];
  const walk = (node: unknown, path: readonly (string | number)[]): unknown => {
    if (typeof node === 'string') {
      const decision = decide(path);
      const isDataUrl = DATA_URL.test(node);
      if (decision === false || node === '' || (decision === 'if_data_url' && !isDataUrl)) return node;
      const base64 = isDataUrl ? node.slice(node.indexOf(',') + 1) : node;
      if (base64 === '' || !BASE64.test(base64)) invalid.push(base64);
      pictures.push(Buffer.from(base64, 'base64').toString('hex'));
      return { $picture: pictures.length - 1 };
    }
    if (Array.isArray(node)) return node.map((item: unknown, index) => walk(item, [...path, index]));
    if (typeof node !== 'object' || node === null) return node;
    return Object.fromEntries(Object.entries(node).map(([key, item]) => [key, walk(item, [...path, key])]));
  };
  const replaced = walk(value, []);
  return invalid.length === 0
    ? { ok: true, value: replaced, pictures }
    : { ok: false, reason: 'invalid_base64' };
}

/** Puts the bytes of pictures in their places, so that values are comparable whatever the order of keys. */
function inline(outcome: Outcome): unknown {
  if (!outcome.ok) return outcome.reason;
  return JSON.parse(JSON.stringify(outcome.value), (_, node: unknown) => {
    if (typeof node !== 'object' || node === null || !('$picture' in node)) return node;
    return { picture: outcome.pictures[Number(node.$picture)] };
  });
}

const SEEDS = [
  ['the fixed seed', 42],
  ['a fresh seed', FRESH_SEED],
] as const;

describe.each(SEEDS)('with %s', (_, seed) => {
  it(
    'reads every spelling and cutting as JSON.parse and Buffer.from do',
    { timeout: timesFactor(60_000) },
    () => {
      fc.assert(
        fc.property(tree, fc.integer({ min: 1 }), (value, choices) => {
          const dice = new Dice(choices);
          const text = Buffer.from(spell(value, dice));
          expect(inline(scan(text, dice))).toStrictEqual(inline(expected(text)));
        }),
        { seed, numRuns: CASES_PER_SEED / 2 },
      );
    },
  );

  it('judges damaged texts as JSON.parse and Buffer.from do', { timeout: timesFactor(60_000) }, () => {
    const damage = fc.array(
      fc.tuple(fc.nat(), fc.constantFrom(...Buffer.from('"\\{}[]:,= 0e-.u/$\n\xffAz*', 'latin1'))),
      {
        minLength: 1,
        maxLength: 3,
      },
    );
    fc.assert(
      fc.property(tree, fc.integer({ min: 1 }), damage, fc.boolean(), (value, choices, changes, isCut) => {
        const dice = new Dice(choices);
        const whole = Buffer.from(spell(value, dice));
        for (const [at, byte] of changes) whole[at % whole.length] = byte;
        const text = isCut ? whole.subarray(0, (changes[0]?.[0] ?? 0) % whole.length) : whole;
        const outcome = scan(text, dice);
        const reference = expected(text);
        if (outcome.ok) expect(inline(outcome)).toStrictEqual(inline(reference));
        else if (outcome.reason === 'invalid_base64') expect(reference.ok && !hasTwinKeys(text)).toBe(false);
        else expect(reference).toStrictEqual({ ok: false, reason: 'invalid_json' });
      }),
      { seed, numRuns: CASES_PER_SEED / 2 },
    );
  });
});

/** Damage may make two keys equal; JSON.parse then forgets the first, whose picture the scanner has judged already. */
function hasTwinKeys(text: Uint8Array): boolean {
  const keys =
    Buffer.from(text)
      .toString()
      .match(/"(?:[^"\\]|\\.)*"(?=\s*:)/gs) ?? [];
  const names = keys.map((key) => String(JSON.parse(key)));
  return new Set(names).size < names.length;
}
