import type { Command } from 'commander';
import { z } from 'zod';
import { callApi, connectionFrom } from './client.js';
import { addListOptions, printList, type ListOptions } from './list-pages.js';
import { printJson, timeText } from './output.js';
import { readSettings } from './settings-values.js';

const workspace = z.looseObject({ id: z.string(), name: z.string() });
const entry = z.looseObject({
  actor: z.string(),
  action: z.string(),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  created: z.number(),
});

const EXAMPLES = `
Settings: name, prc_opt_in (with --confirm), retired_models, unknown_outcomes, mark_unlabelled, retention.pictures_s, limits.NAME, policy.NAME,
alerts.NAME.
Values are JSON or text; null lifts a limit.

Examples:
  atelier workspace set retired_models=refuse limits.requests_per_minute=120
  atelier workspace set policy.blocked_countries='["CN"]' alerts.low_credits=50
  atelier workspace set prc_opt_in=true --confirm "Our studio"`;

/** `atelier workspace`: its settings; `atelier audit`: who changed what. */
export function registerWorkspace(program: Command): void {
  const command = program.command('workspace').description('settings of your workspace');
  command
    .command('show', { isDefault: true })
    .description('all settings, as JSON')
    .option('--json', 'the same')
    .action(async () => {
      printJson(await callApi(connectionFrom(process.env), 'GET', '/v1/workspace', workspace));
    });
  command
    .command('set')
    .description('change settings (owner or admin key)')
    .argument('<name=value...>', 'settings; see below')
    .option('--confirm <name>', 'the exact name of the workspace, for prc_opt_in')
    .option('--json', 'as the server answers, which is what is printed anyway')
    .addHelpText('after', EXAMPLES)
    .action(async (pairs: readonly string[], { confirm }: { confirm?: string }) => {
      const body = { ...readSettings(pairs), ...(confirm === undefined ? {} : { confirm }) };
      printJson(await callApi(connectionFrom(process.env), 'PATCH', '/v1/workspace', workspace, body));
    });
  addListOptions(
    program
      .command('audit')
      .description('changes of settings, keys and limits, newest first (owner or admin)'),
  ).action(async (options: ListOptions) => {
    await printList(connectionFrom(process.env), options, {
      path: '/v1/audit',
      item: entry,
      header: ['time', 'who', 'what', 'before', 'after'],
      row: ({ created, actor, action, before, after }) => [
        timeText(created),
        actor,
        action,
        before === undefined ? '' : JSON.stringify(before),
        after === undefined ? '' : JSON.stringify(after),
      ],
    });
  });
}
