import type { Command } from 'commander';
import { z } from 'zod';
import { callApi, CliError, connectionFrom } from './client.js';
import { addListOptions, printList, type ListOptions } from './list-pages.js';
import { print, printJson, printTable, timeText, type JsonOption } from './output.js';

const webhook = z.looseObject({
  id: z.string(),
  url: z.string(),
  events: z.array(z.string()),
  status: z.string(),
  disabled_reason: z.string().optional(),
  last_delivered_at: z.number().optional(),
  secret: z.string().optional(),
});
type Webhook = z.output<typeof webhook>;
const list = z.looseObject({ data: z.array(webhook) });
const delivery = z.looseObject({
  id: z.string(),
  event: z.string(),
  status: z.string(),
  attempts: z.number(),
  last_status: z.number().optional(),
  last_error: z.string().optional(),
  created: z.number(),
});
type Delivery = z.output<typeof delivery>;
const deleted = z.looseObject({ deleted: z.literal(true) });
const pathOf = (id: string) => `/v1/webhooks/${encodeURIComponent(id)}`;

interface WebhookOptions extends JsonOption {
  event?: string[];
  description?: string;
  url?: string;
  enable?: boolean;
  disable?: boolean;
}

/** `atelier webhooks`: who is told of what, and what became of it. */
export function registerWebhooks(program: Command): void {
  const command = program
    .command('webhooks')
    .description('addresses that are told of events (owner or admin key)');
  command
    .command('list', { isDefault: true })
    .description('all webhooks of the mode of your key')
    .option('--json', 'as the server answers')
    .action(async ({ json }: JsonOption) => {
      const answer = await callApi(connectionFrom(process.env), 'GET', '/v1/webhooks', list);
      if (json === true) printJson(answer);
      else if (answer.data.length === 0) print('none');
      else {
        printTable([
          ['id', 'status', 'delivered', 'url', 'events'],
          ...answer.data.map((one) => [
            one.id,
            one.disabled_reason ?? one.status,
            timeText(one.last_delivered_at),
            one.url,
            one.events.join(', '),
          ]),
        ]);
      }
    });
  command
    .command('create')
    .description('make a webhook; its secret is shown this once')
    .argument('<url>', 'where events are sent')
    .option('-e, --event <name...>', 'events; without it all')
    .option('--description <text>', 'what it is for')
    .option('--json', 'as the server answers')
    .addHelpText(
      'after',
      '\nExample:\n  atelier webhooks create https://example.com/hook -e generation.completed generation.failed',
    )
    .action(async (url: string, options: WebhookOptions) => {
      const body = { url, ...changeOf(options) };
      show(await callApi(connectionFrom(process.env), 'POST', '/v1/webhooks', webhook, body), options.json);
    });
  command
    .command('get')
    .description('one webhook')
    .argument('<id>', 'id from the list')
    .option('--json', 'as the server answers')
    .action(async (id: string, { json }: JsonOption) => {
      show(await callApi(connectionFrom(process.env), 'GET', pathOf(id), webhook), json);
    });
  command
    .command('update')
    .description('change a webhook, or switch it on and off')
    .argument('<id>', 'id from the list')
    .option('--url <url>', 'where events are sent')
    .option('-e, --event <name...>', 'events')
    .option('--description <text>', 'what it is for')
    .option('--enable', 'send again')
    .option('--disable', 'send nothing')
    .option('--json', 'as the server answers')
    .action(async (id: string, options: WebhookOptions) => {
      if (options.enable === true && options.disable === true) {
        throw new CliError('say --enable or --disable, not both');
      }
      const body = changeOf(options);
      show(await callApi(connectionFrom(process.env), 'PATCH', pathOf(id), webhook, body), options.json);
    });
  command
    .command('delete')
    .description('delete a webhook')
    .argument('<id>', 'id from the list')
    .action(async (id: string) => {
      await callApi(connectionFrom(process.env), 'DELETE', pathOf(id), deleted);
      print(`deleted ${id}`);
    });
  command
    .command('secret')
    .description('give a webhook a new secret; it is shown this once')
    .argument('<id>', 'id from the list')
    .option('--json', 'as the server answers')
    .action(async (id: string, { json }: JsonOption) => {
      show(await callApi(connectionFrom(process.env), 'POST', `${pathOf(id)}/secret`, webhook), json);
    });
  registerDeliveries(command);
}

function registerDeliveries(command: Command): void {
  command
    .command('test')
    .description('send a test delivery')
    .argument('<id>', 'id from the list')
    .option('--json', 'as the server answers')
    .action(async (id: string, { json }: JsonOption) => {
      showDelivery(await callApi(connectionFrom(process.env), 'POST', `${pathOf(id)}/test`, delivery), json);
    });
  addListOptions(
    command
      .command('deliveries')
      .description('what was sent, newest first')
      .argument('<id>', 'id from the list'),
  ).action(async (id: string, options: ListOptions) => {
    await printList(connectionFrom(process.env), options, {
      path: `${pathOf(id)}/deliveries`,
      item: delivery,
      header: ['id', 'time', 'event', 'status', 'attempts', 'answer'],
      row: rowOf,
    });
  });
  command
    .command('replay')
    .description('send a delivery again')
    .argument('<id>', 'id of the webhook')
    .argument('<delivery>', 'id from its deliveries')
    .option('--json', 'as the server answers')
    .action(async (id: string, sent: string, { json }: JsonOption) => {
      const path = `${pathOf(id)}/deliveries/${encodeURIComponent(sent)}/replay`;
      showDelivery(await callApi(connectionFrom(process.env), 'POST', path, delivery), json);
    });
}

function changeOf({ url, event, description, enable, disable }: WebhookOptions) {
  return {
    ...(url === undefined ? {} : { url }),
    ...(event === undefined ? {} : { events: event }),
    ...(description === undefined ? {} : { description }),
    ...(enable === true ? { enabled: true } : {}),
    ...(disable === true ? { enabled: false } : {}),
  };
}

function show(one: Webhook, json: boolean | undefined): void {
  if (json === true) {
    printJson(one);
    return;
  }
  print(`${one.id}  ${one.status}  ${one.url}`, one.events.join(', '));
  if (one.secret !== undefined) print(one.secret);
}

function showDelivery(one: Delivery, json: boolean | undefined): void {
  if (json === true) printJson(one);
  else print(rowOf(one).join('  ').trimEnd());
}

function rowOf(one: Delivery): readonly string[] {
  return [
    one.id,
    timeText(one.created),
    one.event,
    one.status,
    String(one.attempts),
    one.last_error ?? (one.last_status === undefined ? '' : String(one.last_status)),
  ];
}
