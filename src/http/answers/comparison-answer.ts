import { z } from 'zod';
import { axisSchema, coordinatesSchema, differences, AXIS_NAMES, type Axis } from '../../comparisons/axes.js';
import { comparisonBaseSchema } from '../../comparisons/comparison-body.js';
import {
  errorOf,
  latencyOf,
  stateOf,
  statisticsOf,
  type CellWithGeneration,
  type Comparison,
  type WholeComparison,
} from '../../comparisons/comparison.js';
import { toCredits } from '../../credits/microcredits.js';
import { adjustmentSchema, publicErrorSchema } from '../../images/generation-result.js';
import { imageLinksSchema, previewsSchema, toImageLinks, toPreviews, type LinkMaker } from './image-links.js';

const cellImageSchema = z.object({
  id: z.string(),
  ...imageLinksSchema.shape,
  previews: previewsSchema,
  width: z.number().int(),
  height: z.number().int(),
  mime_type: z.string(),
  file_id: z.string().optional(),
});

/** One cell of the grid. */
export const comparisonCellSchema = z
  .object({
    index: z.number().int().describe('From 0, in the order of the matrix.'),
    coordinates: coordinatesSchema.describe('Which value of each axis it has, from 0.'),
    vary: z
      .array(z.enum(AXIS_NAMES))
      .describe('What differs from the first cell: one axis, several, or (for the first cell) none.'),
    status: z.enum(['queued', 'running', 'succeeded', 'partial', 'failed', 'cancelled']),
    generation_id: z.string().optional().describe('Absent where it could not be planned.'),
    images: z.array(cellImageSchema),
    credits_quoted: z.number().optional(),
    credits_used: z.number(),
    latency_ms: z
      .number()
      .int()
      .optional()
      .describe('From its first call to its end; waiting for its turn does not count.'),
    model: z.string().optional().describe('The model that made it.'),
    provider: z.string().optional(),
    adjustments: z.array(adjustmentSchema),
    error: publicErrorSchema.optional(),
  })
  .meta({ id: 'ComparisonCell' });

const statisticsSchema = z.object({
  axis: z.enum(AXIS_NAMES),
  value: z.number().int().describe('Place of the value in its axis, from 0.'),
  cells: z.number().int(),
  succeeded: z.number().int(),
  failed: z.number().int(),
  credits_used: z.number(),
  latency_ms: z
    .object({ min: z.number().int(), median: z.number().int(), max: z.number().int() })
    .optional()
    .describe('Of the cells with pictures.'),
});

const summaryShape = {
  id: z.string(),
  object: z.literal('image.comparison'),
  status: z
    .enum(['running', 'succeeded', 'partial', 'failed', 'cancelled'])
    .describe('partial: some cells have no picture. failed: none has.'),
  created: z.number().int(),
  completed: z.number().int().optional(),
  axes: z.array(axisSchema),
  base: comparisonBaseSchema.describe('What all cells have in common, as it was asked for.'),
  counts: z.object({
    total: z.number().int(),
    queued: z.number().int(),
    running: z.number().int(),
    succeeded: z.number().int().describe('With at least one picture.'),
    failed: z.number().int(),
    cancelled: z.number().int(),
  }),
  credits_quoted: z.number().describe('The most that all cells together can cost.'),
  credits_used: z.number().describe('What they have cost so far: the sum of the cells.'),
  sheet: z
    .object({ file_id: z.string() })
    .optional()
    .describe('The contact sheet, a file like any other: `GET /v1/files/{id}/content`.'),
  warnings: z.array(z.string()),
};

/** A comparison in a list. */
export const comparisonSummarySchema = z.object(summaryShape).meta({ id: 'ComparisonSummary' });

/** A comparison with its grid. Times are Unix seconds, money is credits. */
export const comparisonAnswerSchema = z
  .object({
    ...summaryShape,
    cells: z.array(comparisonCellSchema),
    table: z.array(statisticsSchema).describe('Cost and time by value of each axis.'),
  })
  .meta({ id: 'Comparison' });

export function toComparisonSummary(comparison: Comparison): z.output<typeof comparisonSummarySchema> {
  return {
    id: comparison.id,
    object: 'image.comparison',
    status: comparison.status,
    created: seconds(comparison.createdAt),
    ...(comparison.completedAt === undefined ? {} : { completed: seconds(comparison.completedAt) }),
    axes: [...comparison.axes],
    base: comparison.base,
    counts: { ...comparison.counts },
    credits_quoted: toCredits(comparison.quote),
    credits_used: toCredits(comparison.charged),
    ...(comparison.sheetFileId === undefined ? {} : { sheet: { file_id: comparison.sheetFileId } }),
    warnings: [...comparison.warnings],
  };
}

export function toComparisonAnswer(
  { comparison, cells }: WholeComparison,
  links: LinkMaker,
): z.output<typeof comparisonAnswerSchema> {
  return {
    ...toComparisonSummary(comparison),
    cells: cells.map((cell) => toCellAnswer(cell, cells[0], links)),
    table: comparison.axes.flatMap((axis) => tableOf(axis, cells)),
  };
}

/** @param first the cell that all others are compared with */
export function toCellAnswer(
  cell: CellWithGeneration,
  first: Pick<CellWithGeneration, 'coordinates'> | undefined,
  links: LinkMaker,
): z.output<typeof comparisonCellSchema> {
  const { generation, quote, generationId } = cell;
  const receipt = generation?.result?.receipt;
  const latency = latencyOf(cell);
  const error = errorOf(cell);
  return {
    index: cell.position,
    coordinates: cell.coordinates,
    vary: [...differences(cell.coordinates, first?.coordinates ?? cell.coordinates)],
    status: stateOf(cell),
    ...(generationId === undefined ? {} : { generation_id: generationId }),
    images: (generation?.images ?? []).map((image) => ({
      id: image.id,
      ...toImageLinks(image, links),
      previews: toPreviews(image, links),
      width: image.width,
      height: image.height,
      mime_type: image.mimeType,
      ...(image.fileId === undefined ? {} : { file_id: image.fileId }),
    })),
    ...(quote === undefined ? {} : { credits_quoted: toCredits(quote) }),
    credits_used: toCredits(generation?.charged ?? 0),
    ...(latency === undefined ? {} : { latency_ms: latency }),
    ...(receipt === undefined ? {} : { model: receipt.model, provider: receipt.provider }),
    adjustments: generation?.result?.adjustments ?? [],
    ...(error === undefined ? {} : { error }),
  };
}

function tableOf({ axis, values }: Axis, cells: readonly CellWithGeneration[]) {
  return values.map((_value, value) => {
    const { charged, latencyMs, ...counts } = statisticsOf(
      cells.filter(({ coordinates }) => coordinates[axis] === value),
    );
    return {
      axis,
      value,
      ...counts,
      credits_used: toCredits(charged),
      ...(latencyMs === undefined ? {} : { latency_ms: latencyMs }),
    };
  });
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
