import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Catalogue } from '../../catalogue/catalogue.js';
import { providers } from '../../providers/registry.js';
import { composeForModels } from '../compose-for-models.js';
import { GUIDE_EXAMPLE, GUIDE_MODELS } from '../worked-example.js';
import { applySuggestion } from './apply-suggestion.js';
import { contextOf, RULE_IDS, type LintInput } from './findings.js';
import { lintPrompt, MAX_FINDINGS, RULES } from './lint-prompt.js';

const catalogue = new Catalogue(providers);
const cases = (of: 'fails' | 'passes') =>
  RULES.flatMap((rule) => rule.examples[of].map((input) => [rule.id, input] as const));
const idsOf = (input: LintInput) => lintPrompt(input).map(({ rule }) => rule);

describe('each rule', () => {
  it('is listed once, in both directions, with a reason', () => {
    expect(RULES.map(({ id }) => id).sort()).toEqual([...RULE_IDS].sort());
    for (const { examples, why } of RULES) {
      expect(examples.fails.length).toBeGreaterThan(1);
      expect(examples.passes.length).toBeGreaterThan(1);
      expect(why.length).toBeGreaterThan(40);
    }
  });

  it.each(cases('fails'))('%s finds something in %j', (id, input) => {
    expect(idsOf(input)).toContain(id);
  });

  it.each(cases('passes'))('%s finds nothing in %j', (id, input) => {
    expect(idsOf(input)).not.toContain(id);
  });

  it.each(cases('fails'))('%s has suggestions for %j that mend it', (id, input) => {
    const rule = RULES.find((one) => one.id === id);
    const count = (one: LintInput) => rule?.check(contextOf(one)).length ?? 0;
    const findings = lintPrompt(input).filter((finding) => finding.rule === id);
    for (const suggestion of findings.flatMap(({ suggestions }) => suggestions)) {
      expect(count(applySuggestion(input, suggestion))).toBeLessThan(count(input));
    }
    expect(findings.some(({ suggestions }) => suggestions.length > 0)).toBe(true);
  });
});

describe('examples that pass', () => {
  it.each(
    cases('passes').filter(([, { operation, models }]) => operation === undefined && models === undefined),
  )('are clean of vague words: %s %j', (id, input) => {
    if (id !== 'vague-word') expect(idsOf(input)).not.toContain('vague-word');
  });
});

const words =
  'a fox|beautiful|Nice|8k|no people|without boats|close-up|wide shot|saying Hello|"OPEN"|(red:1.2)|--ar 3:2|black and white|colourful|' +
  '漂亮|不要人物|一只狐狸|Create an image of|soft light|a hen|and|watercolour|Style:|in the style of an artist|👩‍🎨';
const promptLike = fc
  .array(fc.tuple(fc.constantFrom(...words.split('|')), fc.constantFrom(', ', '. ', ' ', '\n', '，', '')), {
    minLength: 1,
    maxLength: 10,
  })
  .map((parts) => parts.map(([word, gap]) => word + gap).join(''));

describe('the example of the guide', () => {
  it('has no findings, for any of its models, in parts or as each of them gets it', () => {
    const models = GUIDE_MODELS.map((slug) => catalogue.get(slug).entry);
    expect(lintPrompt({ prompt: GUIDE_EXAMPLE, models })).toEqual([]);
    const wish = {
      prompt: GUIDE_EXAMPLE,
      negativePrompt: undefined,
      keepPrompt: false,
      mayShorten: true,
    } as const;
    for (const { prompt } of composeForModels(
      { ...wish, prompt: { ...GUIDE_EXAMPLE, avoid: [] }, operation: 'generate' },
      GUIDE_MODELS,
      catalogue,
    )) {
      expect(lintPrompt({ prompt: prompt ?? '' })).toEqual([]);
    }
  });
});

describe('findings', () => {
  it('point into the text, and their suggestions apply, whatever the prompt', () => {
    const inputs = fc.record({
      prompt: fc.oneof(
        promptLike,
        fc.record({ subject: promptLike, style: promptLike, avoid: fc.array(promptLike, { maxLength: 2 }) }),
      ),
      negativePrompt: fc.option(promptLike, { nil: undefined }),
    });
    fc.assert(
      fc.property(inputs, (input) => {
        const { said, negatives } = contextOf(input);
        const fields = new Map([...said, ...negatives].map((field) => [field.name, field.text]));
        for (const finding of lintPrompt(input)) {
          const text = fields.get(finding.field) ?? '';
          expect(finding.start).toBeGreaterThanOrEqual(0);
          expect(finding.end).toBeLessThanOrEqual(text.length);
          expect(finding.end).toBeGreaterThanOrEqual(finding.start);
          for (const suggestion of finding.suggestions) {
            for (const edit of suggestion.edits) {
              const length =
                edit.field === finding.field ? text.length : (fields.get(edit.field)?.length ?? 0);
              expect(edit.start).toBeLessThanOrEqual(edit.end);
              expect(edit.end).toBeLessThanOrEqual(length);
            }
            applySuggestion(input, suggestion);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('are bounded, and found in linear time', { timeout: 60_000 }, () => {
    const units = [
      'beautiful, ',
      'Nice ',
      'no a, ',
      'without ',
      '(a:',
      '--a ',
      '"',
      'saying A ',
      'a fox and ',
      '漂亮',
      'calm water ',
      ' ',
      'a',
    ];
    for (const unit of units) {
      const prompt = `x ${unit.repeat(Math.floor(32_000 / unit.length))}`;
      const started = performance.now();
      expect(lintPrompt({ prompt, negativePrompt: 'fox, a' }).length).toBeLessThanOrEqual(MAX_FINDINGS);
      // Anything quadratic would take minutes; the limit only has to survive a busy machine.
      expect(performance.now() - started).toBeLessThan(10_000);
    }
  });
});
