import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { Ledger } from '../../src/credits/ledger-store.js';
import { openSqlite, type Db } from '../../src/db/database.js';
import { BlobRecords } from '../../src/files/blob-records-store.js';
import { DiskBlobStore } from '../../src/files/disk-blob-store.js';
import { FileStore } from '../../src/files/file-store.js';
import { finishRemovals, sweep } from '../../src/files/retention.js';
import { GenerationStore } from '../../src/images/generation-store.js';
import { drawPicture, fileForm } from './files.js';
import { startGatewayProcess } from './gateway-process.js';

const CLIENTS = 8;
/** Later than every grace period and every hour. */
const LATER_MS = 8 * 3_600_000;
const PRICED = { model: 'dall-e-3', prompt: 'a pond', size: '1024x1024', response_format: 'url' };

/** What was found after a kill; all four lists have to be empty. */
export interface KillFindings {
  /** Files whose bytes are missing or have another hash. */
  readonly brokenFiles: readonly string[];
  /** Bytes on disk that nothing refers to after the sweep, and half-written ones. */
  readonly strayBytes: readonly string[];
  /** Generations that were charged something else than their pictures. */
  readonly wrongCharges: readonly string[];
  /** Files that were answered with 200 and are not on record, without having been deleted. */
  readonly lostFiles: readonly string[];
}

/** What happened in all rounds together, to show that the kills met work. */
export interface KillTally {
  stored: number;
  deleted: number;
  generated: number;
  brokenOff: number;
  charged: number;
}

/**
 * Kills a gateway again and again while eight clients upload, generate and delete, and looks at what is left each time: at the
 * store as a sweep leaves it that comes eight hours later.
 * @param random from 0 to 1; decides the moments
 */
