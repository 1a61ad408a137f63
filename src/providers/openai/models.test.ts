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
