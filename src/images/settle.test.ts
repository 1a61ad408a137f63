import { describe, expect, it } from 'vitest';
import { createOrigin } from '../../test/factories/image-origin.js';
import { createImageRequest } from '../../test/factories/image-request.js';
import { createModelEntry } from '../../test/factories/model-entry.js';
import { createProvider } from '../../test/factories/provider.js';
import { Catalogue } from '../catalogue/catalogue.js';
import { fromCredits, toCredits } from '../credits/microcredits.js';
import type { Pricing } from '../providers/model.js';
import type { Finished, Served } from './dispatch-result.js';
import { planImageRequest } from './plan.js';
import type { Candidate } from './plan-types.js';
import { priceAll, priceImages } from './settle.js';

const SIZE = { width: 1024, height: 1024 };

/** Four pictures at 4 credits each, unless told otherwise. */
function candidateWith(pricing: Partial<Extract<Pricing, { kind: 'per-image' }>>, percent = 0): Candidate {
  const entry = createModelEntry({
    pricing: { kind: 'per-image', rows: [{ credits: 4 }], source: 'a test', ...pricing },
  });
  return planImageRequest(
    createImageRequest({ model: entry.slug, n: 4 }),
    new Catalogue([createProvider([entry])]),
    { mode: 'live', prcOptIn: false, retiredModels: 'forward' },
    {
      now: new Date('2026-11-22T12:00:00Z'),
      margin: { percent, models: {} },
      routeState: () => ({ usable: true, extra: {} }),
    },
  ).candidates[0];
}

function finished(position: number): Finished {
  const stored = {
    sha256: 'a'.repeat(64),
    sizeBytes: 1,
    picture: { mimeType: 'image/png', ...SIZE, hasAlpha: false, complete: true, c2pa: false },
  } as const;
  return {
    received: { position, stored, revisedPrompt: undefined, seed: undefined, continuation: undefined },
    finished: { ...stored, received: SIZE, adjustments: [], origin: createOrigin() },
  };
}

/** What pictures at these positions cost when the calls tell these costs, in credits. */
function charge(
  candidate: Candidate,
  positions: readonly number[],
  costs: readonly { readonly credits: number; readonly positions: readonly number[] }[],
): readonly number[] {
  const served: Served = {
    candidate,
    finished: positions.map(finished),
    usages: [],
    costs: costs.map((cost) => ({ costMicrocredits: cost.credits * 1e6, positions: cost.positions })),
    reported: {},
  };
  return priceImages(served).map((image) => toCredits(image.charged));
}

describe('what a delivered picture costs', () => {
  it('is the catalogue’s price where the provider tells no cost', () => {
    expect(charge(candidateWith({}), [0, 1], [])).toStrictEqual([4, 4]);
  });

  it('is its share of what the provider tells, each call for itself', () => {
    const costs = [
      { credits: 5, positions: [0, 1] },
      { credits: 1.5, positions: [2] },
    ];
    expect(charge(candidateWith({}), [0, 1, 2, 3], costs)).toStrictEqual([2.5, 2.5, 1.5, 4]);
  });

  it('shares a cost to the microcredit, over the pictures that were delivered', () => {
    const costs = [{ credits: 10, positions: [0, 1, 2, 3] }];
    const shares = charge(candidateWith({}), [0, 1, 3], costs);
    expect(shares).toStrictEqual([3.333333, 3.333333, 3.333334]);
    expect(shares.reduce((sum, share) => sum + fromCredits(share), 0)).toBe(fromCredits(10));
  });

  it('is never more than was quoted for it', () => {
    expect(charge(candidateWith({}), [0], [{ credits: 12, positions: [0, 1] }])).toStrictEqual([4]);
    expect(charge(candidateWith({}, 50), [0], [{ credits: 12, positions: [0] }])).toStrictEqual([6]);
  });

  it('is what was promised where the price is fixed, whatever the provider tells', () => {
    const costs = [{ credits: 1, positions: [0, 1] }];
    expect(charge(candidateWith({ fixed: true }), [0, 1], costs)).toStrictEqual([4, 4]);
  });

  it('has the margin on it, told or listed', () => {
    const candidate = candidateWith({}, 25);
    expect(toCredits(candidate.pricePerImage)).toBe(5);
    expect(charge(candidate, [0, 1], [{ credits: 2, positions: [0] }])).toStrictEqual([2.5, 5]);
  });

  it('heeds no cost that makes no sense', () => {
    for (const credits of [-3, Number.NaN, Infinity])
      expect(charge(candidateWith({}), [0], [{ credits, positions: [0] }])).toStrictEqual([4]);
  });

  it('is what is left of the hold where that is less, whatever served it', () => {
    const served: Served = {
      candidate: candidateWith({}),
      finished: [0, 1, 2].map(finished),
      usages: [],
      costs: [],
      reported: {},
    };
    const charges = priceAll([served], fromCredits(9)).map(({ charged }) => toCredits(charged));
    expect(charges).toStrictEqual([4, 4, 1]);
  });
});
