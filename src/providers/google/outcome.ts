/** Why a successful answer of `:generateContent` holds no picture (protocol notes §5). */
import { ProviderError } from '../provider.js';
import type { ProviderErrorInfo } from '../provider.js';
import { cleanUpstreamText } from '../shared/upstream-error.js';
import type { UpstreamFacts } from '../shared/upstream-error.js';
import { namedCategories } from './support-codes.js';
import type { WireAnswer } from './wire.js';

/** Most characters of the model's own words in a message. */
const MAX_WORDS_CHARS = 300;

type Verdict = Pick<ProviderErrorInfo, 'kind' | 'stage' | 'retryable' | 'billed' | 'message'>;

/**
 * The failure for an answer without a picture.
 * @param hasInputs whether the call carried pictures: then a blocked input can't be told from a blocked prompt
 * @param secrets texts that must not travel on in a message
 */
export function explainNoImage(
  answer: WireAnswer,
  context: {
    readonly hasInputs: boolean;
    readonly upstream: UpstreamFacts;
    readonly secrets: readonly (string | undefined)[];
  },
): ProviderError {
  const candidate = answer.candidates?.[0];
  const blockReason = answer.promptFeedback?.blockReason ?? undefined;
  const finishReason = candidate?.finishReason ?? undefined;
  const spoken = (candidate?.content?.parts ?? [])
    .flatMap(({ text, thought }) => (typeof text === 'string' && thought !== true ? [text] : []))
    .join('');
  const words = cleanUpstreamText(
    answer.promptFeedback?.blockReasonMessage ?? candidate?.finishMessage ?? spoken,
    context.secrets,
  );
  const verdict =
    blockReason === undefined
      ? judgeFinish(finishReason, words)
      : blocked(words, context.hasInputs ? 'input' : 'prompt');
  const code = blockReason ?? finishReason;
  return new ProviderError({
    ...verdict,
    upstream: {
      ...context.upstream,
      ...(code === undefined ? {} : { code }),
      ...(words === '' ? {} : { message: words }),
    },
  });
}

/** Input blocks come back in seconds and cost nothing. */
function blocked(words: string, stage: 'prompt' | 'input'): Verdict {
  return {
    kind: 'moderated',
    stage,
    retryable: false,
    billed: false,
    message: `Google's safety filter refused the ${stage === 'prompt' ? 'prompt' : 'prompt or an input picture'}${namedCategories(words)}.`,
  };
}

/**
 * Google says that filtered pictures are not charged. The few text tokens of an answer without a picture are, which we
 * leave out of account: `billed` is about the picture.
 */
function judgeFinish(reason: string | undefined, words: string): Verdict {
  switch (reason) {
    case 'IMAGE_SAFETY':
    case 'IMAGE_PROHIBITED_CONTENT':
      return moderated('output', `Google's safety filter withheld the picture${namedCategories(words)}.`);
    case 'IMAGE_RECITATION':
      return moderated('output', 'Google withheld the picture because it resembles a known work.');
    case 'RECITATION':
      return moderated('unknown', 'Google withheld its answer because it resembles a known work.');
    case 'SAFETY':
    case 'PROHIBITED_CONTENT':
    case 'BLOCKLIST':
    case 'SPII':
    case 'MODEL_ARMOR':
      return moderated('unknown', `Google's safety filter stopped the answer${namedCategories(words)}.`);
    case 'LANGUAGE':
      return {
        kind: 'invalid_request',
        retryable: false,
        billed: false,
        message: 'Google does not support the language of the prompt.',
      };
    case 'MAX_TOKENS':
      // All output tokens went into thoughts or text, and those are charged.
      return noImage(true, 'Google used up the tokens of the answer before a picture was made.');
    case 'STOP':
      return noImage(
        false,
        words === ''
          ? 'Google answered without a picture.'
          : `Google answered in words instead of a picture: ${shorten(words)}`,
      );
    case 'NO_IMAGE':
    case 'IMAGE_OTHER':
    case 'OTHER':
      return noImage(false, 'Google made no picture for this prompt; asking again or rephrasing may help.');
    default:
      return noImage('unknown', 'Google answered without a picture.');
  }
}

function moderated(stage: 'output' | 'unknown', message: string): Verdict {
  return { kind: 'moderated', stage, retryable: false, billed: false, message };
}

function noImage(billed: ProviderErrorInfo['billed'], message: string): Verdict {
  return { kind: 'no_image', retryable: true, billed, message };
}

function shorten(words: string): string {
  return words.length > MAX_WORDS_CHARS ? `${words.slice(0, MAX_WORDS_CHARS)}…` : words;
}
