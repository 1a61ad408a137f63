import type { Command } from 'commander';
import { z } from 'zod';
import { callApi, type Connection } from './client.js';
import { wholeNumberWithin } from './option-values.js';
import { print, printTable, type JsonOption } from './output.js';

/** The most that every list of the API gives at once. */
const PAGE = 100;
const MAX_LISTED = 1_000_000;

/** What all lists take. */
export interface ListOptions extends JsonOption {
  limit: string;
}

/** Adds the options of a list. */
export function addListOptions(command: Command): Command {
  return command
    .option('--limit <count>', 'how many, newest first', '50')
    .option('--json', 'as the server answers, an object on each line');
}

interface PrintedList<T> {
  readonly path: string;
  readonly item: z.ZodType<T>;
  readonly filters?: Readonly<Record<string, string | undefined>>;
  readonly header: readonly string[];
  readonly row: (item: T) => readonly string[];
  /** Columns of numbers. */
  readonly right?: readonly number[];
}

/** Prints a list that the server gives in pages: a table for people, an object on each line for programs. */
export async function printList<T>(
  connection: Connection,
  options: ListOptions,
  { path, item, filters, header, row, right }: PrintedList<T>,
): Promise<void> {
  const limit = wholeNumberWithin('--limit', options.limit, 1, MAX_LISTED);
  const schema = z.object({ data: z.array(item), has_more: z.boolean(), last_id: z.string().optional() });
  const rows: (readonly string[])[] = [];
  let after: string | undefined;
  for (let left = limit; left > 0;) {
    const query = queryOf({ ...filters, limit: String(Math.min(PAGE, left)), after });
    const page = await callApi(connection, 'GET', `${path}${query}`, schema);
    for (const one of page.data) {
      if (options.json === true) print(JSON.stringify(one));
      else rows.push(row(one));
    }
    left = page.has_more ? left - page.data.length : 0;
    after = page.last_id;
  }
  if (options.json === true) return;
  if (rows.length === 0) print('none');
  else printTable([header, ...rows], right);
}

/** A query of what is there, with its question mark. */
export function queryOf(fields: Readonly<Record<string, string | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) query.set(name, value);
  return query.size === 0 ? '' : `?${query.toString()}`;
}
