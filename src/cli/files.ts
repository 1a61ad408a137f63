import { openAsBlob } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { callApi, CliError, connectionFrom, openDownload, uploadForm } from './client.js';

const file = z.looseObject({
  id: z.string(),
  filename: z.string(),
  bytes: z.number(),
  purpose: z.string(),
  mime_type: z.string(),
  width: z.number(),
  height: z.number(),
  created_at: z.number(),
  expires_at: z.number().optional(),
});
type File = z.output<typeof file>;
const page = z.object({ data: z.array(file), has_more: z.boolean(), last_id: z.string().optional() });
const deleted = z.object({ deleted: z.literal(true) });

interface UploadOptions {
  readonly purpose: string;
  readonly expiresAfter?: string;
  readonly json?: boolean;
}

/** `atelier files`: list, upload, download and delete stored pictures; `atelier keep`: make one of a generated picture. */
export function registerFiles(program: Command): void {
  const command = program.command('files').description('pictures that are stored for good');
  command
    .command('list', { isDefault: true })
    .description('list files, newest first')
    .option('-p, --purpose <purpose>', 'vision, user_data or assistants')
    .option('-m, --model <slug>', 'only pictures that this model made')
    .option('--json', 'as the server answers, a file on each line')
    .action(async ({ json, ...filters }: { purpose?: string; model?: string; json?: boolean }) => {
      const query = new URLSearchParams({ limit: '100', ...filters });
      for (let more = true; more;) {
        const answer = await callApi(
          connectionFrom(process.env),
          'GET',
          `/v1/files?${query.toString()}`,
          page,
        );
        for (const one of answer.data) print(one, json);
        query.set('after', answer.last_id ?? '');
        more = answer.has_more;
      }
    });
  command
    .command('upload')
    .description('store pictures')
    .argument('<files...>', 'PNG, JPEG, WebP, AVIF or GIF')
    .option('-p, --purpose <purpose>', 'vision, user_data or assistants', 'vision')
    .option('--expires-after <seconds>', 'delete by itself after so many seconds, 3600 to 2592000')
    .option('--json', 'as the server answers, a file on each line')
    .action(async (names: readonly string[], options: UploadOptions) => {
      for (const name of names) {
        const form = new FormData();
        form.append('purpose', options.purpose);
        if (options.expiresAfter !== undefined) {
          form.append('expires_after[anchor]', 'created_at');
          form.append('expires_after[seconds]', options.expiresAfter);
        }
        form.append('file', await readable(name), path.basename(name));
        print(await uploadForm(connectionFrom(process.env), '/v1/files', form, file), options.json);
      }
    });
  command
    .command('get')
    .description('download a file')
    .argument('<id>', 'id from the list')
    .option('-o, --out <file>', 'where to save; omitted: under its own name')
    .option('--json', 'download nothing; tell what the server knows of it')
    .action(async (id: string, options: { out?: string; json?: boolean }) => {
      const connection = connectionFrom(process.env);
      const found = await callApi(connection, 'GET', `/v1/files/${encodeURIComponent(id)}`, file);
      if (options.json === true) {
        print(found, true);
        return;
      }
      const target = options.out ?? found.filename;
      const body = await openDownload(connection, `/v1/files/${encodeURIComponent(id)}/content`);
      const handle = await open(target, options.out === undefined ? 'wx' : 'w').catch((error: unknown) => {
        throw new CliError(`${target} can't be written: ${error instanceof Error ? error.message : ''}`);
      });
      await pipeline(Readable.fromWeb(body), handle.createWriteStream());
      process.stdout.write(`${target}  ${found.bytes} bytes\n`);
    });
  command
    .command('delete')
    .description('delete files for good')
    .argument('<ids...>', 'ids from the list')
    .action(async (ids: readonly string[]) => {
      for (const id of ids) {
        await callApi(connectionFrom(process.env), 'DELETE', `/v1/files/${encodeURIComponent(id)}`, deleted);
        process.stdout.write(`deleted ${id}\n`);
      }
    });
  program
    .command('keep')
    .description('keep a generated picture for good, within its hour')
    .argument('<image>', 'its id, img_…')
    .option('--json', 'as the server answers')
    .action(async (image: string, { json }: { json?: boolean }) => {
      print(await callApi(connectionFrom(process.env), 'POST', '/v1/files', file, { image_id: image }), json);
    });
}

function print(one: File, json?: boolean): void {
  if (json === true) {
    process.stdout.write(`${JSON.stringify(one)}\n`);
    return;
  }
  const { id, width, height, bytes, purpose, filename, expires_at: end } = one;
  const until = end === undefined ? '' : `  until ${new Date(end * 1000).toISOString()}`;
  process.stdout.write(`${id}  ${width}x${height}  ${bytes} bytes  ${purpose}  ${filename}${until}\n`);
}

/** Read while it is sent. */
async function readable(name: string): Promise<Blob> {
  try {
    return await openAsBlob(name);
  } catch (error) {
    throw new CliError(`${name} can't be read: ${error instanceof Error ? error.message : 'unknown error'}`);
  }
}
