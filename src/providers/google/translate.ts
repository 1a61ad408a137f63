/** From a legal request to the body of `:generateContent` (Gemini) or `:predict` (Imagen); protocol notes §2, §4, §7. Pure. */
import type { RouteSpec } from '../model.js';
import type { JsonValue, NativeRequest, Translation } from '../provider.js';
import { inputRefOf } from '../shared/outgoing-body.js';
import { GEMINI_OPTIONS, IMAGEN_OPTIONS, googleOptions } from './options.js';
import type { GoogleOptions } from './options.js';

/** Thinking levels by upstream model (protocol notes §0); a level that a model lacks is a 400 of the service. */
const THINKING_LEVELS: Readonly<Record<string, readonly string[]>> = {
  'gemini-nano-banana-2.1': ['minimal', 'medium', 'high'],
  'gemini-3.1-flash-image': ['minimal', 'high'],
  'gemini-3.1-flash-lite-image': ['minimal', 'high'],
};

/** What stands for the words that an earlier answer was made from: a conversation begins with its user. */
const EARLIER_WORDS = 'Make a picture.';

type Body = Readonly<Record<string, JsonValue>>;

/**
 * Translates one call. The path is the Gemini API's; the adapter moves it to Vertex AI where the endpoint is there.
 * Says why not for edits with Imagen, for options of the other protocol and for a thinking level that the model lacks.
 */
export function translateToGoogle(request: NativeRequest, route: RouteSpec): Translation {
  const model = route.upstream[request.operation];
  if (model === undefined) return refuse(`${route.id} has no model for the operation ${request.operation}`);
  const options = googleOptions.safeParse(request.options);
  if (!options.success) {
    return refuse(...options.error.issues.map((problem) => describe(problem.path, problem.message)));
  }
  const imagen = model.startsWith('imagen-');
  const reasons = misplacedOptions(options.data, model, imagen);
  if (reasons.length > 0) return refuse(...reasons);
  return {
    ok: true,
    call: {
      path: `/v1beta/models/${model}:${imagen ? 'predict' : 'generateContent'}`,
      body: imagen ? imagenBody(request, options.data) : geminiBody(request, options.data),
      prompt: request.prompt,
      count: request.count,
      streamed: false,
    },
    adjustments: [],
  };
}

/** Vertex insists on `role`; without `TEXT` among the modalities the model keeps its prose to itself. */
function geminiBody(request: NativeRequest, options: GoogleOptions): Body {
  const native = request.size?.native;
  return {
    ...present(
      'systemInstruction',
      options.system_instruction && { parts: [{ text: options.system_instruction }] },
    ),
    contents: contentsOf(request),
    generationConfig: {
      responseModalities: ['IMAGE'],
      ...present(
        'imageConfig',
        native && {
          ...present('aspectRatio', native['aspectRatio']),
          ...present('imageSize', native['imageSize']),
        },
      ),
      ...present('seed', request.seed),
      ...present('temperature', options.temperature),
      ...present('thinkingConfig', options.thinking_level && { thinkingLevel: options.thinking_level }),
    },
    ...present(
      'safetySettings',
      options.safety_settings?.map(({ category, threshold }) => ({
        category: `HARM_CATEGORY_${category}`,
        threshold,
      })),
    ),
  };
}

/**
 * The words and then the pictures in the caller's order (protocol notes §2). Where the picture to be edited is an answer of
 * the model's own, the call goes on with that conversation: its picture and signature come back unchanged as the model's
 * turn (§4). The other pictures are shown by the user, where answers of the model need no signature.
 */
function contentsOf({ prompt, inputs }: NativeRequest): JsonValue {
  const pictures = inputs.map(({ mimeType }, index) => ({
    inlineData: { mimeType, data: inputRefOf(index, 'base64') },
  }));
  const [edited, ...others] = pictures;
  if (edited === undefined || inputs[0]?.hasContinuation !== true) {
    return [{ role: 'user', parts: [{ text: prompt }, ...pictures] }];
  }
  // The adapter keeps the signature as the text that it came as.
  const thoughtSignature = inputRefOf('continuation-0', 'text');
  return [
    { role: 'user', parts: [{ text: EARLIER_WORDS }] },
    { role: 'model', parts: [{ ...edited, thoughtSignature }] },
    { role: 'user', parts: [{ text: prompt }, ...others] },
  ];
}

/** `includeRaiReason` makes the service say that, and why, it filtered a picture. */
function imagenBody(request: NativeRequest, options: GoogleOptions): Body {
  const native = request.size?.native;
  const outputOptions = {
    ...present('mimeType', request.outputFormat && `image/${request.outputFormat}`),
    ...present('compressionQuality', request.outputCompression),
  };
  return {
    instances: [{ prompt: request.prompt }],
    parameters: {
      sampleCount: request.count,
      ...present('aspectRatio', native?.['aspectRatio']),
      ...present('sampleImageSize', native?.['imageSize']),
      ...present('personGeneration', request.personGeneration),
      ...present('safetySetting', options.safety_setting),
      ...present('language', options.language),
      ...present('guidanceScale', options.guidance_scale),
      includeRaiReason: true,
      ...present('outputOptions', Object.keys(outputOptions).length === 0 ? undefined : outputOptions),
    },
  };
}

function misplacedOptions(options: GoogleOptions, model: string, imagen: boolean): readonly string[] {
  const foreign = (imagen ? GEMINI_OPTIONS : IMAGEN_OPTIONS)
    .filter((name) => options[name] !== undefined)
    .map((name) => describe([name], `${model} has no such option`));
  const level = options.thinking_level;
  if (imagen || level === undefined || THINKING_LEVELS[model]?.includes(level) === true) return foreign;
  const allowed = THINKING_LEVELS[model]?.join(', ') ?? 'none';
  return [...foreign, describe(['thinking_level'], `${model} takes ${allowed}`)];
}

function describe(path: readonly PropertyKey[], message: string): string {
  return `${['provider_options.google', ...path.map(String)].join('.')}: ${message}`;
}

function refuse(...reasons: string[]): Translation {
  return { ok: false, reasons };
}

/** A member that stands only when it has a value; zero is one. */
function present(name: string, value: JsonValue | undefined): Body {
  return value === undefined || value === '' ? {} : { [name]: value };
}
