import type { Microcredits } from '../credits/microcredits.js';
import { AppError, invariant } from '../errors.js';
import type { ImageService } from '../images/image-service.js';
import type { Plan } from '../images/plan-types.js';
import { normaliseGenerationBody } from '../images/request.js';
import type { Caller } from '../workspaces/workspace-store.js';
import type { Axis } from './axes.js';
import type { ComparisonBody } from './comparison-body.js';
import { expandMatrix, nameField, type MatrixCell } from './matrix.js';

type Normalised = ReturnType<typeof normaliseGenerationBody>;

/** A cell with what would run, or why nothing would. */
export type PlannedCell = MatrixCell &
  Normalised &
  (
    | { readonly plan: Plan; readonly error: undefined }
    | { readonly plan: undefined; readonly error: AppError }
  );

/** What a comparison would run, and at what price. */
export interface ComparisonPlan {
  readonly axes: readonly [Axis, ...Axis[]];
  readonly cells: readonly PlannedCell[];
  /** The highest price of all cells that can run. */
  readonly quote: Microcredits;
}

/**
 * Plans every cell. One that can't run is a cell with an error, as long as another one can.
 * @throws AppError of `expandMatrix`; the first cell's where none can run
 */
export async function planComparison(
  body: ComparisonBody,
  caller: Caller,
  images: Pick<ImageService, 'plan'>,
): Promise<ComparisonPlan> {
  const { axes, cells } = expandMatrix(body);
  const planned = await Promise.all(cells.map((cell) => planCell(cell, caller, images)));
  if (planned.every(({ plan }) => plan === undefined)) {
    const error = planned[0]?.error;
    invariant(error !== undefined, 'a matrix has a first cell');
    throw error;
  }
  return { axes, cells: planned, quote: planned.reduce((sum, { plan }) => sum + (plan?.quote ?? 0), 0) };
}

async function planCell(
  cell: MatrixCell,
  caller: Caller,
  images: Pick<ImageService, 'plan'>,
): Promise<PlannedCell> {
  const normalised = normaliseGenerationBody(cell.body);
  try {
    return { ...cell, ...normalised, plan: await images.plan(normalised.request, caller), error: undefined };
  } catch (caught) {
    const error = nameField(caught, cell.coordinates);
    if (!(error instanceof AppError)) throw error;
    return { ...cell, ...normalised, plan: undefined, error };
  }
}
