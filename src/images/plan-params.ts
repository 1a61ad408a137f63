import { nearestQuality } from '../catalogue/quality.js';
import { AppError } from '../errors.js';
import type { Background, ModelEntry, OutputFormat, Quality } from '../providers/model.js';
import type { Adjustment } from '../providers/provider.js';
import { planPrompt } from './plan-prompt.js';
import type { ImageRequest } from './request.js';

/** All parameters but size, n and seed, in the model's own terms. */
export interface ParamPlan {
  readonly prompt: string;
  readonly quality: Quality | undefined;
  readonly style: string | undefined;
  readonly background: Background | undefined;
  /** Sent to the provider. */
  readonly outputFormat: OutputFormat | undefined;
  readonly outputCompression: number | undefined;
  /** What we have to deliver, whoever encodes it. */
  readonly deliverFormat: OutputFormat | undefined;
  readonly deliverCompression: number | undefined;
  readonly moderation: string | undefined;
  readonly personGeneration: string | undefined;
  readonly negativePrompt: string | undefined;
  readonly keepPrompt: boolean;
  readonly inputFidelity: string | undefined;
  readonly complexity: string | undefined;
  readonly partialImages: number | undefined;
  readonly adjustments: readonly Adjustment[];
}

/**
 * Gives every asked parameter one of three fates: taken natively, adapted and reported, or refused (under `strict`).
 * @param forwardedFrom the retired model that was asked for, whose defaults go on to apply
 * @throws AppError unsupported_parameter, invalid_request, prompt_too_long
 */
export function planParams(
  request: ImageRequest,
  entry: ModelEntry,
  forwardedFrom: ModelEntry | undefined,
): ParamPlan {
  const { params, slug } = entry;
  const adjustments: Adjustment[] = [];

  /** Reports an adaptation, or refuses it under strict. */
  const adapt = (adjustment: Adjustment, allowed: readonly (string | number | boolean)[]): void => {
    if (request.adapt === 'strict') {
      throw new AppError('unsupported_parameter', {
        message: `${slug} can't honour \`${adjustment.param}\`: ${adjustment.reason}.`,
        param: adjustment.param,
        facts: { allowed },
      });
    }
    adjustments.push(adjustment);
  };

  /** A value out of a closed list, or dropped with a report. */
  const choice = (param: string, asked: string | undefined, allowed: readonly string[] | undefined) => {
    if (asked === undefined || allowed?.includes(asked) === true) return asked;
    adapt(
      {
        param,
        asked,
        reason:
          allowed === undefined
            ? `${slug} has no such parameter`
            : `${slug} takes only ${allowed.join(', ')}`,
      },
      allowed ?? [],
    );
    return undefined;
  };

  const report = (adjustment: Adjustment) => {
    adjustments.push(adjustment);
  };
  const quality = planQuality(request, entry, forwardedFrom, adapt, report);
  const background = planBackground(request, entry, adapt);
  const format = planFormat(request, entry, background, adapt);
  const { promptRevision } = params;
  const keepPrompt = request.promptRevision === false && promptRevision.kind === 'switchable';
  const { prompt, negativePrompt } = planPrompt(request, entry, keepPrompt, adapt, report);

  if (request.promptRevision === false && promptRevision.kind === 'unavoidable') {
    adapt(
      {
        param: 'prompt_revision',
        asked: false,
        reason: `${slug} may rewrite prompts, and nothing documented prevents it`,
      },
      [],
    );
  }
  if (request.promptRevision === true && promptRevision.kind === 'never') {
    adapt({ param: 'prompt_revision', asked: true, reason: `${slug} does not rewrite prompts` }, [false]);
  }
  for (const [param, asked] of [
    ['frame_count', request.frameCount],
    ['frame_duration_ms', request.frameDurationMs],
  ] as const) {
    if (asked !== undefined) adapt({ param, asked, reason: 'animated output is not supported' }, []);
  }

  return {
    prompt,
    negativePrompt,
    quality,
    background,
    ...format,
    style: choice('style', request.style, params.style),
    moderation: choice('moderation', request.moderation, params.moderation),
    personGeneration: choice('person_generation', request.personGeneration, params.personGeneration),
    inputFidelity: choice(
      'input_fidelity',
      request.inputFidelity,
      // It is about the pictures of an edit.
      request.operation === 'edit' ? params.inputFidelity : undefined,
    ),
    complexity: choice('complexity', request.complexity, params.complexity),
    partialImages: planPartials(request, entry, adapt),
    keepPrompt,
    adjustments,
  };
}

type Adapt = (adjustment: Adjustment, allowed: readonly (string | number | boolean)[]) => void;

