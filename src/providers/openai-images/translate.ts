/** From a legal request to a call in our own form; the adapter speaks it in the server's dialect. Pure. */
import type { RouteSpec } from '../model.js';
import type { Adjustment, JsonValue, NativeRequest, Translation } from '../provider.js';
import { dialectOf } from './dialects.js';
import { openAiImagesOptions } from './options.js';
import { findUnspeakable } from './speak.js';
import { plainCall } from './wire.js';

/**
 * Translates one call. Says why not for edits, and for what the server has no place for; a seed alone is left out and
 * reported, because a picture without it is still the one that was asked for.
 * @param extra the endpoint's own settings, which name the dialect; without them nothing is said about the server, and the
 * adapter refuses what it has no place for
 */
export function translateToOpenAiImages(
  request: NativeRequest,
  route: RouteSpec,
  extra?: Readonly<Record<string, string>>,
): Translation {
  const model = route.upstream[request.operation];
  if (model === undefined) return refuse(`${route.id} has no model for the operation ${request.operation}`);
  if (request.operation === 'edit') return refuse('edits are not sent to self-hosted servers yet');
  const options = openAiImagesOptions.safeParse(request.options);
  if (!options.success) {
    return refuse(
      ...options.error.issues.map(
        ({ path, message }) =>
          `${['provider_options.openai-images', ...path.map(String)].join('.')}: ${message}`,
      ),
    );
  }
  const dialect = extra === undefined ? undefined : dialectOf(extra);
  const seedless = dialect !== undefined && dialect.names.seed === undefined;
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
  };
  const reasons = dialect === undefined ? [] : findUnspeakable(plainCall.parse(body), dialect);
  if (reasons.length > 0) return refuse(...reasons);
  const adjustments: readonly Adjustment[] =
    seedless && request.seed !== undefined
      ? [{ param: 'seed', asked: request.seed, reason: `${dialect.server} takes no seed with a call` }]
      : [];
  return {
    ok: true,
    call: {
      path: '/images/generations',
      body,
      prompt: request.prompt,
      count: request.count,
      streamed: false,
    },
    adjustments,
  };
}

function refuse(...reasons: string[]): Translation {
  return { ok: false, reasons };
}

function present(name: string, value: JsonValue | undefined): Readonly<Record<string, JsonValue>> {
  return value === undefined ? {} : { [name]: value };
}
