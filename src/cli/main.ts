#!/usr/bin/env node
import { Command } from 'commander';
import { VERSION } from '../version.js';
import { registerBackup } from './backup.js';
import { registerCheck } from './check.js';
import { registerDoctor } from './doctor.js';
import { registerCompare } from './compare.js';
import { registerEmulators } from './emulators.js';
import { registerExport } from './export.js';
import { registerFiles } from './files.js';
import { registerGenerate } from './generate.js';
import { registerJobs } from './jobs.js';
import { registerKeys } from './keys.js';
import { registerMcpCommand } from './mcp.js';
import { registerModels } from './models.js';
import { registerPrompts } from './prompts.js';
import { registerProvenance } from './provenance.js';
import { registerRecipes } from './recipes.js';
import { registerStorage } from './storage.js';
import { CliError } from './client.js';

const program = new Command('atelier')
  .description('One API over every image model.')
  .version(VERSION)
  .showHelpAfterError();

program
  .command('serve')
  .description('start the gateway (settings come from the environment)')
  .action(async () => {
    const { serve } = await import('../main.js');
    await serve();
  });
registerGenerate(program);
registerCompare(program);
registerJobs(program);
registerModels(program);
registerKeys(program);
registerFiles(program);
registerExport(program);
registerStorage(program);
registerEmulators(program);
registerMcpCommand(program);
registerCheck(program);
registerBackup(program);
registerDoctor(program);
registerProvenance(program);
registerPrompts(program);
registerRecipes(program);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CliError)) throw error;
  process.stderr.write(`atelier: ${error.message}\n`);
  process.exitCode = error.exitCode;
}
