import { Option, type Command } from 'commander';
import { z } from 'zod';
import { callApi, CliError, connectionFrom } from './client.js';
import { print, printJson, printTable, timeText, type JsonOption } from './output.js';
import { readSettings } from './settings-values.js';
import { unixSeconds } from './times.js';

const key = z.looseObject({
  id: z.string(),
  name: z.string(),
  kind: z.string(),
  role: z.string(),
  prefix: z.string(),
  expires_at: z.number().optional(),
  last_used_at: z.number().optional(),
  limits: z.looseObject({}),
});
const keys = z.looseObject({ data: z.array(key) });
const newKey = z.looseObject({ id: z.string(), key: z.string() });
const deleted = z.looseObject({ deleted: z.literal(true) });
const pathOf = (id: string) => `/v1/keys/${encodeURIComponent(id)}`;

export const KINDS = ['live', 'test'];
export const ROLES = ['owner', 'admin', 'developer', 'billing', 'viewer'];

interface CreateOptions extends JsonOption {
  kind: string;
  role: string;
  expires?: string;
  limit?: string[];
}

/** `atelier keys`: list, make, change and revoke keys of the own workspace. */
export function registerKeys(program: Command): void {
  const command = program.command('keys').description('keys of your workspace (owner or admin)');
  command
    .command('list', { isDefault: true })
    .description('list keys')
    .option('--json', 'as the server answers')
    .action(async ({ json }: JsonOption) => {
      const answer = await callApi(connectionFrom(process.env), 'GET', '/v1/keys', keys);
      if (json === true) printJson(answer);
      else printTable([HEADER, ...answer.data.map(rowOf)]);
    });
  command
    .command('create')
    .description('make a key; it is shown this once')
    .argument('<name>', 'what it is for')
    .addOption(new Option('--kind <kind>', 'live or test').choices(KINDS).default('test'))
    .addOption(new Option('--role <role>', 'what it may do').choices(ROLES).default('developer'))
    .option('--expires <time>', 'when it ends: 2026-12-31, 2026-12-31T12:00:00Z or Unix seconds')
    .option(
      '--limit <name=value...>',
      'requests_per_minute, images_in_flight, monthly_credits, storage_bytes, models',
    )
    .option('--json', 'as the server answers')
    .addHelpText(
      'after',
      '\nExample:\n  atelier keys create shop --kind live --limit monthly_credits=500 requests_per_minute=60',
    )
    .action(async (name: string, { kind, role, expires, limit, json }: CreateOptions) => {
      const body = {
        name,
        kind,
        role,
        ...(expires === undefined ? {} : { expires_at: Number(unixSeconds('--expires', expires)) }),
        ...(limit === undefined ? {} : { limits: readSettings(limit) }),
      };
      const made = await callApi(connectionFrom(process.env), 'POST', '/v1/keys', newKey, body);
      if (json === true) printJson(made);
      else print(made.id, made.key);
    });
  command
    .command('update')
    .description('change the name or the limits of a key; null lifts a limit')
    .argument('<id>', 'id from the list')
    .option('--name <name>', 'what it is for')
    .option('--limit <name=value...>', 'as for create; null lifts it')
    .option('--json', 'as the server answers')
    .action(async (id: string, { name, limit, json }: JsonOption & { name?: string; limit?: string[] }) => {
      if (name === undefined && limit === undefined)
        throw new CliError('say what to change: --name or --limit');
      const body = {
        ...(name === undefined ? {} : { name }),
        ...(limit === undefined ? {} : { limits: readSettings(limit) }),
      };
      const changed = await callApi(connectionFrom(process.env), 'PATCH', pathOf(id), key, body);
      if (json === true) printJson(changed);
      else printTable([HEADER, rowOf(changed)]);
    });
  command
    .command('revoke')
    .description('revoke a key at once')
    .argument('<id>', 'id from the list')
    .action(async (id: string) => {
      await callApi(connectionFrom(process.env), 'DELETE', pathOf(id), deleted);
      print(`revoked ${id}`);
    });
}

const HEADER = ['id', 'kind', 'role', 'key', 'used', 'expires', 'limits', 'name'];

function rowOf(one: z.output<typeof key>): readonly string[] {
  const limits = Object.entries(one.limits).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return [
    one.id,
    one.kind,
    one.role,
    one.prefix,
    timeText(one.last_used_at),
    timeText(one.expires_at),
    limits.length === 0 ? '-' : limits.join(' '),
    one.name,
  ];
}
