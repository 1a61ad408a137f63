import { PROMPT_SLOTS } from '../../providers/model.js';
import type { StructuredPrompt } from '../structured-prompt.js';
import type { LintInput, Suggestion, TextEdit } from './findings.js';

/** The prompt as it is after a suggestion; parts that become empty are gone. */
export function applySuggestion<T extends Pick<LintInput, 'prompt' | 'negativePrompt'>>(
  input: T,
  suggestion: Suggestion,
): T {
  const change = (field: string, text: string | undefined) =>
    applyEdits(
      text ?? '',
      suggestion.edits.filter((edit) => edit.field === field),
    );
  const negative = change('negative_prompt', input.negativePrompt);
  const { prompt } = input;
  return {
    ...input,
    prompt: typeof prompt === 'string' ? change('prompt', prompt) : changeParts(prompt, suggestion, change),
    negativePrompt: negative === '' ? undefined : negative,
  };
}

function changeParts(
  prompt: StructuredPrompt,
  { edits }: Suggestion,
  change: (field: string, text: string | undefined) => string,
): StructuredPrompt {
  const words = ([...PROMPT_SLOTS, 'text'] as const)
    .map((part) => [part, change(`prompt.${part}`, prompt[part])] as const)
    .filter(([, text]) => text.trim() !== '');
  const count = Math.max(
    prompt.avoid?.length ?? 0,
    ...edits.map(({ field }) => Number(/^prompt\.avoid\[(\d+)\]$/.exec(field)?.[1] ?? -1) + 1),
  );
  const avoid = Array.from({ length: count }, (_, index) =>
    change(`prompt.avoid[${index}]`, prompt.avoid?.[index]),
  ).filter((thing) => thing.trim() !== '');
  return { ...Object.fromEntries(words), ...(avoid.length === 0 ? {} : { avoid }) };
}

function applyEdits(text: string, edits: readonly TextEdit[]): string {
  // From the end, so that offsets stay true.
  return [...edits]
    .sort((a, b) => b.start - a.start)
    .reduce((changed, { start, end, text: put }) => changed.slice(0, start) + put + changed.slice(end), text);
}
