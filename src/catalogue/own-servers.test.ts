import { describe, expect, it } from 'vitest';
import { createModelEntry } from '../../test/factories/model-entry.js';
import { createProvider } from '../../test/factories/provider.js';
import type { ModelEntry } from '../providers/model.js';
import { createProviders } from '../providers/registry.js';
import { Catalogue } from './catalogue.js';
import { lifecycleStatus } from './lifecycle.js';

const successor = createModelEntry({ slug: 'painter-2' });
const retired = createModelEntry({
  aliases: ['painter'],
  lifecycle: { retiredOn: '2026-01-01', successor: 'painter-2' },
});

function own(slug: string, changes: Partial<ModelEntry> = {}, number = 1): ModelEntry {
  const [route] = createModelEntry({ slug }).routes;
  if (route === undefined) throw new Error('there is no route');
  const id = `shed/${slug}/${number}`;
  return createModelEntry({
    slug,
    routes: [{ ...route, id, operator: 'you', operatorCountry: 'local', country: 'local' }],
    ...changes,
  });
}

function catalogueOf(...listed: readonly ModelEntry[]): Catalogue {
  return new Catalogue([createProvider([retired, successor]), createProvider(listed, { id: 'shed' })]);
}

describe('a slug that the operator has bound to own servers', () => {
  it('is run by them in their order, then by its vendor, under all of its names', () => {
    const [first, second] = [own('painter-1'), own('painter-1', {}, 2)];
    const catalogue = catalogueOf(first, second);
    const model = catalogue.get('painter');
    expect(model).toBe(catalogue.get('painter-1'));
    expect(model.provider.id).toBe('shed');
    expect(model.entry).toStrictEqual({ ...first, aliases: ['painter'] });
    expect(model.elsewhere?.map(({ entry, provider }) => [provider.id, entry])).toStrictEqual([
      ['shed', second],
      ['acme', retired],
    ]);
  });

  it('is active by them, whatever its vendor has done with it', () => {
    const now = new Date('2026-06-01T00:00:00Z');
    const statusIn = (catalogue: Catalogue) =>
      lifecycleStatus(catalogue.get('painter-1').entry.lifecycle, now);
    expect(statusIn(catalogueOf())).toBe('retired');
    expect(statusIn(catalogueOf(own('painter-1')))).toBe('active');
  });

  it('is listed once, where it was', () => {
    expect(catalogueOf(own('shed-1'), own('painter-1')).models.map(({ entry }) => entry.slug)).toStrictEqual([
      'painter-1',
      'painter-2',
      'shed-1',
    ]);
  });

  it('leaves models without own servers as they are', () => {
    expect(catalogueOf(own('painter-1')).get('painter-2')).not.toHaveProperty('elsewhere');
  });

  it.each([
    ['a vendor’s slug given twice', [createModelEntry({ routes: [{ ...retiredRoute(), id: 'shed/x' }] })]],
    ['a slug that is another model’s second name', [own('painter')]],
    ['a route given twice', [own('painter-1'), own('painter-1')]],
  ])('refuses to start with %s', (_what, listed) => {
    expect(() => catalogueOf(...listed)).toThrow(/^broken invariant: /);
  });
});

function retiredRoute() {
  const [route] = retired.routes;
  if (route === undefined) throw new Error('there is no route');
  return route;
}

it('holds every registered model with own servers beside it', () => {
  const endpoint = {
    name: 'Fox',
    protocol: 'openai-images',
    url: 'http://gpu-1:8000',
    dialect: 'vllm-omni',
    model: 'fox',
    editModel: undefined,
    apiKey: undefined,
    weights: 'Fox',
    licence: 'MIT',
    size: { multipleOf: 16, minEdge: 256, maxEdge: 2048, maxPixels: 2048 * 2048 },
    edit: undefined,
    credits: 1,
    country: 'local',
    negativePrompt: false,
  } as const;
  const slugs = ['fox-local', 'dall-e-3', 'flux-1-pro', 'qwen-image'];
  const endpoints = slugs.map((slug) => ({ ...endpoint, slug }));
  const catalogue = new Catalogue(createProviders({ endpoints, providers: {} }));
  expect(
    slugs.map((slug) => {
      const { entry, elsewhere } = catalogue.get(slug);
      return [entry.routes[0]?.id, elsewhere?.map((other) => other.entry.routes[0]?.id)];
    }),
  ).toStrictEqual([
    ['openai-images/fox-local', undefined],
    ['openai-images/dall-e-3', ['openai/dall-e-3']],
    ['openai-images/flux-1-pro/2', ['openai-images/flux-1-pro']],
    ['openai-images/qwen-image', [expect.stringMatching(/^qwen\/qwen-image/)]],
  ]);
});
