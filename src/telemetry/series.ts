/**
 * Numbers that are counted while requests run, and written down when somebody asks. Recording is an addition to a number
 * that the recorder holds: nothing is looked up by text and nothing is allocated.
 */

/** A number that is added to, or set. */
export class Cell {
  value = 0;

  add(amount = 1): void {
    this.value += amount;
  }

  set(value: number): void {
    this.value = value;
  }
}

/** Seconds by how many of them were at most as long as each bound. */
export class Buckets {
  readonly bounds: readonly number[];
  /** The last one is for what is longer than every bound. */
  readonly counts: Float64Array;
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(seconds: number): void {
    const { bounds, counts } = this;
    let at = 0;
    while (at < bounds.length && seconds > (bounds[at] ?? 0)) at += 1;
    counts[at] = (counts[at] ?? 0) + 1;
    this.sum += seconds;
  }
}

/** What a metric is, for whoever reads it. */
interface Description<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly Label[];
}

interface Child<Series> {
  readonly values: readonly string[];
  readonly series: Series;
}

/** Finds a series by the values of its labels, one after the other: no text is built for it. */
class Branch<Series> {
  series: Series | undefined;
  readonly #next = new Map<string, Branch<Series>>();

  of(value: string): Branch<Series> {
    let next = this.#next.get(value);
    if (next === undefined) {
      next = new Branch<Series>();
      this.#next.set(value, next);
    }
    return next;
  }

  clear(): void {
    this.series = undefined;
    this.#next.clear();
  }
}

/** The series of one metric, by the values of its labels. Values come from closed lists, so that they stay few. */
abstract class Family<Label extends string, Series> {
  readonly name: string;
  readonly #help: string;
  readonly #labels: readonly Label[];
  readonly #children: Child<Series>[] = [];
  readonly #root = new Branch<Series>();

  constructor({ name, help, labels }: Description<Label>) {
    this.name = name;
    this.#help = help;
    this.#labels = labels;
  }

  protected abstract readonly type: 'counter' | 'gauge' | 'histogram';
  protected abstract create(): Series;
  protected abstract lines(labels: string, series: Series): readonly string[];

  /** The series of these values, in the order of the labels. To be kept by whoever records often. */
  of(...values: readonly string[]): Series {
    let branch = this.#root;
    for (const value of values) branch = branch.of(value);
    if (branch.series === undefined) {
      branch.series = this.create();
      this.#children.push({ values, series: branch.series });
    }
    return branch.series;
  }

  /** Forgets all series, before they are told anew. */
  clear(): void {
    this.#children.length = 0;
    this.#root.clear();
  }

  /** In the text format of Prometheus. */
  write(): string {
    const lines = [`# HELP ${this.name} ${this.#help}`, `# TYPE ${this.name} ${this.type}`];
    for (const { values, series } of this.#children) {
      const labels = this.#labels.map((label, index) => `${label}="${escapeValue(values[index] ?? '')}"`);
      lines.push(...this.lines(labels.join(','), series));
    }
    return `${lines.join('\n')}\n`;
  }
}

/** Metrics that are one number. */
export class Numbers<Label extends string = never> extends Family<Label, Cell> {
  protected readonly type: 'counter' | 'gauge';
  readonly #unit: number;

  /** @param unit what one of the counted is in the unit that is told, e.g. 1e-6 for microcredits told as credits */
  constructor(type: 'counter' | 'gauge', description: Description<Label>, unit = 1) {
    super(description);
    this.type = type;
    this.#unit = unit;
    if (description.labels.length === 0) this.of();
  }

  protected create(): Cell {
    return new Cell();
  }

  protected lines(labels: string, { value }: Cell): readonly string[] {
    const told = this.#unit < 1 ? value / Math.round(1 / this.#unit) : value * this.#unit;
    return [`${this.name}${labels === '' ? '' : `{${labels}}`} ${formatNumber(told)}`];
  }
}

/** Metrics that are a distribution of seconds. */
export class Durations<Label extends string = never> extends Family<Label, Buckets> {
  protected readonly type = 'histogram';
  readonly #bounds: readonly number[];

  /** @param bounds in seconds, rising */
  constructor(description: Description<Label>, bounds: readonly number[]) {
    super(description);
    this.#bounds = bounds;
    if (description.labels.length === 0) this.of();
  }

  protected create(): Buckets {
    return new Buckets(this.#bounds);
  }

  protected lines(labels: string, { bounds, counts, sum }: Buckets): readonly string[] {
    const start = labels === '' ? '' : `${labels},`;
    let count = 0;
    const told = [...bounds, Infinity].map((bound, index) => {
      count += counts[index] ?? 0;
      return `${this.name}_bucket{${start}le="${formatNumber(bound)}"} ${count}`;
    });
    const all = labels === '' ? '' : `{${labels}}`;
    return [...told, `${this.name}_sum${all} ${formatNumber(sum)}`, `${this.name}_count${all} ${count}`];
  }
}

function formatNumber(value: number): string {
  if (value === Infinity) return '+Inf';
  return Number.isNaN(value) ? 'NaN' : String(value);
}

function escapeValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
