import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { readProvenance } from '../provenance/read-provenance.js';
import { CliError } from './client.js';

/** `atelier provenance FILE`: what a picture says of where it comes from, whoever made it. */
export function registerProvenance(program: Command): void {
  program
    .command('provenance')
    .description(
      'tell what a picture says of its origin: content credentials and XMP; signatures are not checked',
    )
    .argument('<file>', 'PNG, JPEG, WebP or AVIF')
    .action(async (file: string) => {
      const bytes = await readFile(file).catch((error: unknown) => {
        throw new CliError(
          `${file} can't be read: ${error instanceof Error ? error.message : 'unknown error'}`,
        );
      });
      process.stdout.write(`${JSON.stringify(readProvenance(bytes), null, 2)}\n`);
    });
}
