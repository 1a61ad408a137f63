import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { confirm, isCancel } from '@clack/prompts';
import { z } from 'zod';
import { callApi, CliError, type Connection } from '../client.js';
import { EXIT } from '../exit-codes.js';
import { Patience } from '../patience.js';
import { ProgressLine } from '../progress-line.js';
import { lockFolder } from './durable-files.js';
import { Manifest, MANIFEST, readManifest, type Recorded, type Run } from './manifest.js';
import { add, quoteLines, quoteRows, rowsText, type Quote } from './quote-rows.js';
import { listProblems, readRows, type Row } from './read-rows.js';
import { RunProgress } from './run-progress.js';
import { divideRows, runRows, type Again, type Work } from './run-rows.js';

export interface BulkOptions {
  readonly from: string;
  readonly folder: string;
  /** For what rows don't say. */
  readonly defaults: Readonly<Record<string, unknown>>;
  readonly concurrency: number;
  /** Credits that may be spent without asking. */
  readonly maxCost: number;
  /** Nobody is asked, whatever it costs. */
  readonly yes: boolean;
  /** Rows that the server would refuse are left out instead of stopping everything. */
  readonly skipInvalid: boolean;
  readonly again: Again;
  readonly patienceMs: number;
  readonly dryRun: boolean;
  readonly json: boolean;
}

const workspaceSchema = z.object({ id: z.string() });
const creditsSchema = z.object({ mode: z.enum(['live', 'test']), available: z.number() });

/** Makes what a file asks for, or what is left of it, and sets the exit code. @throws CliError before anything is spent */
export async function runBulk(options: BulkOptions, connection: Connection): Promise<void> {
  const rows = await readRows(options.from, options.defaults);
  const release = options.dryRun ? undefined : await take(options.folder);
  try {
    await run(rows, options, connection);
  } finally {
    await release?.();
  }
}

async function take(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw new CliError(
      `${folder} can't be made: ${error instanceof Error ? error.message : 'unknown error'}`,
    );
  });
  return lockFolder(folder);
}

async function run(rows: readonly Row[], options: BulkOptions, connection: Connection): Promise<void> {
  const { folder } = options;
  const stop = new AbortController();
  const line = new ProgressLine();
  const before = new Patience({
    totalMs: options.patienceMs,
    signal: stop.signal,
    onWait: (why, waitMs) => process.stderr.write(`waiting ${Math.ceil(waitMs / 1000)} s: ${why}\n`),
  });
  const { id: workspace } = await before.call(() =>
    callApi(connection, 'GET', '/v1/workspace', workspaceSchema),
  );
  const { mode, available } = await before.call(() =>
    callApi(connection, 'GET', '/v1/credits', creditsSchema),
  );
  const recorded = await readManifest(folder);
  requireSameAccount(recorded, { workspace, mode }, folder);
  let work = await divideRows(rows, recorded?.rows ?? new Map(), folder, options.again);
  if (work.ended.length > 0) {
    process.stderr.write(`${rowsText(work.ended.length)} of ${rows.length} ended before\n`);
  }
  const asked = work.make.map(({ row }) => row);
  const quote = await quoteRows(asked, connection, before, (done) => {
    line.show(() => `asking for prices: ${done} of ${asked.length}`);
  });
  line.clear();
  if (options.dryRun) {
    tellQuote(quote, asked, options.json);
    return;
  }
  await requireConsent(quote, asked, available, options);
  work = { ...work, make: work.make.filter(({ row }) => !quote.refused.has(row.number)) };
  const manifest =
    recorded === undefined
      ? await Manifest.create(folder, newRun(options.from, workspace, mode))
      : await Manifest.resume(folder, recorded);
  await make(rows.length, quote.refused.size, work, manifest, options, connection);
}

