import { describe, expect, it } from 'vitest';
import { createModelEntry } from '../../test/factories/model-entry.js';
import { createProvider } from '../../test/factories/provider.js';
import { AppError } from '../errors.js';
import type { ModelEntry } from '../providers/model.js';
import type { Provider } from '../providers/provider.js';
import { providers } from '../providers/registry.js';
import { Catalogue, nearestName } from './catalogue.js';
import { lifecycleStatus } from './lifecycle.js';

const catalogueOf = (...models: readonly ModelEntry[]) => new Catalogue([createProvider(models)]);

function refusalOf(act: () => unknown): AppError {
  try {
    act();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('Catalogue', () => {
  it('finds a model by slug and by every alias, slashes included', () => {
    const entry = createModelEntry({ aliases: ['acme/painter-1', 'painter'] });
    const catalogue = catalogueOf(entry);
    for (const name of ['painter-1', 'acme/painter-1', 'painter'])
      expect(catalogue.get(name).entry).toBe(entry);
    expect(catalogue.find('painter-2')).toBeUndefined();
  });

  it('answers an unknown model with all slugs and the most similar name', () => {
    const catalogue = catalogueOf(
      createModelEntry({ aliases: ['dall-e-3'] }),
      createModelEntry({ slug: 'other' }),
    );
    const refusal = refusalOf(() => catalogue.get('dalle-3'));
    expect(refusal.code).toBe('model_not_found');
    expect(refusal.param).toBe('model');
    expect(refusal.facts).toStrictEqual({ allowed: ['painter-1', 'other'], nearest: 'dall-e-3' });
    expect(refusal.message).toContain('Did you mean `dall-e-3`?');
  });

  it('names the field that held the unknown model', () => {
    expect(refusalOf(() => catalogueOf(createModelEntry()).get('x', 'fallback.0')).param).toBe('fallback.0');
  });

  it('suggests nothing for a name unlike all others', () => {
    const refusal = refusalOf(() => catalogueOf(createModelEntry()).get('zzzzzz'));
    expect(refusal.facts.nearest).toBeUndefined();
    expect(refusal.message).not.toContain('Did you mean');
  });

  it('repeats no more than a hundred characters of an unknown name', () => {
    const refusal = refusalOf(() => catalogueOf(createModelEntry()).get('x'.repeat(5000)));
    expect(refusal.message).toContain(`\`${'x'.repeat(100)}\``);
    expect(refusal.message.length).toBeLessThan(250);
  });

  const contradictions: readonly (readonly [string, readonly ModelEntry[], Partial<Provider>])[] = [
    ['a name given twice', [createModelEntry(), createModelEntry({ slug: 'b', aliases: ['painter-1'] })], {}],
    ['a model without routes', [createModelEntry({ routes: [] })], {}],
    ['a route of another provider', [createModelEntry()], { id: 'other' }],
    [
      'a listed size outside its own rule',
      [
        createModelEntry({
          params: {
            size: {
              kind: 'range',
              multipleOf: 64,
              minEdge: 64,
              maxEdge: 1024,
              minPixels: 1,
              maxPixels: 2_000_000,
              minRatio: 0.5,
              maxRatio: 2,
              listed: [{ width: 1000, height: 1000 }],
            },
          },
        }),
      ],
      {},
    ],
    ['a retirement without successor', [createModelEntry({ lifecycle: { retiredOn: '2026-01-01' } })], {}],
    ['an unknown successor', [createModelEntry({ lifecycle: { successor: 'nobody' } })], {}],
    [
      'a successor by its alias',
      [
        createModelEntry({ lifecycle: { successor: 'bee' } }),
        createModelEntry({ slug: 'b', aliases: ['bee'] }),
      ],
      {},
    ],
    ['a model that succeeds itself', [createModelEntry({ lifecycle: { successor: 'painter-1' } })], {}],
    [
      'models that succeed each other in a circle',
      [
        createModelEntry({ slug: 'a', lifecycle: { retiredOn: '2026-01-01', successor: 'b' } }),
        createModelEntry({ slug: 'b', lifecycle: { retiredOn: '2026-01-01', successor: 'a' } }),
      ],
      {},
    ],
    [
      'a price table whose last row has a condition',
      [
        createModelEntry({
          pricing: { kind: 'per-image', rows: [{ sizes: ['1024x1024'], credits: 1 }], source: 'a test' },
        }),
      ],
      {},
    ],
    [
      'an empty price table',
      [createModelEntry({ pricing: { kind: 'per-image', rows: [], source: 'a test' } })],
      {},
    ],
    ['an adapter without emulator', [createModelEntry()], { createEmulator: undefined }],
  ];

  it.each(contradictions)('refuses to start with %s', (_what, models, changes) => {
    expect(() => new Catalogue([createProvider(models, changes)])).toThrow(/^broken invariant: /);
  });

  it('starts with every registered provider', () => {
    expect(new Catalogue(providers).models.length).toBeGreaterThan(5);
  });

  it('leads every registered model to one that is active on 2026-12-31', () => {
    const catalogue = new Catalogue(providers);
    const end = new Date('2026-12-31T12:00:00Z');
    for (const { entry } of catalogue.models) {
      let last = entry;
      for (let step = 0; step < 8 && lifecycleStatus(last.lifecycle, end) === 'retired'; step += 1) {
        last = catalogue.get(last.lifecycle.successor ?? '').entry;
      }
      expect(lifecycleStatus(last.lifecycle, end), entry.slug).not.toBe('retired');
    }
  });
});

describe('nearestName', () => {
  it.each([
    ['promt', 'prompt'],
    ['PROMPT', 'prompt'],
    ['negativeprompt', 'negative_prompt'],
    ['sise', 'size'],
  ])('takes %s for a slip of %s', (given, meant) => {
    expect(nearestName(given, ['model', 'prompt', 'negative_prompt', 'size'])).toBe(meant);
  });

  it('takes a word unlike all others for no slip', () => {
    expect(nearestName('watermark', ['model', 'prompt', 'size'])).toBeUndefined();
    expect(nearestName('anything', [])).toBeUndefined();
  });
});
