import type { Command } from 'commander';
import { z } from 'zod';
import { callApi, connectionFrom } from './client.js';

const keys = z.object({
  data: z.array(
    z.object({ id: z.string(), name: z.string(), kind: z.string(), role: z.string(), prefix: z.string() }),
  ),
});
const newKey = z.object({ id: z.string(), key: z.string() });
const deleted = z.object({ deleted: z.literal(true) });

/** `atelier keys`: list, make and revoke keys of the own workspace. */
export function registerKeys(program: Command): void {
  const command = program.command('keys').description('keys of your workspace (owner or admin)');
  command
    .command('list', { isDefault: true })
    .description('list keys')
    .action(async () => {
      const { data } = await callApi(connectionFrom(process.env), 'GET', '/v1/keys', keys);
      for (const key of data) {
        process.stdout.write(
          `${key.id}  ${key.kind.padEnd(4)}  ${key.role.padEnd(9)}  ${key.prefix.padEnd(13)}  ${key.name}\n`,
        );
      }
    });
  command
    .command('create')
    .description('make a key; it is shown this once')
    .argument('<name>', 'what it is for')
    .option('--kind <kind>', 'live or test', 'test')
    .option('--role <role>', 'owner, admin, developer, billing or viewer', 'developer')
    .action(async (name: string, options: { kind: string; role: string }) => {
      const made = await callApi(connectionFrom(process.env), 'POST', '/v1/keys', newKey, {
        name,
        ...options,
      });
      process.stdout.write(`${made.id}\n${made.key}\n`);
    });
  command
    .command('revoke')
    .description('revoke a key at once')
    .argument('<id>', 'id from the list')
    .action(async (id: string) => {
      await callApi(connectionFrom(process.env), 'DELETE', `/v1/keys/${encodeURIComponent(id)}`, deleted);
      process.stdout.write(`revoked ${id}\n`);
    });
}
