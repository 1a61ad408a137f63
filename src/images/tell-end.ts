import type { Selectable, Transaction } from 'kysely';
import { z } from 'zod';
import { toCredits, type Microcredits } from '../credits/microcredits.js';
import type { Database, GenerationTable } from '../db/schema.js';
import type { SpendingStore } from '../limits/usage-store.js';
import { enqueueEvent } from '../webhooks/enqueue-event-store.js';
import type { EventData } from '../webhooks/events.js';
import { tellBudgets } from '../webhooks/money-alerts-store.js';
import type { GenerationResult, PublicError } from './generation-result.js';
import type { NewImage } from './generation.js';

/** What is known of a generation before its end. */
type Ended = Pick<
  Selectable<GenerationTable>,
  'workspace_id' | 'mode' | 'key_id' | 'operation' | 'model' | 'request_json' | 'created_at'
>;

const EVENT_OF = {
  succeeded: 'generation.completed',
  partial: 'generation.completed',
  failed: 'generation.failed',
  cancelled: 'generation.failed',
} as const;

const requestSchema = z.object({ metadata: z.record(z.string(), z.string()).optional() });
const stageSchema = z.object({ stage: z.string() });

interface HowEnded {
  readonly id: string;
  readonly status: keyof typeof EVENT_OF;
  readonly result: GenerationResult | undefined;
  readonly error: PublicError | undefined;
  readonly images: readonly NewImage[];
  readonly imagesExpireAt: Date;
  readonly charged: Microcredits;
}

/** Tells webhooks that a generation has ended, and of the budgets that its charge has used up, in the transaction of the end. */
export async function tellEnd(
  trx: Transaction<Database>,
  spending: SpendingStore,
  now: Date,
  row: Ended,
  end: HowEnded,
): Promise<void> {
  const scope = { workspaceId: row.workspace_id, mode: row.mode, now };
  await enqueueEvent(trx, scope, EVENT_OF[end.status], () => describe(row, end, now));
  if (end.charged > 0) await tellBudgets(trx, spending, scope, row.key_id);
}

function describe(row: Ended, end: HowEnded, now: Date): EventData<'generation.completed'> {
  const { error } = end;
  const stage = stageSchema.safeParse(error);
  const request = requestSchema.safeParse(JSON.parse(row.request_json));
  return {
    object: 'image.generation',
    id: end.id,
    operation: row.operation,
    status: end.status,
    model: end.result?.receipt.model ?? row.model,
    created: seconds(row.created_at),
    completed: seconds(now.getTime()),
    credits_used: toCredits(end.charged),
    images: end.images.map(({ id, finished: { picture } }) => ({
      id,
      width: picture.width,
      height: picture.height,
      mime_type: picture.mimeType,
      expires_at: seconds(end.imagesExpireAt.getTime()),
    })),
    ...(error === undefined
      ? {}
      : {
          error: {
            code: error.code,
            type: error.type,
            ...(stage.success ? { stage: stage.data.stage } : {}),
          },
        }),
    ...(request.success && request.data.metadata !== undefined ? { metadata: request.data.metadata } : {}),
  };
}

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
