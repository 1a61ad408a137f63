import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { callApi, CliError, connectionFrom } from './client.js';
import { print, printJson, type JsonOption } from './output.js';

const recipe = z.looseObject({
  name: z.string(),
  version: z.number(),
  description: z.string().optional(),
  request: z.record(z.string(), z.json()),
  variables: z.record(z.string(), z.object({ default: z.string(), description: z.string() }).partial()),
});
type SavedRecipe = z.output<typeof recipe>;
const page = z.object({ data: z.array(recipe), last_id: z.string().optional(), has_more: z.boolean() });
const removed = z.object({ deleted: z.literal(true) });

interface SaveOptions {
  image?: string;
  request?: string;
  description?: string;
  var?: string[];
  json?: boolean;
}

/** `atelier recipes`: requests that are saved by name. */
export function registerRecipes(program: Command): void {
  const command = program.command('recipes').description('requests that are saved by name');
  command
    .command('list', { isDefault: true })
    .description('list recipes with their variables')
    .option('--json', 'as the server answers, a recipe on each line')
    .action(async ({ json }: JsonOption) => {
      const connection = connectionFrom(process.env);
      for (let after = '', more = true; more;) {
        const {
          data,
          last_id: last,
          has_more: hasMore,
        } = await callApi(connection, 'GET', `/v1/recipes?limit=1000${after}`, page);
        for (const one of data) print(json === true ? JSON.stringify(one) : line(one));
        after = `&after=${encodeURIComponent(last ?? '')}`;
        more = hasMore;
      }
    });
  command
    .command('save')
    .description('save the recipe of a picture or of a request; a name that is there gets its next version')
    .argument('<name>', 'lower-case words joined by hyphens')
    .option('--image <id>', 'a picture (img_…)')
    .option('--request <json>', 'fields of a request as JSON, or @FILE with them')
    .option('--description <text>', 'what it is for')
    .option('--var <name=default...>', 'declare a variable, with a default after =')
    .option('--json', 'as the server answers')
    .action(async (name: string, options: SaveOptions) => {
      const connection = connectionFrom(process.env);
      const { image, request, description, var: declared } = options;
      if (image === undefined && request === undefined) {
        throw new CliError('say what to save: --image img_… or --request {…}');
      }
      const body = {
        ...(request === undefined ? {} : { request: await readJson(request) }),
        ...(description === undefined ? {} : { description }),
        ...(declared === undefined ? {} : { variables: readDeclared(declared) }),
      };
      const path = `/v1/recipes/${encodeURIComponent(name)}`;
      const known = await callApi(connection, 'GET', '/v1/recipes?limit=1000', page);
      const isThere = known.data.some((one) => one.name === name);
      if (isThere && image !== undefined) {
        throw new CliError(
          `there is a recipe ${name} already; delete it, or take another name for the picture`,
        );
      }
      const saved = isThere
        ? await callApi(connection, 'PATCH', path, recipe, body)
        : await callApi(connection, 'POST', '/v1/recipes', recipe, {
            name,
            ...(image === undefined ? {} : { image_id: image }),
            ...body,
          });
      if (options.json === true) printJson(saved);
      else print(line(saved));
    });
  command
    .command('show')
    .description('print a recipe as JSON')
    .argument('<name>', 'name from the list')
    .option('--json', 'the same')
    .action(async (name: string) => {
      const path = `/v1/recipes/${encodeURIComponent(name)}`;
      const shown = await callApi(connectionFrom(process.env), 'GET', path, recipe);
      printJson(shown);
    });
  command
    .command('delete')
    .description('delete a recipe; pictures that were made of it stay')
    .argument('<name>', 'name from the list')
    .action(async (name: string) => {
      const path = `/v1/recipes/${encodeURIComponent(name)}`;
      await callApi(connectionFrom(process.env), 'DELETE', path, removed);
      process.stdout.write(`deleted ${name}\n`);
    });
}

function readDeclared(given: readonly string[]): Record<string, { default?: string }> {
  return Object.fromEntries(
    given.map((one) => {
      const at = one.indexOf('=');
      return at < 0 ? [one, {}] : [one.slice(0, at), { default: one.slice(at + 1) }];
    }),
  );
}

function line({ name, version, description, variables }: SavedRecipe): string {
  const names = Object.entries(variables).map(([variable, { default: text }]) =>
    text === undefined ? variable : `${variable}=${text}`,
  );
  return [name.padEnd(24), `v${version}`.padEnd(5), names.join(', '), description ?? '']
    .filter((part) => part !== '')
    .join('  ');
}

async function readJson(given: string): Promise<unknown> {
  try {
    const text = given.startsWith('@') ? await readFile(given.slice(1), 'utf8') : given;
    const value: unknown = JSON.parse(text);
    return value;
  } catch (error) {
    throw new CliError(
      `--request can’t be read: ${error instanceof Error ? error.message : 'unknown error'}`,
    );
  }
}
