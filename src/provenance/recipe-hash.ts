import { createHash } from 'node:crypto';

/**
 * SHA-256 (hex) of a normalised request: its JSON without spaces, names sorted by UTF-16 units (as RFC 8785 has it), so that
 * the order in which fields were written doesn't matter. Undefined fields are left out. TypeError for what JSON can't hold.
 */
export function recipeHash(normalisedRequest: unknown): string {
  return createHash('sha256').update(canonicalJson(normalisedRequest)).digest('hex');
}

/** The text that is hashed. */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return JSON.stringify(value);
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || isUnlikeJson(value))
    throw new TypeError('A recipe holds only what JSON can.');
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`);
  return `{${fields.join(',')}}`;
}

/** Dates, maps and buffers would lose what they hold without a word. */
function isUnlikeJson(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype !== Object.prototype && prototype !== null;
}
