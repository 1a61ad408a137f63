import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../errors.js';
import { fillTemplate, findVariables, type Template } from './placeholders.js';
import { applyRecipe, completeVariables, keepDeclared, sampleOf, type SavedRecipe } from './saved-recipe.js';

function refusal(act: () => unknown) {
  try {
    act();
  } catch (error) {
    if (error instanceof AppError) return { code: error.code, param: error.param, ...error.facts };
    throw error;
  }
  return undefined;
}

const CARD: Template = {
  model: 'atelier-sketch',
  prompt: { subject: '{{subject}} in deep snow', style: '{{ style }}', avoid: ['people', '{{not}}'] },
  size: '{{size}}',
  seed: '{{seed}}',
};
const DECLARED = {
  style: { default: 'watercolour' },
  size: { default: '512x512' },
  seed: {},
  not: { default: '' },
};

const card = (changes: Partial<SavedRecipe> = {}): SavedRecipe => ({
  name: 'winter-card',
  version: 3,
  description: undefined,
  request: CARD,
  variables: completeVariables(CARD, DECLARED),
  createdAt: new Date(0),
  updatedAt: new Date(0),
  updatedBy: 'key_1',
  ...changes,
});

describe('the variables of a request', () => {
  it('are those of its text and those that are declared', () => {
    expect(completeVariables(CARD, DECLARED)).toEqual({ ...DECLARED, subject: {} });
    expect([...findVariables(CARD)]).toEqual([
      ['subject', { wholeFields: [] }],
      ['style', { wholeFields: [] }],
      ['not', { wholeFields: [] }],
      ['size', { wholeFields: ['size'] }],
      ['seed', { wholeFields: ['seed'] }],
    ]);
  });

  it('have to be declared where they are a whole field', () => {
    expect(refusal(() => completeVariables(CARD, { style: {}, size: {} }))).toMatchObject({
      code: 'invalid_request',
      param: 'variables.seed',
    });
  });

  it('are refused when nothing uses them', () => {
    expect(refusal(() => completeVariables({ prompt: '{{subject}}' }, { subjct: {} }))).toEqual({
      code: 'invalid_request',
      param: 'variables.subjct',
      allowed: ['subject'],
      nearest: 'subject',
    });
  });

  it.each([
    [{ prompt: 'a {{My Subject}}' }, 'request.prompt', '{{my_subject}}'],
    [{ prompt: 'a {{}}' }, 'request.prompt', undefined],
    [{ prompt: { subject: '{{1st}}' } }, 'request.prompt', '{{st}}'],
    [{ size: '{{w}}x512' }, 'request.size', '{{w}}'],
    [{ metadata: { order: '{{order}}' } }, 'request.metadata', undefined],
    [{ styl: '{{style}}' }, 'request.styl', 'style'],
    [{ provider_options: { openai: { a: ['{{b}}'] } } }, 'request.provider_options', undefined],
  ])('stand where they may: %j', (request, param, nearest) => {
    const told = refusal(() => findVariables(request));
    expect(told).toMatchObject({ code: 'invalid_request', param });
    expect(told?.nearest).toBe(nearest);
  });

  it('keep their declarations while those say something or are used', () => {
    const before = { subject: {}, gone: {}, style: { default: 'ink' } };
    expect(keepDeclared({ prompt: '{{subject}}' }, before)).toEqual({
      subject: {},
      style: { default: 'ink' },
    });
  });

  it('leave out what has no default where a recipe is looked over', () => {
    expect(sampleOf(CARD, completeVariables(CARD, DECLARED))).toEqual({
      model: 'atelier-sketch',
      prompt: { subject: '{{subject}} in deep snow', style: 'watercolour', avoid: ['people', '{{not}}'] },
      size: '512x512',
    });
  });
});

describe('a call of a recipe', () => {
  it('fills it with what it gives, and with defaults', () => {
    const { fields, used } = applyRecipe(card(), { n: 2 }, { subject: 'a fox', seed: '7' });
    expect(fields).toEqual({
      model: 'atelier-sketch',
      prompt: { subject: 'a fox in deep snow', style: 'watercolour', avoid: ['people', ''] },
      size: '512x512',
      seed: 7,
      n: 2,
    });
    expect(used).toEqual({
      name: 'winter-card',
      version: 3,
      variables: { subject: 'a fox', style: 'watercolour', not: '', size: '512x512', seed: '7' },
    });
  });

  it('sets fields of the recipe aside, and those that say the same otherwise', () => {
    const { fields, used } = applyRecipe(card(), { aspect_ratio: '16:9', seed: 1 }, { subject: 'a fox' });
    expect(fields).not.toHaveProperty('size');
    expect(fields).toMatchObject({ aspect_ratio: '16:9', seed: 1 });
    expect(used).toMatchObject({ overridden: ['size', 'seed'] });
    expect(used.variables).toEqual({ subject: 'a fox', style: 'watercolour', not: '' });
  });

  it('needs no variables of fields that do not count', () => {
    expect(applyRecipe(card(), { prompt: 'a {{fox}}', seed: 0 }, {}).fields).toMatchObject({
      prompt: 'a {{fox}}',
    });
  });

  it('names what is missing and what is unknown', () => {
    expect(refusal(() => applyRecipe(card(), {}, { seed: '1' }))).toEqual({
      code: 'invalid_request',
      param: 'variables.subject',
    });
    expect(refusal(() => applyRecipe(card(), {}, { subjet: 'a fox' }))).toMatchObject({
      code: 'unknown_parameter',
      param: 'variables.subjet',
      nearest: 'subject',
    });
    for (const name of ['constructor', '__proto__', 'toString']) {
      const texts = Object.fromEntries([[name, 'x']]);
      expect(refusal(() => applyRecipe(card(), {}, texts))).toMatchObject({ code: 'unknown_parameter' });
    }
  });

  it('leaves a seed that is no number to the check of the request', () => {
    expect(applyRecipe(card(), {}, { subject: 'a fox', seed: '1e3' }).fields).toMatchObject({ seed: '1e3' });
  });
});

describe('filling', () => {
  const word = fc.string({
    unit: fc.constantFrom('{', '}', '{{', '}}', 'a', 'b', ' ', '$&', '$1', '\n', '雪'),
  });

  it('puts every value in as it is: no value opens a placeholder or meets another one', () => {
    fc.assert(
      fc.property(word, word, word, (a, b, between) => {
        // Between two placeholders nothing may be a placeholder itself.
        const plain = between.replaceAll(/[{}]/g, '');
        const filled = fillTemplate(
          { prompt: `{{a}}${plain}{{b}}` },
          new Map([
            ['a', a],
            ['b', b],
          ]),
        );
        expect(filled['prompt']).toBe(a + plain + b);
      }),
    );
  });

  it('changes nothing but the fields that may have placeholders', () => {
    const request = { metadata: { a: '{{a}}' }, n: 2, prompt: '{{a}}' };
    expect(fillTemplate(request, new Map([['a', 'x']]))).toEqual({ ...request, prompt: 'x' });
  });
});
