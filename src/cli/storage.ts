import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { CheckSummary } from '../files/check/problem.js';
import { CliError } from './client.js';
import { formatBytes, ProgressLine } from './progress-line.js';
import { problemLine, problemRecord, summaryLines, summaryRecord } from './storage-report.js';

/** Of a check that could not look at everything. */
const COULD_NOT_CHECK = 2;

interface CheckCommandOptions {
  readonly repair?: boolean;
  readonly fast?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
  readonly concurrency: string;
}

/** `atelier storage check`: whether what the database knows and what the store holds fit each other. For operators. */
export function registerStorage(program: Command): void {
  program
    .command('storage')
    .description('the stored bytes (for operators: opens the database and the store as the server would)')
    .command('check')
    .description('compare the records with the stored bytes, and tell or mend what does not fit')
    .option('--repair', 'mend what can be mended without losing anything')
    .option('--fast', 'existence and length only; do not read every byte')
    .option('--concurrency <count>', 'blobs that are read at once, 1 to 64', '4')
    .option('--force', 'with --repair: also where one of the two stores is empty')
    .option('--json', 'one JSON object on each line: the problems, then a summary')
    .addHelpText('after', '\nExit code: 0 all is well or was mended, 1 problems are left, 2 could not check.')
    .action(async (options: CheckCommandOptions) => {
      let summary;
      try {
        summary = await check(options);
      } catch (error) {
        throw new CliError(
          `could not check: ${error instanceof Error ? error.message : 'unknown error'}`,
          COULD_NOT_CHECK,
        );
      }
      if (summary.problems.count > summary.repaired.count) process.exitCode = 1;
    });
}

async function check(options: CheckCommandOptions): Promise<CheckSummary> {
  const { databasePlace, loadConfig, storagePlace, storeCredentials } = await import('../config/load.js');
  const { checkEndpoint, providers } = await import('../providers/registry.js');
  const { REGIONAL_PROVIDERS } = await import('../providers/with-regions.js');
  const { listProviderSettings } = await import('../providers/settings.js');
  const { openDatabase } = await import('../db/database.js');
  const { openBlobStore } = await import('../files/open-blob-store.js');
  const { checkStores } = await import('../files/check/check-stores.js');
  const { systemClock } = await import('../clock.js');
  const concurrency = wholeNumber(options.concurrency);
  const config = loadConfig(process.env, listProviderSettings(providers), checkEndpoint, REGIONAL_PROVIDERS);
  const [database, storage] = [databasePlace(config), storagePlace(config)];
  // Opening would make them, and a wrong setting would look like empty stores.
  if (database.dialect === 'sqlite' && !existsSync(database.file)) {
    throw new Error(`there is no database ${database.file} (set ATELIER_DATA_DIR or DATABASE_URL)`);
  }
  if (storage.kind === 'disk' && !existsSync(storage.folder)) {
    throw new Error(`there is no folder ${storage.folder} (set ATELIER_DATA_DIR or STORAGE_URL)`);
  }
  const progress = new ProgressLine();
  const db = await openDatabase(config, { onConnectionLost: () => {} });
  try {
    // As beside others: what was left half-written is told, not cleared without a word.
    const store = await openBlobStore(storage, { credentials: storeCredentials(config), shared: true });
    const summary = await checkStores({
      db,
      store,
      clock: systemClock,
      repair: options.repair === true,
      fast: options.fast === true,
      force: options.force === true,
      concurrency,
      onProblem: (problem) => {
        progress.clear();
        const line = options.json === true ? JSON.stringify(problemRecord(problem)) : problemLine(problem);
        process.stdout.write(`${line}\n`);
      },
      onProgress: ({ blobs, read }) => {
        progress.show(() => `${blobs.count} blobs, ${formatBytes(read.bytes)} read`);
      },
    });
    store.close();
    progress.clear();
    const lines =
      options.json === true
        ? [JSON.stringify(summaryRecord(summary))]
        : summaryLines(summary, { fast: options.fast === true });
    process.stdout.write(`${lines.join('\n')}\n`);
    return summary;
  } finally {
    progress.clear();
    await db.close();
  }
}

function wholeNumber(text: string): number {
  const number = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > 64) throw new Error('--concurrency must be a whole number from 1 to 64');
  return number;
}
