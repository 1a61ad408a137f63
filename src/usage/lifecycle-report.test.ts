import { expect, it } from 'vitest';
import { Catalogue } from '../catalogue/catalogue.js';
import { providers } from '../providers/registry.js';
import { listEndings, outcomeFor } from './lifecycle-report.js';
import type { ModelCaller } from './model-traffic-store.js';

const catalogue = new Catalogue(providers);

const caller = (mode: 'live' | 'test', retiredModels: 'forward' | 'refuse'): ModelCaller => ({
  model: 'dall-e-3',
  workspaceId: 'ws_a',
  workspaceName: 'a',
  retiredModels,
  keyId: 'key_a',
  keyName: 'a',
  mode,
  generations: 1,
  lastAt: new Date(0),
});

const ending = (slug: string, on: string, traffic: readonly string[] = []) =>
  listEndings(
    catalogue,
    traffic.map((model) => ({ model, live: 1, test: 0, callers: 1 })),
    new Date(`${on}T00:00:00Z`),
  ).find(({ model }) => model === slug);

it('tells what a model is on the day, from its first hour on, and what its calls run on', () => {
  expect(ending('dall-e-3', '2025-11-13')).toBeUndefined();
  expect(ending('dall-e-3', '2025-11-14')?.status).toBe('deprecated');
  expect(ending('dall-e-3', '2026-05-11')?.runs?.entry.slug).toBe('dall-e-3');
  const retired = ending('dall-e-3', '2026-05-12');
  expect(retired?.status).toBe('retired');
  expect(retired?.runs?.entry.slug).toBe('gpt-image-2');
});

it('never sends anyone to a model that is retired itself', () => {
  for (const on of ['2026-10-01', '2026-10-29', '2026-12-01', '2030-01-01']) {
    for (const { runs } of listEndings(catalogue, [], new Date(`${on}T00:00:00Z`))) {
      expect(runs).toBeDefined();
      const retiredOn = runs?.entry.lifecycle.retiredOn;
      expect(retiredOn === undefined || retiredOn > on).toBe(true);
    }
  }
});

it('finds slugs with traffic that no provider has', () => {
  expect(ending('my-own-model', '2026-11-22', ['my-own-model', 'gpt-image-2'])).toMatchObject({
    status: 'unlisted',
    runs: undefined,
  });
  expect(ending('gpt-image-2', '2026-11-22', ['gpt-image-2'])).toBeUndefined();
});

it.each([
  ['2026-01-01', 'live', 'refuse', 'warned'],
  ['2026-05-12', 'live', 'forward', 'forwarded'],
  ['2026-05-12', 'live', 'refuse', 'refused'],
  ['2026-05-12', 'test', 'refuse', 'unaffected'],
] as const)('on %s a %s caller whose workspace would %s is %s', (on, mode, retiredModels, outcome) => {
  const found = ending('dall-e-3', on);
  expect(found && outcomeFor(found, caller(mode, retiredModels))).toBe(outcome);
});

it('refuses everyone what is not a model', () => {
  const found = ending('my-own-model', '2026-11-22', ['my-own-model']);
  expect(found && outcomeFor(found, caller('test', 'forward'))).toBe('refused');
});
