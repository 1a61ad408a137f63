import type { Transaction } from 'kysely';
import type { Ledger } from '../credits/ledger-store.js';
import type { Microcredits } from '../credits/microcredits.js';
import { prepareInsert } from '../db/prepared.js';
import type { Database, Mode } from '../db/schema.js';
import { insertInputs } from './generation-inputs.js';
import type { EditInputs } from './generation.js';

/** A generation that begins: it takes its place in the table, and its price is held. */
export interface NewGeneration {
  readonly id: string;
  readonly workspaceId: string;
  readonly mode: Mode;
  readonly keyId: string;
  readonly operation: 'generate' | 'edit';
  readonly model: string;
  readonly requestJson: string;
  readonly hold: Microcredits;
  /** `waiting` for whoever takes it from the queue; else this process runs it: `sent` means that its calls may leave at once. */
  readonly begin: 'waiting' | 'running' | 'sent';
  /** undefined for a generation that edits nothing. */
  readonly edit: EditInputs | undefined;
  /** The comparison that it is a cell of. */
  readonly comparisonId?: string | undefined;
}

/** Who runs generations, and how long that is believed without hearing of it. */
export interface Tenure {
  /** Marks the generations that this process runs. */
  readonly processId: string;
  readonly leaseMs: number;
}

/**
 * Holds the price and writes the row, in the caller's transaction.
 * @param now Unix milliseconds
 * @throws AppError insufficient_credits
 */
export async function insertGeneration(
  trx: Transaction<Database>,
  { ledger, tenure, now }: { readonly ledger: Ledger; readonly tenure: Tenure; readonly now: number },
  generation: NewGeneration,
): Promise<void> {
  const { id, workspaceId, mode, begin } = generation;
  const waits = begin === 'waiting';
  await ledger.hold(trx, { workspaceId, mode }, id, generation.hold);
  await insertRow.write(trx, {
    id,
    workspace_id: workspaceId,
    mode,
    key_id: generation.keyId,
    operation: generation.operation,
    model: generation.model,
    status: waits ? 'queued' : 'running',
    request_json: generation.requestJson,
    result_json: null,
    error_json: null,
    hold_microcredits: generation.hold,
    charged_microcredits: 0,
    created_at: now,
    completed_at: null,
    lease_owner: waits ? null : tenure.processId,
    lease_expires_at: waits ? null : now + tenure.leaseMs,
    started_at: begin === 'sent' ? now : null,
    run_after: null,
    cancel_requested_at: null,
    comparison_id: generation.comparisonId ?? null,
  });
  if (generation.edit !== undefined) await insertInputs(trx, id, generation.edit);
}

const insertRow = prepareInsert('generations', [
  'id',
  'workspace_id',
  'mode',
  'key_id',
  'operation',
  'model',
  'status',
  'request_json',
  'result_json',
  'error_json',
  'hold_microcredits',
  'charged_microcredits',
  'created_at',
  'completed_at',
  'lease_owner',
  'lease_expires_at',
  'started_at',
  'run_after',
  'cancel_requested_at',
  'comparison_id',
]);
