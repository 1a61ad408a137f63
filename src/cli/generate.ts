import type { Command } from 'commander';
import { z } from 'zod';
import { callApi, CliError, connectionFrom } from './client.js';
import { readPairs } from './recipes.js';
import { pictures, savePictures, withProgress } from './pictures.js';

const accepted = z.object({ id: z.string() });

interface GenerateOptions {
  model?: string;
  recipe?: string;
  var?: string[];
  size?: string;
  number?: string;
  out: string;
  seed?: string;
  quality?: string;
  format?: string;
  async?: boolean;
}

/** `atelier generate "…"`: draws, saves, and says what it cost. */
export function registerGenerate(program: Command): void {
  program
    .command('generate')
    .description('draw pictures and save them')
    .argument('[prompt]', 'what to draw; a recipe may say it')
    .option('-m, --model <slug>', 'model or alias; atelier-sketch unless a recipe says it')
    .option('-r, --recipe <name>', 'a saved recipe; the other options take the place of what it says')
    .option('--var <name=value...>', 'what stands for the variables of the recipe')
    .option('-s, --size <WxH>', 'size in pixels')
    .option('-n, --number <count>', 'number of pictures, 1 to 10')
    .option('-o, --out <file>', 'where to save; several get -1, -2, …', 'atelier.png')
    .option('--seed <number>', 'same seed, same start')
    .option('--quality <name>', 'low, standard, medium, high, hd, …')
    .option('--format <name>', 'png, jpeg, webp or avif')
    .option('--async', 'do not wait: print the id for `atelier wait`')
    .action(async (prompt: string | undefined, options: GenerateOptions) => {
      const connection = connectionFrom(process.env);
      const { recipe } = options;
      if (prompt === undefined && recipe === undefined)
        throw new CliError('say what to draw, or name a --recipe');
      const model = options.model ?? (recipe === undefined ? 'atelier-sketch' : undefined);
      const body = {
        response_format: 'url',
        ...(model === undefined ? {} : { model }),
        ...(prompt === undefined ? {} : { prompt }),
        ...(recipe === undefined ? {} : { recipe }),
        ...(options.var === undefined ? {} : { variables: readPairs(options.var) }),
        ...(options.number === undefined ? {} : { n: wholeNumber('--number', options.number) }),
        ...(options.size === undefined ? {} : { size: options.size }),
        ...(options.seed === undefined ? {} : { seed: wholeNumber('--seed', options.seed) }),
        ...(options.quality === undefined ? {} : { quality: options.quality }),
        ...(options.format === undefined ? {} : { output_format: options.format }),
      };
      if (options.async === true) {
        const headers = { prefer: 'respond-async' };
        const { id } = await callApi(connection, 'POST', '/v1/images/generations', accepted, body, headers);
        process.stdout.write(`${id}\n`);
        return;
      }
      const result = await withProgress(`Drawing with ${model ?? recipe ?? ''}`, () =>
        callApi(connection, 'POST', '/v1/images/generations', pictures, body),
      );
      await savePictures(result, options.out, connection);
    });
}

function wholeNumber(option: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new CliError(`${option} must be a whole number`);
  return Number(text);
}
