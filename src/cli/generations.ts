import type { Command } from 'commander';
import { z } from 'zod';
import { callApi, connectionFrom } from './client.js';
import { receiveEvents } from './event-stream.js';
import { addListOptions, printList, type ListOptions } from './list-pages.js';
import { print, printJson, timeText, type JsonOption } from './output.js';

const generation = z.looseObject({
  id: z.string(),
  status: z.string(),
  created: z.number(),
  model: z.string(),
  credits_used: z.number(),
  data: z.array(z.looseObject({ id: z.string(), url: z.string().optional() })),
  adjustments: z.array(z.looseObject({ param: z.string(), reason: z.string() })),
  errors: z.array(z.looseObject({ message: z.string() })),
  error: z.looseObject({ message: z.string(), code: z.string() }).optional(),
});
const PATH = '/v1/images/generations';

/** `atelier generations`: what was asked for, and what became of it. */
export function registerGenerations(program: Command): void {
  const command = program
    .command('generations')
    .description('records of generations and edits (see also: wait, cancel)');
  addListOptions(
    command.command('list', { isDefault: true }).description('all of them, newest first'),
  ).action(async (options: ListOptions) => {
    await printList(connectionFrom(process.env), options, {
      path: PATH,
      item: generation,
      header: ['id', 'time', 'status', 'model', 'pictures', 'credits'],
      right: [4, 5],
      row: (one) => [
        one.id,
        timeText(one.created),
        one.error?.code ?? one.status,
        one.model,
        String(one.data.length),
        String(one.credits_used),
      ],
    });
  });
  command
    .command('get')
    .description('one of them, with fresh links to its pictures')
    .argument('<id>', 'gen_…')
    .option('--json', 'as the server answers, receipt and attempts included')
    .action(async (id: string, { json }: JsonOption) => {
      const path = `${PATH}/${encodeURIComponent(id)}`;
      const one = await callApi(connectionFrom(process.env), 'GET', path, generation);
      if (json === true) printJson(one);
      else {
        print(
          `${one.id}  ${timeText(one.created)}  ${one.status}  model ${one.model}, ${one.credits_used} credits`,
        );
        for (const { id: image, url } of one.data) print(`${image}  ${url ?? ''}`.trimEnd());
        for (const { param, reason } of one.adjustments) print(`adjusted ${param}: ${reason}`);
        for (const { message } of one.errors) print(`missing: ${message}`);
        if (one.error !== undefined) print(`failed: ${one.error.message} (${one.error.code})`);
      }
    });
  command
    .command('watch')
    .description('print its events until its end, an object on each line')
    .argument('<id>', 'gen_…')
    .action(async (id: string) => {
      const path = `${PATH}/${encodeURIComponent(id)}/events`;
      await printEvents(path, (event) => /(^|\.)(completed|failed|cancelled|error)$/.test(event));
    });
}

/** Prints events of the server, without the bytes of partial pictures. @param isLast whether an event ends them */
export async function printEvents(path: string, isLast: (event: string) => boolean): Promise<void> {
  for await (const { event, data } of receiveEvents(connectionFrom(process.env), path, isLast)) {
    const parsed: unknown = JSON.parse(data);
    print(
      JSON.stringify({ event, data: parsed }, (name, value: unknown) =>
        name === 'b64_json' ? undefined : value,
      ),
    );
  }
}
