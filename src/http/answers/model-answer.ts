import { z } from 'zod';
import type { CatalogueModel } from '../../catalogue/catalogue.js';
import { lifecycleStatus } from '../../catalogue/lifecycle.js';
import { entryFor } from '../../catalogue/operation-entry.js';
import {
  chooseNativeSize,
  describeSizeRule,
  formatSize,
  isNativeSize,
  listedSizes,
} from '../../catalogue/size-rules.js';
import { addMargin, percentFor, type Margin } from '../../credits/margin.js';
import { fromCredits, toCredits } from '../../credits/microcredits.js';
import { quoteImage } from '../../credits/pricing.js';
import { ratioName, ratiosOf, resolutionsOf } from '../../images/plan-size.js';
import type { EditSpec, ModelEntry, Size } from '../../providers/model.js';

/** Sizes that every model delivers in exact pixels. */
export const UNIVERSAL_SIZES: readonly Size[] = [
  { width: 1024, height: 1024 },
  { width: 1792, height: 1024 },
  { width: 1024, height: 1792 },
  { width: 512, height: 512 },
];

const values = z.array(z.union([z.string(), z.number(), z.boolean()]));
const range = z.object({ min: z.number(), max: z.number() });

/** One model of the catalogue: OpenAI's fields, then ours. */
export const modelAnswerSchema = z
  .object({
    id: z.string(),
    object: z.literal('model'),
    created: z.number().int(),
    owned_by: z.string(),
    shutdown_date: z.string().optional(),
    name: z.string(),
    aliases: z.array(z.string()),
    provider: z.string(),
    modality: z.literal('image'),
    strengths: z.array(z.string()),
    notes: z.string(),
    capabilities: z.object({
      imageGenerate: z.boolean(),
      imageEdit: z.boolean(),
      maskEdit: z.boolean(),
      maxInputImages: z.number().int(),
      seed: z.boolean(),
      negativePrompt: z.boolean(),
      transparency: z.boolean(),
      streaming: z.boolean(),
      promptRevision: z.boolean(),
    }),
    allowedParams: z.object({
      supported_sizes: z
        .array(z.string())
        .describe('Delivered in exact pixels; any other size from 64 to 4096 per edge may be asked too.'),
      sizes: z.array(z.object({ size: z.string(), aspect_ratio: z.string(), native: z.boolean() })),
      size_rule: z
        .string()
        .optional()
        .describe('What the model renders natively, where a list does not say it.'),
      aspect_ratio: z.array(z.string()),
      resolution: z.array(z.string()),
      n: range,
      prompt: z.object({ max_chars: z.number().int() }),
      quality: values.optional(),
      style: values.optional(),
      background: values.optional(),
      output_format: values,
      output_compression: range.optional(),
      moderation: values.optional(),
      person_generation: values.optional(),
      seed: range.optional(),
      negative_prompt: z.object({ max_chars: z.number().int() }).optional(),
      complexity: values.optional(),
      prompt_revision: values,
      edit: z
        .object({
          supported_sizes: z.array(z.string()),
          size_rule: z.string().optional(),
          max_input_images: z.number().int(),
          input_types: values,
          input_edge: range.describe('Pixels; other inputs are scaled and reported.'),
          input_max_bytes: z.number().int(),
          input_fidelity: values.optional(),
          mask: z
            .enum(['native', 'composited'])
            .describe('composited: the gateway lays the result onto the source inside the mask.'),
        })
        .optional()
        .describe('What differs or is added for edits.'),
    }),
    pricing: z.object({
      unit: z.enum(['image', 'token']),
      credits: z.array(z.object({ size: z.string(), quality: z.string().optional(), credits: z.number() })),
      credits_per_input_image: z.number().optional().describe('Added by every input picture of an edit.'),
      credits_per_million_tokens: z
        .object({ text_input: z.number(), image_input: z.number(), image_output: z.number() })
        .optional(),
      source: z.string(),
    }),
    lifecycle: z.object({
      status: z.enum(['active', 'deprecated', 'retired']),
      released: z.string().optional(),
      deprecated_on: z.string().optional(),
      retired_on: z.string().optional(),
      successor: z.string().optional(),
    }),
    routes: z.array(
      z.object({
        id: z.string(),
        operator: z.string(),
        operator_country: z.string(),
        country: z.string(),
        also_in: z.array(z.string()).optional().describe('Further countries where it may compute.'),
      }),
    ),
    content_policy: z.enum(['provider', 'none']),
    available: z.boolean(),
    unavailable_reason: z.string().optional(),
  })
  .meta({ id: 'Model' });
