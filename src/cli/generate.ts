import type { Command } from 'commander';
import { z } from 'zod';
import { callApi, CliError, connectionFrom, type Connection } from './client.js';
import { creditsValue, wholeNumberWithin } from './option-values.js';
import { print, printJson } from './output.js';
import { pictures, savePictures, withProgress } from './pictures.js';
import { addRequestOptions, requestFrom, type RequestOptions } from './request/request-options.js';

const accepted = z.looseObject({ id: z.string() });
const MAX_AT_ONCE = 64;
const MAX_PATIENCE_S = 86_400;

interface GenerateOptions extends RequestOptions {
  out?: string;
  async?: boolean;
  from?: string;
  concurrency: string;
  maxCost: string;
  yes?: boolean;
  dryRun?: boolean;
  skipInvalid?: boolean;
  retryFailed?: boolean;
  retryUnknown?: boolean;
  patience: string;
  json?: boolean;
}

const EXAMPLES = `
Examples:
  atelier generate "a lighthouse in a storm" -s 1792x1024 -o lighthouse.png
  atelier generate "a fox" -m dall-e-3 -n 2 --set style=natural --set metadata.order=12
  atelier generate --from prompts.csv --out pictures -m dall-e-3 --max-cost 50

With --from, the first line of a CSV file names the fields of a request (prompt, model, size, n, seed, metadata.order, …), and a
JSONL file has a request on each line; the other options stand for what a row does not say. A column "file" names the picture's file.
The price of all rows is told before anything runs. The folder has a manifest.jsonl; the same command again goes on where it
stopped or was killed, and buys nothing twice.

Exit code: 0 every row has its pictures, 1 refused, out of reach or stopped, 2 some rows have not, 130 interrupted.`;

/** `atelier generate "…"` draws one picture, `atelier generate --from FILE` many. */
export function registerGenerate(program: Command): void {
  addRequestOptions(
    program
      .command('generate')
      .description('draw pictures and save them')
      .argument('[prompt]', 'what to draw; a recipe may say it'),
  )
    .option(
      '-o, --out <file>',
      'where to save, several get -1, -2, …; with --from: a folder (default: atelier.png)',
    )
    .option('--async', 'do not wait: print the id for `atelier wait`')
    .option('--from <file>', 'make all rows of a .csv or .jsonl file')
    .option('--dry-run', 'with --from: tell what it would cost, and run nothing')
    .option('--max-cost <credits>', 'with --from: ask before spending more than this', '10')
    .option('-y, --yes', 'with --from: do not ask, whatever it costs')
    .option('--concurrency <count>', `with --from: rows at once, 1 to ${MAX_AT_ONCE}`, '4')
    .option('--skip-invalid', 'with --from: leave out the rows that the server would refuse')
    .option('--retry-failed', 'with --from: buy rows again that ended without a picture')
    .option('--retry-unknown', 'with --from: buy rows again whose end nobody knows; they may be paid twice')
    .option(
      '--patience <seconds>',
      'with --from: how long a call is repeated in vain before all stops',
      '600',
    )
    .option(
      '--json',
      'as the server answers, or with --from the summary as JSON; what is saved is saved all the same',
    )
    .addHelpText('after', EXAMPLES)
    .action(async (prompt: string | undefined, options: GenerateOptions) => {
      const connection = connectionFrom(process.env);
      if (options.from !== undefined) await generateMany(options.from, prompt, options, connection);
      else await generateOne(prompt, options, connection);
    });
}

async function generateOne(
  prompt: string | undefined,
  options: GenerateOptions,
  connection: Connection,
): Promise<void> {
  const { recipe } = options;
  if (prompt === undefined && recipe === undefined) {
    throw new CliError('say what to draw, or name a --recipe or a file to read --from');
  }
  const body = {
    response_format: 'url',
    ...requestFrom(options),
    ...(prompt === undefined ? {} : { prompt }),
  };
  if (options.async === true) {
    const headers = { prefer: 'respond-async' };
    const begun = await callApi(connection, 'POST', '/v1/images/generations', accepted, body, headers);
    if (options.json === true) printJson(begun);
    else print(begun.id);
    return;
  }
  const result = await withProgress(`Drawing with ${options.model ?? recipe ?? 'atelier-sketch'}`, () =>
    callApi(connection, 'POST', '/v1/images/generations', pictures, body),
  );
  await savePictures(result, options.out ?? 'atelier.png', connection, options.json === true);
}

async function generateMany(
  from: string,
  prompt: string | undefined,
  options: GenerateOptions,
  connection: Connection,
): Promise<void> {
  if (prompt !== undefined) throw new CliError('with --from, the prompts stand in the file');
  if (options.async === true)
    throw new CliError('--async is not for --from: the command itself can be stopped and goes on later');
  if (options.out === undefined) throw new CliError('with --from, say in which folder to save: --out FOLDER');
  const { runBulk } = await import('./bulk/run-bulk.js');
  const bulk = {
    from,
    folder: options.out,
    defaults: requestFrom(options),
    concurrency: wholeNumberWithin('--concurrency', options.concurrency, 1, MAX_AT_ONCE),
    maxCost: creditsValue('--max-cost', options.maxCost),
    yes: options.yes === true,
    dryRun: options.dryRun === true,
    skipInvalid: options.skipInvalid === true,
    again: { failed: options.retryFailed === true, unknown: options.retryUnknown === true },
    patienceMs: wholeNumberWithin('--patience', options.patience, 0, MAX_PATIENCE_S) * 1000,
    json: options.json === true,
  };
  await runBulk(bulk, connection);
}
