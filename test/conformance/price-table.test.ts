/**
 * What every model asks for every size, quality and number of pictures, as planning quotes it, written down where a person
 * can read it; and the same prices once more as the sheets and the product guide tell them.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Catalogue, type CatalogueModel } from '../../src/catalogue/catalogue.js';
import { formatSize, listedSizes } from '../../src/catalogue/size-rules.js';
import { formatCredits } from '../../src/credits/microcredits.js';
import { planImageRequest } from '../../src/images/plan.js';
import type { Quality, Size } from '../../src/providers/model.js';
import { providers } from '../../src/providers/registry.js';
import { createImageRequest } from '../factories/image-request.js';

const page = path.resolve(import.meta.dirname, 'price-table.md');
const COUNTS = [1, 2, 4, 10] as const;
const catalogue = new Catalogue(providers);
const painters = catalogue.models.filter(({ entry }) =>
  entry.routes.some((route) => route.upstream.generate !== undefined),
);

/** The quote in microcredits. */
function quote(slug: string, size: Size | undefined, quality: Quality | undefined, n: number): number {
  return planImageRequest(
    createImageRequest({ model: slug, size, quality, n }),
    catalogue,
    { mode: 'test', prcOptIn: true, retiredModels: 'forward' },
    { now: new Date('2026-11-22T12:00:00Z'), routeState: () => ({ usable: true, extra: {} }) },
  ).quote;
}

/** One row per price: the sizes that share it stand together. */
function rowsOf({ entry }: CatalogueModel): readonly string[] {
  const { slug, params } = entry;
  const sizes = [undefined, ...listedSizes(params.size)];
  return (params.quality ?? [undefined]).flatMap((quality) => {
    const byPrice = new Map<string, string[]>();
    for (const size of sizes) {
      const prices = COUNTS.map((n) => formatCredits(quote(slug, size, quality, n))).join(' | ');
      byPrice.set(prices, [...(byPrice.get(prices) ?? []), size === undefined ? 'none' : formatSize(size)]);
    }
    return [...byPrice].map(([prices, names]) => `| ${quality ?? '-'} | ${names.join(', ')} | ${prices} |`);
  });
}

function sectionOf(model: CatalogueModel): string {
  const { entry } = model;
  const { pricing } = entry;
  const billed =
    pricing.kind === 'tokens'
      ? `Billed by tokens; these are the most that a short prompt can cost. ${pricing.source}.`
      : `Billed by the picture${pricing.fixed === true ? ', at a fixed price' : ''}. ${pricing.source}.`;
  const counts = COUNTS.map((n) => `n = ${n}`).join(' | ');
  return [
    `## ${entry.slug}`,
    '',
    billed,
    '',
    `| quality | size | ${counts} |`,
    `|---|---|${COUNTS.map(() => '---:|').join('')}`,
    ...rowsOf(model),
  ].join('\n');
}

function render(): string {
  const head = [
    '# Prices',
    '',
    'Credits for a generation by quality, size and number of pictures, without a margin. A credit is US$0.01. `none` is a request',
    'without a size. Made by `UPDATE_DOCS=1 npx vitest run test/conformance/price-table.test.ts`, and compared by the same test.',
  ].join('\n');
  return `${[head, ...painters.map(sectionOf)].join('\n\n')}\n`;
}

describe('the price table', () => {
  it('is what planning quotes', () => {
    const rendered = render();
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(page, rendered);
    expect(rendered).toBe(readFileSync(page, 'utf8'));
  });
});

type Told = readonly [slug: string, quality: Quality | undefined, size: string, credits: number];

/** The product guide; where a sheet says otherwise, the guide's price is what callers were promised. */
const GUIDE: readonly Told[] = [
  ['dall-e-3', undefined, '1024x1024', 4],
  ['dall-e-3', 'hd', '1024x1024', 8],
  ['imagen-4', undefined, '1024x1024', 8],
  ['gemini-2-5-flash-image', undefined, '1024x1024', 1.5],
  ['flux-1-pro', undefined, '1024x1024', 1],
];

