import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { TestServer } from './server.js';

const PROGRAM = path.resolve(import.meta.dirname, '../../dist/cli/main.js');
const CREDITS_PER_ROW = 4;

const rowSchema = z.object({
  object: z.literal('row'),
  row: z.number(),
  status: z.string(),
  attempt: z.number(),
  generation_id: z.string().optional(),
  credits: z.number().optional(),
  files: z
    .array(z.object({ file: z.string(), image_id: z.string(), sha256: z.string(), bytes: z.number() }))
    .optional(),
  error: z.object({ code: z.string() }).optional(),
});
export type ManifestRow = z.output<typeof rowSchema>;

/** Every line about a row; one that was being written is left out. */
export function readRowLines(folder: string): readonly ManifestRow[] {
  const file = path.join(folder, 'manifest.jsonl');
  if (!existsSync(file)) return [];
  const text = readFileSync(file, 'utf8');
  const lines = text.slice(0, text.lastIndexOf('\n')).split('\n').slice(1);
  return lines.map((line) => rowSchema.parse(JSON.parse(line)));
}

/** Rows by the last line about each. */
export function readRowsOf(folder: string): ReadonlyMap<number, ManifestRow> {
  return new Map(readRowLines(folder).map((line) => [line.row, line]));
}

/** What a run came to that was killed again and again. */
interface KilledRun {
  /** Rows that were asked for and had not ended when a kill came. */
  readonly openAtKills: number;
  /** Exit code and standard error of the start that ended by itself. */
  readonly code: number | null;
  readonly stderr: string;
  readonly rows: readonly ManifestRow[];
  /** Names of pictures whose bytes are not those of the manifest, and files that nobody knows. */
  readonly wrongFiles: readonly string[];
  /** Of the whole account. */
  readonly generations: number;
  readonly charges: readonly number[];
  readonly seconds: number;
}

/**
 * Makes `count` rows with a model of four credits, and ends the command as a power cut would after equal parts of them, until
 * one start ends by itself.
 */
export async function runWithKills(
  server: TestServer,
  folder: string,
  count: number,
  kills: number,
): Promise<KilledRun> {
  const credits = { credits: count * CREDITS_PER_ROW };
  await server.call('POST', '/v1/credits/test', { key: server.testKey, body: credits });
  const before = await readAccount(server);
  const from = path.join(folder, 'rows.csv');
  const lines = Array.from({ length: count }, (_, index) => `a flat icon of a fox number ${index},1024x1024`);
  writeFileSync(from, ['prompt,size', ...lines, ''].join('\n'));
  const out = path.join(folder, 'pictures');
  const words = ['generate', '--from', from, '--out', out, '-m', 'dall-e-3', '--yes'];
  const startedAt = performance.now();
  let openAtKills = 0;
  for (let kill = 1; kill <= kills; kill += 1) {
    const child = start(words, server);
    const closed = once(child, 'close');
    const wanted = Math.floor((count * kill) / (kills + 1));
    const ended = () => [...readRowsOf(out).values()].filter(({ status }) => status !== 'sent').length;
    while (ended() < wanted && child.exitCode === null) await sleep(10);
    child.kill('SIGKILL');
    await closed;
    openAtKills += [...readRowsOf(out).values()].filter(({ status }) => status === 'sent').length;
  }
  const last = start(words, server);
  let stderr = '';
  last.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  await once(last, 'close');
  const seconds = (performance.now() - startedAt) / 1000;
  const rows = readRowLines(out);
  const after = await readAccount(server);
  return {
    openAtKills,
    code: last.exitCode,
    stderr,
    rows,
    wrongFiles: findWrongFiles(out, rows),
    generations: after.generations - before.generations,
    charges: after.charges.slice(0, after.charges.length - before.charges.length),
    seconds,
  };
}

function start(words: readonly string[], server: TestServer) {
  return spawn(process.execPath, [PROGRAM, ...words], {
    env: { ...process.env, ATELIER_URL: server.url, ATELIER_API_KEY: server.testKey },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

function findWrongFiles(out: string, rows: readonly ManifestRow[]): readonly string[] {
  const files = rows.flatMap(({ files: saved = [] }) => saved);
  const known = new Set(['manifest.jsonl', ...files.map(({ file }) => file)]);
  const wrong = files.filter(({ file, sha256 }) => {
    const place = path.join(out, file);
    return !existsSync(place) || createHash('sha256').update(readFileSync(place)).digest('hex') !== sha256;
  });
  return [...wrong.map(({ file }) => file), ...readdirSync(out).filter((name) => !known.has(name))];
}

const page = <T extends z.ZodType>(item: T) =>
  z.object({ data: z.array(item), has_more: z.boolean(), last_id: z.string().optional() });
const generations = page(z.object({ id: z.string() }));
const ledger = page(z.object({ id: z.string(), kind: z.string(), balance_delta: z.number() }));

/** Generations of the test account, and what each of them was charged, newest first. */
async function readAccount(server: TestServer) {
  const all = async <T>(
    pathname: string,
    schema: z.ZodType<{ data: T[]; has_more: boolean; last_id?: string | undefined }>,
  ) => {
    const found: T[] = [];
    for (let [more, after] = [true, '']; more;) {
      const answer = await server.call('GET', `${pathname}?limit=100${after}`, { key: server.testKey });
      const { data, has_more: hasMore, last_id: last } = schema.parse(answer.body);
      found.push(...data);
      [more, after] = [hasMore, `&after=${last ?? ''}`];
    }
    return found;
  };
  const entries = await all('/v1/credits/ledger', ledger);
  return {
    generations: (await all('/v1/images/generations', generations)).length,
    charges: entries.filter(({ kind }) => kind === 'settle').map(({ balance_delta: delta }) => -delta),
  };
}
