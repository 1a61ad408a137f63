import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createModelEntry } from '../../test/factories/model-entry.js';
import { listedSizes } from '../catalogue/size-rules.js';
import type { ModelEntry, Quality } from '../providers/model.js';
import { providers } from '../providers/registry.js';
import { fromCredits } from './microcredits.js';
import { priceDelivered, priceUsage, quoteImage } from './pricing.js';

const models = providers.flatMap((provider) => provider.models).map((entry) => [entry.slug, entry] as const);
const perImage = models.filter(([, entry]) => entry.pricing.kind === 'per-image');
const byTokens = models.filter(([, entry]) => entry.pricing.kind === 'tokens');

function modelOf(slug: string): ModelEntry | undefined {
  return models.find(([name]) => name === slug)?.[1];
}

function sizeOf(name: string): { width: number; height: number } {
  const [width = 0, height = 0] = name.split('x').map(Number);
  return { width, height };
}

const edge = fc.integer({ min: 64, max: 4096 });
const anySize = fc.record({ width: edge, height: edge });

function qualitiesOf(entry: ModelEntry): fc.Arbitrary<Quality | undefined> {
  return fc.constantFrom(undefined, ...(entry.params.quality ?? []));
}

const TOKENS = createModelEntry({
  params: { quality: ['low', 'high'], defaultQuality: 'high' },
  pricing: {
    kind: 'tokens',
    creditsPerMillion: { textInput: 500, imageInput: 800, imageOutput: 3000 },
    outputTokensPerSquare: { low: 200, high: 7000 },
    source: 'a test',
  },
});

const USAGE = {
  inputTokens: 1000,
  outputTokens: 2000,
  totalTokens: 3000,
  inputTextTokens: undefined,
  inputImageTokens: undefined,
  outputImageTokens: undefined,
  outputTextTokens: undefined,
};

describe('the price table', () => {
  const table: readonly (readonly [string, string, Quality | undefined, number])[] = [
    ['dall-e-3', '1024x1024', undefined, 4],
    ['dall-e-3', '1024x1024', 'standard', 4],
    ['dall-e-3', '1792x1024', 'standard', 8],
    ['dall-e-3', '1024x1792', undefined, 8],
    ['dall-e-3', '1024x1024', 'hd', 8],
    ['dall-e-3', '1792x1024', 'hd', 12],
    ['dall-e-3', '1024x1792', 'hd', 12],
    ['flux-1-pro', '1024x1024', undefined, 1],
    ['flux-1-pro', '1792x1024', undefined, 1],
    ['atelier-sketch', '4096x4096', undefined, 0],
    ['imagen-4', '1024x1024', undefined, 8],
    ['gemini-2-5-flash-image', '1024x1024', undefined, 1.5],
  ];
  const known = table.filter(([slug]) => modelOf(slug) !== undefined);

  it('covers at least the models of this version', () => {
    expect(new Set(known.map(([slug]) => slug)).size).toBeGreaterThanOrEqual(3);
  });

  it.each(known)('asks for %s at %s in quality %s %d credits', (slug, size, quality, credits) => {
    const entry = modelOf(slug);
    if (entry === undefined) throw new Error(`no model ${slug}`);
    expect(quoteImage(entry, { quality, size: sizeOf(size), promptChars: 20 })).toBe(fromCredits(credits));
  });
});

