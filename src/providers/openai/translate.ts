/** From a legal request to the body of `POST /images/generations` or `/images/edits` (protocol notes §3, §5, §8). Pure. */
import type { Quality, RouteSpec } from '../model.js';
import type { Adjustment, JsonValue, NativeCall, NativeRequest, Translation } from '../provider.js';
import { inputRefOf } from '../shared/outgoing-body.js';
import { openAiOptions } from './options.js';

/** The text that OpenAI's guide documents for keeping dall-e-3 close to the prompt (protocol notes §8). */
export const KEEP_PROMPT_PREFACE =
  'I NEED to test how the tool works with extremely simple prompts. DO NOT add any detail, just use it AS-IS:';

/** Longest prompt of dall-e-3 in Unicode characters (protocol notes §3). */
const DALL_E_3_PROMPT_MAX_CHARS = 4000;

/** OpenAI's own words for our qualities; the model's list in `models.ts` says which of them it takes. */
const QUALITY_NAMES = {
  low: 'low',
  standard: 'standard',
  medium: 'medium',
  high: 'high',
  hd: 'hd',
  xhigh: 'xhigh',
  max: 'max',
} as const satisfies Record<Quality, string>;

/**
 * Translates one call. Absent values are left out, so that the API's own defaults (`auto`) hold.
 * Says why not for a prompt that the preface makes too long and for transparency in JPEG.
 */
export function translateToOpenAi(request: NativeRequest, route: RouteSpec): Translation {
  const model = route.upstream[request.operation];
  if (model === undefined) return refuse(`${route.id} has no model for the operation ${request.operation}`);
  const options = openAiOptions.safeParse(request.options);
  if (!options.success) {
    return refuse(...options.error.issues.map((problem) => `provider_options.openai: ${problem.message}`));
  }
  if (request.background === 'transparent' && request.outputFormat === 'jpeg') {
    return refuse('a transparent background needs output_format png or webp');
  }
  const prompt = keepPrompt(request, model);
  if (!prompt.ok) return { ...refuse(prompt.reason), problem: 'prompt_too_long' };
  const common = {
    model,
    prompt: prompt.text,
    n: request.count,
    ...present('size', request.size && `${request.size.width}x${request.size.height}`),
    ...present('quality', request.quality && QUALITY_NAMES[request.quality]),
    ...present('user', request.user),
  };
  const fields = model.startsWith('dall-e') ? dallEBody(request, common) : gptBody(request, common);
  const target =
    request.operation === 'generate'
      ? { path: '/images/generations', body: fields }
      : { path: '/images/edits', ...editBody(request, model, fields) };
  return {
    ok: true,
    call: {
      ...target,
      prompt: prompt.text,
      count: request.count,
      streamed: fields['stream'] === true,
    },
    adjustments: prompt.adjustments,
  };
}

type Body = Readonly<Record<string, JsonValue>>;

/**
 * The fields of an edit with its pictures: a form, which every model takes. The form's schema lacks `moderation` and
 * `complexity`, so that edits with one of them go as JSON, which GPT models take too (protocol notes §5).
 */
function editBody(
  request: NativeRequest,
  model: string,
  fields: Body,
): Required<Pick<NativeCall, 'body' | 'encoding'>> {
  if (model.startsWith('dall-e')) {
    const body = {
      ...fields,
      image: inputRefOf(0, 'file'),
      ...maskOf(request, inputRefOf('mask-alpha', 'file')),
    };
    return { encoding: 'form', body };
  }
  const gptFields = {
    ...fields,
    // Forms are documented to fall back to 1024x1024, JSON to `auto` (doubt 10): said, both choose by themselves.
    ...(request.size === undefined ? { size: 'auto' } : {}),
    ...present('input_fidelity', request.inputFidelity),
  };
  if (request.moderation === undefined && request.complexity === undefined) {
    const images = request.inputs.map((_, index) => inputRefOf(index, 'file'));
    const mask = maskOf(request, inputRefOf('mask-alpha', 'file'));
    return { encoding: 'form', body: { ...gptFields, 'image[]': images, ...mask } };
  }
  const images = request.inputs.map((_, index) => ({ image_url: inputRefOf(index, 'data-url') }));
  const mask = maskOf(request, { image_url: inputRefOf('mask-alpha', 'data-url') });
  return { encoding: 'json', body: { ...gptFields, images, ...mask } };
}

function maskOf(request: NativeRequest, mask: JsonValue): Body {
  return request.masked ? { mask } : {};
}

/** dall-e answers with a link that dies after an hour unless base64 is asked for. */
function dallEBody(request: NativeRequest, common: Body): Body {
  return { ...common, ...present('style', request.style), response_format: 'b64_json' };
}

/** GPT models always answer base64 and refuse `response_format` (protocol notes §13). */
function gptBody(request: NativeRequest, common: Body): Body {
  return {
    ...common,
    ...present('background', request.background),
    ...present('output_format', request.outputFormat),
    ...present('output_compression', request.outputCompression),
    ...present('moderation', request.moderation),
    ...present('complexity', request.complexity),
    ...(request.partialImages === undefined ? {} : { stream: true, partial_images: request.partialImages }),
  };
}

type KeptPrompt =
  | { readonly ok: true; readonly text: string; readonly adjustments: readonly Adjustment[] }
  | { readonly ok: false; readonly reason: string };

/** Only dall-e-3 rewrites prompts in this API; the other models take them as they stand. */
function keepPrompt(request: NativeRequest, model: string): KeptPrompt {
  if (!request.keepPrompt || model !== 'dall-e-3') return { ok: true, text: request.prompt, adjustments: [] };
  const text = `${KEEP_PROMPT_PREFACE} ${request.prompt}`;
  const excess = Array.from(text).length - DALL_E_3_PROMPT_MAX_CHARS;
  if (excess > 0) {
    return {
      ok: false,
      reason: `with the text that keeps dall-e-3 from rewriting it, the prompt is ${excess} characters too long`,
    };
  }
  return {
    ok: true,
    text,
    adjustments: [
      {
        param: 'prompt_revision',
        asked: false,
        sent: KEEP_PROMPT_PREFACE,
        reason:
          'dall-e-3 has no switch against rewriting; the preface that OpenAI documents is sent before the prompt, which is best effort',
      },
    ],
  };
}

function refuse(...reasons: string[]): Extract<Translation, { ok: false }> {
  return { ok: false, reasons };
}

function present(name: string, value: JsonValue | undefined): Body {
  return value === undefined ? {} : { [name]: value };
}