/** List prices in the protocol notes, in US cents. */
const SHEETS: readonly Told[] = [
  // OpenAI's notes §12.
  ['dall-e-3', 'standard', '1792x1024', 8],
  ['dall-e-3', 'hd', '1024x1792', 12],
  ['dall-e-2', undefined, '1024x1024', 2],
  ['dall-e-2', undefined, '512x512', 1.8],
  ['dall-e-2', undefined, '256x256', 1.6],
  ['gpt-image-1', 'low', '1024x1024', 1.1],
  ['gpt-image-1', 'low', '1536x1024', 1.6],
  ['gpt-image-1', 'medium', '1024x1024', 4.2],
  ['gpt-image-1', 'medium', '1024x1536', 6.3],
  ['gpt-image-1', 'high', '1024x1024', 16.7],
  ['gpt-image-1', 'high', '1536x1024', 25],
  ['gpt-image-1.5', 'low', '1024x1024', 0.9],
  ['gpt-image-1.5', 'low', '1536x1024', 1.3],
  ['gpt-image-1.5', 'medium', '1024x1024', 3.4],
  ['gpt-image-1.5', 'medium', '1024x1536', 5],
  ['gpt-image-1.5', 'high', '1024x1024', 13.3],
  ['gpt-image-1.5', 'high', '1536x1024', 20],
  // Google's notes §9.
  ['imagen-4-fast', undefined, '1024x1024', 2],
  ['imagen-4-ultra', undefined, '1024x1024', 6],
  // xAI's notes §11.
  ['grok-image', 'low', '1024x1024', 4],
  ['grok-image', 'low', '2048x2048', 6],
  ['grok-image', 'medium', '1024x1024', 6],
  ['grok-image', 'medium', '2048x2048', 8],
  ['grok-imagine-image', undefined, '1024x1024', 2],
  // FLUX's notes §A5.
  ['flux-1.1-pro', undefined, '1024x1024', 4],
  ['flux-1-dev', undefined, '1024x1024', 2.5],
  ['flux-kontext-pro', undefined, '1024x1024', 4],
  ['flux-kontext-max', undefined, '1024x1024', 8],
  ['flux-2-klein-4b', undefined, '1024x1024', 1.5],
  ['flux-2-klein-9b', undefined, '1024x1024', 1.7],
  ['flux-2-pro', undefined, '1024x1024', 4.5],
  ['flux-2-max', undefined, '1024x1024', 10],
  ['flux-2-flex', undefined, '1024x1024', 10],
  ['flux-3-image', undefined, '1024x1024', 4.8],
  ['flux-3-image-klein', undefined, '1024x1024', 0.9],
  // Qwen's notes §11, outside of mainland China.
  ['qwen-image-3.0', undefined, '1024x1024', 3],
  ['qwen-image-3.0-pro', undefined, '1024x1024', 4],
  ['qwen-image-3.0-pro', undefined, '2048x2048', 7.5],
  ['qwen-image-2.0-pro', undefined, '1024x1024', 7.5],
  ['qwen-image-2.0', undefined, '1024x1024', 3.5],
];

/** Output only; the tokens of the prompt come on top. */
const SHEETS_BY_TOKENS: readonly Told[] = [
  ['gpt-image-2', 'low', '1024x1024', 0.6],
  ['gpt-image-2', 'medium', '1024x1024', 5.3],
  ['gpt-image-2', 'high', '1024x1024', 21.1],
  ['gpt-image-1-mini', 'low', '1024x1024', 0.5],
  ['gpt-image-1-mini', 'medium', '1024x1024', 1.1],
  ['gpt-image-1-mini', 'high', '1024x1024', 3.6],
];

function sizeOf(name: string): Size {
  const [width = 0, height = 0] = name.split('x').map(Number);
  return { width, height };
}

describe('quotes', () => {
  it.each([...GUIDE, ...SHEETS])(
    'ask for %s in quality %s at %s %d credits',
    (slug, quality, size, credits) => {
      for (const n of COUNTS) expect(quote(slug, sizeOf(size), quality, n)).toBe(credits * n * 1_000_000);
    },
  );

  it.each(SHEETS_BY_TOKENS)(
    'cover for %s in quality %s at %s %d credits of output',
    (slug, quality, size, credits) => {
      const asked = quote(slug, sizeOf(size), quality, 1) / 1_000_000;
      // The sheet rounds to a tenth of a cent; the prompt's tokens are less than that.
      expect(asked).toBeGreaterThan(credits - 0.05);
      expect(asked).toBeLessThan(credits + 0.1);
    },
  );

  it('know a price for every model', () => {
    expect(painters.length).toBeGreaterThan(25);
    for (const { entry } of painters) {
      const isFree = entry.slug === 'atelier-sketch';
      expect([entry.slug, quote(entry.slug, undefined, undefined, 1) > 0]).toStrictEqual([
        entry.slug,
        !isFree,
      ]);
    }
  });
});
