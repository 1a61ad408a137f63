import type { Command } from 'commander';
import { z } from 'zod';
import { callApi, connectionFrom } from './client.js';
import { addListOptions, printList, type ListOptions } from './list-pages.js';
import { print, printJson, timeText, type JsonOption } from './output.js';
import { unixSeconds } from './times.js';

const image = z.looseObject({
  id: z.string(),
  created: z.number(),
  generation_id: z.string(),
  model: z.string(),
  operation: z.string(),
  prompt: z.string().optional(),
  width: z.number(),
  height: z.number(),
  mime_type: z.string(),
  bytes: z.number(),
  sha256: z.string(),
  url: z.string().optional(),
  file_id: z.string().optional(),
  expires_at: z.number(),
});
const anything = z.looseObject({});
const MAX_PROMPT = 60;

interface ImageFilters extends ListOptions {
  model?: string;
  operation?: string;
  kept?: boolean;
  parent?: string;
  since?: string;
  until?: string;
}

/** `atelier images`: pictures that are there, and what is known of each. */
export function registerImages(program: Command): void {
  const command = program
    .command('images')
    .description('pictures that are there (see also: keep, replay, export)');
  addListOptions(command.command('list', { isDefault: true }).description('pictures, newest first'))
    .option('-m, --model <slug>', 'only pictures that this model made')
    .option('--operation <name>', 'generate or edit')
    .option('--kept', 'only those that a file keeps')
    .option('--parent <image>', 'only those that were edited from this one')
    .option('--since <time>', 'made at that time or later: 2026-11-22, 2026-11-22T12:00:00Z or Unix seconds')
    .option('--until <time>', 'made at that time or earlier')
    .addHelpText(
      'after',
      '\nExample:\n  atelier images list --model dall-e-3 --since 2026-11-01 --json | jq -r .url',
    )
    .action(async (options: ImageFilters) => {
      await printList(connectionFrom(process.env), options, {
        path: '/v1/images',
        item: image,
        filters: {
          model: options.model,
          operation: options.operation,
          parent: options.parent,
          ...(options.kept === true ? { kept: 'true' } : {}),
          created_after: unixSeconds('--since', options.since),
          created_before: unixSeconds('--until', options.until),
        },
        header: ['id', 'time', 'size', 'model', 'until', 'prompt'],
        row: (one) => [
          one.id,
          timeText(one.created),
          `${one.width}x${one.height}`,
          one.model,
          one.file_id ?? timeText(one.expires_at),
          shorten(one.prompt ?? ''),
        ],
      });
    });
  command
    .command('get')
    .description('what is known of a picture, with a fresh link')
    .argument('<image>', 'img_…')
    .option('--json', 'as the server answers')
    .action(async (id: string, { json }: JsonOption) => {
      const one = await callApi(connectionFrom(process.env), 'GET', pathOf(id), image);
      if (json === true) printJson(one);
      else {
        print(
          `${one.id}  ${one.width}x${one.height}  ${one.mime_type}  ${one.bytes} bytes  ${one.model}`,
          ...(one.prompt === undefined ? [] : [one.prompt]),
          `sha256 ${one.sha256}`,
          one.url ?? 'its bytes are gone',
        );
      }
    });
  for (const [name, what] of [
    ['provenance', 'where a picture comes from, by the record and by its bytes, as JSON'],
    ['recipe', 'how a picture was made, as JSON'],
  ] as const) {
    command
      .command(name)
      .description(what)
      .argument('<image>', 'img_…')
      .option('--json', 'the same')
      .action(async (id: string) => {
        printJson(await callApi(connectionFrom(process.env), 'GET', `${pathOf(id)}/${name}`, anything));
      });
  }
}

function pathOf(id: string): string {
  return `/v1/images/${encodeURIComponent(id)}`;
}

function shorten(prompt: string): string {
  const letters = Array.from(prompt.replace(/\s+/g, ' '));
  return letters.length > MAX_PROMPT ? `${letters.slice(0, MAX_PROMPT - 1).join('')}…` : letters.join('');
}
