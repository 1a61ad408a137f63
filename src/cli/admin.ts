import { Option, type Command } from 'commander';
import { z } from 'zod';
import { adminConnectionFrom, callApi, openDownload } from './client.js';
import { KINDS, ROLES } from './keys.js';
import { addListOptions, printList, queryOf, type ListOptions } from './list-pages.js';
import { creditsValue } from './option-values.js';
import { print, printJson, printTable, timeText, type JsonOption } from './output.js';
import { readSettings } from './settings-values.js';
import { unixSeconds } from './times.js';

const account = z.looseObject({ balance: z.number() });
const workspace = z.looseObject({
  id: z.string(),
  name: z.string(),
  created: z.number(),
  credits: z.looseObject({ live: account, test: account }),
});
const made = z.looseObject({ id: z.string() });
const newKey = z.looseObject({ id: z.string(), key: z.string() });
const balance = z.looseObject({ mode: z.string(), balance: z.number(), available: z.number() });
const routes = z.looseObject({
  data: z.array(
    z.looseObject({
      id: z.string(),
      model: z.string(),
      country: z.string(),
      usable: z.boolean(),
      reason: z.string().optional(),
      state: z.string().optional(),
      traffic: z
        .looseObject({
          calls: z.number(),
          success_rate: z.number().optional(),
          latency_p50_ms: z.number().optional(),
        })
        .optional(),
    }),
  ),
});
const anything = z.looseObject({});

interface CreditOptions extends JsonOption {
  kind: string;
  mode: string;
  expires?: string;
  note: string;
}

/** `atelier admin`: what the operator of a gateway does, with ATELIER_ADMIN_TOKEN. */
export function registerAdmin(program: Command): void {
  const command = program
    .command('admin')
    .description('for the operator of the gateway: takes ATELIER_ADMIN_TOKEN instead of a key');
  registerWorkspaces(command);
  registerRoutes(command);
  command
    .command('keys')
    .description('keys of any workspace')
    .command('create')
    .description('make a key; it is shown this once')
    .argument('<workspace>', 'ws_…')
    .argument('<name>', 'what it is for')
    .addOption(new Option('--kind <kind>', 'live or test').choices(KINDS).default('test'))
    .addOption(new Option('--role <role>', 'what it may do').choices(ROLES).default('owner'))
    .option('--json', 'as the server answers')
    .action(
      async (id: string, name: string, { kind, role, json }: JsonOption & { kind: string; role: string }) => {
        const body = { workspace: id, name, kind, role };
        const key = await callApi(adminConnectionFrom(process.env), 'POST', '/v1/admin/keys', newKey, body);
        if (json === true) printJson(key);
        else print(key.id, key.key);
      },
    );
  registerMargin(command);
  const policy = command.command('policy').description('rules for every workspace');
  policy
    .command('show', { isDefault: true })
    .description('the rules, as JSON')
    .option('--json', 'the same')
    .action(async () => {
      printJson(await callApi(adminConnectionFrom(process.env), 'GET', '/v1/admin/policy', anything));
    });
  policy
    .command('set')
    .description('change rules')
    .argument('<name=value...>', 'blocked_countries, models_without_content_policy')
    .option('--json', 'as the server answers, which is what is printed anyway')
    .addHelpText('after', `\nExample:\n  atelier admin policy set blocked_countries='["CN"]'`)
    .action(async (pairs: readonly string[]) => {
      const body = readSettings(pairs);
      printJson(await callApi(adminConnectionFrom(process.env), 'PATCH', '/v1/admin/policy', anything, body));
    });
  command
    .command('lifecycle')
    .description('which models in use end, and whom it meets, as JSON')
    .option('--on <day>', 'as it will be on a day, 2027-01-31')
    .option('--json', 'the same')
    .action(async ({ on }: { on?: string }) => {
      const path = `/v1/admin/lifecycle${queryOf({ on })}`;
      printJson(await callApi(adminConnectionFrom(process.env), 'GET', path, anything));
    });
  command
    .command('metrics')
    .description('metrics of the process that answers, as Prometheus reads them')
    .action(async () => {
      const body = await openDownload(adminConnectionFrom(process.env), '/metrics');
      process.stdout.write(await new Response(body).text());
    });
}

