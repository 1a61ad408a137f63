import { createHash } from 'node:crypto';

const MAX_KEYS = 50;
const MAX_WEIGHT = 100;
const WEIGHT = /^(.*)@(\d+)$/s;

/** One of several keys of the same kind. The key itself is a secret. */
export interface PoolKey {
  /** Tells keys apart, also between processes, without telling the key. */
  readonly id: string;
  /** Its place in the list, from 1. */
  readonly number: number;
  readonly key: string;
  /** How much of the calls it gets, compared to the others. */
  readonly weight: number;
}

/** The keys of a comma list such as `first@3,second`; one key is a list of one. */
export function parseKeyList(written: string): readonly PoolKey[] {
  return written.split(',').map((part, index) => {
    const text = part.trim();
    const [, key = text, weight = '1'] = WEIGHT.exec(text) ?? [];
    return { ...singleKey(key), number: index + 1, weight: Number(weight) };
  });
}

/** A key that stands for itself, whatever is written in it. */
export function singleKey(key: string): PoolKey {
  const id = createHash('sha256').update(key).digest('hex').slice(0, 12);
  return { id, number: 1, key, weight: 1 };
}

/** What is wrong with a comma list of keys, without repeating any of it; undefined if nothing is. */
export function findKeyListProblem(written: string): string | undefined {
  const keys = parseKeyList(written);
  if (keys.length > MAX_KEYS) return `must have at most ${MAX_KEYS} keys`;
  const empty = keys.find(({ key }) => key === '');
  if (empty !== undefined) return `must have a key between its commas; number ${empty.number} is empty`;
  const light = keys.find(({ weight }) => weight < 1 || weight > MAX_WEIGHT);
  if (light !== undefined)
    return `must have weights from 1 to ${MAX_WEIGHT}; that of key ${light.number} is not`;
  const twice = keys.find(({ id }, index) => keys.findIndex((other) => other.id === id) !== index);
  return twice === undefined ? undefined : `must have each key once; key ${twice.number} is there twice`;
}