export async function runKillRounds(
  rounds: number,
  random: () => number,
  onRound: (findings: KillFindings, tally: KillTally) => void,
): Promise<KillTally> {
  const folder = mkdtempSync(path.join(tmpdir(), 'atelier-kill-'));
  const env = {
    ATELIER_DATA_DIR: folder,
    ATELIER_EMULATOR_DETAIL: 'plain',
    ATELIER_PAINTER_THREADS: '1',
    ATELIER_BOOTSTRAP_CREDITS: '1000000',
  };
  const tally: KillTally = { stored: 0, deleted: 0, generated: 0, brokenOff: 0, charged: 0 };
  /** Files that must be there. */
  const promised = new Set<string>();
  let key = '';
  try {
    for (let round = 0; round < rounds; round += 1) {
      const gateway = await startGatewayProcess(env);
      key = gateway.testKey ?? key;
      const stopped = new AbortController();
      const clients = Array.from({ length: CLIENTS }, (_, index) =>
        work(gateway.url, key, index + round * CLIENTS, promised, tally, stopped.signal),
      );
      // A slow machine gets the same number of kills in the midst of work.
      const counted = round % 2 === 0 ? 'generated' : 'stored';
      const enough = tally[counted] + 1 + random() * (counted === 'generated' ? 3 : 12);
      for (let waits = 0; waits < 500 && tally[counted] < enough; waits += 1) await sleep(20);
      await sleep(random() * 60);
      await gateway.kill();
      stopped.abort();
      await Promise.all(clients);
      onRound(await inspect(folder, promised, tally), tally);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return tally;
}

const answerSchema = z.looseObject({ id: z.string() });

async function work(
  url: string,
  key: string,
  seed: number,
  promised: Set<string>,
  tally: KillTally,
  stopped: AbortSignal,
): Promise<void> {
  const headers = { authorization: `Bearer ${key}` };
  for (let turn = 0; !stopped.aborted; turn += 1) {
    try {
      if (seed % 2 === 0) {
        const form = fileForm(await drawPicture(seed * 31 + (turn % 7)));
        const answer = await fetch(`${url}/v1/files`, { method: 'POST', headers, body: form });
        if (!answer.ok) throw new Error(`an upload was answered ${answer.status} ${await answer.text()}`);
        const { id } = answerSchema.parse(await answer.json());
        promised.add(id);
        tally.stored += 1;
        if (turn % 2 === 0) continue;
        // From here on it may be gone, whether or not the answer comes.
        promised.delete(id);
        await fetch(`${url}/v1/files/${id}`, { method: 'DELETE', headers });
        tally.deleted += 1;
      } else {
        const answer = await fetch(`${url}/v1/images/generations`, {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/json' },
          body: JSON.stringify({ ...PRICED, persist: turn % 2 === 0 }),
        });
        await answer.arrayBuffer();
        if (answer.ok) tally.generated += 1;
      }
    } catch (error) {
      // The connection broke: that is what a kill looks like from here.
      if (!(error instanceof TypeError)) throw error;
      tally.brokenOff += 1;
      await sleep(5);
    }
  }
}

async function inspect(
  folder: string,
  promised: ReadonlySet<string>,
  tally: KillTally,
): Promise<KillFindings> {
  const db = await openSqlite(path.join(folder, 'atelier.sqlite'));
  try {
    const clock = () => new Date(Date.now() + LATER_MS);
    const blobFolder = path.join(folder, 'blobs');
    const blobs = await DiskBlobStore.open(blobFolder);
    const records = new BlobRecords(db, clock);
    await finishRemovals(records, blobs);
    const files = new FileStore(db, clock);
    await sweep(
      [files, new GenerationStore(db, new Ledger(db, clock), clock, { processId: 'test', leaseMs: 30_000 })],
      records,
      blobs,
      clock(),
    );

    const onDisk = readdirSync(blobFolder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name));
    const whole = new Set(
      onDisk
        .filter(
          (file) => createHash('sha256').update(readFileSync(file)).digest('hex') === path.basename(file),
        )
        .map((file) => path.basename(file)),
    );
    const referred = await findReferences(db);
    const stored = await db.kysely
      .selectFrom('files')
      .select(['id', 'blob_sha256'])
      .where('removed_at', 'is', null)
      .execute();
    const charges = await db.kysely
      .selectFrom('generations')
      .leftJoin('images', 'images.generation_id', 'generations.id')
      .select((eb) => [
        'generations.id',
        'generations.charged_microcredits as charged',
        eb.fn.sum('images.charged_microcredits').as('of_images'),
      ])
      .groupBy(['generations.id', 'generations.charged_microcredits'])
      .execute();
    tally.charged = charges.filter((row) => row.charged > 0).length;
    const ids = new Set(stored.map(({ id }) => id));
    return {
      brokenFiles: stored.filter((row) => !whole.has(row.blob_sha256)).map((row) => row.id),
      strayBytes: onDisk.filter((file) => !referred.has(path.basename(file))),
      wrongCharges: charges.filter((row) => row.charged !== Number(row.of_images)).map((row) => row.id),
      lostFiles: [...promised].filter((id) => !ids.has(id)),
    };
  } finally {
    await db.close();
  }
}

/** Everything that has a right to be on disk: what is kept, and what running generations were given and received. */
async function findReferences(db: Db): Promise<ReadonlySet<string | null>> {
  const { kysely } = db;
  const hashes = await Promise.all([
    kysely.selectFrom('files').select('blob_sha256 as sha256').where('removed_at', 'is', null).execute(),
    kysely.selectFrom('images').select('blob_sha256 as sha256').where('removed_at', 'is', null).execute(),
    kysely.selectFrom('images').select('original_sha256 as sha256').where('removed_at', 'is', null).execute(),
    kysely
      .selectFrom('generation_inputs')
      .select('blob_sha256 as sha256')
      .where('removed_at', 'is', null)
      .execute(),
    kysely.selectFrom('received_images').select('blob_sha256 as sha256').execute(),
  ]);
  return new Set(hashes.flat().map(({ sha256 }) => sha256));
}
