import type { Command } from 'commander';
import { z } from 'zod';
import { callApi, connectionFrom } from './client.js';
import { queryOf } from './list-pages.js';
import { printJson, type JsonOption } from './output.js';

const answer = z.looseObject({
  data: z.array(
    z.looseObject({
      id: z.string(),
      name: z.string(),
      available: z.boolean(),
      unavailable_reason: z.string().optional(),
      lifecycle: z.looseObject({ status: z.string() }),
      pricing: z.looseObject({ credits: z.array(z.looseObject({ credits: z.number() })) }),
    }),
  ),
});

interface ModelFilters extends JsonOption {
  capability?: string;
  provider?: string;
  available?: boolean;
}

/** `atelier models`: what can be called, at what price. */
export function registerModels(program: Command): void {
  const command = program.command('models').description('the models of the server');
  command
    .command('list', { isDefault: true })
    .description('list the models of the server')
    .option('--capability <name>', 'generate, edit, mask, seed, …')
    .option('--provider <name>', 'only those of a provider')
    .option('--available', 'only those that can be called')
    .option('--json', 'as the server answers, with sizes, parameters, prices and whereabouts')
    .action(async (options: ModelFilters) => {
      const query = queryOf({ capability: options.capability, provider: options.provider });
      const listed = await callApi(connectionFrom(process.env), 'GET', `/v1/models${query}`, answer);
      const data = listed.data.filter(({ available }) => available || options.available !== true);
      if (options.json === true) {
        printJson({ ...listed, data });
        return;
      }
      const width = Math.max(...data.map((model) => model.id.length), 5);
      for (const model of data) {
        const prices = model.pricing.credits.map((row) => row.credits);
        const price = prices.length === 0 ? '' : spread(Math.min(...prices), Math.max(...prices));
        const state = model.available
          ? model.lifecycle.status
          : `unavailable: ${model.unavailable_reason ?? ''}`;
        process.stdout.write(`${model.id.padEnd(width)}  ${price.padEnd(22)}  ${state}\n`);
      }
    });
  command
    .command('get')
    .description('all that is known of a model, as JSON')
    .argument('<model>', 'slug or alias')
    .option('--json', 'the same')
    .action(async (model: string) => {
      const path = `/v1/models/${model.split('/').map(encodeURIComponent).join('/')}`;
      printJson(await callApi(connectionFrom(process.env), 'GET', path, z.looseObject({})));
    });
}

function spread(low: number, high: number): string {
  const name = (credits: number) => String(Math.round(credits * 100) / 100);
  return low === high ? `${name(low)} credits` : `${name(low)}–${name(high)} credits`;
}
