import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { callApi, CliError, connectionFrom, type Connection } from './client.js';
import { print, printJson, type JsonOption } from './output.js';
import { pictures, savePictures, withProgress } from './pictures.js';

const POLL_MS = 1_000;

const status = z.looseObject({
  status: z.string(),
  credits_used: z.number(),
  error: z.looseObject({ message: z.string(), code: z.string() }).optional(),
});

/** `atelier wait ID` and `atelier cancel ID`: for calls that were answered at once. */
export function registerJobs(program: Command): void {
  program
    .command('wait')
    .description('wait for a generation and save its pictures')
    .argument('<id>', 'as `atelier generate --async` printed it')
    .option('-o, --out <file>', 'where to save; several get -1, -2, …', 'atelier.png')
    .option('--json', 'as the server answers; the pictures are saved all the same')
    .action(async (id: string, options: { out: string; json?: boolean }) => {
      const connection = connectionFrom(process.env);
      const ended = await withProgress(`Waiting for ${id}`, () => waitForEnd(connection, id));
      const { error } = status.parse(ended);
      if (error !== undefined) throw new CliError(`${error.message} (${error.code})`);
      await savePictures(pictures.parse(ended), options.out, connection, options.json === true);
    });
  program
    .command('cancel')
    .description('give a generation up; pictures that have come are kept')
    .argument('<id>', 'as `atelier generate --async` printed it')
    .option('--json', 'as the server answers')
    .action(async (id: string, { json }: JsonOption) => {
      const path = `/v1/images/generations/${encodeURIComponent(id)}`;
      const ended = await callApi(connectionFrom(process.env), 'DELETE', path, status);
      if (json === true) printJson(ended);
      else print(`${ended.status}, ${ended.credits_used} credits`);
    });
}

async function waitForEnd(connection: Connection, id: string): Promise<unknown> {
  for (;;) {
    const path = `/v1/images/generations/${encodeURIComponent(id)}`;
    const generation = await callApi(connection, 'GET', path, status);
    if (generation.status !== 'queued' && generation.status !== 'running') return generation;
    await sleep(POLL_MS);
  }
}
