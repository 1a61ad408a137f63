import { describe, expect, it } from 'vitest';
import type { ModelEntry, NativeSize } from '../model.js';
import { googleModels } from './models.js';

function model(slug: string): ModelEntry {
  const found = googleModels.find((entry) => entry.slug === slug);
  if (found === undefined) throw new Error(`no model ${slug}`);
  return found;
}

function sizesOf({ params }: ModelEntry): readonly NativeSize[] {
  return params.size.kind === 'list' ? params.size.sizes : [];
}

/** The price of a size as the catalogue's rule has it: the first row that covers it. */
function creditsOf({ pricing }: ModelEntry, size: string | undefined): number | undefined {
  if (pricing.kind !== 'per-image') return undefined;
  return pricing.rows.find(
    (row) => row.sizes === undefined || (size !== undefined && row.sizes.includes(size)),
  )?.credits;
}

const edited = googleModels.flatMap(({ slug, params, edit }) =>
  edit === undefined ? [] : [{ slug, params, edit }],
);

describe('edits', () => {
  it('are for the Gemini models alone, with as many pictures as Google advises', () => {
    expect(edited.map(({ slug, edit }) => [slug, edit.maxInputImages])).toStrictEqual([
      ['gemini-nano-banana-2.1', 14],
      ['gemini-3-pro-image', 14],
      ['gemini-3.1-flash-image', 14],
      ['gemini-3.1-flash-lite-image', 14],
      ['gemini-2-5-flash-image', 3],
    ]);
  });

  it.each(edited)('of $slug fit one request, however large the pictures', ({ edit }) => {
    const base64Bytes = 4 * Math.ceil(edit.inputs.maxBytes / 3);
    expect(edit.maxInputImages * base64Bytes).toBeLessThan(98_000_000);
    expect(edit.inputs.maxBytes).toBeLessThan(7_000_000);
  });

  it.each(edited)('of $slug take back every size that the model renders', ({ slug, edit }) => {
    for (const { width, height } of sizesOf(model(slug))) {
      const size = `${width}x${height}`;
      expect(Math.max(width, height), size).toBeLessThanOrEqual(edit.inputs.maxEdge);
      expect(width * height, size).toBeLessThanOrEqual(edit.inputs.maxPixels);
    }
  });

  it.each([
    ['gemini-3-pro-image', 131_072],
    ['gemini-3.1-flash-image', 65_536],
    ['gemini-2-5-flash-image', 32_768],
  ])('of %s leave %d tokens for the pictures beside the longest prompt', (slug, limitTokens) => {
    const { edit } = model(slug);
    const chars = edit?.params?.promptMaxChars ?? 0;
    expect(chars).toBeGreaterThan(10_000);
    expect(chars + (edit?.maxInputImages ?? 0) * 1120).toBeLessThanOrEqual(limitTokens);
  });

  it.each([
    ['gemini-nano-banana-2.1', 0.168],
    ['gemini-3-pro-image', 0.0516],
    ['gemini-3.1-flash-image', 0.056],
    ['gemini-3.1-flash-lite-image', 0.028],
    ['gemini-2-5-flash-image', undefined],
  ])('of %s charge %s credits for each input', (slug, credits) => {
    const { pricing } = model(slug);
    expect(pricing.kind === 'per-image' ? pricing.inputCredits : 'tokens').toBe(credits);
  });
});

describe('googleModels', () => {
  it('gives every model names that nobody shares and sizes that differ', () => {
    const names = googleModels.flatMap(({ slug, aliases }) => [slug, ...aliases]);
    expect(new Set(names).size).toBe(names.length);
    for (const entry of googleModels) {
      const sizes = sizesOf(entry).map(({ width, height }) => `${width}x${height}`);
      expect(sizes.length, entry.slug).toBeGreaterThan(0);
      expect(new Set(sizes).size, entry.slug).toBe(sizes.length);
    }
  });

  it('ends every retired model in one that is not', () => {
    const lasting = googleModels.filter(({ lifecycle }) => lifecycle.retiredOn === undefined);
    for (const { lifecycle } of googleModels) {
      if (lifecycle.retiredOn === undefined) continue;
      expect(lasting.map(({ slug }) => slug)).toContain(lifecycle.successor);
    }
  });

  it('has pixels that fit the ratio they are asked by', () => {
    for (const entry of googleModels) {
      for (const { width, height, native } of sizesOf(entry)) {
        const [across = 0, down = 1] = (native?.['aspectRatio'] ?? '').split(':').map(Number);
        // Imagen's 3:4 is really 7:10, the farthest of all.
        expect(
          Math.abs(width / height / (across / down) - 1),
          `${entry.slug} ${width}x${height}`,
        ).toBeLessThan(0.08);
      }
    }
  });

  it('renders the probed pixels', () => {
    const pixels = (slug: string, aspectRatio: string, imageSize?: string): string[] =>
      sizesOf(model(slug)).flatMap(({ width, height, native }) =>
        native?.['aspectRatio'] === aspectRatio && native['imageSize'] === imageSize
          ? [`${width}x${height}`]
          : [],
      );
    expect(pixels('gemini-2-5-flash-image', '16:9')).toStrictEqual(['1344x768']);
    expect(pixels('gemini-nano-banana-2.1', '21:9', '2K')).toStrictEqual(['3168x1344']);
    expect(pixels('gemini-3-pro-image', '4:5', '4K')).toStrictEqual(['3712x4608']);
    expect(pixels('gemini-3-pro-image', '1:4', '1K')).toStrictEqual([]);
    expect(pixels('gemini-3.1-flash-image', '8:1', '512')).toStrictEqual(['1456x176']);
    expect(pixels('gemini-3.1-flash-lite-image', '1:1', '2K')).toStrictEqual([]);
    expect(pixels('imagen-4', '9:16', '2K')).toStrictEqual(['1536x2816']);
    expect(pixels('imagen-4-fast', '4:3')).toStrictEqual(['1280x896']);
  });

  it.each([
    ['gemini-nano-banana-2.1', undefined, 3.36],
    ['gemini-nano-banana-2.1', '2048x2048', 5.04],
    ['gemini-nano-banana-2.1', '6336x2688', 11.3],
    ['gemini-3-pro-image', '2048x2048', 13.4],
    ['gemini-3-pro-image', '4096x4096', 24],
    ['gemini-3.1-flash-image', '512x512', 4.5],
    ['gemini-3.1-flash-image', '1024x1024', 6.7],
    ['gemini-2-5-flash-image', '1024x1024', 1.5],
    ['imagen-4', '2048x2048', 8],
  ])('charges %s at %s with %d credits', (slug, size, credits) => {
    expect(creditsOf(model(slug), size)).toBe(credits);
  });
});