export type ModelAnswer = z.output<typeof modelAnswerSchema>;

/** The catalogue; its JSON Schema is published as `docs/schemas/model-list.json`. */
export const modelListSchema = z.object({ object: z.literal('list'), data: z.array(modelAnswerSchema) });

/** Whether this caller can use a model now, and if not, why. */
export type Availability =
  { readonly available: true } | { readonly available: false; readonly reason: string };

export function toModelAnswer(
  model: CatalogueModel,
  now: Date,
  availability: Availability,
  margin: Margin,
): ModelAnswer {
  const { entry, provider } = model;
  const { lifecycle, params } = entry;
  return {
    id: entry.slug,
    object: 'model',
    created: Date.parse(lifecycle.released ?? '2024-01-01') / 1000,
    owned_by: entry.ownedBy,
    ...(lifecycle.retiredOn === undefined ? {} : { shutdown_date: lifecycle.retiredOn }),
    name: entry.name,
    aliases: [...entry.aliases],
    provider: provider.id,
    modality: 'image',
    strengths: [...entry.strengths],
    notes: entry.notes,
    capabilities: {
      imageGenerate: entry.routes.some((route) => route.upstream.generate !== undefined),
      imageEdit: entry.edit !== undefined,
      maskEdit: entry.edit?.mask === true,
      maxInputImages: entry.edit?.maxInputImages ?? 0,
      seed: params.seed !== undefined,
      negativePrompt: params.negativePrompt !== undefined,
      transparency: entry.transparency,
      streaming: params.partialImages !== undefined,
      promptRevision: params.promptRevision.kind !== 'never',
    },
    allowedParams: allowedParamsOf(entry),
    pricing: toPricing(entry, percentFor(margin, entry.slug)),
    lifecycle: {
      status: lifecycleStatus(lifecycle, now),
      ...(lifecycle.released === undefined ? {} : { released: lifecycle.released }),
      ...(lifecycle.deprecatedOn === undefined ? {} : { deprecated_on: lifecycle.deprecatedOn }),
      ...(lifecycle.retiredOn === undefined ? {} : { retired_on: lifecycle.retiredOn }),
      ...(lifecycle.successor === undefined ? {} : { successor: lifecycle.successor }),
    },
    routes: entry.routes.map((route) => ({
      id: route.id,
      operator: route.operator,
      operator_country: route.operatorCountry,
      country: route.country,
      ...(route.alsoIn === undefined ? {} : { also_in: [...route.alsoIn] }),
    })),
    content_policy: entry.contentPolicy,
    available: availability.available,
    ...(availability.available ? {} : { unavailable_reason: availability.reason }),
  };
}

/** Entries never change, and what follows from their sizes takes a while to find out. */
const knownParams = new WeakMap<ModelEntry, ModelAnswer['allowedParams']>();

function allowedParamsOf(entry: ModelEntry): ModelAnswer['allowedParams'] {
  const known = knownParams.get(entry) ?? toAllowedParams(entry);
  knownParams.set(entry, known);
  return known;
}

