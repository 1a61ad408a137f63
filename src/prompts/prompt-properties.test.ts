import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ModelParams, PromptStyle } from '../providers/model.js';
import { PROMPT_SLOTS } from '../providers/model.js';
import { providers } from '../providers/registry.js';
import { composePrompt } from './compose-prompt.js';
import { countChars } from './language.js';
import { splitNegative } from './negatives.js';
import { parsePrompt } from './parse-prompt.js';
import { PROMPT_MEMBERS, type StructuredPrompt } from './structured-prompt.js';

const RUNS = { numRuns: 1_000 };

const WORDS = (
  'a fox|one red sailboat|Paris street|soft morning light|golden hour|loose watercolour|close-up of a bee|oil painting of the sea|wide shot|' +
  'calm|no people|without any text|don’t show cars|Style: banana|Mood: calm|**Lighting:** neon|Text: "OPEN, now. Yes"|with the text “SALE”|' +
  'Subject: golden hour|Avoid: rain, snow|8 a.m. light|St. Paul|f/1.8|3.5 m tall|1,000 lanterns|一座石桥|水彩画|不要人物|傍晚|风格：水墨|文字：「开业」|' +
  'a sign saying "OPEN"|no one|in the style of a woodcut|mountains behind|"quoted"|wait...|J. K. Rowling|- bullet|日本語の橋|👩‍🎨 painter'
).split('|');
const DELIMITERS = [', ', '. ', '; ', '\n', ' ', '，', '。', '、', ' . ', ',', '!', ': ', ''];

/** Texts that look like prompts, with everything that the rules look at. */
const promptLike = fc
  .array(fc.tuple(fc.constantFrom(...WORDS), fc.constantFrom(...DELIMITERS)), { minLength: 1, maxLength: 9 })
  .map((parts) => parts.map(([word, delimiter]) => word + delimiter).join(''));
/** Texts of signs that mean something to the rules, in any order. */
const signs = fc.string({
  unit: fc.constantFrom(
    ...'ab .,;:"“”「」!?\n*-·1A不要无风格：，。'.split(''),
    'no ',
    'Style:',
    'of ',
    ' light',
  ),
  maxLength: 40,
});
const anyText = fc.oneof(promptLike, signs, fc.string({ unit: 'binary', maxLength: 60 }));

const models = providers.flatMap((provider) => provider.models);
const anyParams = fc.constantFrom(...models.map(({ params }) => params));
const roomy = anyParams.map((params) => ({
  ...params,
  promptMaxChars: 100_000,
  negativePrompt: params.negativePrompt === undefined ? undefined : { maxChars: 100_000 },
}));

const anyStructured: fc.Arbitrary<StructuredPrompt> = fc
  .record(
    {
      subject: anyText,
      style: anyText,
      composition: anyText,
      lighting: anyText,
      details: anyText,
      mood: anyText,
      text: anyText,
      avoid: fc.array(fc.oneof(anyText, fc.constantFrom('people', 'one-eyed cats', 'no', '出现人')), {
        maxLength: 5,
      }),
    },
    { requiredKeys: [] },
  )
  .filter((prompt) => PROMPT_MEMBERS.some((member) => prompt[member] !== undefined));

const compose = (prompt: StructuredPrompt, params: ModelParams, keepPrompt = false) =>
  composePrompt(prompt, { params, negativePrompt: undefined, keepPrompt, mayShorten: true });

/** What was said, wherever it went. */
function readBack(prompt: StructuredPrompt, params: ModelParams): StructuredPrompt {
  const composed = compose(prompt, params);
  if ('tooLong' in composed) throw new Error('there was room');
  const read = parsePrompt(composed.prompt);
  const avoid = [...(read.avoid ?? []), ...splitNegative(composed.negativePrompt ?? '')];
  return avoid.length === 0 ? read : { ...read, avoid };
}

describe('prompts in parts', () => {
  it('are read back as they were, whatever model they were worded for', () => {
    fc.assert(
      fc.property(anyText, roomy, (text, params) => {
        const parsed = parsePrompt(text);
        expect(readBack(parsed, params)).toEqual(parsed);
      }),
      RUNS,
    );
  });

  it('are never longer than the model takes, nor is its negative prompt', () => {
    fc.assert(
      fc.property(
        anyStructured,
        anyParams,
        fc.integer({ min: 1, max: 400 }),
        fc.boolean(),
        (prompt, entry, promptMaxChars, keepPrompt) => {
          const params = { ...entry, promptMaxChars };
          const composed = compose(prompt, params, keepPrompt);
          if ('tooLong' in composed) return;
          const { promptRevision } = params;
          const added =
            keepPrompt && promptRevision.kind === 'switchable' ? (promptRevision.addsChars ?? 0) : 0;
          expect(countChars(composed.prompt) + added).toBeLessThanOrEqual(promptMaxChars);
          expect(countChars(composed.negativePrompt ?? '')).toBeLessThanOrEqual(
            params.negativePrompt?.maxChars ?? 0,
          );
        },
      ),
      RUNS,
    );
  });

  it('keep every thing that is to be avoided, and every part that is not reported as left out', () => {
    fc.assert(
      fc.property(
        anyStructured,
        anyParams,
        fc.integer({ min: 1, max: 400 }),
        (prompt, entry, promptMaxChars) => {
          const composed = compose(prompt, { ...entry, promptMaxChars });
          if ('tooLong' in composed) return;
          const everything = `${composed.prompt}\n${composed.negativePrompt ?? ''}`;
          const things = (prompt.avoid ?? []).flatMap((thing) => splitNegative(thing.replace(/\s+/g, ' ')));
          for (const thing of things.flatMap((part) => part.match(/[\p{L}\p{N}]+/gu) ?? [])) {
            expect(everything.replace(/\s+/g, ' ').toLowerCase()).toContain(thing.toLowerCase());
          }
          for (const slot of PROMPT_SLOTS) {
            const words = (prompt[slot] ?? '').match(/[\p{L}\p{N}]+/gu) ?? [];
            if (composed.leftOut.includes(slot)) continue;
            for (const word of words) expect(composed.prompt).toContain(word);
          }
        },
      ),
      RUNS,
    );
  });

  it('lose only what gives way: never the subject', () => {
    fc.assert(
      fc.property(
        anyStructured,
        anyParams,
        fc.integer({ min: 1, max: 200 }),
        (prompt, entry, promptMaxChars) => {
          const composed = compose(prompt, { ...entry, promptMaxChars });
          if ('tooLong' in composed) return;
          expect(composed.leftOut).not.toContain('subject');
        },
      ),
      RUNS,
    );
  });
});

describe('the styles of the catalogue', () => {
  const styles = models.flatMap(({ slug, params }): [string, PromptStyle][] =>
    params.promptStyle === undefined ? [] : [[slug, params.promptStyle]],
  );
  it.each(styles)('that of %s names every slot once', (_slug, style) => {
    expect([...style.order].sort()).toEqual([...PROMPT_SLOTS].sort());
    expect(style.why.length).toBeGreaterThan(20);
  });

  it('hold for every model of the product guide', () => {
    const named = new Set(styles.map(([slug]) => slug));
    for (const slug of [
      'dall-e-3',
      'gemini-2-5-flash-image',
      'imagen-4',
      'qwen-image',
      'flux-1-pro',
      'grok-image',
    ]) {
      expect(named).toContain(slug);
    }
  });
});
