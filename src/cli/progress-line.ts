/** How often it changes, in milliseconds. */
const SHOWN_EVERY_MS = 200;

/** One line on a terminal that is written over; nothing where the output is read by programs. */
export class ProgressLine {
  #shownAt = 0;

  /** @param words asked for only when they are shown */
  show(words: () => string): void {
    if (!process.stderr.isTTY || performance.now() - this.#shownAt < SHOWN_EVERY_MS) return;
    this.#shownAt = performance.now();
    process.stderr.write(`\r\u001b[K${words()}`);
  }

  clear(): void {
    if (process.stderr.isTTY && this.#shownAt > 0) process.stderr.write('\r\u001b[K');
  }
}

/** In binary units, three digits. */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let [value, unit] = [bytes, 0];
  while (value >= 1024 && unit < units.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${unit === 0 ? value : value.toPrecision(3)} ${units[unit] ?? ''}`;
}
