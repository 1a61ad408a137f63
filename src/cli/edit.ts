import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { callApi, CliError, connectionFrom } from './client.js';
import { print, printJson, type JsonOption } from './output.js';
import { pictures, savePictures, withProgress } from './pictures.js';
import { readPrompt } from './prompts.js';
import { addRequestOptions, requestFrom, type RequestOptions } from './request/request-options.js';

/** JSON bodies end at 64 MiB, and base64 takes a third more. */
const MAX_BYTES = 45 * 1024 * 1024;
const MIME_TYPES: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.webp': 'image/webp',
  '.avif': 'image/avif',
  '.gif': 'image/gif',
};

const accepted = z.looseObject({ id: z.string() });
const plan = z.looseObject({
  model: z.string(),
  quote: z.object({ credits: z.number() }),
  candidates: z.array(
    z.looseObject({ model: z.string(), route: z.string(), country: z.string(), credits: z.number() }),
  ),
  adjustments: z.array(z.looseObject({ param: z.string(), reason: z.string() })),
});

interface EditOptions extends RequestOptions, JsonOption {
  image?: string[];
  mask?: string;
  out: string;
  async?: boolean;
}

const PICTURES = 'a file, img_…, file_… or an http(s) address';

/** `atelier edit`: changes pictures; `atelier plan`: what a call would do and cost. */
export function registerEdit(program: Command): void {
  addRequestOptions(
    program
      .command('edit')
      .description('change pictures and save what comes')
      .argument('<prompt>', 'what to change: text, JSON of parts, or @FILE with either'),
  )
    .requiredOption('-i, --image <picture...>', `what to start from: ${PICTURES}`)
    .option('--mask <picture>', `transparent pixels are repainted, all others stay: ${PICTURES}`)
    .option('-o, --out <file>', 'where to save; several get -1, -2, …', 'edited.png')
    .option('--async', 'do not wait: print the id for `atelier wait`')
    .option('--json', 'as the server answers; the pictures are saved all the same')
    .addHelpText(
      'after',
      `
Examples:
  atelier edit "make it winter at dawn" -i bridge.png -o winter.png
  atelier edit "a red door" -i house.jpg --mask door-mask.png -m gpt-image-2
  atelier edit "the same at night" -i img_abc123 --set persist=true`,
    )
    .action(async (prompt: string, options: EditOptions) => {
      const connection = connectionFrom(process.env);
      const body = { response_format: 'url', ...requestFrom(options), ...(await picturesOf(options)) };
      const call = { ...body, prompt: await readPrompt(prompt) };
      if (options.async === true) {
        const headers = { prefer: 'respond-async' };
        const begun = await callApi(connection, 'POST', '/v1/images/edits', accepted, call, headers);
        if (options.json === true) printJson(begun);
        else print(begun.id);
        return;
      }
      const result = await withProgress('Editing', () =>
        callApi(connection, 'POST', '/v1/images/edits', pictures, call),
      );
      await savePictures(result, options.out, connection, options.json === true);
    });
  addRequestOptions(
    program
      .command('plan')
      .description('what a call would do and what it would cost; free, and nothing runs')
      .argument('[prompt]', 'text, JSON of parts, or @FILE with either; a recipe may say it'),
  )
    .option('-i, --image <picture...>', `plan an edit of it: ${PICTURES}`)
    .option('--mask <picture>', PICTURES)
    .option('--json', 'as the server answers, with the native calls')
    .addHelpText(
      'after',
      '\nExample:\n  atelier plan "a fox" -m gpt-image-2 -s 1792x1024 -n 4 --set adapt=strict',
    )
    .action(async (prompt: string | undefined, options: EditOptions) => {
      const body = {
        ...requestFrom(options),
        ...(await picturesOf(options)),
        ...(prompt === undefined ? {} : { prompt: await readPrompt(prompt) }),
      };
      const answer = await callApi(connectionFrom(process.env), 'POST', '/v1/images/plan', plan, body);
      if (options.json === true) printJson(answer);
      else showPlan(answer);
    });
}

function showPlan({ quote, candidates, adjustments }: z.output<typeof plan>): void {
  for (const [index, { model, route, country, credits }] of candidates.entries()) {
    print(`${index === 0 ? 'runs on' : 'else on'} ${model} (${route}, ${country}), ${credits} credits`);
  }
  for (const { param, reason } of adjustments) print(`adjusts ${param}: ${reason}`);
  print(`at most ${quote.credits} credits`);
}

async function picturesOf({ image, mask }: Pick<EditOptions, 'image' | 'mask'>) {
  return {
    ...(image === undefined ? {} : { images: await Promise.all(image.map(readPicture)) }),
    ...(mask === undefined ? {} : { mask: await readPicture(mask) }),
  };
}

/** @throws CliError for a file that can't be read or sent */
async function readPicture(given: string): Promise<unknown> {
  if (/^img_[a-z0-9]+$/.test(given)) return { image_id: given };
  if (/^file[_-][A-Za-z0-9]+$/.test(given)) return { file_id: given };
  if (/^(https?|data):/.test(given)) return given;
  const type = MIME_TYPES[path.extname(given).toLowerCase()];
  if (type === undefined)
    throw new CliError(
      `${given} must end in ${Object.keys(MIME_TYPES).join(', ')}, or be an id or an address`,
    );
  const bytes = await readFile(given).catch((error: unknown) => {
    throw new CliError(`${given} can't be read: ${error instanceof Error ? error.message : 'unknown error'}`);
  });
  if (bytes.length > MAX_BYTES) {
    throw new CliError(
      `${given} is larger than 45 MiB: send it by \`atelier files upload\`, and name its file_… here`,
    );
  }
  return `data:${type};base64,${bytes.toString('base64')}`;
}
