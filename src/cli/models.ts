import type { Command } from 'commander';
import { z } from 'zod';
import { callApi, connectionFrom } from './client.js';

const answer = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      available: z.boolean(),
      unavailable_reason: z.string().optional(),
      lifecycle: z.object({ status: z.string() }),
      pricing: z.object({ credits: z.array(z.object({ credits: z.number() })) }),
    }),
  ),
});

/** `atelier models`: what can be called, at what price. */
export function registerModels(program: Command): void {
  program
    .command('models')
    .description('list the models of the server')
    .option('--capability <name>', 'generate, edit, mask, seed, …')
    .option('--available', 'only those that can be called')
    .action(async (options: { capability?: string; available?: boolean }) => {
      const query =
        options.capability === undefined ? '' : `?capability=${encodeURIComponent(options.capability)}`;
      const { data } = await callApi(connectionFrom(process.env), 'GET', `/v1/models${query}`, answer);
      const width = Math.max(...data.map((model) => model.id.length), 5);
      for (const model of data) {
        if (options.available === true && !model.available) continue;
        const prices = model.pricing.credits.map((row) => row.credits);
        const price = prices.length === 0 ? '' : spread(Math.min(...prices), Math.max(...prices));
        const state = model.available
          ? model.lifecycle.status
          : `unavailable: ${model.unavailable_reason ?? ''}`;
        process.stdout.write(`${model.id.padEnd(width)}  ${price.padEnd(22)}  ${state}\n`);
      }
    });
}

function spread(low: number, high: number): string {
  const name = (credits: number) => String(Math.round(credits * 100) / 100);
  return low === high ? `${name(low)} credits` : `${name(low)}–${name(high)} credits`;
}
