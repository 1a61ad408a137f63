import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { spinner } from '@clack/prompts';
import type { Command } from 'commander';
import { z } from 'zod';
import { callApi, CliError, connectionFrom, download } from './client.js';

const answer = z.object({
  status: z.string(),
  model: z.string(),
  credits_used: z.number(),
  data: z.array(z.object({ url: z.string(), width: z.number(), height: z.number(), mime_type: z.string() })),
  adjustments: z.array(z.object({ param: z.string(), reason: z.string() })),
  errors: z.array(z.object({ message: z.string() })),
});

interface GenerateOptions {
  model: string;
  size?: string;
  number: string;
  out: string;
  seed?: string;
  quality?: string;
  format?: string;
}

/** `atelier generate "…"`: draws, saves, and says what it cost. */
export function registerGenerate(program: Command): void {
  program
    .command('generate')
    .description('draw pictures and save them')
    .argument('<prompt>', 'what to draw')
    .option('-m, --model <slug>', 'model or alias', 'atelier-sketch')
    .option('-s, --size <WxH>', 'size in pixels')
    .option('-n, --number <count>', 'number of pictures, 1 to 10', '1')
    .option('-o, --out <file>', 'where to save; several get -1, -2, …', 'atelier.png')
    .option('--seed <number>', 'same seed, same start')
    .option('--quality <name>', 'low, standard, medium, high, hd, …')
    .option('--format <name>', 'png, jpeg, webp or avif')
    .action(async (prompt: string, options: GenerateOptions) => {
      const connection = connectionFrom(process.env);
      const body = {
        model: options.model,
        prompt,
        n: wholeNumber('--number', options.number),
        response_format: 'url',
        ...(options.size === undefined ? {} : { size: options.size }),
        ...(options.seed === undefined ? {} : { seed: wholeNumber('--seed', options.seed) }),
        ...(options.quality === undefined ? {} : { quality: options.quality }),
        ...(options.format === undefined ? {} : { output_format: options.format }),
      };
      const result = await withProgress(`Drawing with ${options.model}`, () =>
        callApi(connection, 'POST', '/v1/images/generations', answer, body),
      );
      for (const [index, image] of result.data.entries()) {
        const file = numbered(options.out, index, result.data.length);
        await writeFile(file, await download(connection, image.url));
        process.stdout.write(`${file}  ${image.width}x${image.height}  ${image.mime_type}\n`);
      }
      process.stdout.write(`model ${result.model}, ${result.credits_used} credits\n`);
      for (const { param, reason } of result.adjustments)
        process.stdout.write(`adjusted ${param}: ${reason}\n`);
      for (const { message } of result.errors) process.stderr.write(`missing: ${message}\n`);
    });
}

/** A spinner for people; silence where output is read by programs. */
async function withProgress<T>(what: string, work: () => Promise<T>): Promise<T> {
  if (!process.stderr.isTTY) return work();
  const progress = spinner({ output: process.stderr, indicator: 'timer' });
  progress.start(what);
  try {
    const result = await work();
    progress.stop(what);
    return result;
  } catch (error) {
    progress.error(what);
    throw error;
  }
}

function wholeNumber(option: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new CliError(`${option} must be a whole number`);
  return Number(text);
}

function numbered(file: string, index: number, count: number): string {
  if (count === 1) return file;
  const { dir, name, ext } = path.parse(file);
  return path.join(dir, `${name}-${index + 1}${ext}`);
}
