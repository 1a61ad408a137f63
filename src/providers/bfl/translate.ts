/** From a legal request to the body of `POST /v1/{model}` (protocol notes §A3, §A4). Pure. */
import type { RouteSpec } from '../model.js';
import type { JsonValue, NativeRequest, Translation } from '../provider.js';
import { findDialect } from './dialects.js';
import type { Bounds, Dialect } from './dialects.js';
import { bflOptions } from './options.js';
import type { BflOptions } from './options.js';

type Body = Readonly<Record<string, JsonValue>>;

/**
 * Translates one call; a call is one picture. Says why not for edits and for options that the model lacks or that lie
 * outside its bounds.
 */
export function translateToBfl(request: NativeRequest, route: RouteSpec): Translation {
  const model = route.upstream[request.operation];
  const dialect = findDialect(model ?? '');
  if (model === undefined || dialect === undefined) {
    return refuse(`${route.id} has no model for the operation ${request.operation}`);
  }
  if (request.operation === 'edit') return refuse('edits are not sent to BFL yet');
  const options = bflOptions.safeParse(request.options);
  if (!options.success) {
    return refuse(
      ...options.error.issues.map(
        ({ path, message }) => `${['provider_options.bfl', ...path.map(String)].join('.')}: ${message}`,
      ),
    );
  }
  const reasons = misfits(options.data, dialect, model);
  if (reasons.length > 0) return refuse(...reasons);
  return {
    ok: true,
    call: {
      path: `/v1/${model}`,
      body: {
        prompt: request.prompt,
        ...sizeFields(request, dialect),
        ...(dialect.seed ? present('seed', request.seed) : {}),
        ...(dialect.outputFormat ? present('output_format', request.outputFormat) : {}),
        ...optionFields(request, options.data, dialect),
      },
      prompt: request.prompt,
      count: request.count,
      streamed: false,
    },
    adjustments: [],
  };
}

function sizeFields({ size }: NativeRequest, dialect: Dialect): Body {
  if (size === undefined) return {};
  switch (dialect.size) {
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

function misfits(options: BflOptions, dialect: Dialect, model: string): readonly string[] {
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
      ['safety_tolerance', { min: 0, max: dialect.maxTolerance }],
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
