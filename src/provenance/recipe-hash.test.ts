import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, recipeHash } from './recipe-hash.js';

describe('recipeHash', () => {
  it('is the SHA-256 of sorted JSON without spaces', () => {
    const recipe = {
      n: 1,
      model: 'dall-e-3',
      prompt: 'a "fox" 狐',
      size: { width: 9, height: 10 },
      seed: undefined,
    };
    const text = '{"model":"dall-e-3","n":1,"prompt":"a \\"fox\\" 狐","size":{"height":10,"width":9}}';
    expect(canonicalJson(recipe)).toBe(text);
    expect(recipeHash(recipe)).toBe(createHash('sha256').update(text).digest('hex'));
  });

  it('knows no order of fields, but one of lists', () => {
    expect(recipeHash({ a: [1, 2], b: null })).toBe(recipeHash({ b: null, a: [1, 2] }));
    expect(recipeHash({ a: [1, 2] })).not.toBe(recipeHash({ a: [2, 1] }));
    expect(recipeHash({ 1: 'a' })).not.toBe(recipeHash({ 1: null }));
  });

  it('refuses what JSON would lose', () => {
    for (const value of [NaN, 1n, new Date(0), new Map(), Buffer.from('x'), () => 1, [undefined]])
      expect(() => recipeHash({ value })).toThrow(TypeError);
  });

  it('writes JSON that reads back as the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { seed: 7 },
    );
  });
});
