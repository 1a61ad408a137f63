import { AppError } from '../errors.js';
import type { ModelEntry } from '../providers/model.js';
import type { Adjustment } from '../providers/provider.js';
import { composePrompt } from '../prompts/compose-prompt.js';
import { leftOutReason } from '../prompts/explain.js';
import { countChars, languageOf } from '../prompts/language.js';
import { appendNegatives, negativePhrase, splitNegative } from '../prompts/negatives.js';
import { copyParts, type StructuredPrompt } from '../prompts/structured-prompt.js';
import { jsonValue } from './generation-result.js';
import type { ImageRequest } from './request.js';

type Adapt = (adjustment: Adjustment, allowed: readonly (string | number | boolean)[]) => void;

interface PromptPlan {
  readonly prompt: string;
  readonly negativePrompt: string | undefined;
}

/**
 * The words that a model gets. A prompt that is text goes as it stands, never cut; one in parts is worded for the model. What is
 * to be left out goes into the model's own field, else into the prompt.
 * @param report for what strictness doesn't forbid
 * @throws AppError prompt_too_long
 */
export function planPrompt(
  request: ImageRequest,
  entry: ModelEntry,
  keepPrompt: boolean,
  adapt: Adapt,
  report: (adjustment: Adjustment) => void,
): PromptPlan {
  const { promptParts } = request;
  return promptParts === undefined
    ? planText(request, entry, adapt)
    : planParts(promptParts, request, entry, keepPrompt, adapt, report);
}

function planText(request: ImageRequest, entry: ModelEntry, adapt: Adapt): PromptPlan {
  const { promptMaxChars, negativePrompt: nativeField } = entry.params;
  const { negativePrompt: negative = '' } = request;
  const things = splitNegative(negative);
  let prompt = request.prompt;
  let sentNegative: string | undefined;
  if (things.length > 0 && nativeField !== undefined && countChars(negative) <= nativeField.maxChars) {
    sentNegative = negative;
  } else if (things.length > 0) {
    const language = languageOf(prompt);
    prompt = appendNegatives(prompt, things, language);
    const sent = negativePhrase(things, language);
    adapt({ param: 'negative_prompt', asked: negative, sent, reason: saidReason(entry) }, []);
  }
  const length = countChars(prompt);
  if (length > promptMaxChars) throw tooLong(length, promptMaxChars, entry);
  return { prompt, negativePrompt: sentNegative };
}

function planParts(
  parts: StructuredPrompt,
  request: ImageRequest,
  entry: ModelEntry,
  keepPrompt: boolean,
  adapt: Adapt,
  report: (adjustment: Adjustment) => void,
): PromptPlan {
  const composed = composePrompt(parts, {
    params: entry.params,
    negativePrompt: request.negativePrompt,
    keepPrompt,
    mayShorten: request.adapt !== 'strict',
  });
  if ('tooLong' in composed) throw tooLong(composed.chars, composed.maxChars, entry);
  const { prompt, negativePrompt, saidNegatives, language, form, leftOut, maxChars } = composed;
  report({
    param: 'prompt',
    asked: jsonValue.parse(copyParts(parts)),
    sent: prompt,
    reason: `a prompt in parts, worded for ${entry.slug} as ${form}${composed.shortened ? ', without labels to save room' : ''}`,
  });
  const asked = [
    { param: 'prompt.avoid', asked: [...(parts.avoid ?? [])] },
    { param: 'negative_prompt', asked: request.negativePrompt ?? '' },
  ].filter(({ asked: wish }) => wish.length > 0);
  for (const wish of asked) {
    if (saidNegatives.length > 0) {
      adapt({ ...wish, sent: negativePhrase(saidNegatives, language), reason: saidReason(entry) }, []);
    } else if (negativePrompt !== undefined && wish.param === 'prompt.avoid') {
      report({ ...wish, sent: negativePrompt, reason: `sent as the negative prompt of ${entry.slug}` });
    }
  }
  for (const slot of leftOut) {
    report({
      param: `prompt.${slot}`,
      asked: parts[slot] ?? '',
      reason: leftOutReason(slot, entry.slug, maxChars),
    });
  }
  return { prompt, negativePrompt };
}

function saidReason({ slug, params }: ModelEntry): string {
  return params.negativePrompt === undefined
    ? `${slug} has no negative prompt; said in the prompt instead`
    : `${slug} takes at most ${params.negativePrompt.maxChars} characters there; said in the prompt instead`;
}

function tooLong(length: number, max: number, { slug }: ModelEntry): AppError {
  return new AppError('prompt_too_long', {
    message: `The prompt has ${length} characters; ${slug} takes at most ${max}. It is never cut.`,
    param: 'prompt',
    facts: { nearest: max },
  });
}
