import { describe, expect, it } from 'vitest';
import { entryFor } from '../../catalogue/operation-entry.js';
import { isNativeSize } from '../../catalogue/size-rules.js';
import { quoteImage } from '../../credits/pricing.js';
import type { ModelEntry, Size } from '../model.js';
import { qwenModels } from './models.js';

function model(slug: string): ModelEntry {
  const found = qwenModels.find((entry) => entry.slug === slug);
  if (found === undefined) throw new Error(`no model ${slug}`);
  return found;
}

describe('qwenModels', () => {
  it('gives every model five regions, all run by the same operator', () => {
    for (const { slug, routes } of qwenModels) {
      expect(routes.map(({ id, country }) => [id, country])).toStrictEqual(
        ['SG', 'DE', 'JP', 'US', 'CN'].map((country) => [`qwen/${slug}@${country.toLowerCase()}`, country]),
      );
      expect(new Set(routes.map(({ operatorCountry }) => operatorCountry))).toStrictEqual(new Set(['CN']));
    }
  });

  it('edits qwen-image with another model than it generates with', () => {
    expect(model('qwen-image').routes[0]?.upstream).toStrictEqual({
      generate: 'qwen-image',
      edit: 'qwen-image-edit-plus',
    });
    expect(model('qwen-image-max').routes[0]?.upstream).toStrictEqual({ generate: 'qwen-image-max' });
  });

  it.each<[Size, number]>([
    [{ width: 1024, height: 1024 }, 4],
    [{ width: 1500, height: 1490 }, 4],
    [{ width: 1520, height: 1500 }, 7.5],
    [{ width: 2048, height: 2048 }, 7.5],
  ])('prices %o of 3.0-pro by its tier', (size, credits) => {
    const price = quoteImage(model('qwen-image-3.0-pro'), { quality: undefined, size, promptChars: 9 });
    expect(price).toBe(credits * 1_000_000);
  });

  it('lists only sizes within the documented area and ratio', () => {
    for (const { params } of qwenModels) {
      if (params.size.kind === 'list') continue;
      for (const { width, height } of params.size.listed) {
        expect(width * height).toBeGreaterThanOrEqual(262_144);
        expect(width * height).toBeLessThanOrEqual(4_194_304);
        expect(Math.max(width / height, height / width)).toBeLessThanOrEqual(8);
      }
    }
  });

  it.each([
    ['qwen-image', 2, 3.5],
    ['qwen-image-2.0', 2, 3.5],
    ['qwen-image-3.0', 1, 3.3],
    ['qwen-image-3.0-pro', 3, 8.4],
    ['qwen-image-2.1-pro', 10, 10.5],
  ])('prices an edit of %s with %i inputs at most at %d credits', (slug, inputs, credits) => {
    const entry = entryFor(model(slug), 'edit');
    const price = quoteImage(entry, { quality: undefined, size: undefined, promptChars: 9, inputs });
    expect(price).toBe(Math.round(credits * 1_000_000));
  });

  it('edits qwen-image in free sizes and several at once, other than it generates', () => {
    const { params } = entryFor(model('qwen-image'), 'edit');
    expect(params.maxPerCall).toBe(6);
    expect(isNativeSize(params.size, { width: 512, height: 2048 })).toBe(true);
    expect(isNativeSize(params.size, { width: 511, height: 1024 })).toBe(false);
    expect(isNativeSize(params.size, { width: 1024, height: 2049 })).toBe(false);
    expect(isNativeSize(model('qwen-image').params.size, { width: 512, height: 2048 })).toBe(false);
  });

  it('scales inputs only to edges that every service of a model takes', () => {
    const rules = qwenModels.flatMap(({ edit }) => (edit === undefined ? [] : [edit.inputs]));
    expect(rules).toHaveLength(6);
    for (const { minEdge, maxEdge, minRatio = 0, maxRatio = Infinity, maxPixels } of rules) {
      expect([minEdge, maxEdge <= 3072, maxPixels]).toStrictEqual([384, true, maxEdge ** 2]);
      // Rounded down in both steps, the shorter side of the longest picture is long enough still.
      expect(Math.floor((maxEdge - 1) / maxRatio)).toBeGreaterThan(minEdge);
      expect(minRatio).toBe(1 / maxRatio);
    }
  });
});
