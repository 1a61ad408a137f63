import { customAlphabet } from 'nanoid';

const random = customAlphabet('0123456789abcdefghijklmnopqrstuvwxyz', 24);

export type IdPrefix = 'ws' | 'key' | 'gen' | 'img' | 'file' | 'req' | 'led' | 'whk' | 'whd' | 'evt' | 'cmp';

/** A new public id: prefix, underscore, 24 characters of 36 (124 bits). */
export function createId(prefix: IdPrefix): string {
  return `${prefix}_${random()}`;
}
