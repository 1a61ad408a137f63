import { open, readFile, rename, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { CliError } from '../client.js';
import { syncFolder } from './durable-files.js';

/** Name of the record of a run, in its folder. */
export const MANIFEST = 'manifest.jsonl';

/** What a run is; the first line. */
const runSchema = z.object({
  object: z.literal('run'),
  id: z.string(),
  created: z.string(),
  /** File that the rows came of, as it was named. */
  from: z.string(),
  /** Idempotency keys are those of a workspace and a mode. */
  workspace: z.string(),
  mode: z.enum(['live', 'test']),
});
export type Run = z.output<typeof runSchema>;

const savedSchema = z.object({
  file: z.string(),
  image_id: z.string(),
  sha256: z.string(),
  bytes: z.number(),
  width: z.number(),
  height: z.number(),
  mime_type: z.string(),
});
export type SavedPicture = z.output<typeof savedSchema>;

/** What is known of a row; its last line counts. */
const rowSchema = z.object({
  object: z.literal('row'),
  row: z.number().int(),
  line: z.number().int(),
  /** `sent`: it was asked for, and how it ended is not on record yet. */
  status: z.enum(['sent', 'succeeded', 'partial', 'failed', 'unknown']),
  at: z.string(),
  /** Number of the purchase: one that ended without a picture may be followed by another one. */
  attempt: z.number().int(),
  idempotency_key: z.string(),
  body_sha256: z.string(),
  prompt: z.string().optional(),
  model: z.string().optional(),
  generation_id: z.string().optional(),
  credits: z.number().optional(),
  files: z.array(savedSchema).optional(),
  adjusted: z.array(z.string()).optional(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
});
export type RowRecord = z.output<typeof rowSchema>;

const lineSchema = z.discriminatedUnion('object', [runSchema, rowSchema]);

/** What a manifest says so far. */
export interface Recorded {
  readonly run: Run;
  readonly rows: ReadonlyMap<number, RowRecord>;
  /** Bytes of its whole lines; behind them may stand one that was being written. */
  readonly wholeBytes: number;
}

/** @returns undefined: there is none yet. @throws CliError for lines that nobody of ours wrote */
export async function readManifest(folder: string): Promise<Recorded | undefined> {
  const file = path.join(folder, MANIFEST);
  const bytes = await readFile(file).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new CliError(`${file} can't be read: ${error instanceof Error ? error.message : 'unknown error'}`);
  });
  // A line without its end was being written when the process was killed; nothing was sent before it was durable.
  const wholeBytes = (bytes?.lastIndexOf('\n') ?? -1) + 1;
  if (bytes === undefined || wholeBytes === 0) return undefined;
  const rows = new Map<number, RowRecord>();
  let run: Run | undefined;
  for (const [index, text] of bytes
    .toString('utf8', 0, wholeBytes - 1)
    .split('\n')
    .entries()) {
    const line = lineSchema.safeParse(parseJson(text)).data;
    if (line === undefined) throw new CliError(`${file}, line ${index + 1} is not that of a run`);
    if (line.object === 'row') rows.set(line.row, line);
    else run = line;
  }
  if (run === undefined)
    throw new CliError(`${file} does not begin with a run; name another folder in --out`);
  return { run, rows, wholeBytes };
}

/** The record of a run, one JSON object on each line. What was added is on the disk to stay. */
export class Manifest {
  readonly #file: string;
  readonly #run: Run;
  readonly #rows: Map<number, RowRecord>;
  readonly #handle: FileHandle;
  #lines: string[] = [];
  #writing: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  private constructor(file: string, run: Run, rows: ReadonlyMap<number, RowRecord>, handle: FileHandle) {
    this.#file = file;
    this.#run = run;
    this.#rows = new Map(rows);
    this.#handle = handle;
  }

  /** Begins a manifest. */
  static async create(folder: string, run: Run): Promise<Manifest> {
    const file = path.join(folder, MANIFEST);
    const manifest = new Manifest(file, run, new Map(), await open(file, 'w'));
    await manifest.#write(`${JSON.stringify(run)}\n`);
    await syncFolder(folder);
    return manifest;
  }

  /** Goes on with one that was read. */
  static async resume(folder: string, { run, rows, wholeBytes }: Recorded): Promise<Manifest> {
    const file = path.join(folder, MANIFEST);
    const handle = await open(file, 'r+');
    await handle.truncate(wholeBytes);
    await handle.close();
    return new Manifest(file, run, rows, await open(file, 'a'));
  }

  get run(): Run {
    return this.#run;
  }

  /** Resolves when the line is durable; lines that come meanwhile share the next sync. */
  add(row: RowRecord): Promise<void> {
    this.#rows.set(row.row, row);
    this.#lines.push(`${JSON.stringify(row)}\n`);
    if (this.#next === undefined) {
      this.#next = this.#writing.then(() => {
        const text = this.#lines.join('');
        this.#lines = [];
        this.#next = undefined;
        return this.#write(text);
      });
      this.#writing = this.#next;
    }
    return this.#next;
  }

  /** Ends with one line for each row, in their order. */
  async finish(): Promise<void> {
    await this.#writing;
    await this.#handle.close();
    const rows = [...this.#rows.values()].sort((a, b) => a.row - b.row);
    const place = `${this.#file}.part`;
    const handle = await open(place, 'w');
    await handle.writeFile([this.#run, ...rows].map((line) => `${JSON.stringify(line)}\n`).join(''));
    await handle.sync();
    await handle.close();
    await rename(place, this.#file);
    await syncFolder(path.dirname(this.#file));
  }

  async #write(text: string): Promise<void> {
    await this.#handle.appendFile(text);
    await this.#handle.datasync();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Its reader says which line it is.
    return undefined;
  }
}
