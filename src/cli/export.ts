import type { Command } from 'commander';
import { CliError, connectionFrom } from './client.js';
import type { ExportTarget } from './export/export-target.js';
import { listExported } from './export/list-exported.js';
import { runExport, type ExportSummary } from './export/run-export.js';
import { formatBytes, ProgressLine } from './progress-line.js';
import { unixSeconds } from './times.js';

/** More would not be faster, and the server has others to serve. */
const DOWNLOADS_AT_ONCE = 4;

interface ExportOptions {
  readonly out: string;
  readonly since?: string;
  readonly until?: string;
  readonly model?: string;
  readonly operation?: string;
  readonly parent?: string;
  readonly allFiles?: boolean;
  readonly json?: boolean;
}

/** `atelier export`: all kept pictures with a manifest, as a folder or a zip file. */
export function registerExport(program: Command): void {
  program
    .command('export')
    .description('save all kept pictures and what is known of them, as a folder or a zip file')
    .requiredOption(
      '-o, --out <place>',
      'a folder; a file that ends in .zip; or - for a zip on standard output',
    )
    .option('--since <time>', 'made at that time or later: 2026-11-22, 2026-11-22T12:00:00Z or Unix seconds')
    .option('--until <time>', 'made at that time or earlier')
    .option('-m, --model <slug>', 'only pictures that this model made')
    .option('--operation <name>', 'generate or edit')
    .option('--parent <image>', 'only pictures that were edited from this one, img_…')
    .option('--all-files', 'uploaded files too; of the filters, only the times count for them')
    .option('--json', 'the summary as JSON')
    .addHelpText(
      'after',
      '\nA folder may be exported to again: only what is missing or differs is fetched.\nExit code: 1 when a picture could not be saved.',
    )
    .action(async (options: ExportOptions) => {
      const connection = connectionFrom(process.env);
      const wish = {
        filters: given({ model: options.model, operation: options.operation, parent: options.parent }),
        times: given({
          created_after: unixSeconds('--since', options.since),
          created_before: unixSeconds('--until', options.until),
        }),
        allFiles: options.allFiles === true,
      };
      const target = await openTarget(options.out);
      const progress = new ProgressLine();
      let summary;
      try {
        summary = await runExport(listExported(connection, wish), {
          connection,
          target,
          concurrency: DOWNLOADS_AT_ONCE,
          onProblem: (id, problem) => {
            progress.clear();
            process.stderr.write(`${id}: ${problem}\n`);
          },
          onProgress: ({ pictures, bytes }) => {
            progress.show(() => `${pictures} pictures, ${formatBytes(bytes)}`);
          },
        });
        await target.finish();
      } catch (error) {
        await target.abandon();
        throw error;
      } finally {
        progress.clear();
      }
      const words = options.json === true ? json(summary, options.out) : text(summary, options.out);
      // Standard output may be the zip itself.
      (options.out === '-' ? process.stderr : process.stdout).write(`${words}\n`);
      if (summary.failed > 0) process.exitCode = 1;
    });
}

async function openTarget(out: string): Promise<ExportTarget> {
  try {
    if (out === '-' || /\.zip$/i.test(out)) {
      const { ZipTarget } = await import('./export/zip-target.js');
      return await ZipTarget.open(out === '-' ? undefined : out);
    }
    const { FolderTarget } = await import('./export/folder-target.js');
    return await FolderTarget.open(out);
  } catch (error) {
    throw new CliError(
      `${out} can't be written: ${error instanceof Error ? error.message : 'unknown error'}`,
    );
  }
}

function text(summary: ExportSummary, out: string): string {
  const { pictures, bytes, downloaded, downloadedBytes, gone, failed } = summary;
  const notes = [
    ...(gone === 0 ? [] : [`${gone} deleted meanwhile`]),
    ...(failed === 0 ? [] : [`${failed} could not be saved`]),
  ];
  return [
    `${pictures} pictures, ${formatBytes(bytes)}, in ${out === '-' ? 'the zip' : out}`,
    `${downloaded} downloads, ${formatBytes(downloadedBytes)}`,
    ...notes,
  ].join('; ');
}

function json({ downloadedBytes, ...counts }: ExportSummary, out: string): string {
  return JSON.stringify({ object: 'export', out, ...counts, downloaded_bytes: downloadedBytes });
}

/** Only what is there. */
function given(options: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
