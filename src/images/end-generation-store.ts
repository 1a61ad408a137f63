import type { Transaction } from 'kysely';
import type { Ledger } from '../credits/ledger-store.js';
import type { Database } from '../db/schema.js';
import { holdBlobs } from '../files/blob-records-store.js';
import type { SpendingStore } from '../limits/usage-store.js';
import type { AttemptRecord } from './dispatch-result.js';
import { insertImages } from './generation-images.js';
import { releaseInputs } from './generation-inputs.js';
import type { GenerationResult, PublicError } from './generation-result.js';
import { parseError, type NewImage } from './generation.js';
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

/**
 * Records the end: pictures, attempts, the charge and the release of the rest, all or nothing.
 * A generation that ended with its outcome unknown, and whose pictures come all the same, is charged anew.
 * @returns false when another process took the generation over and has ended it
 * @throws AppError insufficient_credits where what is charged anew is not there any more
 */
export async function endGeneration(
  trx: Transaction<Database>,
  { ledger, spending }: { readonly ledger: Ledger; readonly spending: SpendingStore },
  now: Date,
  end: End,
): Promise<boolean> {
  const endedAt = now.getTime();
  const row = await trx
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
    ])
    .where('id', '=', end.id)
    // Two processes that end it at the same time must not both settle its hold.
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow();
  const account = { workspaceId: row.workspace_id, mode: row.mode };
  const charged = end.images.reduce((sum, image) => sum + image.charged, 0);
  let held = row.hold_microcredits;
  if (row.status !== 'running' && row.status !== 'queued') {
    // Pictures of a process that was believed dead: what was unknown is known now.
    if (end.images.length === 0 || parseError(row.error_json)?.code !== 'outcome_unknown') return false;
    if (row.status !== 'failed') return false;
    const hashes = end.images.map((image) => image.finished.sha256);
    // They may have been given up meanwhile.
    if (!(await holdBlobs(trx, hashes))) return false;
    held = charged;
    await ledger.hold(trx, account, end.id, held);
  }
  await ledger.settle(trx, account, end.id, { held, charged });
  await insertImages(trx, end, row, endedAt);
  for (const attempt of end.attempts) {
    await trx
      .insertInto('attempts')
      .values({
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
      })
      .execute();
  }
  await releaseInputs(trx, end.id, end.imagesExpireAt);
  await trx.deleteFrom('tasks').where('generation_id', '=', end.id).execute();
  await trx.deleteFrom('received_images').where('generation_id', '=', end.id).execute();
  await trx
    .updateTable('generations')
    .set({
      status: end.status,
      result_json: end.result === undefined ? null : JSON.stringify(end.result),
      error_json: end.error === undefined ? null : JSON.stringify(end.error),
      charged_microcredits: charged,
      completed_at: endedAt,
    })
    .where('id', '=', end.id)
    .execute();
  await tellEnd(trx, spending, now, row, { ...end, charged });
  return true;
}