function registerWorkspaces(admin: Command): void {
  const command = admin.command('workspaces').description('workspaces and their balances');
  addListOptions(
    command.command('list', { isDefault: true }).description('all of them, newest first'),
  ).action(async (options: ListOptions) => {
    await printList(adminConnectionFrom(process.env), options, {
      path: '/v1/admin/workspaces',
      item: workspace,
      header: ['id', 'made', 'live credits', 'test credits', 'name'],
      right: [2, 3],
      row: ({ id, created, credits, name }) => [
        id,
        timeText(created),
        String(credits.live.balance),
        String(credits.test.balance),
        name,
      ],
    });
  });
  command
    .command('create')
    .description('make a workspace')
    .argument('<name>', 'its name')
    .option('--credits <credits>', 'live and test credits that it begins with', '0')
    .option('--json', 'as the server answers')
    .action(async (name: string, { credits, json }: JsonOption & { credits: string }) => {
      const body = { name, credits: creditsValue('--credits', credits) };
      const one = await callApi(adminConnectionFrom(process.env), 'POST', '/v1/admin/workspaces', made, body);
      if (json === true) printJson(one);
      else print(one.id);
    });
  command
    .command('credits')
    .description('give a workspace credits')
    .argument('<workspace>', 'ws_…')
    .argument('<credits>', 'how many')
    .addOption(new Option('--mode <mode>', 'live or test').choices(KINDS).default('live'))
    .addOption(
      new Option('--kind <kind>', 'top_up never expires, grant may')
        .choices(['grant', 'top_up'])
        .default('top_up'),
    )
    .option('--expires <time>', 'when a grant ends: 2026-12-31, 2026-12-31T12:00:00Z or Unix seconds')
    .option('--note <text>', 'stands in the ledger', 'from the command line')
    .option('--json', 'as the server answers')
    .action(async (id: string, credits: string, { kind, mode, expires, note, json }: CreditOptions) => {
      const body = {
        credits: creditsValue('<credits>', credits),
        mode,
        kind,
        note,
        ...(expires === undefined ? {} : { expires_at: Number(unixSeconds('--expires', expires)) }),
      };
      const path = `/v1/admin/workspaces/${encodeURIComponent(id)}/credits`;
      const now = await callApi(adminConnectionFrom(process.env), 'POST', path, balance, body);
      if (json === true) printJson(now);
      else print(`${now.mode}: ${now.balance} credits, ${now.available} available`);
    });
}

function registerRoutes(admin: Command): void {
  const command = admin.command('routes').description('health of the routes to providers');
  command
    .command('list', { isDefault: true })
    .description('every route, whether it is usable, and what its calls were like')
    .option('--json', 'as the server answers, with the state of every key')
    .action(async ({ json }: JsonOption) => {
      const answer = await callApi(adminConnectionFrom(process.env), 'GET', '/v1/admin/routes', routes);
      if (json === true) printJson(answer);
      else {
        printTable(
          [
            ['model', 'route', 'country', 'state', 'calls', 'success', 'median'],
            ...answer.data.map(({ model, id, country, usable, reason, state, traffic }) => [
              model,
              id,
              country,
              usable ? (state ?? 'usable') : (reason ?? 'not usable'),
              String(traffic?.calls ?? 0),
              traffic?.success_rate === undefined ? '-' : `${Math.round(traffic.success_rate * 100)} %`,
              traffic?.latency_p50_ms === undefined ? '-' : `${traffic.latency_p50_ms} ms`,
            ]),
          ],
          [4, 5, 6],
        );
      }
    });
  command
    .command('reset')
    .description('call paused routes and parked keys again')
    .action(async () => {
      await callApi(adminConnectionFrom(process.env), 'POST', '/v1/admin/routes/reset', anything);
      print('paused routes and parked keys are called again');
    });
}

function registerMargin(admin: Command): void {
  const command = admin.command('margin').description('the margin on what providers cost');
  command
    .command('show', { isDefault: true })
    .description('the margin, as JSON')
    .option('--json', 'the same')
    .action(async () => {
      printJson(await callApi(adminConnectionFrom(process.env), 'GET', '/v1/admin/margin', anything));
    });
  command
    .command('set')
    .description('set the margin')
    .argument('<percent>', 'for all models')
    .option('--model <slug=percent...>', 'other percents for single models')
    .option('--json', 'as the server answers, which is what is printed anyway')
    .action(async (percent: string, { model }: { model?: string[] }) => {
      const models = Object.fromEntries(
        (model ?? []).map((pair) => {
          const at = pair.lastIndexOf('=');
          return [pair.slice(0, at), creditsValue(`--model ${pair.slice(0, at)}`, pair.slice(at + 1))];
        }),
      );
      const body = {
        percent: creditsValue('<percent>', percent),
        ...(model === undefined ? {} : { models }),
      };
      printJson(await callApi(adminConnectionFrom(process.env), 'PUT', '/v1/admin/margin', anything, body));
    });
}
