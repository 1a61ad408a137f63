import type { Command } from 'commander';
import { z } from 'zod';
import { callApi, connectionFrom } from './client.js';
import { addListOptions, printList, type ListOptions } from './list-pages.js';
import { creditsValue } from './option-values.js';
import { print, printJson, timeText, type JsonOption } from './output.js';

const balance = z.looseObject({
  mode: z.string(),
  balance: z.number(),
  available: z.number(),
  held: z.number(),
  expiring: z.array(z.looseObject({ credits: z.number(), expires_at: z.number() })),
});
const entry = z.looseObject({
  id: z.string(),
  kind: z.string(),
  balance_delta: z.number(),
  held_delta: z.number(),
  generation_id: z.string().optional(),
  note: z.string().optional(),
  created: z.number(),
});

/** `atelier credits`: the balance, its ledger, and more test credits. */
export function registerCredits(program: Command): void {
  const command = program.command('credits').description('balance and ledger of the mode of your key');
  command
    .command('show', { isDefault: true })
    .description('balance, what is held, and what expires')
    .option('--json', 'as the server answers')
    .action(async ({ json }: JsonOption) => {
      show(await callApi(connectionFrom(process.env), 'GET', '/v1/credits', balance), json);
    });
  addListOptions(command.command('ledger').description('every move of the balance, newest first'))
    .addHelpText(
      'after',
      '\nExample:\n  atelier credits ledger --limit 1000 --json | jq -s "map(.balance_delta) | add"',
    )
    .action(async (options: ListOptions) => {
      await printList(connectionFrom(process.env), options, {
        path: '/v1/credits/ledger',
        item: entry,
        header: ['time', 'kind', 'balance', 'held', 'for'],
        right: [2, 3],
        row: (one) => [
          timeText(one.created),
          one.kind,
          String(one.balance_delta),
          String(one.held_delta),
          one.generation_id ?? one.note ?? '',
        ],
      });
    });
  command
    .command('refill')
    .description('add test credits (owner, admin or billing key)')
    .argument('<credits>', 'how many')
    .option('--json', 'as the server answers')
    .action(async (credits: string, { json }: JsonOption) => {
      const body = { credits: creditsValue('<credits>', credits) };
      show(await callApi(connectionFrom(process.env), 'POST', '/v1/credits/test', balance, body), json);
    });
}

function show(account: z.output<typeof balance>, json: boolean | undefined): void {
  if (json === true) {
    printJson(account);
    return;
  }
  print(
    `${account.mode}: ${account.balance} credits, ${account.available} available, ${account.held} held`,
    ...account.expiring.map(({ credits, expires_at: at }) => `${credits} expire on ${timeText(at)}`),
  );
}
