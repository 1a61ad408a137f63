import type { RowRecord } from './manifest.js';
import { add } from './quote-rows.js';

const SHOWN_EVERY_MS = 200;
const BAR_WIDTH = 24;
const MS_PER_MINUTE = 60_000;

/** How far a run is. */
export interface Counts {
  readonly total: number;
  /** Rows that have ended, those of earlier starts included. */
  ended: number;
  failed: number;
  credits: number;
}

/** A bar on a terminal, a line for each row elsewhere. */
export class RunProgress {
  readonly counts: Counts;
  readonly #stream: NodeJS.WriteStream;
  readonly #startedAt = performance.now();
  #endedHere = 0;
  #shownAt = -SHOWN_EVERY_MS;
  #note = '';

  constructor(stream: NodeJS.WriteStream, counts: Counts) {
    this.#stream = stream;
    this.counts = counts;
  }

  ended(record: RowRecord): void {
    this.counts.ended += 1;
    this.#endedHere += 1;
    this.counts.credits = add(this.counts.credits, record.credits ?? 0);
    if (record.status === 'failed' || record.status === 'unknown') this.counts.failed += 1;
    this.#note = '';
    const line = `${this.counts.ended}/${this.counts.total}  ${rowLine(record)}`;
    if (!this.#stream.isTTY || record.error !== undefined) this.say(line);
    else this.#draw(false);
  }

  /** Nothing goes on for a while. */
  waits(why: string, waitMs: number): void {
    this.#note = `  waiting ${Math.ceil(waitMs / 1000)} s: ${why}`;
    if (this.#stream.isTTY) this.#draw(true);
    else this.say(`waiting ${Math.ceil(waitMs / 1000)} s: ${why}`);
  }

  /** A line of its own. */
  say(line: string): void {
    this.clear();
    this.#stream.write(`${line}\n`);
    this.#draw(true);
  }

  clear(): void {
    if (this.#stream.isTTY) this.#stream.write('\r\u001b[K');
  }

  #draw(now: boolean): void {
    if (!this.#stream.isTTY) return;
    const at = performance.now();
    if (!now && at - this.#shownAt < SHOWN_EVERY_MS) return;
    this.#shownAt = at;
    const text = barText(this.counts, this.#minutesLeft(at)) + this.#note;
    this.#stream.write(`\r\u001b[K${text.slice(0, Math.max(20, this.#stream.columns - 1))}`);
  }

  #minutesLeft(at: number): number | undefined {
    if (this.#endedHere === 0) return undefined;
    const left = this.counts.total - this.counts.ended;
    return (((at - this.#startedAt) / this.#endedHere) * left) / MS_PER_MINUTE;
  }
}

/** How far it is, on one line. @param minutesLeft undefined: nobody knows yet */
export function barText({ total, ended, failed, credits }: Counts, minutesLeft?: number): string {
  const full = Math.floor((ended / Math.max(1, total)) * BAR_WIDTH);
  const left =
    minutesLeft === undefined || ended === total
      ? ''
      : minutesLeft < 1
        ? '  less than a minute left'
        : `  about ${Math.ceil(minutesLeft)} min left`;
  return `${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)}  ${ended}/${total}  ${credits} credits${failed === 0 ? '' : `  ${failed} failed`}${left}`;
}

/** How a row ended. */
export function rowLine({ line, status, files = [], credits, error }: RowRecord): string {
  const what = files.map(({ file }) => file).join(', ');
  const price = credits === undefined ? '' : `${credits} credits`;
  return [`line ${line} ${status}`, what, price, error?.message ?? '']
    .filter((part) => part !== '')
    .join('  ');
}
