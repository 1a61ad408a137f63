import { PROMPT_SLOTS, type ModelParams } from '../../providers/model.js';
import { findQuotations, splitSegments, type Quotation, type Segment } from '../segments.js';
import type { StructuredPrompt } from '../structured-prompt.js';

export const RULE_IDS = [
  'vague-word',
  'subject-not-first',
  'contradiction',
  'too-long',
  'misplaced-negative',
  'unanchored-style',
  'unletterable-text',
  'unquoted-text',
  'several-subjects',
  'filler-opening',
  'foreign-syntax',
] as const;
export type RuleId = (typeof RULE_IDS)[number];

/** Replaces the UTF-16 units from `start` to `end` of a field; a field that isn't there counts as empty and is made. */
export interface TextEdit {
  /** `prompt`, `negative_prompt`, `prompt.style`, `prompt.avoid[0]`. */
  readonly field: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** One way to mend a finding: all its edits together, offsets of the prompt as it was given. */
export interface Suggestion {
  readonly label: string;
  readonly edits: readonly TextEdit[];
}

/** Something that will probably not come out as meant. */
export interface Finding {
  readonly rule: RuleId;
  /** `warning`: the picture will differ or the call fail; `info`: it could say more. */
  readonly severity: 'warning' | 'info';
  readonly field: string;
  readonly start: number;
  readonly end: number;
  readonly message: string;
  readonly suggestions: readonly Suggestion[];
  /** Set where it holds for this model only. */
  readonly model?: string;
}

/** What of a model decides a finding. */
export interface LintModel {
  readonly slug: string;
  readonly params: Pick<ModelParams, 'promptMaxChars' | 'negativePrompt' | 'promptStyle' | 'promptRevision'>;
}

/** What is looked at. */
export interface LintInput {
  readonly prompt: string | StructuredPrompt;
  readonly negativePrompt?: string | undefined;
  readonly operation?: 'generate' | 'edit' | undefined;
  /** Entries as they hold for the operation. */
  readonly models?: readonly LintModel[] | undefined;
}

/** One text of a prompt. */
export interface Field {
  readonly name: string;
  readonly part: (typeof PROMPT_SLOTS)[number] | 'text' | 'avoid' | 'negative' | undefined;
  readonly text: string;
  readonly segments: readonly Segment[];
  readonly quotations: readonly Quotation[];
}

/** The input, taken apart once for all rules. */
export interface LintContext {
  readonly input: LintInput;
  readonly operation: 'generate' | 'edit';
  readonly models: readonly LintModel[];
  /** Everything that says what is to be seen: the prompt, or its parts without text and avoid. */
  readonly said: readonly Field[];
  /** Things to leave out that stand where they belong. */
  readonly negatives: readonly Field[];
}

export interface Rule {
  readonly id: RuleId;
  readonly title: string;
  readonly why: string;
  readonly examples: { readonly fails: readonly LintInput[]; readonly passes: readonly LintInput[] };
  readonly check: (context: LintContext) => readonly Finding[];
}

export function contextOf(input: LintInput): LintContext {
  const { prompt } = input;
  const operation = input.operation ?? 'generate';
  const models = input.models ?? [];
  const negative = fieldOf('negative_prompt', 'negative', input.negativePrompt);
  if (typeof prompt === 'string') {
    const said = fieldOf('prompt', undefined, prompt);
    return { input, operation, models, said, negatives: negative };
  }
  return {
    input,
    operation,
    models,
    said: PROMPT_SLOTS.flatMap((slot) => fieldOf(`prompt.${slot}`, slot, prompt[slot])),
    negatives: [
      ...(prompt.avoid ?? []).flatMap((thing, index) => fieldOf(`prompt.avoid[${index}]`, 'avoid', thing)),
      ...negative,
    ],
  };
}

function fieldOf(name: string, part: Field['part'], text: string | undefined): readonly Field[] {
  if (text === undefined || text.trim() === '') return [];
  return [{ name, part, text, segments: splitSegments(text), quotations: findQuotations(text) }];
}

/** Whether an offset lies in quoted words, which are lettered, not painted. */
export function isQuoted({ quotations }: Field, offset: number): boolean {
  return stretchAt(quotations, offset) !== undefined;
}

/** The segment that an offset lies in. */
export function segmentAt({ segments }: Field, offset: number): Segment | undefined {
  return stretchAt(segments, offset);
}

/** Found by halves: prompts may be long and full of findings. */
function stretchAt<T extends { readonly start: number; readonly end: number }>(
  stretches: readonly T[],
  offset: number,
): T | undefined {
  let low = 0;
  let high = stretches.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const stretch = stretches[middle];
    if (stretch === undefined || offset < stretch.start) high = middle - 1;
    else if (offset >= stretch.end) low = middle + 1;
    else return stretch;
  }
  return undefined;
}

/** An edit that replaces a stretch of a field. */
export function replace(field: string, start: number, end: number, text: string): TextEdit {
  return { field, start, end, text };
}

/** An edit that takes a segment out, with the delimiter that parts it from its neighbours. */
export function removeSegment(field: Field, index: number): TextEdit {
  const segment = field.segments[index];
  const next = field.segments[index + 1];
  const previous = field.segments[index - 1];
  if (segment === undefined) return replace(field.name, 0, 0, '');
  // Up to the next segment, so that its delimiter goes too; the last one takes the delimiter before it.
  if (next !== undefined) return replace(field.name, segment.start, next.start, '');
  return replace(field.name, previous === undefined ? segment.start : previous.end, segment.end, '');
}

/** Words as they are shown in a message. */
export function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
