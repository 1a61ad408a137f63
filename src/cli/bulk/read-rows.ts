import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { canonicalJson } from '../../provenance/recipe-hash.js';
import { CliError } from '../client.js';
import { fieldFromText, holdsPictures, joinFields } from '../request/typed-fields.js';
import { parseCsv } from './parse-csv.js';

const MAX_BYTES = 256 * 1024 * 1024;
/** Column for the name of the file that a picture is saved as, without its ending. */
const FILE_COLUMN = 'file';
/** Set by the command itself, because it has to save what comes. */
const NOT_IN_BULK = ['response_format', 'stream', 'partial_images', 'dry_run'];
const MAX_TOLD = 10;

/** One call of a bulk run. */
export interface Row {
  /** Its place among the rows of the file, from 1. */
  readonly number: number;
  readonly line: number;
  readonly path: '/v1/images/generations' | '/v1/images/edits';
  readonly body: Readonly<Record<string, unknown>>;
  /** SHA-256 of the body, whatever the order of its fields. */
  readonly bodySha256: string;
  /** Where its pictures go, without number and ending; relative to the run's folder. */
  readonly file: string;
}

interface GivenRow {
  readonly line: number;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly file: string | undefined;
}

/**
 * The calls that a file asks for. CSV: a column for each field of a request (`prompt`, `size`, `metadata.order`, …), an empty
 * cell for what is not said. JSONL: a request on each line. A column or member `file` names the picture's file.
 * @param defaults stand for what a row does not say
 * @throws CliError naming each line that is wrong, before anything is sent
 */
export async function readRows(
  file: string,
  defaults: Readonly<Record<string, unknown>>,
): Promise<readonly Row[]> {
  const text = await readText(file);
  const name = path.basename(file);
  const problems: string[] = [];
  const given = isJsonLines(file) ? jsonRows(text, name, problems) : csvRows(text, name, problems);
  const width = Math.max(4, String(given.length).length);
  const rows = given.map(({ line, fields, file: wanted }, index): Row => {
    const body = { ...joinFields(defaults, fields), response_format: 'url' };
    return {
      number: index + 1,
      line,
      path: holdsPictures(body) ? '/v1/images/edits' : '/v1/images/generations',
      body,
      bodySha256: createHash('sha256').update(canonicalJson(body)).digest('hex'),
      file: wanted ?? String(index + 1).padStart(width, '0'),
    };
  });
  problems.push(...nameProblems(rows, name), ...fieldProblems(rows, name));
  if (problems.length > 0) throw new CliError(listProblems(problems));
  if (rows.length === 0) throw new CliError(`${name} has no rows`);
  return rows;
}

/** At most ten of them, and how many more there are. */
export function listProblems(problems: readonly string[]): string {
  const more = problems.length - MAX_TOLD;
  return [...problems.slice(0, MAX_TOLD), ...(more > 0 ? [`and ${more} more`] : [])].join('\n  ');
}

function isJsonLines(file: string): boolean {
  const ending = path.extname(file).toLowerCase();
  if (['.jsonl', '.ndjson'].includes(ending)) return true;
  if (['.csv', '.tsv'].includes(ending)) return false;
  throw new CliError('--from takes a file that ends in .csv, .tsv, .jsonl or .ndjson');
}

async function readText(file: string): Promise<string> {
  try {
    if ((await stat(file)).size > MAX_BYTES) throw new CliError(`${file} is larger than 256 MiB`);
    // Refuses what isn't UTF-8, and takes a byte order mark off.
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (error) {
    if (error instanceof CliError) throw error;
    const why =
      error instanceof TypeError ? 'it is not UTF-8 text' : error instanceof Error ? error.message : '';
    throw new CliError(`${file} can't be read: ${why}`);
  }
}

function csvRows(text: string, name: string, problems: string[]): readonly GivenRow[] {
  const [header, ...records] = parseCsv(text, name);
  const columns = (header?.cells ?? []).map((column) => column.trim());
  const twice = columns.find((column, index) => columns.indexOf(column) !== index);
  if (twice !== undefined) throw new CliError(`${name}: there are two columns ${JSON.stringify(twice)}`);
  for (const column of columns) {
    // Tells of a wrong column once, not for each row.
    if (column !== FILE_COLUMN) checkColumn(column, name);
  }
  return records.map(({ line, cells }) => {
    const fields: Record<string, unknown>[] = [];
    if (cells.length > columns.length) {
      problems.push(
        `${name}, line ${line}: it has ${cells.length} cells, and the first line ${columns.length}`,
      );
    }
    let file: string | undefined;
    for (const [index, column] of columns.entries()) {
      const cell = cells[index] ?? '';
      if (cell.trim() === '') continue;
      if (column === FILE_COLUMN) file = cell.trim();
      else
        collect(problems, () => fields.push(fieldFromText(column, cell, `${name}, line ${line}: ${column}`)));
    }
    return { line, fields: joinFields(...fields), file };
  });
}

function checkColumn(column: string, name: string): void {
  try {
    fieldFromText(column, '', `${name}: the column ${JSON.stringify(column)}`);
  } catch (error) {
    // An empty cell is no number; the name is what counts here.
    if (error instanceof CliError && error.message.includes('is no field')) throw error;
    if (error instanceof CliError && error.message.includes('behind its dot')) throw error;
  }
}

const jsonRow = z.looseObject({ file: z.string('must be text').optional() }, 'must be a JSON object');

function jsonRows(text: string, name: string, problems: string[]): readonly GivenRow[] {
  return text.split('\n').flatMap((content, index): readonly GivenRow[] => {
    if (content.trim() === '') return [];
    const where = `${name}, line ${index + 1}`;
    let value: unknown;
    try {
      value = JSON.parse(content);
    } catch {
      problems.push(`${where}: it is not valid JSON`);
      return [];
    }
    const row = jsonRow.safeParse(value);
    if (!row.success) {
      const [issue] = row.error.issues;
      problems.push(`${where}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.replace(/: +/g, ': '));
      return [];
    }
    const { file, ...fields } = row.data;
    return [{ line: index + 1, fields, file }];
  });
}

function collect(problems: string[], work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    problems.push(error.message);
  }
}

function fieldProblems(rows: readonly Row[], name: string): readonly string[] {
  return rows.flatMap(({ line, body }) => {
    const where = `${name}, line ${line}`;
    const refused = NOT_IN_BULK.find((field) => field in body && field !== 'response_format');
    if (refused !== undefined)
      return [`${where}: ${refused} can't be said here: every picture is saved as a file`];
    if (body['prompt_revision'] === 'preview')
      return [`${where}: prompt_revision "preview" makes no picture`];
    return body['prompt'] === undefined && body['recipe'] === undefined ? [`${where}: it has no prompt`] : [];
  });
}

/** Names lead nowhere else, exist on every file system, and belong to one row. */
function nameProblems(rows: readonly Row[], name: string): readonly string[] {
  const owners = new Map<string, number>();
  return rows.flatMap(({ line, file }) => {
    const where = `${name}, line ${line}: the file name ${JSON.stringify(file)}`;
    const parts = file.split('/');
    const safe = parts.every((part) => /^[^\\:*?"<>|\p{Cc}]{1,200}$/u.test(part) && !/^\.|[. ]$/.test(part));
    if (!safe) return [`${where} can't be used; take letters, digits, - and _, and / for folders`];
    const key = file.toLowerCase().normalize('NFC');
    const owner = owners.get(key);
    owners.set(key, line);
    return owner === undefined ? [] : [`${where} is that of line ${owner} already`];
  });
}