/** Whoever watches a model without partial pictures sees its progress, as far as it tells, and the final picture. */
function planPartials(request: ImageRequest, entry: ModelEntry, adapt: Adapt): number | undefined {
  const asked = request.partialImages ?? 0;
  if (asked === 0) return undefined;
  const most = entry.params.partialImages ?? 0;
  if (asked > most) {
    const reason =
      most === 0 ? `${entry.slug} makes no partial pictures` : `${entry.slug} makes at most ${most}`;
    adapt({ param: 'partial_images', asked, sent: most, reason }, [most]);
  }
  return most === 0 ? undefined : Math.min(asked, most);
}

function planQuality(
  request: ImageRequest,
  entry: ModelEntry,
  forwardedFrom: ModelEntry | undefined,
  adapt: Adapt,
  report: (adjustment: Adjustment) => void,
): Quality | undefined {
  // Whoever asked for dall-e-3 without a quality expects its standard, not the successor's own default.
  const asked = request.quality ?? forwardedFrom?.params.defaultQuality;
  if (asked === undefined) return undefined;
  const available = entry.params.quality;
  const nearest = available === undefined ? undefined : nearestQuality(asked, available);
  if (nearest === undefined) {
    if (request.quality === undefined) return undefined;
    adapt({ param: 'quality', asked, reason: `${entry.slug} has one quality only` }, []);
    return undefined;
  }
  if (request.quality !== undefined && nearest.quality !== asked) {
    const reason = nearest.exact
      ? `${entry.slug} calls it ${nearest.quality}`
      : `the nearest that ${entry.slug} has`;
    const adjustment = { param: 'quality', asked, sent: nearest.quality, reason };
    // Another name of the same step is worth telling, but nothing to refuse.
    if (nearest.exact) report(adjustment);
    else adapt(adjustment, available ?? []);
  }
  return nearest.quality;
}

function planBackground(request: ImageRequest, entry: ModelEntry, adapt: Adapt): Background | undefined {
  const asked = request.background;
  if (asked === undefined || asked === 'auto') return undefined;
  if (asked === 'transparent' && request.outputFormat === 'jpeg') {
    throw new AppError('invalid_request', {
      message: '`background` transparent needs an `output_format` with transparency: png, webp or avif.',
      param: 'output_format',
      facts: { allowed: ['png', 'webp', 'avif'], nearest: 'png' },
    });
  }
  if (entry.params.background?.includes(asked) === true) return asked;
  // Models without transparency always give opaque pictures: that is what was asked.
  if (asked === 'opaque' && !entry.transparency) return undefined;
  adapt({ param: 'background', asked, reason: `${entry.slug} can't choose the background` }, ['auto']);
  return undefined;
}

function planFormat(
  request: ImageRequest,
  entry: ModelEntry,
  background: Background | undefined,
  adapt: Adapt,
): Pick<ParamPlan, 'outputFormat' | 'outputCompression' | 'deliverFormat' | 'deliverCompression'> {
  const { outputFormat: formats, deliveredFormat, outputCompression: compressible } = entry.params;
  const asked = request.outputFormat;
  if (
    asked !== undefined &&
    formats === undefined &&
    asked === deliveredFormat &&
    request.outputCompression === undefined
  ) {
    return {
      outputFormat: undefined,
      outputCompression: undefined,
      deliverFormat: asked,
      deliverCompression: undefined,
    };
  }
  const native = asked !== undefined && formats?.includes(asked) === true;
  // Converted by us: take the best lossless source the model has.
  const sent = native ? asked : asked === undefined ? undefined : formats?.find((format) => format === 'png');
  if (asked !== undefined && !native) {
    adapt(
      {
        param: 'output_format',
        asked,
        ...(sent === undefined ? {} : { sent }),
        delivered: asked,
        reason: `${entry.slug} does not deliver ${asked}; converted by the gateway`,
      },
      formats ?? [],
    );
  }
  const compression = request.outputCompression;
  if (compression === undefined) {
    return {
      outputFormat: sent,
      outputCompression: undefined,
      deliverFormat: asked,
      deliverCompression: undefined,
    };
  }
  if (asked === undefined || asked === 'png') {
    adapt(
      {
        param: 'output_compression',
        asked: compression,
        reason: asked === 'png' ? 'png is lossless' : 'it needs an output_format of jpeg, webp or avif',
      },
      [],
    );
    return {
      outputFormat: sent,
      outputCompression: undefined,
      deliverFormat: asked,
      deliverCompression: undefined,
    };
  }
  if (native && compressible?.includes(asked) === true) {
    return {
      outputFormat: sent,
      outputCompression: compression,
      deliverFormat: asked,
      deliverCompression: compression,
    };
  }
  if (native) {
    adapt(
      {
        param: 'output_compression',
        asked: compression,
        delivered: compression,
        reason: 'compressed by the gateway',
      },
      [],
    );
  }
  // Ask for a lossless source where there is one, so that the picture is compressed once.
  const source = native ? (formats.find((format) => format === 'png') ?? sent) : sent;
  return {
    outputFormat: background === 'transparent' && source === 'jpeg' ? undefined : source,
    outputCompression: undefined,
    deliverFormat: asked,
    deliverCompression: compression,
  };
}
