import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { confirm, isCancel } from '@clack/prompts';
import type { Command } from 'commander';
import { z } from 'zod';
import { callApi, CliError, connectionFrom, openDownload, type Connection } from './client.js';
import { showProgress, type Progress } from './comparison-progress.js';
import {
  seenCell,
  seenComparison,
  seenPlan,
  type SeenComparison,
  type SeenPlan,
} from './comparison-shapes.js';
import { quoteLines, resultLines } from './comparison-tables.js';
import { receiveEvents } from './event-stream.js';
import { readPrompt } from './prompts.js';

const PATH = '/v1/images/comparisons';
/** Exit codes beside 0 (every cell has pictures) and 1 (refused, or out of reach). */
const SOME_FAILED = 2;
const INTERRUPTED = 130;

interface CompareOptions {
  model?: string[];
  prompt?: string[];
  size?: string[];
  seed?: string[];
  replace?: string;
  with?: string[];
  number?: string;
  quality?: string;
  format?: string;
  base?: string;
  dryRun?: true;
  yes?: true;
  askAbove: string;
  out?: string;
  sheet: boolean;
  theme?: string;
  title?: string;
  json?: true;
}

/** `atelier compare`: a matrix of models, prompts, sizes and seeds, quoted, run, and saved as a contact sheet. */
export function registerCompare(program: Command): void {
  program
    .command('compare')
    .description(
      'compare models, prompts, sizes and seeds side by side; exit code 2 if some cells have no picture, 130 if interrupted',
    )
    .option('-m, --model <slug...>', 'models or aliases')
    .option('-p, --prompt <prompt...>', 'texts, JSON of parts, or @FILE with either')
    .option('-s, --size <WxH...>', 'sizes in pixels')
    .option('--seed <number...>', 'seeds')
    .option('--replace <words>', 'words of every prompt that --with stands in the place of')
    .option('--with <words...>', 'what stands there; name the words themselves to keep them among the cells')
    .option('-n, --number <count>', 'pictures per cell, 1 to 10')
    .option('--quality <name>', 'low, standard, medium, high, hd, …')
    .option('--format <name>', 'format of the pictures: png, jpeg, webp or avif')
    .option('--base <json>', 'any other fields of the request, for all cells')
    .option('--dry-run', 'show what it would cost, and run nothing')
    .option('-y, --yes', 'do not ask, whatever it costs')
    .option('--ask-above <credits>', 'ask before spending more than this', '10')
    .option('-o, --out <file>', 'where to save the contact sheet: .webp or .png', 'comparison.webp')
    .option('--no-sheet', 'without a contact sheet')
    .option('--theme <name>', 'of the sheet: light or dark')
    .option('--title <text>', 'of the sheet')
    .option('--json', 'print the whole comparison as JSON')
    .action(compare);
}

async function compare(options: CompareOptions): Promise<void> {
  const connection = connectionFrom(process.env);
  const body = await bodyOf(options);
  const plan = await callApi(connection, 'POST', PATH, seenPlan, { ...body, dry_run: true });
  if (options.dryRun === true) {
    print(options.json === true ? [JSON.stringify(plan, undefined, 2)] : quoteLines(plan));
    return;
  }
  await requireConsent(plan, options);
  const begun = await callApi(connection, 'POST', PATH, z.object({ id: z.string() }), body, {
    prefer: 'respond-async',
    'idempotency-key': randomUUID(),
  });
  const interrupted = await follow(connection, begun.id, showProgress(plan, process.stderr));
  const ended = await callApi(connection, 'GET', `${PATH}/${begun.id}`, seenComparison);
  await saveSheet(connection, ended, options);
  print(options.json === true ? [JSON.stringify(ended, undefined, 2)] : resultLines(ended));
  process.exitCode = interrupted ? INTERRUPTED : ended.status === 'succeeded' ? 0 : SOME_FAILED;
}

