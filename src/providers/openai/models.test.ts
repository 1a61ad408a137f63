import { describe, expect, it } from 'vitest';
import { openAiModels } from './models.js';

const ranges = openAiModels.flatMap(({ slug, params }) =>
  params.size.kind === 'range' ? [{ slug, rule: params.size }] : [],
);

describe('openAiModels', () => {
  it('gives every model a route of its own and names that nobody shares', () => {
    const names = openAiModels.flatMap(({ slug, aliases }) => [slug, ...aliases]);
    expect(new Set(names).size).toBe(names.length);
    for (const { slug, routes, aliases } of openAiModels) {
      expect(routes).toHaveLength(1);
      expect(routes[0]?.id).toBe(`openai/${slug}`);
      expect(aliases).toContain(`openai/${slug}`);
    }
  });

  it('ends every retired model in one that is not', () => {
    const lasting = openAiModels.filter(({ lifecycle }) => lifecycle.retiredOn === undefined);
    for (const { lifecycle } of openAiModels) {
      if (lifecycle.retiredOn === undefined) continue;
      expect(lasting.map(({ slug }) => slug)).toContain(lifecycle.successor);
    }
  });

  it.each(ranges)('lists only sizes that $slug renders', ({ rule }) => {
    for (const { width, height } of rule.listed) {
      expect([width % rule.multipleOf, height % rule.multipleOf]).toStrictEqual([0, 0]);
      expect(Math.min(width, height)).toBeGreaterThanOrEqual(rule.minEdge);
      expect(Math.max(width, height)).toBeLessThanOrEqual(rule.maxEdge);
      expect(width * height).toBeGreaterThanOrEqual(rule.minPixels);
      expect(width * height).toBeLessThanOrEqual(rule.maxPixels);
      expect(width / height).toBeGreaterThanOrEqual(rule.minRatio);
      expect(width / height).toBeLessThanOrEqual(rule.maxRatio);
    }
  });

  it('names no least edge above one that the other rules allow', () => {
    const rule = ranges[0]?.rule;
    if (rule === undefined) throw new Error('no model has free sizes');
    const belowMinEdge = rule.minEdge - rule.multipleOf;
    expect(belowMinEdge * belowMinEdge * rule.maxRatio).toBeLessThan(rule.minPixels);
    expect(rule.minEdge * rule.minEdge * rule.maxRatio).toBeGreaterThanOrEqual(rule.minPixels);
  });

  it('takes of GPT models no input that a data URL could not hold', () => {
    for (const { slug, edit } of openAiModels) {
      if (edit === undefined || slug.startsWith('dall-e')) continue;
      const longest = 'data:image/jpeg;base64,'.length + 4 * Math.ceil(edit.inputs.maxBytes / 3);
      expect(longest, slug).toBeLessThanOrEqual(20_971_520);
      expect(edit.maxInputImages, slug).toBe(16);
    }
  });

  it('prices the inputs of every model that edits, DALL·E apart', () => {
    for (const { slug, edit, pricing } of openAiModels) {
      if (edit === undefined || slug.startsWith('dall-e')) continue;
      const added =
        pricing.kind === 'tokens'
          ? ((pricing.inputTokensPerImage ?? 0) * pricing.creditsPerMillion.imageInput) / 1_000_000
          : pricing.inputCredits;
      // 512 tokens were seen to be counted for one picture (protocol notes §12).
      const seen =
        pricing.kind === 'tokens' ? (512 * pricing.creditsPerMillion.imageInput) / 1_000_000 : 0.512;
      expect(added, slug).toBeGreaterThan(seen);
    }
  });

  it('covers every price: the last row has no condition, tokens are known for every quality', () => {
    for (const { slug, pricing, params } of openAiModels) {
      if (pricing.kind === 'per-image') {
        expect(Object.keys(pricing.rows.at(-1) ?? {}), slug).toStrictEqual(['credits']);
      } else {
        expect(Object.keys(pricing.outputTokensPerSquare), slug).toStrictEqual([...(params.quality ?? [])]);
      }
    }
  });
});
