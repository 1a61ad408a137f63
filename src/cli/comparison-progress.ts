import { widthOf } from './columns.js';
import type { SeenAxis, SeenCell, SeenPlan } from './comparison-shapes.js';
import { cellText, secondsText, valueText } from './comparison-tables.js';

/** Shows how far the cells of a comparison are. */
export interface Progress {
  started(index: number): void;
  ended(cell: SeenCell): void;
  /** A line of its own, e.g. that it is being cancelled. */
  say(line: string): void;
}

type State = SeenCell['status'];

const MARKS: Readonly<Record<State, string>> = {
  queued: '·',
  running: '▸',
  succeeded: '✓',
  partial: '✓',
  failed: '✗',
  cancelled: '–',
};

/** A grid that is drawn anew for people whose terminal has room for it, lines for everything else. */
export function showProgress(plan: SeenPlan, stream: NodeJS.WriteStream): Progress {
  if (!stream.isTTY) return new Lines(plan, stream);
  const grid = new Grid(plan, stream);
  if (!grid.fits(stream)) return new Lines(plan, stream);
  grid.draw();
  return grid;
}

/** One line per cell that ends. */
class Lines implements Progress {
  readonly #plan: SeenPlan;
  readonly #stream: NodeJS.WriteStream;
  #count = 0;

  constructor(plan: SeenPlan, stream: NodeJS.WriteStream) {
    this.#plan = plan;
    this.#stream = stream;
  }

  started(): void {
    // A line for each start would double the output and say little.
  }

  ended({ coordinates, status, credits_used: used, latency_ms: latency, error }: SeenCell): void {
    this.#count += 1;
    const facts = [
      ...(error === undefined ? [`${used} credits`] : [error.message]),
      ...(latency === undefined || error !== undefined ? [] : [secondsText(latency)]),
    ];
    const { axes, cells } = this.#plan;
    this.say(`${this.#count}/${cells.length} ${status}  ${cellText(axes, coordinates)}  ${facts.join(', ')}`);
  }

  say(line: string): void {
    this.#stream.write(`${line}\n`);
  }
}

/** The matrix: the last axis that changes goes across, all others down. */
class Grid implements Progress {
  readonly #plan: SeenPlan;
  readonly #stream: NodeJS.WriteStream;
  readonly #states: State[];
  #lines = 0;
  #charged = 0;

  constructor(plan: SeenPlan, stream: NodeJS.WriteStream) {
    this.#plan = plan;
    this.#stream = stream;
    this.#states = plan.cells.map(() => 'queued');
  }

  /** Lines that wrap or scroll away can't be drawn anew. */
  fits({ columns, rows }: { readonly columns: number; readonly rows: number }): boolean {
    const lines = this.#rows();
    return lines.length < rows && lines.every((line) => widthOf(line) < columns);
  }

  started(index: number): void {
    if (this.#states[index] === 'queued') this.#states[index] = 'running';
    this.draw();
  }

  ended({ index, status, credits_used: used }: SeenCell): void {
    this.#states[index] = status;
    this.#charged += used;
    this.draw();
  }

  say(line: string): void {
    this.#stream.write(`${line}\n`);
    this.#lines = 0;
    this.draw();
  }

  draw(): void {
    const lines = this.#rows();
    const up = this.#lines === 0 ? '' : `\u001b[${this.#lines}A`;
    this.#stream.write(up + lines.map((line) => `\u001b[2K${line}\n`).join(''));
    this.#lines = lines.length;
  }

  #rows(): readonly string[] {
    const { axes } = this.#plan;
    const active = axes.filter(({ values }) => values.length > 1);
    const across = active.at(-1);
    const width = across?.values.length ?? 1;
    const down = active.slice(0, -1);
    const labels = Array.from({ length: this.#states.length / width }, (_, row) =>
      rowText(down, this.#plan.cells[row * width]?.coordinates ?? {}),
    );
    const gutter = Math.max(0, ...labels.map(widthOf));
    const done = this.#states.filter((state) => state !== 'queued' && state !== 'running').length;
    return [
      ...labels.map((label, row) => {
        const marks = this.#states.slice(row * width, (row + 1) * width).map((state) => MARKS[state]);
        return `  ${label}${' '.repeat(gutter - widthOf(label))}  ${marks.join(' ')}`;
      }),
      `  ${done}/${this.#states.length} done, ${Math.round(this.#charged * 1e6) / 1e6} credits`,
    ];
  }
}

function rowText(axes: readonly SeenAxis[], coordinates: SeenCell['coordinates']): string {
  return axes.map((axis) => valueText(axis, axis.values[coordinates[axis.axis] ?? 0])).join(' · ');
}
