import type { DeleteResult, Selectable, Transaction, UpdateResult } from 'kysely';
import type { Ledger } from '../credits/ledger-store.js';
import { prepare, prepareInsert } from '../db/prepared.js';
import type { Database, GenerationTable, Mode } from '../db/schema.js';
import { invariant } from '../errors.js';
import { holdBlobs } from '../files/blob-records-store.js';
import type { SpendingStore } from '../limits/usage-store.js';
import type { AttemptRecord } from './dispatch-result.js';
import { insertImages } from './generation-images.js';
import { listParents, releaseInputs } from './generation-inputs.js';
import type { GenerationResult, PublicError } from './generation-result.js';
import { parseError, toGeneration, type Generation, type NewImage } from './generation.js';
import { tellEnd } from './tell-end.js';

/** How a generation ended. */
export interface End {
  readonly id: string;
  readonly status: 'succeeded' | 'partial' | 'failed' | 'cancelled';
  readonly result: GenerationResult | undefined;
  readonly error: PublicError | undefined;
  readonly images: readonly NewImage[];
  readonly attempts: readonly (AttemptRecord & { readonly publicError: PublicError | undefined })[];
  readonly imagesExpireAt: Date;
  /** True: every picture becomes a file of its own. */
  readonly persist?: boolean;
}

/** What an end did. */
export interface Ended extends Pick<End, 'status'> {
  readonly mode: Mode;
  readonly model: string;
  readonly images: number;
  readonly held: number;
  readonly charged: number;
  /** What was set aside anew, in the same transaction. */
  readonly heldAnew: number;
  readonly durationMs: number;
  /** As it is on record now. */
  readonly generation: Generation;
}

/**
 * Records the end: pictures, attempts, the charge and the release of the rest, all or nothing.
 * A generation that ended with its outcome unknown, and whose pictures come all the same, is charged anew.
 * @returns undefined when another process took it over and has ended it
 * @throws AppError insufficient_credits where what is charged anew is not there any more
 */
export async function endGeneration(
  trx: Transaction<Database>,
  { ledger, spending }: { readonly ledger: Ledger; readonly spending: SpendingStore },
  now: Date,
  end: End,
): Promise<Ended | undefined> {
  const endedAt = now.getTime();
  const row = await lockGeneration.first(trx, { id: end.id });
  invariant(row !== undefined, 'a generation that ends is on record');
  const account = { workspaceId: row.workspace_id, mode: row.mode };
  const charged = end.images.reduce((sum, image) => sum + image.charged, 0);
  let held = row.hold_microcredits;
  let heldAnew = 0;
  if (row.status !== 'running' && row.status !== 'queued') {
    // Pictures of a process that was believed dead: what was unknown is known now.
    if (end.images.length === 0 || parseError(row.error_json)?.code !== 'outcome_unknown') return undefined;
    if (row.status !== 'failed') return undefined;
    const hashes = end.images.flatMap(({ finished }) => [
      finished.sha256,
      ...(finished.origin.original === undefined ? [] : [finished.origin.original.sha256]),
    ]);
    // They may have been given up meanwhile.
    if (!(await holdBlobs(trx, hashes))) return undefined;
    [held, heldAnew] = [charged, charged];
    await ledger.hold(trx, account, end.id, held);
  }
  await ledger.settle(trx, account, end.id, { held, charged });
  const images = await insertImages(trx, end, row, endedAt);
  const attempts = end.attempts.map((attempt) => ({
    generation_id: end.id,
    image_number: attempt.imageNumber,
    attempt_number: attempt.attemptNumber,
    model: attempt.model,
    route_id: attempt.routeId,
    started_at: attempt.startedAt.getTime(),
    ended_at: attempt.endedAt.getTime(),
    outcome: attempt.outcome,
    error_json: attempt.publicError === undefined ? null : JSON.stringify(attempt.publicError),
    upstream_request_id: attempt.upstreamRequestId ?? null,
  }));
  for (const attempt of attempts) await insertAttempt.write(trx, attempt);
  const isEdit = row.operation === 'edit';
  if (isEdit) await releaseInputs(trx, end.id, end.imagesExpireAt);
  await deleteTasks.write(trx, { id: end.id });
  await deleteReceived.write(trx, { id: end.id });
  const outcome = {
    status: end.status,
    result_json: end.result === undefined ? null : JSON.stringify(end.result),
    error_json: end.error === undefined ? null : JSON.stringify(end.error),
    charged_microcredits: charged,
    completed_at: endedAt,
  };
  await completeGeneration.write(trx, { id: end.id, ...outcome });
  await tellEnd(trx, spending, now, row, { ...end, charged });
  const parents = isEdit ? await listParents(trx, [end.id]) : undefined;
  const generation = toGeneration({ ...row, ...outcome, id: end.id }, end.result, {
    images,
    attempts,
    parentIds: parents?.get(end.id) ?? [],
  });
  return {
    mode: row.mode,
    model: row.model,
    status: end.status,
    images: images.length,
    held,
    charged,
    heldAnew,
    durationMs: Math.max(0, endedAt - row.created_at),
    generation,
  };
}

interface ById {
  readonly id: string;
}

type Row = Selectable<GenerationTable>;

const lockGeneration = prepare<
  ById,
  Pick<
    Row,
    | 'workspace_id'
    | 'mode'
    | 'key_id'
    | 'operation'
    | 'model'
    | 'request_json'
    | 'hold_microcredits'
    | 'status'
    | 'error_json'
    | 'created_at'
    | 'started_at'
    | 'comparison_id'
  >
>((db, value) =>
  db
    .selectFrom('generations')
    .select([
      'workspace_id',
      'mode',
      'key_id',
      'operation',
      'model',
      'request_json',
      'hold_microcredits',
      'status',
      'error_json',
      'created_at',
      'started_at',
      'comparison_id',
    ])
    .where('id', '=', value('id'))
    // Two processes that end it at the same time must not both settle its hold.
    .forNoKeyUpdate(),
);

const insertAttempt = prepareInsert('attempts', [
  'generation_id',
  'image_number',
  'attempt_number',
  'model',
  'route_id',
  'started_at',
  'ended_at',
  'outcome',
  'error_json',
  'upstream_request_id',
]);

const deleteTasks = prepare<ById, DeleteResult>((db, value) =>
  db.deleteFrom('tasks').where('generation_id', '=', value('id')),
);

const deleteReceived = prepare<ById, DeleteResult>((db, value) =>
  db.deleteFrom('received_images').where('generation_id', '=', value('id')),
);

const completeGeneration = prepare<
  ById & Pick<Row, 'status' | 'result_json' | 'error_json' | 'charged_microcredits' | 'completed_at'>,
  UpdateResult
>((db, value) =>
  db
    .updateTable('generations')
    .set({
      status: value('status'),
      result_json: value('result_json'),
      error_json: value('error_json'),
      charged_microcredits: value('charged_microcredits'),
      completed_at: value('completed_at'),
    })
    .where('id', '=', value('id')),
);
