import type { Command } from 'commander';
import { z } from 'zod';
import { callApi, connectionFrom } from './client.js';
import { seenComparison } from './comparison-shapes.js';
import { resultLines } from './comparison-tables.js';
import { printEvents } from './generations.js';
import { addListOptions, printList, type ListOptions } from './list-pages.js';
import { print, printJson, timeText, type JsonOption } from './output.js';

const PATH = '/v1/images/comparisons';
const summary = z.looseObject({
  id: z.string(),
  created: z.number(),
  status: z.string(),
  credits_used: z.number(),
  counts: z.looseObject({ total: z.number(), succeeded: z.number() }),
});

/** `atelier comparisons`: those that were begun; `atelier compare` begins one. */
export function registerComparisons(program: Command): void {
  const command = program
    .command('comparisons')
    .description('comparisons that were begun (see also: compare)');
  addListOptions(
    command.command('list', { isDefault: true }).description('all of them, newest first'),
  ).action(async (options: ListOptions) => {
    await printList(connectionFrom(process.env), options, {
      path: PATH,
      item: summary,
      header: ['id', 'time', 'status', 'cells', 'credits'],
      right: [3, 4],
      row: ({ id, created, status, counts, credits_used: used }) => [
        id,
        timeText(created),
        status,
        `${counts.succeeded}/${counts.total}`,
        String(used),
      ],
    });
  });
  command
    .command('get')
    .description('one of them: its table, or with --json every cell')
    .argument('<id>', 'cmp_…')
    .option('--json', 'as the server answers')
    .action(async (id: string, { json }: JsonOption) => {
      const one = await callApi(connectionFrom(process.env), 'GET', pathOf(id), seenComparison);
      if (json === true) printJson(one);
      else
        print(
          ...resultLines(one),
          ...(one.sheet === undefined ? [] : [`contact sheet ${one.sheet.file_id}`]),
        );
    });
  command
    .command('cancel')
    .description('give up what has not begun; cells that run are kept')
    .argument('<id>', 'cmp_…')
    .option('--json', 'as the server answers')
    .action(async (id: string, { json }: JsonOption) => {
      const one = await callApi(connectionFrom(process.env), 'DELETE', pathOf(id), summary);
      if (json === true) printJson(one);
      else print(`${one.status}, ${one.credits_used} credits`);
    });
  command
    .command('watch')
    .description('print its events until its end, an object on each line')
    .argument('<id>', 'cmp_…')
    .action(async (id: string) => {
      await printEvents(`${pathOf(id)}/events`, (event) => !event.startsWith('cell_'));
    });
}

function pathOf(id: string): string {
  return `${PATH}/${encodeURIComponent(id)}`;
}
