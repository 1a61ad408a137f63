import { GRACE_MS, type BlobRecords } from '../blob-records-store.js';
import type { InspectableStore } from '../blob-inspection.js';
import type { BlobRecord, CheckedRecords } from './checked-records-store.js';
import type { BlobUse, Problem } from './problem.js';
import { readBlob, type ReadBlob } from './read-blob.js';
import type { Pair } from './walk.js';

/**
 * Whoever announced bytes may still be writing them for so long. What looks damaged or missing meanwhile is told, and is
 * left to the next check.
 */
const WRITING_MS = 10 * 60 * 1000;

const WRITING = 'left alone: somebody announced these bytes less than ten minutes ago';
const CHANGED = 'left alone: somebody wrote these bytes meanwhile';

/** What an examination needs. */
export interface ExaminationParts {
  readonly store: InspectableStore;
  readonly checked: CheckedRecords;
  readonly records: BlobRecords;
  readonly now: () => Date;
  /** Only existence and length, where nothing is suspicious. */
  readonly fast: boolean;
  readonly repair: boolean;
  /** Told of each blob that was read whole. */
  readonly onRead: (sizeBytes: number) => void;
}

/** What came of it: `lost` was known before. */
export type Examined = Problem | 'well' | 'lost' | 'passing';

/**
 * Compares a blob's record with its bytes. Lists are some seconds old, so that every suspicion is looked into afresh before it
 * is told: a blob that is being written or removed at this moment is none.
 */
export async function examineBlob(pair: Pair, parts: ExaminationParts): Promise<Examined> {
  const { record, listed } = pair;
  if (record?.state === 'deleting') return 'passing';
  if (record !== undefined && listed !== undefined) {
    if (parts.fast && record.state === 'kept' && listed.sizeBytes === record.sizeBytes) return 'well';
    const read = await readAndTell(pair.sha256, parts);
    if (isWell(record, read)) return 'well';
  }
  return suspect(pair.sha256, parts);
}

/** Looks again, at the record and the bytes as they are now. */
async function suspect(sha256: string, parts: ExaminationParts): Promise<Examined> {
  const record = await parts.checked.find(sha256);
  if (record === undefined) return unknownBytes(sha256, parts);
  if (record.state === 'deleting') return 'passing';
  const read = await readAndTell(sha256, parts);
  if (isWell(record, read)) return 'well';
  switch (read.found) {
    case 'nothing':
      return record.state === 'lost' ? 'lost' : missing(record, parts);
    case 'unreadable':
      return {
        kind: 'unreadable',
        subject: sha256,
        sizeBytes: record.sizeBytes,
        uses: await parts.checked.listUses(sha256),
        what: `the bytes can't be read (${read.reason})`,
        repaired: false,
        done: parts.repair ? 'left alone: look after the disk, then check again' : undefined,
      };
    case 'bytes':
      return read.sha256 === sha256
        ? otherRecord(record, read.sizeBytes, parts)
        : damaged(record, read, parts);
  }
}

async function missing(record: BlobRecord, parts: ExaminationParts): Promise<Examined> {
  const uses = await parts.checked.listUses(record.sha256);
  // Announced and not written yet, or never: the sweeper forgets it in time.
  if (uses.length === 0) return 'passing';
  const told = { kind: 'missing', subject: record.sha256, sizeBytes: record.sizeBytes, uses } as const;
  const what = 'the bytes are not there';
  if (!parts.repair) return { ...told, what, repaired: false, done: undefined };
  const now = parts.now().getTime();
  if (record.touchedAt > now - WRITING_MS) return { ...told, what, repaired: false, done: WRITING };
  const repaired = await parts.checked.markLost(record, now);
  return { ...told, what, repaired, done: repaired ? 'marked as lost' : CHANGED };
}

async function damaged(
  record: BlobRecord,
  read: { readonly sizeBytes: number },
  parts: ExaminationParts,
): Promise<Problem> {
  const { sha256, sizeBytes } = record;
  const uses = await parts.checked.listUses(sha256);
  const what =
    read.sizeBytes === sizeBytes
      ? 'the bytes are not those that were stored'
      : `there are ${read.sizeBytes} bytes of ${sizeBytes}`;
  const told = { kind: 'damaged', subject: sha256, sizeBytes: read.sizeBytes, uses, what } as const;
  if (!parts.repair) return { ...told, repaired: false, done: undefined };
  const now = parts.now();
  if (record.touchedAt > now.getTime() - WRITING_MS) return { ...told, repaired: false, done: WRITING };
  // First the copy, so that nothing is gone however this ends.
  const place = await parts.store.copyAside(sha256, now);
  const condemned = await parts.checked.condemn(record, now.getTime());
  if (place === undefined || condemned === undefined) return { ...told, repaired: false, done: CHANGED };
  await parts.store.delete(sha256);
  await parts.checked.markLost(condemned, now.getTime());
  return { ...told, repaired: true, done: `moved to ${place}, marked as lost` };
}

/** The bytes are right; what is recorded of them isn't. */
async function otherRecord(record: BlobRecord, sizeBytes: number, parts: ExaminationParts): Promise<Problem> {
  const uses: readonly BlobUse[] = await parts.checked.listUses(record.sha256);
  if (record.sizeBytes !== sizeBytes) {
    const repaired = parts.repair && (await parts.checked.correctSize(record, sizeBytes));
    return {
      kind: 'wrong_size',
      subject: record.sha256,
      sizeBytes,
      uses,
      what: `the record says ${record.sizeBytes} bytes, and the bytes, which are whole, are ${sizeBytes}`,
      repaired,
      done: parts.repair ? (repaired ? 'corrected' : CHANGED) : undefined,
    };
  }
  const repaired = parts.repair && (await parts.checked.restore(record));
  return {
    kind: 'found_again',
    subject: record.sha256,
    sizeBytes,
    uses,
    what: 'marked as lost, and the bytes are whole',
    repaired,
    done: parts.repair ? (repaired ? 'no longer marked' : CHANGED) : undefined,
  };
}

async function unknownBytes(sha256: string, parts: ExaminationParts): Promise<Examined> {
  const found = await parts.store.findBlob(sha256);
  if (found === undefined) return 'passing';
  // Told already, as a reference without a record.
  if ((await parts.checked.listUses(sha256)).length > 0) return 'passing';
  // Recorded since.
  if ((await parts.checked.find(sha256)) !== undefined) return 'passing';
  const { name, sizeBytes, modifiedAt } = found;
  const told = { kind: 'unknown', subject: name, sizeBytes, uses: [] } as const;
  const what = 'no record knows these bytes';
  if (!parts.repair) return { ...told, what, repaired: false, done: undefined };
  const now = parts.now().getTime();
  if (modifiedAt.getTime() >= now - GRACE_MS) {
    return { ...told, what, repaired: false, done: 'left alone: written less than six hours ago' };
  }
  if (!(await parts.checked.condemnUnknown(sha256, sizeBytes, now))) {
    return { ...told, what, repaired: false, done: CHANGED };
  }
  await parts.store.delete(sha256);
  await parts.records.forget(sha256);
  return { ...told, what, repaired: true, done: 'removed' };
}

function isWell(record: BlobRecord, read: ReadBlob): boolean {
  return (
    record.state === 'kept' &&
    read.found === 'bytes' &&
    read.sha256 === record.sha256 &&
    read.sizeBytes === record.sizeBytes
  );
}

async function readAndTell(sha256: string, { store, onRead }: ExaminationParts): Promise<ReadBlob> {
  const read = await readBlob(store, sha256);
  if (read.found === 'bytes') onRead(read.sizeBytes);
  return read;
}
