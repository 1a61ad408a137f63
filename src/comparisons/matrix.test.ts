import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../errors.js';
import { AXIS_NAMES, differences } from './axes.js';
import { comparisonBodySchema } from './comparison-body.js';
import { expandMatrix } from './matrix.js';

const expand = (body: unknown) => expandMatrix(comparisonBodySchema.parse(body));

function refusal(body: unknown): { param: string | undefined; message: string } {
  try {
    expand(body);
  } catch (error) {
    if (error instanceof AppError) return { param: error.param, message: error.message };
    throw error;
  }
  throw new Error('it was taken');
}

describe('the matrix', () => {
  it('has every combination once, the first axis changing slowest', () => {
    const { axes, cells } = expand({
      models: ['dall-e-3', 'imagen-4'],
      sizes: ['512x512', '1024x1024'],
      seeds: [1, 2],
      base: { prompt: 'a fox', quality: 'high' },
    });
    expect(axes.map(({ axis }) => axis)).toEqual(['model', 'size', 'seed']);
    expect(cells.map(({ body }) => [body.model, body.size, body.seed].join(' '))).toEqual([
      'dall-e-3 512x512 1',
      'dall-e-3 512x512 2',
      'dall-e-3 1024x1024 1',
      'dall-e-3 1024x1024 2',
      'imagen-4 512x512 1',
      'imagen-4 512x512 2',
      'imagen-4 1024x1024 1',
      'imagen-4 1024x1024 2',
    ]);
    expect(cells.every(({ body }) => body.quality === 'high' && body.prompt === 'a fox')).toBe(true);
    expect(cells[5]?.coordinates).toEqual({ model: 1, size: 0, seed: 1 });
    expect(differences(cells[0]?.coordinates ?? {}, cells[5]?.coordinates ?? {})).toEqual(['model', 'seed']);
  });

  it('replaces words in every prompt, text or parts', () => {
    const { cells } = expand({
      prompts: ['a summer lake', { subject: 'a summer meadow', avoid: ['summer rain'] }],
      prompt_replace: { replace: 'summer', with: ['summer', 'winter'] },
      base: { model: 'dall-e-3' },
    });
    expect(cells.map(({ body }) => body.prompt)).toEqual([
      'a summer lake',
      'a winter lake',
      { subject: 'a summer meadow', avoid: ['summer rain'] },
      { subject: 'a winter meadow', avoid: ['winter rain'] },
    ]);
  });

  it('lets no other model draw a cell unless the base says so', () => {
    const fallbackOf = (base: object) =>
      expand({ seeds: [1], base: { model: 'dall-e-3', prompt: 'a fox', ...base } }).cells[0]?.body.fallback;
    expect(fallbackOf({})).toBe(false);
    expect(fallbackOf({ fallback: ['imagen-4'] })).toEqual(['imagen-4']);
  });

  it.each([
    [{}, 'models', 'at least one axis'],
    [{ base: { model: 'a', prompt: 'b' } }, 'models', 'at least one axis'],
    [{ models: ['a'] }, 'base.prompt', 'required'],
    [{ prompts: ['a'] }, 'base.model', 'required'],
    [{ models: ['a'], base: { model: 'b', prompt: 'c' } }, 'base.model', 'twice'],
    [{ seeds: [1, 2, 1], base: { model: 'b', prompt: 'c' } }, 'seeds.2', 'twice'],
    [{ seeds: [1], base: { model: 'b', prompt: 'c', seed: 1 } }, 'base.seed', 'twice'],
    [{ sizes: ['512x512', 'big'], base: { model: 'b', prompt: 'c' } }, 'sizes.1', 'WIDTHxHEIGHT'],
    [{ seeds: [1], base: { model: 'b', prompt: 'c', size: 'big' } }, 'base.size', 'WIDTHxHEIGHT'],
    [
      { models: ['a'], prompts: ['summer', 'Summer'], prompt_replace: { replace: 'summer', with: ['x'] } },
      'prompt_replace.replace',
      'not in `prompts.1`. Did you mean `Summer`?',
    ],
    [
      { models: ['a'], base: { prompt: 'summer' }, prompt_replace: { replace: 'summer', with: ['x', ''] } },
      'prompt_replace.with.1',
      'nothing is left',
    ],
    [
      { models: ['a', 'b'], seeds: Array.from({ length: 51 }, (_, seed) => seed), base: { prompt: 'c' } },
      'seeds',
      '2 × 51 = 102',
    ],
  ])('refuses %j: %s', (body, param, words) => {
    const { message, ...refused } = refusal(body);
    expect(refused.param).toBe(param);
    expect(message).toContain(words);
  });

  it('numbers its cells by their coordinates, whatever the axes', () => {
    const values = (max: number) => fc.option(fc.integer({ min: 1, max }), { nil: undefined });
    const list = <T>(count: number | undefined, make: (index: number) => T) =>
      count === undefined ? undefined : Array.from({ length: count }, (_, index) => make(index));
    fc.assert(
      fc.property(values(3), values(3), values(3), values(3), (models, prompts, sizes, seeds) => {
        fc.pre([models, prompts, sizes, seeds].some((count) => count !== undefined));
        const { axes, cells } = expand({
          models: list(models, (index) => `model-${index}`),
          prompts: list(prompts, (index) => `prompt ${index}`),
          sizes: list(sizes, (index) => `${512 + index}x512`),
          seeds: list(seeds, (index) => index),
          base: {
            ...(models === undefined ? { model: 'model' } : {}),
            ...(prompts === undefined ? { prompt: 'prompt' } : {}),
          },
        });
        for (const { position, coordinates } of cells) {
          const expected = AXIS_NAMES.reduce((sum, name) => {
            const axis = axes.find((one) => one.axis === name);
            return axis === undefined ? sum : sum * axis.values.length + (coordinates[name] ?? 0);
          }, 0);
          expect(expected).toBe(position);
        }
        expect(cells).toHaveLength(axes.reduce((product, axis) => product * axis.values.length, 1));
      }),
    );
  });
});
