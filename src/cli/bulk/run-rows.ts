import { stat } from 'node:fs/promises';
import path from 'node:path';
import { CliError, UnreachableError } from '../client.js';
import { fetchAgain, makeRow, RunStopped, type RowParts } from './make-row.js';
import type { RowRecord } from './manifest.js';
import { forEachAtOnce } from './quote-rows.js';
import { listProblems, type Row } from './read-rows.js';

/** What is left to do of a run. */
export interface Work {
  /** Rows that are asked for, with what is on record of them. */
  readonly make: readonly { readonly row: Row; readonly past: RowRecord | undefined }[];
  /** Rows that ended well and whose files are not there any more. */
  readonly fetch: readonly { readonly row: Row; readonly past: RowRecord }[];
  /** Rows that have ended. */
  readonly ended: readonly RowRecord[];
}

/** Which rows are bought again although they were asked for before. */
export interface Again {
  /** Those that ended without any picture. */
  readonly failed: boolean;
  /** Those that may have been paid without anybody knowing. */
  readonly unknown: boolean;
}

/**
 * Divides the rows by what is on record of them.
 * @throws CliError when the file no longer asks for what it asked for
 */
export async function divideRows(
  rows: readonly Row[],
  past: ReadonlyMap<number, RowRecord>,
  folder: string,
  again: Again,
): Promise<Work> {
  const problems = [...past.values()].flatMap(({ row: number, body_sha256: sha256 }) => {
    const row = rows[number - 1];
    if (row === undefined) return [`row ${number} is gone from the file`];
    return row.bodySha256 === sha256 ? [] : [`line ${row.line} asks for something else than before`];
  });
  if (problems.length > 0) {
    throw new CliError(
      `${folder} holds a run of another file, or of other options:\n  ${listProblems(problems)}\nName another folder in --out; rows may be added at the end.`,
    );
  }
  const work = { make: new Array<Work['make'][number]>(), fetch: new Array<Work['fetch'][number]>() };
  const ended: RowRecord[] = [];
  for (const row of rows) {
    const record = past.get(row.number);
    if (record === undefined || record.status === 'sent') work.make.push({ row, past: record });
    else if (record.status === 'failed' && again.failed) work.make.push({ row, past: record });
    else if (record.status === 'unknown' && again.unknown) work.make.push({ row, past: record });
    else if (await hasFiles(folder, record)) ended.push(record);
    else work.fetch.push({ row, past: record });
  }
  return { ...work, ended };
}

async function hasFiles(folder: string, { files = [] }: RowRecord): Promise<boolean> {
  for (const { file, bytes } of files) {
    const found = await stat(path.join(folder, file)).catch(() => undefined);
    if (found?.size !== bytes) return false;
  }
  return true;
}

interface RunOptions {
  /** Rows at once. */
  readonly concurrency: number;
  readonly mayBegin: () => boolean;
  readonly onEnded: (record: RowRecord) => void;
  readonly onProblem: (problem: string) => void;
}

/**
 * Does the work.
 * @returns why it stopped before its end, in words; undefined: nothing stopped it
 */
export async function runRows(
  work: Work,
  parts: RowParts,
  { concurrency, mayBegin, onEnded, onProblem }: RunOptions,
): Promise<string | undefined> {
  const jobs = [
    ...work.fetch.map(({ row, past }) => async () => {
      const record = await fetchAgain(row, past, parts);
      if (record === undefined) {
        onProblem(`line ${row.line}: its file is gone here, and the picture on the server, too`);
      }
      onEnded(record ?? past);
    }),
    ...work.make.map(({ row, past }) => async () => {
      onEnded(await makeRow(row, past, parts));
    }),
  ];
  try {
    await forEachAtOnce(jobs, concurrency, (job) => job(), mayBegin);
    return undefined;
  } catch (error) {
    if (error instanceof RunStopped || error instanceof UnreachableError) return error.message;
    // Waits end with an interruption; what was asked for stays on record.
    if (error instanceof Error && error.name === 'AbortError') return undefined;
    throw error;
  }
}
