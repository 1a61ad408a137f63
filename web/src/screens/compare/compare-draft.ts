import * as z from 'zod/mini';
import type { Comparison, ComparedAxis, ComparisonSummary, ComparisonWish } from '../../api/comparisons.js';
import { AXES } from '../../api/comparisons.js';
import type { Model } from '../../api/models.js';
import { splitAvoided } from '../../parts/split-avoided.js';
import { CHOICES, settingsOfWish, type SettingsOffer } from '../../parts/model-settings.js';
import { offerOf, seedsOf } from './shared-offer.js';

const SETTINGS = [...CHOICES, 'seed', 'output_compression', 'prompt_revision'] as const;

/** Cells that one comparison may have. */
export const MAX_CELLS = 100;
export const MAX_AXES = 3;

const texts = z._default(z.array(z.string()), []);
const draftSchema = z.object({
  text: z._default(z.string(), ''),
  avoid: texts,
  /** What is varied, the first one first. */
  axes: z._default(z.array(z.enum(AXES)).check(z.minLength(1), z.maxLength(MAX_AXES)), ['model']),
  /** Slug, where models are not varied; empty: the first that can be used. */
  model: z._default(z.string(), ''),
  /** Where sizes are not varied; empty: the model's own. */
  size: z._default(z.string(), ''),
  settings: z._default(z.record(z.string(), z.string()), {}),
  models: texts,
  sizes: texts,
  seeds: z._default(z.array(z.number()), []),
  /** Prompts besides the first. */
  others: texts,
  /** Words of the prompt that others stand in for. */
  words: z._default(z.string(), ''),
  instead: texts,
});

/** What somebody is about to compare; kept in this browser, and never a key. */
export type CompareDraft = z.output<typeof draftSchema>;
export const EMPTY_COMPARISON: CompareDraft = draftSchema.parse({});

/** Reads a draft back; whatever does not fit any more is begun anew. */
export function parseCompareDraft(json: string | null): CompareDraft {
  try {
    const parsed = draftSchema.safeParse(JSON.parse(json ?? '{}'));
    return parsed.success ? parsed.data : EMPTY_COMPARISON;
  } catch {
    // Not written by us.
    return EMPTY_COMPARISON;
  }
}

/** The draft with the models that it means, of those that make pictures. */
export interface Chosen {
  readonly draft: CompareDraft;
  /** Those that are compared, or the one that all pictures are made with. */
  readonly models: readonly Model[];
}

/** Finds the models of a draft; without a choice it is the first that can be used. */
export function chooseModels(draft: CompareDraft, able: readonly Model[]): Chosen {
  const find = (slug: string) => able.find(({ id }) => id === slug);
  const fallback = find(draft.model) ?? able.find(({ available }) => available) ?? able[0];
  const one = fallback === undefined ? [] : [fallback];
  if (!draft.axes.includes('model')) return { draft, models: one };
  const several = draft.models.flatMap((slug) => find(slug) ?? []);
  return { draft, models: several.length === 0 ? one : several };
}

/** The settings that apply to all cells: what all models have, but for what is varied. */
export function offerOfDraft({ draft, models }: Chosen): SettingsOffer {
  const offer = offerOf(models);
  return draft.axes.includes('seed') ? { ...offer, seed: undefined } : offer;
}

/** The request of a draft. */
export function toComparison(chosen: Chosen): ComparisonWish {
  const { draft, models } = chosen;
  const varies = (axis: CompareDraft['axes'][number]) => draft.axes.includes(axis);
  const prompt = draft.text.trim();
  const words = draft.words.trim();
  return {
    ...(varies('model') ? { models: models.map(({ id }) => id) } : {}),
    ...(varies('prompt') ? { prompts: promptsOf(draft) } : {}),
    ...(varies('prompt_replace') ? { prompt_replace: { replace: words, with: insteadOf(draft) } } : {}),
    ...(varies('size') ? { sizes: draft.sizes } : {}),
    ...(varies('seed') ? { seeds: seedsOf(draft.seeds, models) } : {}),
    base: {
      ...(varies('model') || models[0] === undefined ? {} : { model: models[0].id }),
      ...(varies('prompt') ? {} : { prompt }),
      ...(draft.avoid.length === 0 ? {} : { negative_prompt: draft.avoid.join(', ') }),
      ...(varies('size') || draft.size === '' ? {} : { size: draft.size }),
      ...settingsOfWish(draft.settings, offerOfDraft(chosen)),
    },
  };
}

/** All prompts that say something, each once. */
function promptsOf({ text, others }: CompareDraft): string[] {
  return [...new Set([text, ...others].map((prompt) => prompt.trim()).filter((prompt) => prompt !== ''))];
}

/** The words themselves, and what stands in their place. */
function insteadOf({ words, instead }: CompareDraft): string[] {
  return [...new Set([words.trim(), ...instead])];
}

