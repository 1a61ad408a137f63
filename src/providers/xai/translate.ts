/** From a legal request to the body of `POST /images/generations` (protocol notes §3). Pure. */
import type { RouteSpec } from '../model.js';
import type { JsonValue, NativeRequest, Translation } from '../provider.js';
import { xaiOptions } from './options.js';

/**
 * Translates one call. Absent values are left out, so that the API's own defaults (`auto`) hold. Nothing else is sent,
 * because fields that the API does not know are ignored without a word and the picture is billed.
 * Says why not for edits.
 */
export function translateToXai(request: NativeRequest, route: RouteSpec): Translation {
  const model = route.upstream[request.operation];
  if (model === undefined) return refuse(`${route.id} has no model for the operation ${request.operation}`);
  if (request.operation === 'edit') return refuse('edits are not sent to xAI yet');
  const options = xaiOptions.safeParse(request.options);
  if (!options.success) {
    return refuse(...options.error.issues.map((problem) => `provider_options.xai: ${problem.message}`));
  }
  const native = request.size?.native;
  return {
    ok: true,
    call: {
      path: '/images/generations',
      body: {
        model,
        prompt: request.prompt,
        n: request.count,
        ...present('aspect_ratio', native?.['aspectRatio']),
        ...present('resolution', native?.['resolution']),
        ...present('quality', request.quality),
        // Links die within minutes, some say.
        response_format: 'b64_json',
        ...present('user', request.user),
      },
      prompt: request.prompt,
      count: request.count,
      streamed: false,
    },
    adjustments: [],
  };
}

function refuse(...reasons: string[]): Translation {
  return { ok: false, reasons };
}

function present(name: string, value: JsonValue | undefined): Readonly<Record<string, JsonValue>> {
  return value === undefined ? {} : { [name]: value };
}
