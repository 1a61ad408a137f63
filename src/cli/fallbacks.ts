import { Option, type Command } from 'commander';
import { z } from 'zod';
import { callApi, connectionFrom } from './client.js';
import { print, printJson, printTable, type JsonOption } from './output.js';

const chain = z.looseObject({
  model: z.string(),
  models: z.array(z.string()),
  on_moderated: z.string(),
  on_unknown_outcome: z.string(),
});
const list = z.looseObject({ data: z.array(chain) });
const deleted = z.looseObject({ deleted: z.literal(true) });
const pathOf = (model: string) => `/v1/fallbacks/${model.split('/').map(encodeURIComponent).join('/')}`;

interface SetOptions extends JsonOption {
  onModerated?: string;
  onUnknownOutcome?: string;
}

/** `atelier fallbacks`: which models take over where one fails. */
export function registerFallbacks(program: Command): void {
  const command = program.command('fallbacks').description('which models take over where one fails');
  command
    .command('list', { isDefault: true })
    .description('all chains')
    .option('--json', 'as the server answers')
    .action(async ({ json }: JsonOption) => {
      const answer = await callApi(connectionFrom(process.env), 'GET', '/v1/fallbacks', list);
      if (json === true) printJson(answer);
      else if (answer.data.length === 0) print('none');
      else printTable([['model', 'then', 'moderated', 'unknown outcome'], ...answer.data.map(rowOf)]);
    });
  command
    .command('get')
    .description('the chain of a model')
    .argument('<model>', 'slug or alias')
    .option('--json', 'as the server answers')
    .action(async (model: string, { json }: JsonOption) => {
      show(await callApi(connectionFrom(process.env), 'GET', pathOf(model), chain), json);
    });
  command
    .command('set')
    .description('set the chain of a model (owner or admin key)')
    .argument('<model>', 'slug or alias')
    .argument('<then...>', 'models in their order')
    .addOption(
      new Option('--on-moderated <what>', 'after a refusal of the prompt').choices(['stop', 'continue']),
    )
    .addOption(
      new Option('--on-unknown-outcome <what>', 'after a call that was never answered').choices([
        'stop',
        'continue',
      ]),
    )
    .option('--json', 'as the server answers')
    .addHelpText(
      'after',
      '\nExample:\n  atelier fallbacks set gpt-image-2 gemini-nano-banana-2.1 flux-1-pro --on-moderated stop',
    )
    .action(async (model: string, models: readonly string[], options: SetOptions) => {
      const body = {
        models,
        ...(options.onModerated === undefined ? {} : { on_moderated: options.onModerated }),
        ...(options.onUnknownOutcome === undefined ? {} : { on_unknown_outcome: options.onUnknownOutcome }),
      };
      show(await callApi(connectionFrom(process.env), 'PUT', pathOf(model), chain, body), options.json);
    });
  command
    .command('delete')
    .description('remove the chain of a model (owner or admin key)')
    .argument('<model>', 'slug or alias')
    .action(async (model: string) => {
      await callApi(connectionFrom(process.env), 'DELETE', pathOf(model), deleted);
      print(`${model} has no chain any more`);
    });
}

function show(one: z.output<typeof chain>, json: boolean | undefined): void {
  if (json === true) printJson(one);
  else printTable([['model', 'then', 'moderated', 'unknown outcome'], rowOf(one)]);
}

function rowOf(one: z.output<typeof chain>): readonly string[] {
  return [one.model, one.models.join(', '), one.on_moderated, one.on_unknown_outcome];
}
