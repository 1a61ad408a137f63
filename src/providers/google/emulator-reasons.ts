/** Successes without a picture, by the reason that they give (protocol notes §5). */
import type { JsonValue } from '../provider.js';
import type { Surface } from './emulator-errors.js';

type Json = Readonly<Record<string, JsonValue>>;

/** Completed where the notes shorten it with an ellipsis. */
export const FILTERED_MESSAGE =
  "Unable to show the generated image. The image was filtered out because it violated Google's Responsible AI practices. You will not be charged for this request. Try rephrasing the prompt. Support code: 42876398.";
const NOT_GENERATED_MESSAGE =
  'Unable to show the generated image. The model could not generate the image based on the prompt provided. You will not be charged for this request. Try rephrasing the prompt.';
/** The text is ours. */
const RECITATION_MESSAGE =
  'Unable to show the generated image. The image may resemble existing content. You will not be charged for this request. Try rephrasing the prompt.';
/** The text is ours. */
const BLOCKED_MESSAGE = 'The prompt was blocked. Try rephrasing the prompt.';

/**
 * What a candidate holds beside its finish reason. The notes tie few of the content's forms to a reason, so that all of
 * them occur here. STOP is missing: with words alone it is the scripted `text-only`.
 */
const FINISHES: Readonly<Record<string, { readonly content?: Json; readonly finishMessage?: string }>> = {
  NO_IMAGE: { content: { parts: [{ text: 'I could not make that picture.' }], role: 'model' } },
  IMAGE_SAFETY: { content: { parts: null, role: 'model' }, finishMessage: FILTERED_MESSAGE },
  IMAGE_PROHIBITED_CONTENT: { content: { role: 'model' }, finishMessage: FILTERED_MESSAGE },
  IMAGE_RECITATION: { content: { parts: null }, finishMessage: RECITATION_MESSAGE },
  IMAGE_OTHER: { content: {}, finishMessage: NOT_GENERATED_MESSAGE },
  SAFETY: { content: {} },
  PROHIBITED_CONTENT: { content: { role: 'model' } },
  RECITATION: { content: {} },
  BLOCKLIST: { content: { parts: null, role: 'model' } },
  SPII: {},
  LANGUAGE: { content: { role: 'model' } },
  OTHER: { content: { role: 'model' } },
  MAX_TOKENS: { content: { role: 'model' } },
  MODEL_ARMOR: { content: {} },
  FINISH_REASON_UNSPECIFIED: {},
  MALFORMED_FUNCTION_CALL: { content: {} },
  UNEXPECTED_TOOL_CALL: { content: {} },
  TOO_MANY_TOOL_CALLS: { content: {} },
};

const BLOCKS = [
  'SAFETY',
  'OTHER',
  'BLOCKLIST',
  'PROHIBITED_CONTENT',
  'IMAGE_SAFETY',
  'MODEL_ARMOR',
  'JAILBREAK',
];

/** Reasons that the Gemini API doesn't know. */
const VERTEX_REASONS = ['MODEL_ARMOR', 'JAILBREAK'];

/**
 * The answer, its usage aside, that a key of the form `finish-REASON` or `block-REASON` chooses. Scripted outcomes show one
 * reason of each kind; keys show them all. Keys with reasons that the surface doesn't know choose nothing.
 */
export function reasonOfKey(key: string, surface: Surface): Json | undefined {
  const [, kind, reason = ''] = /^(finish|block)-([A-Z_]+)$/.exec(key) ?? [];
  if (surface === 'gemini' && VERTEX_REASONS.includes(reason)) return undefined;
  if (kind === 'block') return BLOCKS.includes(reason) ? blockedBody(reason, surface) : undefined;
  const finish = FINISHES[reason];
  if (finish === undefined) return undefined;
  const { content, finishMessage } = finish;
  return {
    candidates: [
      {
        ...(content === undefined ? {} : { content }),
        finishReason: reason,
        ...candidateIndex(surface),
        ...(finishMessage === undefined ? {} : { finishMessage }),
      },
    ],
  };
}

/** A refusal before anything is made: no candidates at all. Only Vertex says more than the reason. */
export function blockedBody(blockReason: string, surface: Surface): Json {
  const message = surface === 'vertex' ? { blockReasonMessage: BLOCKED_MESSAGE } : {};
  return { promptFeedback: { blockReason, ...message, safetyRatings: [] } };
}

/** Only the Gemini API numbers its candidates. */
export function candidateIndex(surface: Surface): Json {
  return surface === 'gemini' ? { index: 0 } : {};
}