async function bodyOf(options: CompareOptions): Promise<Record<string, unknown>> {
  const { model, size, seed, replace, with: replacements, theme, title, quality, format } = options;
  if ((replace === undefined) !== (replacements === undefined)) {
    throw new CliError('--replace and --with belong together');
  }
  const prompts = await Promise.all((options.prompt ?? []).map(readPrompt));
  const base = {
    ...readBase(options.base),
    ...(options.number === undefined ? {} : { n: wholeNumber('--number', options.number) }),
    ...(quality === undefined ? {} : { quality }),
    ...(format === undefined ? {} : { output_format: format }),
  };
  return {
    ...(model === undefined ? {} : { models: model }),
    ...(prompts.length === 0 ? {} : { prompts }),
    ...(replace === undefined ? {} : { prompt_replace: { replace, with: replacements } }),
    ...(size === undefined ? {} : { sizes: size }),
    ...(seed === undefined ? {} : { seeds: seed.map((text) => wholeNumber('--seed', text)) }),
    base,
    sheet: options.sheet && {
      format: sheetFormat(options.out ?? ''),
      ...(theme === undefined ? {} : { theme }),
      ...(title === undefined ? {} : { title }),
    },
  };
}

function readBase(json: string | undefined): Readonly<Record<string, unknown>> {
  if (json === undefined) return {};
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(json));
  } catch {
    throw new CliError('--base must be a JSON object');
  }
}

function sheetFormat(file: string): 'png' | 'webp' {
  const ending = path.extname(file).toLowerCase();
  if (ending === '.png') return 'png';
  if (ending === '.webp') return 'webp';
  throw new CliError('--out must end in .webp or .png');
}

/** Asks where it costs more than the caller wants to spend unasked. */
async function requireConsent(plan: SeenPlan, { yes, askAbove }: CompareOptions): Promise<void> {
  const limit = Number(askAbove);
  if (!Number.isFinite(limit)) throw new CliError('--ask-above must be a number of credits');
  if (yes === true || plan.quote.credits <= limit) return;
  for (const line of quoteLines(plan)) process.stderr.write(`${line}\n`);
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new CliError(`this costs up to ${plan.quote.credits} credits: say --yes, or --ask-above with more`);
  }
  const agreed = await confirm({ message: 'Run it?', output: process.stderr, initialValue: false });
  if (isCancel(agreed) || !agreed) throw new CliError('nothing was run');
}

/**
 * Shows what happens until the end. The first interruption cancels what has not begun and goes on waiting for the rest; the
 * second one ends at once.
 * @returns whether it was interrupted
 */
async function follow(connection: Connection, id: string, progress: Progress): Promise<boolean> {
  let interrupted = false;
  const interrupt = () => {
    if (interrupted) process.exit(INTERRUPTED);
    interrupted = true;
    progress.say('cancelling what has not begun; what runs is waited for (once more to leave it)');
    callApi(connection, 'DELETE', `${PATH}/${id}`, z.unknown()).catch((error: unknown) => {
      progress.say(error instanceof Error ? error.message : 'it could not be cancelled');
    });
  };
  process.on('SIGINT', interrupt);
  try {
    const isLast = (event: string) => !event.startsWith('cell_');
    for await (const { event, data } of receiveEvents(connection, `${PATH}/${id}/events`, isLast)) {
      const parsed: unknown = JSON.parse(data);
      if (event === 'cell_started') progress.started(z.object({ index: z.number() }).parse(parsed).index);
      else if (!isLast(event)) progress.ended(z.object({ cell: seenCell }).parse(parsed).cell);
    }
  } finally {
    process.off('SIGINT', interrupt);
  }
  return interrupted;
}

async function saveSheet(
  connection: Connection,
  { sheet, warnings }: SeenComparison,
  { out, json }: CompareOptions,
): Promise<void> {
  for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
  if (sheet === undefined || out === undefined) return;
  const body = await openDownload(connection, `/v1/files/${encodeURIComponent(sheet.file_id)}/content`);
  await writeFile(out, new Uint8Array(await new Response(body).arrayBuffer()));
  (json === true ? process.stderr : process.stdout).write(`${out}  ${sheet.file_id}\n`);
}

function print(lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}

function wholeNumber(option: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new CliError(`${option} must be a whole number`);
  return Number(text);
}
