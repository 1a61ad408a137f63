import path from 'node:path';
import type { Command } from 'commander';
import type { Config } from '../config/schema.js';
import { CliError } from './client.js';
import { formatBytes, ProgressLine } from './progress-line.js';

/** `atelier backup` and `atelier restore`. For operators: both read the settings of the server. */
export function registerBackup(program: Command): void {
  program
    .command('backup')
    .description(
      'copy the database, the pictures and the secret into a folder, while the server runs (for operators)',
    )
    .requiredOption('--out <folder>', 'a new or empty folder')
    .option('--copy-bucket', 'copy pictures out of an S3 bucket too; else the backup refers to it')
    .action(async ({ out, copyBucket }: { out: string; copyBucket?: boolean }) => {
      const toolPath = process.env['PATH'] ?? '';
      const { backUp } = await import('../backup/back-up.js');
      const folder = path.resolve(out);
      const manifest = await run((config, onProgress) =>
        backUp({ config, folder, copyBucket: copyBucket === true, toolPath, onProgress }),
      );
      const { pictures, secret } = manifest;
      const lines = [
        `backed up into ${folder}`,
        pictures.kind === 'copied'
          ? `  ${pictures.count} pictures, ${formatBytes(pictures.size_bytes)}`
          : `  the pictures stay in the bucket ${pictures.bucket}: keep versions or a copy of it, or add --copy-bucket`,
        secret === undefined
          ? '  without ATELIER_SECRET, which is not written down here: keep it elsewhere'
          : '  with the secret of the data folder: whoever has the backup can read and sign everything',
      ];
      process.stdout.write(`${lines.join('\n')}\n`);
    });
  program
    .command('restore')
    .description('make an installation from a backup, where nothing is yet (for operators)')
    .requiredOption('--from <folder>', 'what `atelier backup` wrote')
    .action(async ({ from }: { from: string }) => {
      const toolPath = process.env['PATH'] ?? '';
      const { restore } = await import('../backup/restore.js');
      const folder = path.resolve(from);
      const manifest = await run((config, onProgress) => restore({ config, folder, toolPath, onProgress }));
      process.stdout.write(
        `restored as of ${manifest.made_at}\n  \`atelier storage check\` compares records and pictures; \`atelier serve\` starts it\n`,
      );
    });
}

async function run<T>(
  work: (config: Config, onProgress: (so: { count: number; sizeBytes: number }) => void) => Promise<T>,
): Promise<T> {
  const { ConfigError, loadConfig } = await import('../config/load.js');
  const { checkEndpoint, providers } = await import('../providers/registry.js');
  const { REGIONAL_PROVIDERS } = await import('../providers/with-regions.js');
  const { listProviderSettings } = await import('../providers/settings.js');
  let config: Config;
  try {
    config = loadConfig(process.env, listProviderSettings(providers), checkEndpoint, REGIONAL_PROVIDERS);
  } catch (error) {
    throw error instanceof ConfigError ? new CliError(error.message) : error;
  }
  const progress = new ProgressLine();
  try {
    return await work(config, ({ count, sizeBytes }) => {
      progress.show(() => `${count} pictures, ${formatBytes(sizeBytes)}`);
    });
  } catch (error) {
    progress.clear();
    throw new CliError(error instanceof Error ? error.message : 'failed for an unknown reason');
  } finally {
    progress.clear();
  }
}
