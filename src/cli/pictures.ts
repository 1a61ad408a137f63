import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { spinner } from '@clack/prompts';
import { z } from 'zod';
import { download, type Connection } from './client.js';
import { EXIT } from './exit-codes.js';
import { printJson } from './output.js';

/** A generation that has ended, as far as the command line needs it. */
export const pictures = z.looseObject({
  status: z.string(),
  model: z.string(),
  credits_used: z.number(),
  data: z.array(
    z.looseObject({
      id: z.string(),
      url: z.string(),
      width: z.number(),
      height: z.number(),
      mime_type: z.string(),
    }),
  ),
  adjustments: z.array(z.looseObject({ param: z.string(), reason: z.string() })),
  errors: z.array(z.looseObject({ message: z.string() })),
});

/**
 * Saves the pictures of a generation and says what it cost. The exit code tells of pictures that are missing.
 * @param out where; several get -1, -2, …
 * @param json prints the answer of the server, with the `file` of each picture
 */
export async function savePictures(
  result: z.output<typeof pictures>,
  out: string,
  connection: Connection,
  json = false,
): Promise<void> {
  if (result.errors.length > 0) process.exitCode = EXIT.partly;
  if (json) {
    const data = [];
    for (const [index, image] of result.data.entries()) {
      const file = numbered(out, index, result.data.length);
      await writeFile(file, await download(connection, image.url));
      data.push({ ...image, file });
    }
    printJson({ ...result, data });
    return;
  }
  for (const [index, image] of result.data.entries()) {
    const file = numbered(out, index, result.data.length);
    await writeFile(file, await download(connection, image.url));
    process.stdout.write(`${file}  ${image.width}x${image.height}  ${image.mime_type}\n`);
  }
  process.stdout.write(`model ${result.model}, ${result.credits_used} credits\n`);
  for (const { param, reason } of result.adjustments) process.stdout.write(`adjusted ${param}: ${reason}\n`);
  for (const { message } of result.errors) process.stderr.write(`missing: ${message}\n`);
}

/** A spinner for people; silence where output is read by programs. */
export async function withProgress<T>(what: string, work: () => Promise<T>): Promise<T> {
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

function numbered(file: string, index: number, count: number): string {
  if (count === 1) return file;
  const { dir, name, ext } = path.parse(file);
  return path.join(dir, `${name}-${index + 1}${ext}`);
}
