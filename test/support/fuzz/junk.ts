/** What strangers and broken programs send where a value should stand. */
import type { Dice } from './dice.js';

const TEXTS: readonly string[] = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  '\udfff\ud800',
  '\ufeffx',
  '\u202eabc',
  '\r\nset-cookie: a=b',
  '\x1b[31mred\x1b[0m',
  "' or 1=1 --",
  '"; drop table keys; --',
  '%00',
  '%',
  '_%',
  '../../../../etc/passwd',
  '..\\..\\windows',
  '/etc/passwd',
  'file:///etc/passwd',
  'http://169.254.169.254/latest/meta-data/',
  'http://127.0.0.1:1/a.png',
  'http://[::1]:1/',
  'http://user:word@127.0.0.1:1/',
  'javascript:alert(1)',
  'data:image/png;base64,AAAA',
  'data:,',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '{{a}}',
  '{{',
  '[[emulate:',
  '${7*7}',
  '<script>alert(1)</script>',
  'null',
  'undefined',
  'NaN',
  'true',
  '0',
  '-1',
  '1e999',
  '9007199254740993',
  '99999999999999999999999999',
  '-0',
  '0x10',
  '1.5',
  '2026-13-45',
  '2026-11-22T12:00:00Z',
  '0000-00-00',
  '275760-09-14',
  '-000001-01-01',
  '1024x1024',
  '0x0',
  '99999999x1',
  '1:0',
  'é'.repeat(50),
  '👩‍👩‍👧‍👦'.repeat(20),
  'a'.repeat(300),
  'A'.repeat(5_000),
  '('.repeat(1_000),
  ' '.repeat(2_000),
  '\\'.repeat(101),
];

const NUMBERS: readonly number[] = [
  0,
  -0,
  1,
  -1,
  0.1,
  1.5,
  1e-7,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31) - 1,
  2 ** 32,
  2 ** 53 - 1,
  2 ** 53,
  2 ** 63,
  -(2 ** 63),
  1e21,
  1e308,
  -1e308,
  5e-324,
];

/** Names that objects have by themselves, and some that nobody has. */
export const STRANGE_NAMES: readonly string[] = [
  'constructor',
  'toString',
  'hasOwnProperty',
  'valueOf',
  '',
  ' ',
  '\0',
  'a.b',
  'a[0]',
  '$picture',
  'then',
  'length',
  'unknown_field',
  'é',
];

export function junkText(dice: Dice): string {
  if (dice.chance(0.8)) return dice.pick(TEXTS);
  return Array.from({ length: dice.roll(24) }, () => String.fromCharCode(dice.roll(0x10000))).join('');
}

/** Anything that JSON can say. */
export function junkValue(dice: Dice, depth = 0): unknown {
  switch (dice.roll(depth > 2 ? 4 : 8)) {
    case 0:
      return dice.pick(NUMBERS);
    case 1:
      return dice.pick([true, false, null]);
    case 2:
    case 3:
      return junkText(dice);
    case 4:
      return Array.from({ length: dice.roll(4) }, () => junkValue(dice, depth + 1));
    case 5:
      return Object.fromEntries(
        Array.from({ length: dice.roll(4) }, () => [
          dice.chance(0.5) ? dice.pick(STRANGE_NAMES) : junkText(dice),
          junkValue(dice, depth + 1),
        ]),
      );
    case 6:
      return nested(dice.pick([10, 100, 2_000]));
    default:
      return [];
  }
}

function nested(depth: number): unknown {
  let value: unknown = 'deep';
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}

/** A legal value with one to three places of it changed. */
export function mutate(value: unknown, dice: Dice): unknown {
  let changed = value;
  for (let times = 1 + dice.roll(3); times > 0; times -= 1) changed = mutateOnce(changed, dice);
  return changed;
}

function mutateOnce(value: unknown, dice: Dice): unknown {
  if (Array.isArray(value)) {
    const list: readonly unknown[] = value;
    if (list.length === 0 || dice.chance(0.2)) return junkValue(dice);
    const at = dice.roll(list.length);
    switch (dice.roll(4)) {
      case 0:
        return list.filter((_item, index) => index !== at);
      case 1:
        return [...list, list[at]];
      case 2: {
        // Many of what are many already would take the test itself longer to write down than any deadline.
        const isSmall = JSON.stringify([list[at]]).length < 20_000;
        return Array.from({ length: isSmall ? 120 : 2 }, () => list[at]);
      }
      default:
        return list.map((item, index) => (index === at ? mutateOnce(item, dice) : item));
    }
  }
  if (typeof value === 'object' && value !== null) {
    const entries: readonly (readonly [string, unknown])[] = Object.entries(value);
    if (dice.chance(0.04)) return junkValue(dice);
    if (entries.length === 0 || dice.chance(0.1)) {
      const name = dice.chance(0.5) ? dice.pick(STRANGE_NAMES) : junkText(dice);
      return Object.fromEntries([...entries, [name, junkValue(dice)]]);
    }
    const at = dice.roll(entries.length);
    if (dice.chance(0.1)) return Object.fromEntries(entries.filter((_entry, index) => index !== at));
    return Object.fromEntries(
      entries.map(([name, item], index) => [name, index === at ? mutateOnce(item, dice) : item]),
    );
  }
  if (typeof value === 'string' && dice.chance(0.5)) return mutateText(value, dice);
  return junkValue(dice);
}

export function mutateText(text: string, dice: Dice): string {
  const at = dice.roll(text.length + 1);
  switch (dice.roll(5)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(0, at) + junkText(dice) + text.slice(at);
    case 2:
      return text.slice(0, at) + String.fromCharCode(dice.roll(0x10000)) + text.slice(at + 1);
    case 3:
      return text.toUpperCase();
    default:
      return text + text;
  }
}
