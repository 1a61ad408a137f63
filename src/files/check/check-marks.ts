import type { Clock } from '../../clock.js';
import type { Db } from '../../db/database.js';
import type { InspectableStore } from '../blob-inspection.js';
import { CheckedRecords } from './checked-records-store.js';
import { Marks } from './marks-store.js';
import type { Problem } from './problem.js';

export interface MarkParts {
  readonly db: Db;
  readonly store: InspectableStore;
  readonly clock: Clock;
  readonly repair: boolean;
  readonly tell: (problem: Problem) => void;
}

const CHANGED = 'left alone: changed meanwhile';

/** Whether the database agrees with itself about who keeps what. Bytes are looked at afterwards, new records included. */
export async function checkMarks(parts: MarkParts): Promise<void> {
  const marks = new Marks(parts.db);
  await checkReferences(marks, parts);
  await checkForgotten(marks, parts);
  await checkKept(marks, parts);
  await checkTotals(marks, parts);
}

async function checkReferences(marks: Marks, { db, store, clock, repair, tell }: MarkParts): Promise<void> {
  const checked = new CheckedRecords(db);
  for await (const { sha256, state } of marks.listUnrecorded()) {
    const uses = await checked.listUses(sha256);
    const sizeBytes = (await store.findBlob(sha256))?.sizeBytes ?? 0;
    const told = { subject: sha256, sizeBytes, uses } as const;
    if (state === 'deleting') {
      const repaired = repair && (await marks.pardon(sha256, clock().getTime()));
      tell({
        ...told,
        kind: 'condemned',
        what: 'is being removed although something refers to it',
        repaired,
        done: repair ? (repaired ? 'kept' : 'left alone: a removal is running') : undefined,
      });
    } else {
      const repaired = repair && (await marks.record(sha256, sizeBytes));
      tell({
        ...told,
        kind: 'unrecorded',
        what: 'something refers to it, and there is no record of it',
        repaired,
        done: repair ? (repaired ? 'recorded' : CHANGED) : undefined,
      });
    }
  }
}

async function checkForgotten(marks: Marks, { clock, repair, tell }: MarkParts): Promise<void> {
  for await (const { sha256, sizeBytes } of marks.listForgotten()) {
    const repaired = repair && (await marks.review(sha256, clock().getTime()));
    tell({
      kind: 'forgotten',
      subject: sha256,
      sizeBytes,
      uses: [],
      what: 'nothing refers to it, and no sweep would remove it',
      repaired,
      done: repair ? (repaired ? 'the next sweep removes it' : CHANGED) : undefined,
    });
  }
}

async function checkKept(marks: Marks, { repair, tell }: MarkParts): Promise<void> {
  for await (const { imageId, fileId } of marks.listKeptByNothing()) {
    const repaired = repair && (await marks.unkeep(imageId, fileId));
    tell({
      kind: 'kept_by_nothing',
      subject: imageId,
      sizeBytes: 0,
      uses: [{ kind: 'image', id: imageId }],
      what: `kept by ${fileId}, which is not there`,
      repaired,
      done: repair ? (repaired ? 'it ends at its own time' : CHANGED) : undefined,
    });
  }
}

async function checkTotals(marks: Marks, { repair, tell }: MarkParts): Promise<void> {
  for (const total of await marks.listWrongTotals()) {
    if (repair) await marks.correctTotal(total);
    const { workspaceId, mode, keyId, files, bytes } = total;
    tell({
      kind: 'wrong_total',
      subject: keyId === '' ? workspaceId : keyId,
      sizeBytes: 0,
      uses: [],
      what: `the count of stored files (${mode}) is off by ${-files} files, ${-bytes} bytes`,
      repaired: repair,
      done: repair ? 'corrected' : undefined,
    });
  }
}
