import { columns } from './columns.js';

/** What all commands take that print an answer. */
export interface JsonOption {
  json?: boolean;
}

/** Writes lines for people. */
export function print(...lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}

/** Writes an answer for programs. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, undefined, 2));
}

/** Writes rows in columns. @param right columns whose text stands at their right edge */
export function printTable(rows: readonly (readonly string[])[], right: readonly number[] = []): void {
  print(...columns(rows, right));
}

/** Unix seconds as people read them; a dash for none. */
export function timeText(seconds: number | undefined): string {
  return seconds === undefined ? '-' : new Date(seconds * 1000).toISOString().slice(0, 19) + 'Z';
}
