import path from 'node:path';
import type { Piscina } from 'piscina';
import { openThreads } from '../../threads.js';
import type { DrawnSheet, Sheet } from './sheet.js';

/** The thread starts with the first sheet and ends when there was none for a minute; an idle one doesn't hold the process. */
let pool: Piscina<Sheet, DrawnSheet> | undefined;

/** Draws a contact sheet on a thread of its own. */
export async function drawSheet(sheet: Sheet): Promise<DrawnSheet> {
  pool ??= openPool();
  return pool.run(sheet);
}

function openPool(): Piscina<Sheet, DrawnSheet> {
  const ending = path.extname(import.meta.url);
  return openThreads<Sheet, DrawnSheet>(new URL(`./sheet-worker${ending}`, import.meta.url), {
    name: 'drawSheet',
    maxThreads: 1,
  });
}
