/** From a legal request to the body of `POST /v1/{model}` (protocol notes §A3, §A4). Pure. */
import type { RouteSpec } from '../model.js';
import type { Adjustment, JsonValue, NativeRequest, Translation } from '../provider.js';
import { inputRefOf } from '../shared/outgoing-body.js';
import { findDialect } from './dialects.js';
import type { Bounds, Dialect } from './dialects.js';
import { bflOptions } from './options.js';
import type { BflOptions } from './options.js';

type Body = Readonly<Record<string, JsonValue>>;

/**
 * Translates one call; a call is one picture. Says why not for masks where the model has none, for a mask that is missing
 * where it needs one, and for options that the model lacks or that lie outside its bounds.
 */
export function translateToBfl(request: NativeRequest, route: RouteSpec): Translation {
  const model = route.upstream[request.operation];
  const dialect = findDialect(model ?? '');
  if (model === undefined || dialect === undefined) {
    return refuse(`${route.id} has no model for the operation ${request.operation}`);
  }
  const options = bflOptions.safeParse(request.options);
  if (!options.success) {
    return refuse(
      ...options.error.issues.map(
        ({ path, message }) => `${['provider_options.bfl', ...path.map(String)].join('.')}: ${message}`,
      ),
    );
  }
  const reasons = [
    ...pictureMisfits(request, dialect, model),
    ...misfits(options.data, dialect, model, request.operation),
  ];
  if (reasons.length > 0) return refuse(...reasons);
  return {
    ok: true,
    call: {
      path: `/v1/${model}`,
      body: {
        prompt: request.prompt,
        ...pictureFields(request, dialect),
        ...sizeFields(request, dialect),
        ...(dialect.seed ? present('seed', request.seed) : {}),
        ...(dialect.outputFormat ? present('output_format', request.outputFormat) : {}),
        ...optionFields(request, options.data, dialect),
      },
      prompt: request.prompt,
      count: request.count,
      streamed: false,
    },
    adjustments: sizeAdjustments(request, dialect, model),
  };
}

function pictureMisfits(request: NativeRequest, dialect: Dialect, model: string): readonly string[] {
  if (request.operation === 'generate') return [];
  if (dialect.pictures === undefined) return [`${model} edits no pictures`];
  if (request.inputs.length === 0) return ['there is no picture to edit'];
  if (dialect.pictures !== 'masked') return request.masked ? [`${model} takes no mask`] : [];
  return request.masked ? [] : [`${model} repaints what a mask marks, and there is no mask`];
}

/** The pictures in the caller's order, which is how prompts number them; base64 without a prefix (protocol notes §A3, §A4). */
function pictureFields({ inputs }: NativeRequest, dialect: Dialect): Body {
  if (inputs.length === 0 || dialect.pictures === undefined) return {};
  switch (dialect.pictures) {
    case 'numbered':
      return Object.fromEntries(
        inputs.map((_, index) => [
          index === 0 ? 'input_image' : `input_image_${index + 1}`,
          inputRefOf(index, 'base64'),
        ]),
      );
    case 'list':
      return { images: inputs.map((_, index) => inputRefOf(index, 'base64')) };
    case 'masked':
      return { image: inputRefOf(0, 'base64'), mask: inputRefOf('mask-white', 'base64') };
  }
}

/** An answer with the pixels of its picture has no others, whatever was planned. */
function sizeAdjustments(
  { size, inputs }: NativeRequest,
  dialect: Dialect,
  model: string,
): readonly Adjustment[] {
  const [first] = inputs;
  if (dialect.size !== 'input' || size === undefined || first === undefined) return [];
  if (first.width === size.width && first.height === size.height) return [];
  const asked = `${size.width}x${size.height}`;
  const sent = `${first.width}x${first.height}`;
  return [{ param: 'size', asked, sent, reason: `${model} answers in the pixels of its picture, ${sent}` }];
}

function sizeFields({ operation, size }: NativeRequest, dialect: Dialect): Body {
  if (size === undefined) {
    // What FLUX 3 does without a ratio is not documented; this word is.
    return operation === 'edit' && dialect.size === 'tier' ? { aspect_ratio: 'auto' } : {};
  }
  switch (dialect.size) {
    case 'input':
      return {};
    case 'pixels':
      return { width: size.width, height: size.height };
    case 'ratio':
      return present('aspect_ratio', size.native?.['aspectRatio']);
    case 'tier':
      return {
        ...present('aspect_ratio', size.native?.['aspectRatio']),
        ...present('resolution', size.native?.['resolution']),
      };
  }
}

/** What changes the prompt or leaves the house is always said, never left to the service's default. */
function optionFields(request: NativeRequest, options: BflOptions, dialect: Dialect): Body {
  const upsampling = request.keepPrompt ? false : (options.prompt_upsampling ?? dialect.upsampling === 'on');
  return {
    ...(dialect.upsampling === 'none' ? {} : { prompt_upsampling: upsampling }),
    ...(dialect.grounding === true ? { grounding: options.grounding ?? false } : {}),
    ...present('safety_tolerance', options.safety_tolerance),
    ...present('raw', options.raw),
    ...present('steps', options.steps),
    ...present('guidance', options.guidance),
  };
}

function misfits(
  options: BflOptions,
  dialect: Dialect,
  model: string,
  operation: NativeRequest['operation'],
): readonly string[] {
  const maxTolerance =
    operation === 'edit' ? (dialect.maxToleranceOfEdits ?? dialect.maxTolerance) : dialect.maxTolerance;
  const lacking = (
    [
      ['prompt_upsampling', dialect.upsampling !== 'none'],
      ['raw', dialect.raw === true],
      ['steps', dialect.steps !== undefined],
      ['guidance', dialect.guidance !== undefined],
      ['grounding', dialect.grounding === true],
    ] as const
  )
    .filter(([name, has]) => !has && options[name] !== undefined)
    .map(([name]) => `provider_options.bfl.${name}: ${model} has no such option`);
  const outside = (
    [
      ['safety_tolerance', { min: 0, max: maxTolerance }],
      ['steps', dialect.steps],
      ['guidance', dialect.guidance],
    ] as const
  ).flatMap(([name, bounds]) => outOfBounds(name, options[name], bounds, model));
  return [...lacking, ...outside];
}

function outOfBounds(
  name: string,
  value: number | undefined,
  bounds: Bounds | undefined,
  model: string,
): readonly string[] {
  if (value === undefined || bounds === undefined || (value >= bounds.min && value <= bounds.max)) return [];
  return [`provider_options.bfl.${name}: ${model} takes ${bounds.min} to ${bounds.max}`];
}

function refuse(...reasons: string[]): Translation {
  return { ok: false, reasons };
}

function present(name: string, value: JsonValue | undefined): Body {
  return value === undefined ? {} : { [name]: value };
}
