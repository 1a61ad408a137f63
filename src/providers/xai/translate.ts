/** From a legal request to the body of an image call (protocol notes §3, §4). Pure. */
import type { RouteSpec } from '../model.js';
import type { Adjustment, JsonValue, NativeRequest, Translation } from '../provider.js';
import { inputRefOf } from '../shared/outgoing-body.js';
import { EDIT_QUALITY, hasQuality, nearestRatio } from './model-params.js';
import { xaiOptions } from './options.js';

type Body = Readonly<Record<string, JsonValue>>;

/**
 * Translates one call. Absent values are left out, so that the API's own defaults (`auto`) hold; only the quality of an
 * edit is always sent. Nothing else is, because fields that the API does not know are ignored without a word and the
 * picture is billed.
 */
export function translateToXai(request: NativeRequest, route: RouteSpec): Translation {
  const model = route.upstream[request.operation];
  if (model === undefined) return refuse(`${route.id} has no model for the operation ${request.operation}`);
  const options = xaiOptions.safeParse(request.options);
  if (!options.success) {
    return refuse(...options.error.issues.map((problem) => `provider_options.xai: ${problem.message}`));
  }
  const edit = request.operation === 'edit';
  const native = request.size?.native;
  // The result has the shape of a single input, and the field is ignored at best.
  const follows = edit && request.inputs.length === 1;
  const quality = request.quality ?? (edit && hasQuality(model) ? EDIT_QUALITY : undefined);
  return {
    ok: true,
    call: {
      path: edit ? '/images/edits' : '/images/generations',
      body: {
        model,
        prompt: request.prompt,
        ...(edit ? sources(request) : {}),
        n: request.count,
        ...(follows ? {} : present('aspect_ratio', native?.['aspectRatio'])),
        ...present('resolution', native?.['resolution']),
        ...present('quality', quality),
        // Links die within minutes, some say.
        response_format: 'b64_json',
        ...present('user', request.user),
      },
      prompt: request.prompt,
      count: request.count,
      streamed: false,
    },
    adjustments: follows ? reportShape(request) : [],
  };
}

/** `image` and `images` exclude each other; a plain string in their place is refused. */
function sources({ inputs }: NativeRequest): Body {
  const images = inputs.map((_, index) => ({ url: inputRefOf(index, 'data-url') }));
  const [image] = images;
  return image !== undefined && images.length === 1 ? { image } : { images };
}

/** Tells beforehand that the size asked has another shape than the only input. */
function reportShape({ size, inputs }: NativeRequest): readonly Adjustment[] {
  const [input] = inputs;
  if (size === undefined || input === undefined) return [];
  if (nearestRatio(input) === size.native?.['aspectRatio']) return [];
  return [
    {
      param: 'size',
      asked: `${size.width}x${size.height}`,
      ...present('sent', size.native?.['resolution']),
      reason: 'with a single input picture the result takes its shape; the gateway cuts it to the size asked',
    },
  ];
}

function refuse(...reasons: string[]): Translation {
  return { ok: false, reasons };
}

function present(name: string, value: JsonValue | undefined): Body {
  return value === undefined ? {} : { [name]: value };
}