/** @returns when everything is made, stopped or interrupted */
async function make(
  total: number,
  refused: number,
  work: Work,
  manifest: Manifest,
  options: BulkOptions,
  connection: Connection,
): Promise<void> {
  const { folder, json } = options;
  const isFailure = (status: string) => status === 'failed' || status === 'unknown';
  const records = [...work.ended];
  const progress = new RunProgress(process.stderr, {
    total: total - refused,
    ended: work.ended.length,
    failed: work.ended.filter(({ status }) => isFailure(status)).length,
    credits: work.ended.reduce((sum, { credits = 0 }) => add(sum, credits), 0),
  });
  const stop = new AbortController();
  const patience = new Patience({
    totalMs: options.patienceMs,
    signal: stop.signal,
    onWait: (why, waitMs) => {
      progress.waits(why, waitMs);
    },
  });
  let code: number = EXIT.done;
  const interrupt = (signal: NodeJS.Signals) => {
    const now = signal === 'SIGTERM' ? EXIT.terminated : EXIT.interrupted;
    if (code !== EXIT.done) process.exit(now);
    code = now;
    stop.abort();
    progress.say(
      'stopping: what was asked for is waited for (once more to leave at once; nothing is bought twice)',
    );
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  const parts = { connection, folder, manifest, patience, now: () => new Date() };
  let stopped: string | undefined;
  try {
    stopped = await runRows(work, parts, {
      concurrency: options.concurrency,
      mayBegin: () => !stop.signal.aborted,
      onEnded: (record) => {
        records.push(record);
        progress.ended(record);
      },
      onProblem: (problem) => {
        progress.say(problem);
      },
    });
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    progress.clear();
    await manifest.finish();
  }
  const count = (status: string) => records.filter((record) => record.status === status).length;
  const summary = {
    object: 'run',
    id: manifest.run.id,
    rows: total,
    succeeded: count('succeeded'),
    partial: count('partial'),
    failed: count('failed'),
    unknown: count('unknown'),
    refused,
    left: total - refused - records.length,
    credits: progress.counts.credits,
    manifest: `${folder}/${MANIFEST}`,
    ...(stopped === undefined ? {} : { stopped }),
  };
  process.stdout.write(`${json ? JSON.stringify(summary) : summaryText(summary)}\n`);
  if (stopped !== undefined) process.stderr.write(`atelier: ${stopped}\n`);
  if (summary.left > 0) process.stderr.write('the same command goes on with the rest\n');
  const whole = summary.succeeded === total;
  process.exitCode =
    code !== EXIT.done ? code : stopped !== undefined ? EXIT.failed : whole ? EXIT.done : EXIT.partly;
}

function summaryText(summary: {
  readonly rows: number;
  readonly succeeded: number;
  readonly partial: number;
  readonly failed: number;
  readonly unknown: number;
  readonly refused: number;
  readonly left: number;
  readonly credits: number;
  readonly manifest: string;
}): string {
  const { rows, succeeded, credits, manifest } = summary;
  const notes = (['partial', 'failed', 'unknown', 'refused', 'left'] as const)
    .filter((name) => summary[name] > 0)
    .map((name) => `, ${summary[name]} ${name}`);
  return `${succeeded} of ${rowsText(rows)} succeeded${notes.join('')}; ${credits} credits; ${manifest}`;
}

function newRun(from: string, workspace: string, mode: 'live' | 'test'): Run {
  const id = `run_${randomBytes(12).toString('hex')}`;
  return { object: 'run', id, created: new Date().toISOString(), from, workspace, mode };
}

/** Elsewhere the idempotency keys of the run mean nothing, and everything would be bought again. */
function requireSameAccount(
  recorded: Recorded | undefined,
  { workspace, mode }: { readonly workspace: string; readonly mode: string },
  folder: string,
): void {
  if (recorded === undefined) return;
  const { run } = recorded;
  if (run.workspace === workspace && run.mode === mode) return;
  throw new CliError(
    `${folder} holds a run of workspace ${run.workspace} with ${run.mode} keys, and this key is a ${mode} key of ${workspace}`,
  );
}

function tellQuote(quote: Quote, rows: readonly Row[], json: boolean): void {
  const refused = rows.flatMap(({ number, line }) => {
    const reason = quote.refused.get(number);
    return reason === undefined ? [] : [{ row: number, line, reason }];
  });
  const models = [...quote.models].map(([model, { rows: count, credits, adjusted }]) => ({
    model,
    rows: count,
    credits,
    adjusted: Object.fromEntries(adjusted),
  }));
  const lines = json
    ? [JSON.stringify({ object: 'run.quote', rows: rows.length, credits: quote.credits, models, refused })]
    : [...refused.map(({ line, reason }) => `line ${line}: ${reason}`), ...quoteLines(quote, rows.length)];
  process.stdout.write(lines.map((text) => `${text}\n`).join(''));
  if (refused.length > 0) process.exitCode = EXIT.partly;
}

/** Tells the price, and asks where it is more than may be spent unasked. @throws CliError when nothing may run */
async function requireConsent(
  quote: Quote,
  rows: readonly Row[],
  available: number,
  { maxCost, yes, skipInvalid }: BulkOptions,
): Promise<void> {
  const refused = rows.flatMap(({ number, line }) => {
    const reason = quote.refused.get(number);
    return reason === undefined ? [] : [`line ${line}: ${reason}`];
  });
  if (refused.length > 0) {
    const told = `${rowsText(refused.length)} can't run:\n  ${listProblems(refused)}`;
    if (!skipInvalid)
      throw new CliError(`${told}\nNothing was run; mend the file, or leave them out with --skip-invalid.`);
    process.stderr.write(`${told}\n`);
  }
  if (rows.length === 0) return;
  for (const text of quoteLines(quote, rows.length)) process.stderr.write(`${text}\n`);
  const short = quote.credits > available;
  if (short) process.stderr.write(`only ${available} credits are there: it will stop when they are spent\n`);
  if (yes || (quote.credits <= maxCost && !short)) return;
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new CliError(
      short
        ? 'that is more than is there: say --yes to begin all the same'
        : `this costs up to ${quote.credits} credits: say --yes, or --max-cost with more`,
    );
  }
  const agreed = await confirm({ message: 'Run it?', output: process.stderr, initialValue: false });
  if (isCancel(agreed) || !agreed) throw new CliError('nothing was run');
}
