import type { Command } from 'commander';
import { z } from 'zod';
import { callApi, connectionFrom, openDownload } from './client.js';
import { queryOf } from './list-pages.js';
import { printJson, printTable, type JsonOption } from './output.js';

const counts = { images: z.number(), generations: z.number(), credits: z.number(), failed: z.number() };
const usage = z.looseObject({
  data: z.array(
    z.looseObject({
      ...counts,
      day: z.string().optional(),
      model: z.string().optional(),
      key_id: z.string().optional(),
      key_name: z.string().optional(),
    }),
  ),
  totals: z.looseObject(counts),
});

const budgets = z.looseObject({
  month: z.string(),
  data: z.array(
    z.looseObject({
      scope: z.string(),
      key_name: z.string().optional(),
      monthly_credits: z.number().optional(),
      charged: z.number(),
      held: z.number(),
      remaining: z.number().optional(),
    }),
  ),
});

interface UsageOptions extends JsonOption {
  from?: string;
  to?: string;
  by?: string[];
  csv?: boolean;
}

/** `atelier usage`: what was made and what it cost; `atelier budgets`: what is left of this month. */
export function registerUsage(program: Command): void {
  program
    .command('usage')
    .description('what was made and what it cost, by day, model and key')
    .option('--from <day>', 'first day, 2026-11-01')
    .option('--to <day>', 'last day')
    .option('--by <what...>', 'day, model, key')
    .option('--csv', 'as CSV')
    .option('--json', 'as the server answers')
    .addHelpText('after', '\nExample:\n  atelier usage --from 2026-11-01 --by model key --csv > november.csv')
    .action(async ({ from, to, by, csv, json }: UsageOptions) => {
      const connection = connectionFrom(process.env);
      const wish = { from, to, group_by: by?.join(',') };
      if (csv === true) {
        const body = await openDownload(connection, `/v1/usage${queryOf({ ...wish, format: 'csv' })}`);
        process.stdout.write(await new Response(body).text());
        return;
      }
      const answer = await callApi(connection, 'GET', `/v1/usage${queryOf(wish)}`, usage);
      if (json === true) printJson(answer);
      else showTable(answer);
    });
  program
    .command('budgets')
    .description('what this month has cost of the budgets of the workspace and of its keys')
    .option('--json', 'as the server answers')
    .action(async ({ json }: JsonOption) => {
      const answer = await callApi(connectionFrom(process.env), 'GET', '/v1/budgets', budgets);
      if (json === true) printJson(answer);
      else showBudgets(answer);
    });
}

function showBudgets({ month, data }: z.output<typeof budgets>): void {
  printTable(
    [
      [month, 'charged', 'held', 'budget', 'left'],
      ...data.map((one) => [
        one.key_name ?? one.scope,
        String(one.charged),
        String(one.held),
        one.monthly_credits === undefined ? '-' : String(one.monthly_credits),
        one.remaining === undefined ? '-' : String(one.remaining),
      ]),
    ],
    [1, 2, 3, 4],
  );
}

function showTable({ data, totals }: z.output<typeof usage>): void {
  const names = data.map(({ day, model, key_name: keyName, key_id: keyId }) =>
    [day, model, keyName ?? keyId].filter((name) => name !== undefined).join('  '),
  );
  const cells = (row: z.output<typeof usage>['totals']) =>
    [row.images, row.generations, row.failed, row.credits].map(String);
  printTable(
    [
      ['', 'pictures', 'generations', 'failed', 'credits'],
      ...data.map((row, index) => [names[index] ?? '', ...cells(row)]),
      ['total', ...cells(totals)],
    ],
    [1, 2, 3, 4],
  );
}
