import PQueue from 'p-queue';
import type { Clock } from '../../clock.js';
import type { Db } from '../../db/database.js';
import { BlobRecords } from '../blob-records-store.js';
import type { InspectableStore, ListedBlob } from '../blob-inspection.js';
import { LEFTOVER_AGE_MS } from '../retention.js';
import { CheckedRecords } from './checked-records-store.js';
import { checkMarks } from './check-marks.js';
import { examineBlob, type ExaminationParts } from './examine-blob.js';
import { add, emptySummary, type CheckSummary, type Problem } from './problem.js';
import { pairs } from './walk.js';

/** The stores can't be those that belong together. */
export class StoresDisagree extends Error {}

export interface CheckOptions {
  readonly db: Db;
  readonly store: InspectableStore;
  readonly clock: Clock;
  /** Mends what can be mended without losing anything. */
  readonly repair: boolean;
  /** Looks at existence and length only; what is suspicious is read all the same. */
  readonly fast: boolean;
  /** Repairs although one of the two stores is empty. */
  readonly force: boolean;
  /** Blobs that are read at once. */
  readonly concurrency: number;
  readonly onProblem: (problem: Problem) => void;
  readonly onProgress: (so: CheckSummary) => void;
}

/**
 * Compares what the database knows of blobs with what the store holds, both ways, beside processes that write and sweep. What
 * it needs of memory doesn't grow with the stores. Without `repair` nothing is changed.
 * @throws StoresDisagree before anything is repaired, and whatever a store fails with as a whole
 */
export async function checkStores(options: CheckOptions): Promise<CheckSummary> {
  const { db, store, clock, repair, fast, onProblem, onProgress } = options;
  const summary = emptySummary();
  const checked = new CheckedRecords(db);
  const tell = (problem: Problem) => {
    add(summary.problems, problem.sizeBytes);
    add((summary.byKind[problem.kind] ??= { count: 0, bytes: 0 }), problem.sizeBytes);
    if (problem.repaired) add(summary.repaired, problem.sizeBytes);
    onProblem(problem);
  };
  if (repair && !options.force) await ensureBelongTogether(checked, store);
  await checkMarks({ db, store, clock, repair, tell });
  const parts: ExaminationParts = {
    store,
    checked,
    records: new BlobRecords(db, clock),
    now: clock,
    fast,
    repair,
    onRead: (sizeBytes) => {
      add(summary.read, sizeBytes);
      onProgress(summary);
    },
  };
  const onForeign = (thing: ListedBlob) => {
    add(summary.foreign, thing.sizeBytes);
  };
  await sideBySide(pairs(checked.list(), store.listBlobs(), onForeign), options.concurrency, async (pair) => {
    if (pair.record !== undefined) add(summary.blobs, pair.record.sizeBytes);
    const examined = await examineBlob(pair, parts);
    if (examined === 'lost') add(summary.lost, pair.record?.sizeBytes ?? 0);
    else if (examined !== 'well' && examined !== 'passing') tell(examined);
    onProgress(summary);
  });
  await checkUnfinished(options, summary, tell);
  for await (const { sizeBytes } of store.listAside()) add(summary.aside, sizeBytes);
  return summary;
}

/** A wrong setting must not look like a thousand lost pictures, nor like as many superfluous ones. */
async function ensureBelongTogether(checked: CheckedRecords, store: InspectableStore): Promise<void> {
  const recorded = await checked.hasAny();
  const stored = await hasBlob(store);
  if (recorded === stored) return;
  throw new StoresDisagree(
    recorded
      ? 'the database knows blobs and the store has none at all; is STORAGE_URL or ATELIER_DATA_DIR right? Nothing was changed; --force repairs all the same, which marks them all as lost'
      : 'the store has blobs and the database knows none at all; is DATABASE_URL or ATELIER_DATA_DIR right? Nothing was changed; --force repairs all the same, which removes them',
  );
}

async function hasBlob(store: InspectableStore): Promise<boolean> {
  for await (const { sha256 } of store.listBlobs()) if (sha256 !== undefined) return true;
  return false;
}

async function checkUnfinished(
  { store, clock, repair }: CheckOptions,
  summary: CheckSummary,
  tell: (problem: Problem) => void,
): Promise<void> {
  const before = new Date(clock().getTime() - LEFTOVER_AGE_MS);
  for await (const write of store.listUnfinished()) {
    const { name, sizeBytes } = write;
    if (write.modifiedAt >= before) {
      add(summary.unfinished, sizeBytes);
      continue;
    }
    if (repair) await write.remove();
    tell({
      kind: 'left_over',
      subject: name,
      sizeBytes,
      uses: [],
      what: 'a write that was never finished',
      repaired: repair,
      done: repair ? 'removed' : undefined,
    });
  }
}

/** Works on several things at once; the next one is taken only when there is room. The first failure ends it. */
async function sideBySide<T>(
  things: AsyncIterable<T>,
  concurrency: number,
  work: (thing: T) => Promise<void>,
): Promise<void> {
  const queue = new PQueue({ concurrency });
  const failures: unknown[] = [];
  for await (const thing of things) {
    await queue.onSizeLessThan(concurrency);
    if (failures.length > 0) break;
    queue
      .add(() => work(thing))
      .catch((error: unknown) => {
        failures.push(error);
      });
  }
  await queue.onIdle();
  if (failures.length > 0) throw failures[0];
}
