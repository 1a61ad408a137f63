/** From a legal request to the body of a DashScope call or task (protocol notes §3, §6). Pure. */
import type { RouteSpec } from '../model.js';
import type { JsonValue, NativeRequest, Translation } from '../provider.js';
import { inputRefOf } from '../shared/outgoing-body.js';
import { generationPath, LEGACY_TASK_PATH } from './forms.js';
import { qwenOptions, REWRITING_OPTIONS } from './options.js';
import type { QwenOptions } from './options.js';

type Body = Readonly<Record<string, JsonValue>>;

/**
 * Translates one call, as a task wherever the model has tasks. `n`, `prompt_extend` and `watermark` are always sent:
 * sibling models default to four pictures, and prompts are rewritten unless told otherwise.
 * Pictures of an edit stand before the text, in the caller's order, as data URLs: prompts count them from 1.
 * Says why not for options that the model lacks.
 */
export function translateToQwen(request: NativeRequest, route: RouteSpec): Translation {
  const model = route.upstream[request.operation];
  if (model === undefined) return refuse(`${route.id} has no model for the operation ${request.operation}`);
  const options = qwenOptions.safeParse(request.options);
  if (!options.success) {
    return refuse(
      ...options.error.issues.map(
        ({ path, message }) => `${['provider_options.qwen', ...path.map(String)].join('.')}: ${message}`,
      ),
    );
  }
  const foreign = model.startsWith('qwen-image-3.0')
    ? []
    : REWRITING_OPTIONS.filter((name) => options.data[name] !== undefined);
  if (foreign.length > 0) {
    return refuse(...foreign.map((name) => `provider_options.qwen.${name}: ${model} has no such option`));
  }
  if (options.data.prompt_extend_mode === 'agent' && request.inputs.length > 0) {
    return refuse('provider_options.qwen.prompt_extend_mode: the agent takes no pictures');
  }
  const path = generationPath(model);
  return {
    ok: true,
    call: {
      path,
      body:
        path === LEGACY_TASK_PATH
          ? legacyBody(model, request, options.data)
          : messageBody(model, request, options.data),
      prompt: request.prompt,
      count: request.count,
      streamed: false,
    },
    adjustments: [],
  };
}

/** `negative_prompt` stands beside the prompt here, and among the parameters everywhere else. */
function legacyBody(model: string, request: NativeRequest, options: QwenOptions): Body {
  return {
    model,
    input: { prompt: request.prompt, ...present('negative_prompt', request.negativePrompt) },
    parameters: parameters(request, options),
  };
}

function messageBody(model: string, request: NativeRequest, options: QwenOptions): Body {
  const pictures = request.inputs.map((_, index) => ({ image: inputRefOf(index, 'data-url') }));
  return {
    model,
    input: { messages: [{ role: 'user', content: [...pictures, { text: request.prompt }] }] },
    parameters: {
      ...present('negative_prompt', request.negativePrompt),
      ...parameters(request, options),
      ...present('prompt_extend_mode', options.prompt_extend_mode),
      ...present('enable_thinking', options.enable_thinking),
    },
  };
}

function parameters(request: NativeRequest, options: QwenOptions): Body {
  return {
    ...present('size', request.size && `${request.size.width}*${request.size.height}`),
    n: request.count,
    // The vendor's own default stands unless the prompt has to stay.
    prompt_extend: !request.keepPrompt,
    watermark: options.watermark ?? false,
    ...present('seed', request.seed),
  };
}

function refuse(...reasons: string[]): Translation {
  return { ok: false, reasons };
}

function present(name: string, value: JsonValue | undefined): Body {
  return value === undefined ? {} : { [name]: value };
}