describe('quoteImage', () => {
  it.each(models)('gives for %s a whole number of microcredits, whatever is asked', (_slug, entry) => {
    const size = fc.option(anySize, { nil: undefined });
    fc.assert(
      fc.property(qualitiesOf(entry), size, fc.nat(100_000), (quality, wanted, promptChars) => {
        const quote = quoteImage(entry, { quality, size: wanted, promptChars });
        expect(Number.isSafeInteger(quote)).toBe(true);
        expect(quote).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it.each(perImage)('covers with %s whatever size the model chooses itself', (_slug, entry) => {
    fc.assert(
      fc.property(qualitiesOf(entry), fc.constantFrom(...listedSizes(entry.params.size)), (quality, size) => {
        const open = quoteImage(entry, { quality, size: undefined, promptChars: 20 });
        expect(open).toBeGreaterThanOrEqual(quoteImage(entry, { quality, size, promptChars: 20 }));
      }),
    );
  });

  it('takes the model’s default where no quality is asked', () => {
    const size = sizeOf('1024x1024');
    const quote = (quality: Quality | undefined) => quoteImage(TOKENS, { quality, size, promptChars: 0 });
    expect(quote(undefined)).toBe(quote('high'));
    expect(quote('low')).toBeLessThan(quote('high'));
  });

  it('adds up tokens: prompt, what the provider adds, and output by area, never below the square’s', () => {
    const quote = (size: string) =>
      quoteImage(TOKENS, { quality: 'high', size: sizeOf(size), promptChars: 936 });
    // (936 + 64) x 500 and 7000 x 3000 credits per million tokens.
    expect(quote('1024x1024')).toBe(fromCredits(0.5 + 21));
    expect(quote('512x512')).toBe(fromCredits(0.5 + 21));
    expect(quote('2048x2048')).toBe(fromCredits(0.5 + 84));
  });

  it.each(byTokens)('never asks less of %s for a longer prompt or a larger picture', (_slug, entry) => {
    fc.assert(
      fc.property(qualitiesOf(entry), anySize, fc.nat(30_000), fc.nat(2000), (quality, size, chars, more) => {
        const quote = quoteImage(entry, { quality, size, promptChars: chars });
        expect(quoteImage(entry, { quality, size, promptChars: chars + more })).toBeGreaterThanOrEqual(quote);
        const larger = { width: size.width + more, height: size.height + more };
        expect(quoteImage(entry, { quality, size: larger, promptChars: chars })).toBeGreaterThanOrEqual(
          quote,
        );
      }),
    );
  });
});

describe('priceDelivered', () => {
  it.each(perImage)('never charges for %s more than was quoted, whatever pixels come', (_slug, entry) => {
    const sent = fc.option(fc.constantFrom(...listedSizes(entry.params.size)), { nil: undefined });
    fc.assert(
      fc.property(qualitiesOf(entry), sent, anySize, (quality, size, delivered) => {
        const query = { quality, size, promptChars: 20 };
        const price = priceDelivered(entry, query, delivered);
        if (price === undefined) throw new Error('a price per picture is known');
        expect(price).toBeLessThanOrEqual(quoteImage(entry, query));
      }),
    );
  });

  it('charges the cheaper tier when the provider delivered that', () => {
    const entry = createModelEntry({
      params: {
        size: {
          kind: 'list',
          sizes: [
            { width: 1024, height: 1024 },
            { width: 2048, height: 2048 },
          ],
        },
      },
      pricing: {
        kind: 'per-image',
        rows: [{ sizes: ['2048x2048'], credits: 10 }, { credits: 3 }],
        source: 'a test',
      },
    });
    const query = { quality: undefined, size: sizeOf('2048x2048'), promptChars: 20 };
    expect(priceDelivered(entry, query, sizeOf('2048x2048'))).toBe(fromCredits(10));
    expect(priceDelivered(entry, query, sizeOf('1000x1000'))).toBe(fromCredits(3));
    // Nearer to the dear tier, but it was not reached.
    expect(priceDelivered(entry, query, sizeOf('1800x1800'))).toBe(fromCredits(3));
    expect(priceDelivered(entry, query, sizeOf('2040x2040'))).toBe(fromCredits(10));
    const small = { ...query, size: sizeOf('1024x1024') };
    expect(priceDelivered(entry, small, sizeOf('2048x2048'))).toBe(fromCredits(3));
    const open = { ...query, size: undefined };
    expect(priceDelivered(entry, open, sizeOf('2048x2048'))).toBe(fromCredits(10));
  });

  it('leaves models billed by tokens to their usage', () => {
    const query = { quality: undefined, size: undefined, promptChars: 20 };
    expect(priceDelivered(TOKENS, query, sizeOf('1024x1024'))).toBeUndefined();
  });
});

describe('priceUsage', () => {
  it('counts text, image and output tokens at their own prices', () => {
    expect(priceUsage(TOKENS, { ...USAGE, inputImageTokens: 400, inputTextTokens: 600 })).toBe(
      fromCredits(0.3 + 0.32 + 6),
    );
  });

  it('counts all input as text where the answer tells no parts', () => {
    expect(priceUsage(TOKENS, USAGE)).toBe(fromCredits(0.5 + 6));
    expect(priceUsage(TOKENS, { ...USAGE, inputImageTokens: 400 })).toBe(fromCredits(0.3 + 0.32 + 6));
  });

  it('rounds a fraction of a microcredit up', () => {
    const entry = createModelEntry({
      pricing: {
        kind: 'tokens',
        creditsPerMillion: { textInput: 0.3, imageInput: 0, imageOutput: 0 },
        outputTokensPerSquare: { high: 1 },
        source: 'a test',
      },
    });
    const usage = { ...USAGE, inputTokens: 1, outputTokens: 0 };
    expect(priceUsage(entry, usage)).toBe(1);
    expect(priceUsage(entry, { ...usage, inputTokens: 10 })).toBe(3);
    expect(priceUsage(entry, { ...usage, inputTokens: 11 })).toBe(4);
  });

  it('knows nothing of models with a price per picture', () => {
    expect(priceUsage(createModelEntry(), USAGE)).toBeUndefined();
  });
});
