import { Command } from 'commander';
import { VERSION } from '../version.js';
import { registerAdmin } from './admin.js';
import { registerBackup } from './backup.js';
import { registerCheck } from './check.js';
import { registerCompare } from './compare.js';
import { registerComparisons } from './comparisons.js';
import { registerCompletion } from './completion.js';
import { registerCredits } from './credits.js';
import { registerDoctor } from './doctor.js';
import { registerEdit } from './edit.js';
import { registerEmulators } from './emulators.js';
import { registerExport } from './export.js';
import { registerFallbacks } from './fallbacks.js';
import { registerFiles } from './files.js';
import { registerGenerate } from './generate.js';
import { registerGenerations } from './generations.js';
import { registerImages } from './images.js';
import { registerJobs } from './jobs.js';
import { registerKeys } from './keys.js';
import { registerMcpCommand } from './mcp.js';
import { registerModels } from './models.js';
import { registerPrompts } from './prompts.js';
import { registerProvenance } from './provenance.js';
import { registerRecipes } from './recipes.js';
import { registerServer } from './server.js';
import { registerSecrets } from './secrets.js';
import { registerStorage } from './storage.js';
import { registerUsage } from './usage.js';
import { registerWebhooks } from './webhooks.js';
import { registerWorkspace } from './workspace.js';

const ENVIRONMENT = `
Environment:
  ATELIER_URL          where the gateway is (default: http://127.0.0.1:4000)
  ATELIER_API_KEY      a key of a workspace
  ATELIER_ADMIN_TOKEN  for "atelier admin": the token of the operator

Exit codes: 0 done, 1 refused or out of reach, 2 partly done, 130 interrupted. Each command tells its options with --help.`;

/** The command `atelier` with all that stands below it, in the order of its help. */
export function createProgram(): Command {
  const program = new Command('atelier')
    .description('One API over every image model.')
    .version(VERSION)
    .showHelpAfterError('(add --help for the options)')
    .addHelpText('after', ENVIRONMENT);
  program.commandsGroup('Pictures:');
  registerGenerate(program);
  registerEdit(program);
  registerCompare(program);
  registerJobs(program);
  registerPrompts(program);
  registerRecipes(program);
  registerModels(program);
  program.commandsGroup('What is there:');
  registerGenerations(program);
  registerImages(program);
  registerComparisons(program);
  registerFiles(program);
  registerExport(program);
  registerProvenance(program);
  program.commandsGroup('Workspace:');
  registerCredits(program);
  registerUsage(program);
  registerKeys(program);
  registerWorkspace(program);
  registerFallbacks(program);
  registerWebhooks(program);
  program.commandsGroup('Operators:');
  program
    .command('serve')
    .description('start the gateway (settings come from the environment)')
    .action(async () => {
      const { serve } = await import('../main.js');
      await serve();
    });
  registerCheck(program);
  registerDoctor(program);
  registerBackup(program);
  registerSecrets(program);
  registerStorage(program);
  registerAdmin(program);
  registerEmulators(program);
  program.commandsGroup('Programs:');
  registerServer(program);
  registerMcpCommand(program);
  registerCompletion(program);
  return program;
}
