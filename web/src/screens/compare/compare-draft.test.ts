import { describe, expect, it } from 'vitest';
import type { Model } from '../../api/models.js';
import {
  chooseModels,
  draftOfComparison,
  EMPTY_COMPARISON,
  hasWholeWords,
  missingOf,
  parseCompareDraft,
  toComparison,
  type CompareDraft,
} from './compare-draft.js';

function model(id: string, params: Partial<Model['allowedParams']> = {}, available = true): Model {
  return {
    id,
    name: id.toUpperCase(),
    owned_by: 'maker',
    strengths: [],
    notes: '',
    capabilities: {
      imageGenerate: true,
      imageEdit: false,
      maskEdit: false,
      maxInputImages: 0,
      seed: true,
      negativePrompt: true,
      transparency: false,
      streaming: false,
    },
    allowedParams: {
      sizes: [],
      n: { min: 1, max: 1 },
      prompt: { max_chars: 100 },
      output_format: ['png', 'webp'],
      prompt_revision: [false],
      ...params,
    },
    pricing: { unit: 'image', credits: [] },
    lifecycle: { status: 'active' },
    routes: [],
    content_policy: 'none',
    available,
  };
}

const a = model('a', { quality: ['low', 'high'], seed: { min: 0, max: 10 } });
const b = model('b', { quality: ['high'], output_format: ['png'], seed: { min: 5, max: 100 } });
const off = model('off', {}, false);
const able = [off, a, b];
const chosen = (draft: Partial<CompareDraft>) => chooseModels({ ...EMPTY_COMPARISON, ...draft }, able);

describe('the draft of a comparison', () => {
  it('varies models and leaves out settings that not all of them have', () => {
    const settings = { quality: 'low', output_format: 'png', seed: '7' };
    const wish = toComparison(chosen({ text: ' a fox ', models: ['a', 'b', 'gone'], settings }));
    expect(wish).toEqual({ models: ['a', 'b'], base: { prompt: 'a fox', output_format: 'png', seed: 7 } });
  });

  it('says of each thing once: what is varied is not in the base', () => {
    const draft: Partial<CompareDraft> = {
      text: 'a fox in summer',
      axes: ['prompt_replace', 'seed', 'prompt'],
      words: 'summer',
      instead: ['winter', 'summer'],
      others: ['an owl in summer', ' ', 'a fox in summer'],
      seeds: [1, 7, 50],
      settings: { seed: '3' },
      avoid: ['people'],
    };
    expect(toComparison(chosen(draft))).toEqual({
      prompts: ['a fox in summer', 'an owl in summer'],
      prompt_replace: { replace: 'summer', with: ['summer', 'winter'] },
      seeds: [1, 7],
      base: { model: 'a', negative_prompt: 'people' },
    });
  });

  it.each([
    [{}, 'Describe the picture first.'],
    [{ text: 'x', models: ['a'] }, 'Choose two models or more.'],
    [{ text: 'x', models: ['a', 'off'] }, 'OFF is not available: choose another model.'],
    [{ text: 'x', axes: ['prompt_replace'], words: 'y' }, '“y” does not stand in every prompt.'],
    [{ text: 'x', axes: ['prompt_replace'], words: 'x' }, 'Say what stands in place of the words.'],
    [{ text: 'x', axes: ['seed'], seeds: [3, 99] }, 'Add a second seed.'],
    [
      { text: 'x', axes: ['prompt'], others: Array.from({ length: 100 }, (_, index) => `p${index}`) },
      '101 pictures are too many: 100 at most.',
    ],
    [{ text: 'x', models: ['a', 'b'] }, undefined],
  ] satisfies [Partial<CompareDraft>, string | undefined][])('%j lacks: %s', (draft, missing) => {
    expect(missingOf(chosen(draft))).toBe(missing);
  });

  it('begins with the first model that can be used', () => {
    expect(chosen({}).models).toEqual([a]);
  });

  it('comes back from a comparison that was made', () => {
    const draft: CompareDraft = {
      ...EMPTY_COMPARISON,
      text: 'a fox in summer',
      axes: ['prompt_replace', 'size'],
      words: 'summer',
      instead: ['winter'],
      sizes: ['64x64', '128x64'],
      model: 'b',
      settings: { quality: 'high' },
      avoid: ['people', 'text'],
    };
    const { prompt_replace: replace, sizes = [], base } = toComparison(chooseModels(draft, able));
    const summary = {
      id: 'cmp_1',
      status: 'succeeded' as const,
      created: 0,
      axes: [
        {
          axis: 'prompt_replace' as const,
          replaces: replace?.replace ?? '',
          values: [...(replace?.with ?? [])],
        },
        { axis: 'size' as const, values: [...sizes] },
      ],
      base: { ...base, prompt: 'a fox in summer' },
      counts: { total: 4, succeeded: 4, failed: 0, cancelled: 0 },
      credits_quoted: 0,
      credits_used: 0,
      warnings: [],
    };
    expect(draftOfComparison(summary)).toEqual(draft);
  });

  it('is begun anew from what is none', () => {
    expect(parseCompareDraft('{"axes":[]}')).toEqual(EMPTY_COMPARISON);
    expect(parseCompareDraft('{')).toEqual(EMPTY_COMPARISON);
  });

  it('knows whole words, also where a script puts no space between them', () => {
    expect(hasWholeWords('a sunset', 'sun')).toBe(false);
    expect(hasWholeWords('a sun, set', 'sun')).toBe(true);
    expect(hasWholeWords('夏の狐', '夏')).toBe(true);
    expect(hasWholeWords('costs (5)', '(5)')).toBe(true);
  });
});
