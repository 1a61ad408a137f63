import { describe, expect, it } from 'vitest';
import type { Model } from '../../api/models.js';
import { splitAvoided } from '../../parts/split-avoided.js';
import { applyEdits } from './apply-edits.js';
import { EMPTY_DRAFT, fromWish, parseDraft, saysSomething, toWish } from './draft.js';

const model: Model = {
  id: 'm',
  name: 'M',
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
    streaming: true,
  },
  allowedParams: {
    sizes: [],
    n: { min: 1, max: 10 },
    prompt: { max_chars: 1000 },
    quality: ['low', 'high'],
    output_format: ['png', 'webp'],
    output_compression: { min: 0, max: 100 },
    seed: { min: 0, max: 10 },
    prompt_revision: [true, false],
  },
  pricing: { unit: 'image', credits: [] },
  lifecycle: { status: 'active' },
  routes: [],
  content_policy: 'none',
  available: true,
};

describe('a draft', () => {
  it('asks for what the model has, and for nothing else', () => {
    const settings = {
      quality: 'high',
      style: 'vivid',
      seed: '7',
      output_format: 'webp',
      output_compression: '80',
      prompt_revision: 'false',
    };
    const draft = {
      ...EMPTY_DRAFT,
      text: ' a fox ',
      avoid: ['people', 'text'],
      n: 2,
      size: '512x512',
      settings,
    };
    expect(toWish(draft, model)).toEqual({
      model: 'm',
      prompt: 'a fox',
      negative_prompt: 'people, text',
      n: 2,
      size: '512x512',
      quality: 'high',
      output_format: 'webp',
      output_compression: 80,
      seed: 7,
      prompt_revision: false,
      partial_images: 2,
    });
  });

  it('leaves out the compression of formats that lose nothing, and a seed that is no number', () => {
    const settings = { output_format: 'png', output_compression: '80', seed: '1.5' };
    expect(toWish({ ...EMPTY_DRAFT, text: 'a fox', settings }, model)).toEqual({
      model: 'm',
      prompt: 'a fox',
      output_format: 'png',
      partial_images: 2,
    });
  });

  it('in parts sends those that say something', () => {
    const parts = { ...EMPTY_DRAFT.parts, subject: 'a fox', mood: '  ', text: 'HELLO' };
    const draft = { ...EMPTY_DRAFT, mode: 'parts' as const, parts, avoid: ['people'] };
    expect(saysSomething(draft)).toBe(true);
    expect(toWish(draft, model).prompt).toEqual({ subject: 'a fox', text: 'HELLO', avoid: ['people'] });
    expect(saysSomething({ ...draft, mode: 'text' })).toBe(false);
  });

  it('comes back from its own request', () => {
    const parts = { ...EMPTY_DRAFT.parts, subject: 'a fox', style: 'ink' };
    const drafts = [
      { ...EMPTY_DRAFT, model: 'm', text: 'a fox', avoid: ['people'], n: 3, settings: { seed: '7' } },
      { ...EMPTY_DRAFT, model: 'm', mode: 'parts' as const, parts, avoid: ['text'], size: '64x64' },
    ];
    for (const draft of drafts) expect(fromWish(toWish(draft, model), EMPTY_DRAFT)).toEqual(draft);
  });

  it('is begun anew where what was kept does not fit', () => {
    for (const kept of [null, 'no json', '[]', '{"mode": "song"}'])
      expect(parseDraft(kept)).toEqual(EMPTY_DRAFT);
    expect(parseDraft('{"text": "a fox"}')).toEqual({ ...EMPTY_DRAFT, text: 'a fox' });
  });
});

describe('suggestions', () => {
  it('change text and what to avoid together', () => {
    const draft = { ...EMPTY_DRAFT, text: 'a fox, no people', avoid: ['text'] };
    const moved = applyEdits(draft, [
      { field: 'prompt', start: 5, end: 16, text: '' },
      { field: 'negative_prompt', start: 4, end: 4, text: ', people' },
    ]);
    expect(moved).toEqual({ ...draft, text: 'a fox', avoid: ['text', 'people'] });
  });

  it('change several places of one text from its end', () => {
    const draft = { ...EMPTY_DRAFT, text: 'one two three' };
    const edits = [
      { field: 'prompt', start: 0, end: 3, text: '1' },
      { field: 'prompt', start: 8, end: 13, text: '3' },
    ];
    expect(applyEdits(draft, edits).text).toBe('1 two 3');
  });

  it('change parts, and add to them', () => {
    const draft = { ...EMPTY_DRAFT, avoid: ['a', 'b'] };
    expect(applyEdits(draft, [{ field: 'prompt.style', start: 0, end: 0, text: 'ink' }]).parts.style).toBe(
      'ink',
    );
    expect(applyEdits(draft, [{ field: 'prompt.avoid[0]', start: 0, end: 1, text: '' }]).avoid).toEqual([
      'b',
    ]);
  });
});

it('splits what is to be avoided at commas of several scripts, once each', () => {
  expect(splitAvoided('people, text；，blur、people\n')).toEqual(['people', 'text', 'blur']);
});