function toAllowedParams(entry: ModelEntry): ModelAnswer['allowedParams'] {
  const { params } = entry;
  const sizes = offeredSizes(entry);
  const rule = describeSizeRule(params.size);
  const { promptRevision } = params;
  return {
    supported_sizes: sizes.map(formatSize),
    sizes: sizes.map((size) => ({
      size: formatSize(size),
      aspect_ratio: ratioName(size),
      native: isNativeSize(params.size, size),
    })),
    ...(rule === undefined ? {} : { size_rule: rule }),
    aspect_ratio: [...ratiosOf(entry)],
    resolution: [...resolutionsOf(entry)],
    n: { min: 1, max: 10 },
    prompt: { max_chars: params.promptMaxChars },
    ...optional('quality', params.quality),
    ...optional('style', params.style),
    ...optional('background', params.background),
    output_format: ['png', 'jpeg', 'webp', 'avif'],
    ...(params.outputCompression === undefined ? {} : { output_compression: { min: 0, max: 100 } }),
    ...optional('moderation', params.moderation),
    ...optional('person_generation', params.personGeneration),
    ...(params.seed === undefined ? {} : { seed: { ...params.seed } }),
    ...(params.negativePrompt === undefined
      ? {}
      : { negative_prompt: { max_chars: params.negativePrompt.maxChars } }),
    ...optional('complexity', params.complexity),
    prompt_revision:
      promptRevision.kind === 'never'
        ? [false]
        : promptRevision.kind === 'switchable'
          ? [true, false]
          : [true],
    ...(entry.edit === undefined ? {} : { edit: toEditParams(entry, entry.edit) }),
  };
}

function toEditParams(
  entry: ModelEntry,
  { inputs, maxInputImages, mask }: EditSpec,
): ModelAnswer['allowedParams']['edit'] {
  const edits = entryFor(entry, 'edit');
  const rule = describeSizeRule(edits.params.size);
  return {
    supported_sizes: offeredSizes(edits).map(formatSize),
    ...(rule === undefined ? {} : { size_rule: rule }),
    max_input_images: maxInputImages,
    input_types: inputs.types.map((type) => type.slice('image/'.length)),
    input_edge: { min: inputs.minEdge, max: inputs.maxEdge },
    input_max_bytes: inputs.maxBytes,
    ...optional('input_fidelity', edits.params.inputFidelity),
    mask: mask ? 'native' : 'composited',
  };
}

/** The universal sizes first, then what the model lists itself. */
function offeredSizes(entry: ModelEntry): readonly Size[] {
  const rule = entry.params.size;
  const deliverable = UNIVERSAL_SIZES.filter((size) => chooseNativeSize(rule, size, () => 0) !== undefined);
  const names = new Set(deliverable.map(formatSize));
  return [...deliverable, ...listedSizes(rule).filter((size) => !names.has(formatSize(size)))];
}

function toPricing(entry: ModelEntry, percent: number): ModelAnswer['pricing'] {
  const shownCredits = (cost: number) => toCredits(addMargin(fromCredits(cost), percent));
  const { pricing, params } = entry;
  const native = listedSizes(params.size);
  const universal = native.filter((size) =>
    UNIVERSAL_SIZES.some((other) => formatSize(other) === formatSize(size)),
  );
  const shown = universal.length > 0 ? universal : native.slice(0, 4);
  const rows = (params.quality ?? [undefined]).flatMap((quality) =>
    shown.map((size) => ({
      size: formatSize(size),
      ...(quality === undefined ? {} : { quality }),
      credits: toCredits(addMargin(quoteImage(entry, { quality, size, promptChars: 0 }), percent)),
    })),
  );
  if (pricing.kind === 'per-image') {
    const edits = entryFor(entry, 'edit').pricing;
    const inputCredits = edits.kind === 'per-image' ? edits.inputCredits : undefined;
    return {
      unit: 'image',
      credits: rows,
      ...(inputCredits === undefined ? {} : { credits_per_input_image: shownCredits(inputCredits) }),
      source: pricing.source,
    };
  }
  const { textInput, imageInput, imageOutput } = pricing.creditsPerMillion;
  return {
    unit: 'token',
    credits: rows,
    credits_per_million_tokens: {
      text_input: shownCredits(textInput),
      image_input: shownCredits(imageInput),
      image_output: shownCredits(imageOutput),
    },
    source: pricing.source,
  };
}

function optional<K extends string>(
  key: K,
  list: readonly string[] | undefined,
): Partial<Record<K, string[]>>;
function optional(key: string, list: readonly string[] | undefined): Record<string, string[]> {
  return list === undefined ? {} : { [key]: [...list] };
}
