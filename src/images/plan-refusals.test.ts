import { describe, expect, it } from 'vitest';
import { createImageRequest } from '../../test/factories/image-request.js';
import { createModelEntry } from '../../test/factories/model-entry.js';
import { createProvider } from '../../test/factories/provider.js';
import { Catalogue } from '../catalogue/catalogue.js';
import { AppError } from '../errors.js';
import { providers } from '../providers/registry.js';
import { planImageRequest } from './plan.js';
import type { PlanPolicy, PlanWorld } from './plan-types.js';
import type { ImageRequest } from './request.js';

const TEST: PlanPolicy = { mode: 'test', prcOptIn: false, retiredModels: 'forward' };
const WORLD: PlanWorld = {
  now: new Date('2026-11-22T12:00:00Z'),
  routeState: () => ({ usable: true, extra: {} }),
};

function outcomeOf(changes: Partial<ImageRequest>, catalogue: Catalogue): unknown {
  try {
    return planImageRequest(createImageRequest(changes), catalogue, TEST, WORLD).candidates[0].calls[0]?.call
      .prompt;
  } catch (error) {
    if (error instanceof AppError) return [error.code, error.param];
    throw error;
  }
}

describe('planImageRequest', () => {
  it('answers a prompt that is too long only with the text that keeps it raw as prompt_too_long', () => {
    const changes = { model: 'dall-e-3', prompt: 'x'.repeat(3950), promptRevision: false };
    expect(outcomeOf(changes, new Catalogue(providers))).toStrictEqual(['prompt_too_long', 'prompt']);
  });

  it('names an unknown option with its whole path', () => {
    const catalogue = new Catalogue([createProvider([createModelEntry()])]);
    expect(outcomeOf({ providerOptions: { acme: { stepps: 4 } } }, catalogue)).toStrictEqual([
      'unknown_parameter',
      'provider_options.acme.stepps',
    ]);
  });

  it('leaves the prompt as it is for a negative prompt that names nothing', () => {
    const catalogue = new Catalogue([createProvider([createModelEntry()])]);
    expect(outcomeOf({ prompt: 'a red fox', negativePrompt: ', ,' }, catalogue)).toBe('a red fox');
  });
});
