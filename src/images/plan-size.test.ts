import { describe, expect, it } from 'vitest';
import { createImageRequest } from '../../test/factories/image-request.js';
import { createModelEntry } from '../../test/factories/model-entry.js';
import { AppError } from '../errors.js';
import type { NativeSize } from '../providers/model.js';
import { planSize, ratioName, ratiosOf, resolutionsOf, type SizePlan } from './plan-size.js';
import type { ImageRequest } from './request.js';

const TIERS: readonly NativeSize[] = [
  { width: 1024, height: 1024, native: { aspectRatio: '1:1', tier: '1K' } },
  { width: 1264, height: 848, native: { aspectRatio: '3:2', tier: '1K' } },
  { width: 2048, height: 2048, native: { aspectRatio: '1:1', tier: '2K' } },
  { width: 2528, height: 1696, native: { aspectRatio: '3:2', tier: '2K' } },
];
const tiers = createModelEntry({ params: { size: { kind: 'list', sizes: TIERS } } });
const three = createModelEntry();

const plan = (changes: Partial<ImageRequest>, entry = three): SizePlan =>
  planSize(createImageRequest(changes), entry, () => 1);

function refusalOf(changes: Partial<ImageRequest>, entry = three): AppError {
  try {
    plan(changes, entry);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

const STRICT = { adapt: 'strict' } as const;

describe('planSize without a wish', () => {
  it('leaves the size to the model and never resamples', () => {
    expect(plan({})).toStrictEqual({ native: undefined, size: undefined, ratio: undefined, adjustments: [] });
  });
});

describe('planSize for an exact size', () => {
  it('sends a native size with the provider’s own words and reports nothing', () => {
    const planned = plan({ size: { width: 2528, height: 1696 } }, tiers);
    expect(planned.native).toBe(TIERS[3]);
    expect(planned.size).toStrictEqual({ width: 2528, height: 1696 });
    expect(planned.adjustments).toStrictEqual([]);
  });

  it('reports a reduction without scale', () => {
    expect(plan({ size: { width: 512, height: 512 } }).adjustments).toStrictEqual([
      {
        param: 'size',
        asked: '512x512',
        sent: '1024x1024',
        delivered: '512x512',
        reason: 'painter-1 does not render 512x512; rendered at 1024x1024, then reduced to the exact size',
      },
    ]);
  });

  it('reports an enlargement with its scale', () => {
    expect(plan({ size: { width: 1536, height: 1536 } }).adjustments).toStrictEqual([
      {
        param: 'size',
        asked: '1536x1536',
        sent: '1024x1024',
        delivered: '1536x1536',
        reason: 'painter-1 does not render 1536x1536; rendered at 1024x1024, then enlarged to the exact size',
        scale: 1.5,
      },
    ]);
  });

  it('reports a crop', () => {
    const [adjustment] = plan({ size: { width: 1000, height: 800 } }).adjustments;
    expect(adjustment?.reason).toContain('then cropped and reduced');
  });

  it('refuses an enlargement of more than twice with all sizes and the nearest', () => {
    const refusal = refusalOf({ size: { width: 4096, height: 2048 } });
    expect([refusal.code, refusal.status, refusal.param]).toStrictEqual(['unsupported_size', 400, 'size']);
    expect(refusal.facts).toStrictEqual({
      allowed: ['1024x1024', '1792x1024', '1024x1792'],
      nearest: '1792x1024',
    });
  });

  it('names the rule of a model with free sizes', () => {
    const free = createModelEntry({
      params: {
        size: {
          kind: 'range',
          multipleOf: 16,
          minEdge: 256,
          maxEdge: 1024,
          minPixels: 65_536,
          maxPixels: 1_048_576,
          minRatio: 0.25,
          maxRatio: 4,
          listed: [{ width: 1024, height: 1024 }],
        },
      },
    });
    const refusal = refusalOf({ size: { width: 4000, height: 4000 } }, free);
    expect(refusal.facts.rule).toContain('multiples of 16 from 256 to 1024');
    expect(refusal.facts.nearest).toBe('1024x1024');
  });

  it('takes native sizes only under strict', () => {
    expect(plan({ ...STRICT, size: { width: 1792, height: 1024 } }).adjustments).toStrictEqual([]);
    expect(refusalOf({ ...STRICT, size: { width: 512, height: 512 } }).code).toBe('unsupported_size');
  });

  it('may come with a ratio that says the same within three percent, and with no other', () => {
    const size = { width: 1792, height: 1000 };
    for (const aspectRatio of [
      { width: 16, height: 9 },
      { width: 7, height: 4 },
    ]) {
      expect(plan({ size, aspectRatio }).size).toStrictEqual(size);
    }
    const refusal = refusalOf({ size, aspectRatio: { width: 1, height: 1 } });
    expect([refusal.code, refusal.param]).toStrictEqual(['invalid_request', 'aspect_ratio']);
  });

  it.each([
    ['1K', { width: 1792, height: 1024 }, true],
    ['2K', { width: 1024, height: 1024 }, false],
    ['4K', { width: 1024, height: 1024 }, false],
    ['512', { width: 512, height: 512 }, true],
    ['512', { width: 1024, height: 1024 }, false],
  ] as const)('compares %s with %j', (resolution, size, agree) => {
    if (agree) {
      expect(plan({ size, resolution }).size).toStrictEqual(size);
      return;
    }
    const refusal = refusalOf({ size, resolution });
    expect([refusal.code, refusal.param]).toStrictEqual(['invalid_request', 'resolution']);
  });
});

describe('planSize for a ratio or a resolution', () => {
  it('sends the native size of that ratio and area, and delivers it as it comes', () => {
    expect(plan({ aspectRatio: { width: 3, height: 2 }, resolution: '2K' }, tiers)).toStrictEqual({
      native: TIERS[3],
      size: undefined,
      ratio: undefined,
      adjustments: [],
    });
    expect(plan({ resolution: '2K' }, tiers).native).toBe(TIERS[2]);
    expect(plan({ aspectRatio: { width: 3, height: 2 } }, tiers).native).toBe(TIERS[1]);
  });

  it('takes a ratio within three percent as met', () => {
    const met = plan({ aspectRatio: { width: 1.53, height: 1 } }, tiers);
    expect([met.native, met.ratio, met.adjustments]).toStrictEqual([TIERS[1], undefined, []]);
  });

  it('cuts to any other ratio and reports it, or refuses it under strict', () => {
    const aspectRatio = { width: 2, height: 1 };
    const planned = plan({ aspectRatio }, tiers);
    expect(planned.ratio).toBe(2);
    expect(planned.adjustments).toStrictEqual([
      {
        param: 'aspect_ratio',
        asked: '2:1',
        sent: '1264x848',
        delivered: '2:1',
        reason: 'painter-1 does not render 2:1; cropped from 1264x848',
      },
    ]);
    const refusal = refusalOf({ ...STRICT, aspectRatio }, tiers);
    expect([refusal.code, refusal.param, refusal.facts.allowed]).toStrictEqual([
      'unsupported_parameter',
      'aspect_ratio',
      ['1:1', '3:2'],
    ]);
  });

  it('reports a resolution that the model does not have, or refuses it under strict', () => {
    const planned = plan({ resolution: '4K' }, tiers);
    expect(planned.native).toBe(TIERS[2]);
    expect(planned.adjustments).toStrictEqual([
      {
        param: 'resolution',
        asked: '4K',
        sent: '2048x2048',
        reason: 'painter-1 does not render at 4K; this is its nearest size',
      },
    ]);
    const refusal = refusalOf({ ...STRICT, resolution: '4K' }, tiers);
    expect([refusal.code, refusal.param, refusal.facts.allowed]).toStrictEqual([
      'unsupported_parameter',
      'resolution',
      ['1K', '2K'],
    ]);
  });
});

describe('what a model shows', () => {
  it('names the resolutions and ratios of its listed sizes', () => {
    expect(resolutionsOf(tiers)).toStrictEqual(['1K', '2K']);
    expect(ratiosOf(tiers)).toStrictEqual(['1:1', '3:2']);
    expect(ratiosOf(three)).toStrictEqual(['1:1', '7:4', '4:7']);
  });

  it.each([
    [1376, 768, '16:9'],
    [768, 1376, '9:16'],
    [1536, 672, '21:9'],
    [512, 2048, '1:4'],
  ])('calls %i x %i %s', (width, height, name) => {
    expect(ratioName({ width, height })).toBe(name);
  });
});
