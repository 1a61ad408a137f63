import { formatSize, ratioDistance } from '../catalogue/size-rules.js';
import { AppError } from '../errors.js';
import type { EditSpec, InputMimeType, InputRule, ModelEntry, Size } from '../providers/model.js';
import type { Adjustment, NativeInput } from '../providers/provider.js';
import type { ImageRequest, SourcePicture } from './request.js';

/** A picture of an edit and what it is sent as. */
export interface PlannedInput {
  readonly source: SourcePicture;
  /** undefined: sent as it is. */
  readonly change: InputChange | undefined;
  readonly native: NativeInput;
}

/** How a source is brought to what the route takes. */
export interface InputChange extends Size {
  /** `contain`: the whole picture centred on a canvas of another shape, its border continued outwards. */
  readonly fit: 'exact' | 'contain';
  readonly mimeType: InputMimeType;
  readonly maxBytes: number;
}

/** What an edit sends beside its parameters. */
export interface InputPlan {
  readonly inputs: readonly PlannedInput[];
  /** Whether the model gets the mask; the result is laid onto the source inside the mask in any case. */
  readonly sendsMask: boolean;
  readonly adjustments: readonly Adjustment[];
}

/** Shapes that differ less are one shape. */
const SHAPE_SLACK = 0.005;
/** The same for a source that its result is laid onto. */
const MASKED_SHAPE_SLACK = 0.001;

/**
 * Decides what every input is sent as.
 * @param native the size asked of the model; with a mask the first input is set into its shape
 * @throws AppError invalid_request (too many inputs), mask_not_supported and unsupported_parameter under `strict`
 */
export function planInputs(request: ImageRequest, entry: ModelEntry, native: Size | undefined): InputPlan {
  const { edit } = entry;
  if (request.operation === 'generate' || edit === undefined) {
    return { inputs: [], sendsMask: false, adjustments: [] };
  }
  refuseTooMany(request, entry, edit);
  if (edit.maskRequired === true && request.mask === undefined) {
    throw new AppError('invalid_request', {
      message: `${entry.slug} repaints what a mask marks: \`mask\` is required.`,
      param: 'mask',
    });
  }
  const adjustments: Adjustment[] = [];
  const inputs = request.inputs.map((source, index) => {
    const canvas = index === 0 && request.mask !== undefined ? native : undefined;
    const change = planChange(source, edit.inputs, canvas);
    const param = request.inputs.length === 1 ? 'image' : `image[${index}]`;
    if (source.changes.length > 0) adjustments.push({ param, reason: source.changes.join('; ') });
    if (change !== undefined) adjustments.push(reportChange(request, entry, source, param, change));
    return { source, change, native: toNativeInput(source, change, entry) };
  });
  if (request.mask !== undefined && !edit.mask) {
    if (request.adapt === 'strict') {
      throw new AppError('mask_not_supported', {
        message: `${entry.slug} takes no mask. Without \`adapt: "strict"\` the gateway confines its edit to the mask.`,
        param: 'mask',
      });
    }
    adjustments.push({
      param: 'mask',
      reason: `${entry.slug} takes no mask: it edits the whole picture, and the gateway lays the result onto the source inside the mask only`,
    });
  }
  return { inputs, sendsMask: request.mask !== undefined && edit.mask, adjustments };
}

function refuseTooMany(request: ImageRequest, entry: ModelEntry, edit: EditSpec): void {
  if (request.inputs.length <= edit.maxInputImages) return;
  const plural = edit.maxInputImages === 1 ? 'one input picture' : `${edit.maxInputImages} input pictures`;
  throw new AppError('invalid_request', {
    message: `${entry.slug} takes at most ${plural}; ${request.inputs.length} were given.`,
    param: `image[${edit.maxInputImages}]`,
    facts: { allowed: [edit.maxInputImages], nearest: edit.maxInputImages },
  });
}

function planChange(
  source: SourcePicture,
  rule: InputRule,
  canvas: Size | undefined,
): InputChange | undefined {
  const shape = shapeFor(source, rule, canvas);
  const size = scaleInto(shape, rule);
  const padded =
    shape === canvas || ratioDistance(shape.width / shape.height, source.width / source.height) > SHAPE_SLACK;
  const tooManyBytes = source.sizeBytes > rule.maxBytes;
  const mimeType = typeFor(source, rule, tooManyBytes);
  const scaled = size.width !== source.width || size.height !== source.height;
  if (!padded && !scaled && !tooManyBytes && mimeType === source.mimeType) return undefined;
  return { ...size, fit: padded ? 'contain' : 'exact', mimeType, maxBytes: rule.maxBytes };
}