/** How many values each axis has. */
export function countsOf({ draft, models }: Chosen): readonly number[] {
  return draft.axes.map((axis) => {
    switch (axis) {
      case 'model':
        return models.length;
      case 'prompt':
        return promptsOf(draft).length;
      case 'prompt_replace':
        return insteadOf(draft).length;
      case 'size':
        return draft.sizes.length;
      case 'seed':
        return seedsOf(draft.seeds, models).length;
    }
  });
}

/** What is still missing, as something to do; undefined where it can be asked for. */
export function missingOf(chosen: Chosen): string | undefined {
  const { draft, models } = chosen;
  const counts = countsOf(chosen);
  if (draft.text.trim() === '') return 'Describe the picture first.';
  const out = models.find(({ available }) => !available);
  if (out !== undefined) return `${out.name} is not available: choose another model.`;
  if (draft.axes.includes('prompt_replace')) {
    if (draft.words.trim() === '') return 'Say which words of the prompt change.';
    const without = (draft.axes.includes('prompt') ? promptsOf(draft) : [draft.text]).some(
      (prompt) => !hasWholeWords(prompt, draft.words.trim()),
    );
    if (without) return `“${draft.words.trim()}” does not stand in every prompt.`;
  }
  for (const [place, axis] of draft.axes.entries()) {
    if ((counts[place] ?? 0) < 2) return TOO_FEW[axis];
  }
  const cells = counts.reduce((product, count) => product * count, 1);
  if (cells > MAX_CELLS) return `${cells} pictures are too many: ${MAX_CELLS} at most.`;
  return undefined;
}

const TOO_FEW = {
  model: 'Choose two models or more.',
  prompt: 'Write a second prompt.',
  prompt_replace: 'Say what stands in place of the words.',
  size: 'Choose two sizes or more.',
  seed: 'Add a second seed.',
} as const;

/** Letters of scripts that put spaces between words. */
const SPACED = '(?![\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}])[\\p{L}\\p{N}]';
const SPACED_LETTER = new RegExp(`^${SPACED}$`, 'u');

/** Whether words stand in a text, exactly so and not within others: “sun” is not in “sunset”. */
export function hasWholeWords(text: string, words: string): boolean {
  const letters = Array.from(words);
  if (letters.length === 0) return false;
  const bounded = (letter: string | undefined) => letter !== undefined && SPACED_LETTER.test(letter);
  const before = bounded(letters[0]) ? `(?<!${SPACED})` : '';
  const after = bounded(letters.at(-1)) ? `(?!${SPACED})` : '';
  const escaped = words.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  return new RegExp(before + escaped + after, 'u').test(text);
}

/** Words of a prompt that can be exchanged, in their order, each once. */
export function wordsOf(text: string): readonly string[] {
  return [...new Set(text.match(/[\p{L}\p{N}]{3,}/gu) ?? [])];
}

/** A draft that asks for the same comparison again. */
export function draftOfComparison({ axes, base }: ComparisonSummary | Comparison): CompareDraft {
  const valuesOf = (name: ComparedAxis['axis']) =>
    (axes.find(({ axis }) => axis === name)?.values ?? []).map((value) =>
      typeof value === 'object' ? plainPrompt(value) : String(value),
    );
  const [text = '', ...others] =
    base.prompt === undefined
      ? valuesOf('prompt')
      : [typeof base.prompt === 'string' ? base.prompt : plainPrompt(base.prompt)];
  const words = axes.find(({ replaces }) => replaces !== undefined)?.replaces ?? '';
  const { model = '', size = '', negative_prompt: avoided = '' } = base;
  return {
    ...EMPTY_COMPARISON,
    text,
    others,
    avoid: splitAvoided(avoided),
    axes: axes.length === 0 ? ['model'] : axes.slice(0, MAX_AXES).map(({ axis }) => axis),
    model,
    size,
    settings: Object.fromEntries(
      SETTINGS.flatMap((name) => (base[name] === undefined ? [] : [[name, String(base[name])]])),
    ),
    models: valuesOf('model'),
    sizes: valuesOf('size'),
    seeds: valuesOf('seed').map(Number),
    words,
    instead: valuesOf('prompt_replace').filter((value) => value !== words),
  };
}

/** The prompt of a comparison; the first one where there are several. */
export function promptWords({ axes, base }: Pick<ComparisonSummary, 'axes' | 'base'>): string {
  const prompt = base.prompt ?? axes.find(({ axis }) => axis === 'prompt')?.values[0] ?? '';
  return typeof prompt === 'object' ? plainPrompt(prompt) : String(prompt);
}

/** A prompt in parts in one line. */
export function plainPrompt(parts: object): string {
  return Object.values(parts).flat().join(', ');
}
