import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { readProvenance } from '../provenance/read-provenance.js';
import { toReportAnswer } from '../provenance/report-answer.js';
import { CliError } from './client.js';

/** A picture is read whole; anything larger is none. */
const MAX_BYTES = 1024 * 1024 * 1024;

/** `atelier provenance FILE`: what a picture says of where it comes from, whoever made it. */
export function registerProvenance(program: Command): void {
  program
    .command('provenance')
    .description(
      'tell what a picture says of its origin: content credentials and XMP; signatures are not checked',
    )
    .argument('<file>', 'PNG, JPEG, WebP or AVIF, whoever made it')
    .action(async (file: string) => {
      const bytes = await readWhole(file).catch((error: unknown) => {
        if (error instanceof CliError) throw error;
        throw new CliError(
          `${file} can't be read: ${error instanceof Error ? error.message : 'unknown error'}`,
        );
      });
      const report = toReportAnswer(readProvenance(bytes));
      if (report.mime_type === undefined) throw new CliError(`${file} is no PNG, JPEG, WebP or AVIF`);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      process.stdout.write(`${JSON.stringify({ sha256, size_bytes: bytes.length, ...report }, null, 2)}\n`);
    });
}

async function readWhole(file: string): Promise<Buffer> {
  if ((await stat(file)).size > MAX_BYTES) throw new CliError(`${file} is too large for a picture`);
  return readFile(file);
}