/** The source's own shape, or the canvas that it has to be set into. */
function shapeFor(source: SourcePicture, rule: InputRule, canvas: Size | undefined): Size {
  const ratio = source.width / source.height;
  if (canvas !== undefined && ratioDistance(canvas.width / canvas.height, ratio) > MASKED_SHAPE_SLACK)
    return canvas;
  const { min, max } = ratioBounds(rule);
  if (ratio < min) return { width: source.height * min, height: source.height };
  if (ratio > max) return { width: source.width, height: source.width / max };
  return source;
}

/** Ratios that the rule allows, by its own words and by its edges and pixels. */
function ratioBounds(rule: InputRule): { readonly min: number; readonly max: number } {
  if (rule.square === true) return { min: 1, max: 1 };
  const byEdges = Math.min(rule.maxEdge, rule.maxPixels / rule.minEdge) / rule.minEdge;
  return {
    min: Math.max(rule.minRatio ?? 0, 1 / byEdges),
    max: Math.min(rule.maxRatio ?? Infinity, byEdges),
  };
}

function scaleInto(shape: Size, rule: InputRule): Size {
  const up = Math.max(1, rule.minEdge / Math.min(shape.width, shape.height));
  const down = Math.min(
    1,
    rule.maxEdge / (Math.max(shape.width, shape.height) * up),
    Math.sqrt(rule.maxPixels / (shape.width * shape.height * up * up)),
  );
  const factor = up * down;
  const to = factor < 1 ? Math.floor : Math.round;
  const bound = (edge: number) => Math.min(rule.maxEdge, Math.max(rule.minEdge, to(edge * factor + 1e-6)));
  const [width, height] = [bound(shape.width), bound(shape.height)];
  // Whole pixels may leave the ratio's bounds by a little: the longer edge gives way, which breaks no other bound.
  const { min, max } = ratioBounds(rule);
  if (width / height < min && width < height)
    return { width, height: Math.max(width, Math.floor(width / min)) };
  if (width / height > max && width > height)
    return { width: Math.max(height, Math.floor(height * max)), height };
  return { width, height };
}

/** Transparency and exactness are kept where the model takes PNG; size limits are met by JPEG where it doesn't matter. */
function typeFor(source: SourcePicture, rule: InputRule, tooManyBytes: boolean): InputMimeType {
  if (tooManyBytes && !source.hasAlpha && rule.types.includes('image/jpeg')) return 'image/jpeg';
  if (tooManyBytes && rule.types.includes('image/webp')) return 'image/webp';
  if (rule.types.includes(source.mimeType)) return source.mimeType;
  return rule.types.includes('image/png') ? 'image/png' : (rule.types[0] ?? 'image/png');
}

function reportChange(
  request: ImageRequest,
  entry: ModelEntry,
  source: SourcePicture,
  param: string,
  change: InputChange,
): Adjustment {
  const describe = (size: Size, mimeType: InputMimeType) => `${formatSize(size)} ${mimeType.slice(6)}`;
  const reason =
    change.fit === 'contain'
      ? `set into a shape that ${entry.slug} takes, its border continued outwards`
      : `brought to what ${entry.slug} takes`;
  if (request.adapt === 'strict') {
    throw new AppError('unsupported_parameter', {
      message: `${entry.slug} can't take \`${param}\` as it is: ${describeRule(entry.edit?.inputs)}.`,
      param,
    });
  }
  return {
    param,
    asked: describe(source, source.mimeType),
    sent: describe(change, change.mimeType),
    reason,
  };
}

function describeRule(rule: InputRule | undefined): string {
  if (rule === undefined) return 'it takes none';
  const types = rule.types.map((type) => type.slice(6)).join(', ');
  return (
    `${types}, edges from ${rule.minEdge} to ${rule.maxEdge} pixels, at most ${rule.maxPixels} pixels and ${rule.maxBytes} bytes` +
    (rule.square === true ? ', square' : '')
  );
}

function toNativeInput(
  source: SourcePicture,
  change: InputChange | undefined,
  entry: ModelEntry,
): NativeInput {
  const { width, height, mimeType } = change ?? source;
  return {
    width,
    height,
    mimeType,
    hasAlpha: source.hasAlpha && mimeType !== 'image/jpeg',
    // What a model gave with a picture belongs to exactly these bytes.
    hasContinuation: change === undefined && source.continuation?.model === entry.slug,
  };
}
