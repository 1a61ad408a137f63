import { describe, expect, it } from 'vitest';
import { chooseNativeSize, isNativeSize, listedSizes } from '../../catalogue/size-rules.js';
import { quoteImage } from '../../credits/pricing.js';
import type { ModelEntry, Size } from '../model.js';
import { bflModels } from './models.js';

function model(slug: string): ModelEntry {
  const found = bflModels.find((entry) => entry.slug === slug);
  if (found === undefined) throw new Error(`no model ${slug}`);
  return found;
}

describe('bflModels', () => {
  it('gives every model names that nobody shares and lists only sizes that it renders', () => {
    const names = bflModels.flatMap(({ slug, aliases }) => [slug, ...aliases]);
    expect(new Set(names).size).toBe(names.length);
    for (const { params, slug } of bflModels) {
      for (const size of listedSizes(params.size)) expect(isNativeSize(params.size, size), slug).toBe(true);
    }
  });

  it.each([
    [{ width: 1792, height: 1024 }, '1.5k'],
    [{ width: 1024, height: 1024 }, '1k'],
    [{ width: 1080, height: 1920 }, '1.5k'],
  ])(
    'renders %o with the tier %s of FLUX 3, not a dearer one for a pixel less to cut',
    (size, resolution) => {
      const entry = model('flux-3-image');
      const priceOf = (native: Size) =>
        quoteImage(entry, { quality: undefined, size: native, promptChars: 9 });
      expect(chooseNativeSize(entry.params.size, size, priceOf)?.native.native).toMatchObject({ resolution });
    },
  );

  it.each<[string, Size, number]>([
    ['flux-1.1-pro', { width: 1440, height: 1440 }, 4],
    ['flux-2-pro', { width: 512, height: 512 }, 3],
    ['flux-2-pro', { width: 1024, height: 1024 }, 4.5],
    ['flux-2-pro', { width: 1792, height: 1024 }, 4.5],
    ['flux-2-pro', { width: 2000, height: 2000 }, 7.5],
    ['flux-2-klein-4b', { width: 2000, height: 2000 }, 1.7],
    ['flux-2-flex', { width: 1728, height: 1728 }, 15],
    ['flux-3-image', { width: 1024, height: 1024 }, 4.8],
    ['flux-3-image-klein', { width: 2048, height: 2048 }, 1.4],
    ['flux-3-image-klein', { width: 4096, height: 4096 }, 3.6],
  ])('prices %s at %o', (slug, size, credits) => {
    expect(quoteImage(model(slug), { quality: undefined, size, promptChars: 9 })).toBe(credits * 1_000_000);
  });
});
