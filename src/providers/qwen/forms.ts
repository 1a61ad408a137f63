/** The four forms of a call and which models have them (protocol notes §0, §3, §6, §7). */
import type { JsonValue, NativeCall } from '../provider.js';

/** Answers at once, or rather after minutes of silence. Every model has it. */
export const CALL_PATH = '/api/v1/services/aigc/multimodal-generation/generation';
/** Tasks of the 3.0 and 2.1 models; the body is that of the call. */
export const TASK_PATH = '/api/v1/services/aigc/image-generation/generation';
/** Tasks of the first two models, with a body of their own. */
export const LEGACY_TASK_PATH = '/api/v1/services/aigc/text2image/image-synthesis';
/** OpenAI-shaped, on workspace hosts only; it has no tasks. */
export const OPENAI_PATH = '/compatible-mode/v1/images/generations';

const LEGACY_TASK_MODELS = /^qwen-image(-plus)?(-\d{4}-\d{2}-\d{2})?$/;
const TASK_MODELS = /^qwen-image-(2\.1|3\.0)/;
const OPENAI_MODELS = ['qwen-image-3.0', 'qwen-image-3.0-pro', 'qwen-image-2.1-pro'];

/** The path that generates or edits with a model: a task wherever the model has one, because tasks survive a restart of ours. */
export function generationPath(model: string): string {
  if (LEGACY_TASK_MODELS.test(model)) return LEGACY_TASK_PATH;
  return TASK_MODELS.test(model) ? TASK_PATH : CALL_PATH;
}

export function isTaskPath(path: string): boolean {
  return path === TASK_PATH || path === LEGACY_TASK_PATH;
}

export function isOpenAiShaped(model: string | undefined): boolean {
  return model !== undefined && OPENAI_MODELS.includes(model);
}

/**
 * What a translated call of a 3.0 or 2.1 model looks like in the OpenAI-shaped form: flat, sizes with `x`, the pictures of
 * an edit in a list.
 */
export function toOpenAiShape(call: NativeCall): Pick<NativeCall, 'path' | 'body'> {
  const { model = null, input, parameters } = call.body;
  const { size, ...rest } = isRecord(parameters) ? parameters : {};
  const images = imagesOf(input);
  return {
    path: OPENAI_PATH,
    body: {
      model,
      prompt: call.prompt,
      ...(images.length === 0 ? {} : { image: images }),
      ...(typeof size === 'string' ? { size: size.replace('*', 'x') } : {}),
      ...rest,
    },
  };
}

/** Whatever the parts of a body's messages hold as pictures. */
function imagesOf(input: JsonValue | undefined): readonly JsonValue[] {
  const messages = isRecord(input) ? listOf(input['messages']) : [];
  return messages
    .flatMap((message) => (isRecord(message) ? listOf(message['content']) : []))
    .flatMap((part) => (isRecord(part) && part['image'] !== undefined ? [part['image']] : []));
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return isList(value) ? value : [];
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isRecord(value: JsonValue | undefined): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
