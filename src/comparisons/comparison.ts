import type { Microcredits } from '../credits/microcredits.js';
import type { ComparisonStatus, Mode } from '../db/schema.js';
import type { PublicError } from '../images/generation-result.js';
import type { Generation } from '../images/generation.js';
import type { Axis, Coordinates } from './axes.js';
import type { ComparisonBase, SheetWish } from './comparison-body.js';

/** A matrix of generations, without its cells. */
export interface Comparison {
  readonly id: string;
  readonly workspaceId: string;
  readonly mode: Mode;
  readonly keyId: string;
  readonly status: ComparisonStatus;
  readonly axes: readonly Axis[];
  /** What was asked for besides them, the same for all cells. */
  readonly base: ComparisonBase;
  /** The highest price of all cells together. */
  readonly quote: Microcredits;
  /** What its cells have cost so far. */
  readonly charged: Microcredits;
  readonly counts: CellCounts;
  /** undefined: none is wanted. */
  readonly sheet: SheetWish | undefined;
  /** The file of its contact sheet. */
  readonly sheetFileId: string | undefined;
  readonly warnings: readonly string[];
  readonly createdAt: Date;
  readonly completedAt: Date | undefined;
  readonly cancelRequested: boolean;
}

/** How many cells are in which state. */
export interface CellCounts {
  readonly total: number;
  readonly queued: number;
  readonly running: number;
  /** Those with at least one picture. */
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
}

/** One combination of a comparison's values. */
export interface ComparisonCell {
  /** From 0. */
  readonly position: number;
  readonly coordinates: Coordinates;
  readonly generationId: string | undefined;
  /** The highest price; undefined where it could not be planned. */
  readonly quote: Microcredits | undefined;
  /** Why it could not be planned. */
  readonly planError: PublicError | undefined;
}

/** A cell with what came of it. */
export interface CellWithGeneration extends ComparisonCell {
  readonly generation: Generation | undefined;
}

export interface WholeComparison {
  readonly comparison: Comparison;
  /** In their order. */
  readonly cells: readonly CellWithGeneration[];
}

export type CellState = 'queued' | 'running' | 'succeeded' | 'partial' | 'failed' | 'cancelled';

/** A cell that could not be planned has failed from the beginning. */
export function stateOf({ generation }: CellWithGeneration): CellState {
  return generation?.status ?? 'failed';
}

/** Why a cell has no picture, or not all. */
export function errorOf({ planError, generation }: CellWithGeneration): PublicError | undefined {
  return planError ?? generation?.error;
}

/** From its first call to its end, in milliseconds; waiting for its turn does not count. */
export function latencyOf({ generation }: CellWithGeneration): number | undefined {
  const { startedAt, completedAt } = generation ?? {};
  return startedAt === undefined || completedAt === undefined
    ? undefined
    : Math.max(0, completedAt.getTime() - startedAt.getTime());
}

/** The price of a picture and the time that it took, of all cells that share one value of an axis. */
export interface ValueStatistics {
  readonly cells: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly charged: Microcredits;
  /** Of the cells with pictures; undefined where there is none. */
  readonly latencyMs: { readonly min: number; readonly median: number; readonly max: number } | undefined;
}

/** Statistics of the cells with the given value. */
export function statisticsOf(cells: readonly CellWithGeneration[]): ValueStatistics {
  const states = cells.map(stateOf);
  const latencies = cells
    .filter((_cell, index) => states[index] === 'succeeded' || states[index] === 'partial')
    .map(latencyOf)
    .filter((latency) => latency !== undefined)
    .sort((a, b) => a - b);
  const [min, max] = [latencies[0], latencies.at(-1)];
  return {
    cells: cells.length,
    succeeded: states.filter((state) => state === 'succeeded' || state === 'partial').length,
    failed: states.filter((state) => state === 'failed').length,
    charged: cells.reduce((sum, { generation }) => sum + (generation?.charged ?? 0), 0),
    latencyMs: min === undefined || max === undefined ? undefined : { min, median: medianOf(latencies), max },
  };
}

/** @param sorted at least one */
function medianOf(sorted: readonly number[]): number {
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1] ?? 0, sorted[Math.floor(middle)] ?? 0];
  return Math.round((low + high) / 2);
}
