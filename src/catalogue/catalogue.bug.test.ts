import { expect, it } from 'vitest';
import { createModelEntry } from '../../test/factories/model-entry.js';
import { createProvider } from '../../test/factories/provider.js';
import { Catalogue } from './catalogue.js';

it('refuses to start with models that succeed each other in a circle', () => {
  const provider = createProvider([
    createModelEntry({ slug: 'a', lifecycle: { retiredOn: '2026-01-01', successor: 'b' } }),
    createModelEntry({ slug: 'b', lifecycle: { retiredOn: '2026-01-01', successor: 'a' } }),
  ]);
  expect(() => new Catalogue([provider])).toThrow(/^broken invariant: /);
});
