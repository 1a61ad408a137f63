/** From a legal request to a call in our own form; the adapter speaks it in the server's dialect. Pure. */
import type { RouteSpec } from '../model.js';
import type { Adjustment, JsonValue, NativeRequest, Translation } from '../provider.js';
import { inputRefOf } from '../shared/outgoing-body.js';
import { dialectOf } from './dialects.js';
import type { Dialect } from './dialects.js';
import { openAiImagesOptions } from './options.js';
import { editFormOf, findUnspeakable, speak } from './speak.js';
import { plainCall } from './wire.js';

/**
 * Translates one call. Says why not for what the server has no place for; a seed alone is left out and reported, because
 * a picture without it is still the one that was asked for.
 * @param extra the endpoint's own settings, which name the dialect: sd-server's where they name none
 */
export function translateToOpenAiImages(
  request: NativeRequest,
  route: RouteSpec,
  extra: Readonly<Record<string, string>>,
): Translation {
  const model = route.upstream[request.operation];
  if (model === undefined) return refuse(`${route.id} has no model for the operation ${request.operation}`);
  if (request.operation === 'edit' && request.inputs.length === 0) {
    return refuse('an edit needs a picture to start from');
  }
  const options = openAiImagesOptions.safeParse(request.options);
  if (!options.success) {
    return refuse(
      ...options.error.issues.map(
        ({ path, message }) =>
          `${['provider_options.openai-images', ...path.map(String)].join('.')}: ${message}`,
      ),
    );
  }
  const dialect = dialectOf(extra);
  const pictures = picturesOf(request, dialect);
  const form = editFormOf(pictures, dialect);
  const seedless = (form?.names ?? dialect.names).seed === undefined;
  const body: Readonly<Record<string, JsonValue>> = {
    model,
    prompt: request.prompt,
    n: request.count,
    ...present('size', request.size && `${request.size.width}x${request.size.height}`),
    ...present('seed', seedless ? undefined : request.seed),
    ...present('steps', options.data.steps),
    ...present('guidance', options.data.guidance),
    ...present('negative_prompt', request.negativePrompt),
    ...present('user', request.user),
    ...pictures,
  };
  const plain = plainCall.parse(body);
  const reasons = findUnspeakable(plain, dialect);
  if (reasons.length > 0) return refuse(...reasons);
  const adjustments: readonly Adjustment[] =
    seedless && request.seed !== undefined
      ? [{ param: 'seed', asked: request.seed, reason: `${dialect.server} takes no seed with a call` }]
      : [];
  const { path, encoding } = speak(plain, dialect, model);
  return {
    ok: true,
    call: {
      path,
      body,
      prompt: request.prompt,
      count: request.count,
      streamed: false,
      ...(encoding === 'json' ? {} : { encoding }),
    },
    adjustments,
  };
}

/** The pictures of an edit at the places where the dialect wants them; nothing when generating. */
function picturesOf(
  { operation, inputs, masked }: NativeRequest,
  dialect: Dialect,
): { readonly images?: JsonValue; readonly mask?: JsonValue } {
  if (operation === 'generate') return {};
  const form = masked ? dialect.maskedEdit : dialect.edit;
  const as = form?.encoding === 'json' ? 'base64' : 'file';
  return {
    images: inputs.map((_, index) => inputRefOf(index, as)),
    ...(masked ? { mask: inputRefOf(dialect.maskedEdit?.mask ?? 'mask-white', as) } : {}),
  };
}

function refuse(...reasons: string[]): Translation {
  return { ok: false, reasons };
}

function present(name: string, value: JsonValue | undefined): Readonly<Record<string, JsonValue>> {
  return value === undefined ? {} : { [name]: value };
}
