import type { Selectable } from 'kysely';
import { z } from 'zod';
import type { Mode, WebhookTable } from '../db/schema.js';
import { SUBSCRIBABLE, type SubscribableEvent } from './events.js';

/** Why a webhook gets nothing. */
export const DISABLED_REASONS = ['by_owner', 'gone', 'failing'] as const;
export type DisabledReason = (typeof DISABLED_REASONS)[number];

/** An address that is told of events. */
export interface Webhook {
  readonly id: string;
  readonly mode: Mode;
  readonly url: string;
  readonly description: string | undefined;
  readonly events: readonly SubscribableEvent[];
  readonly createdAt: Date;
  /** undefined: it is enabled. */
  readonly disabled: { readonly at: Date; readonly reason: DisabledReason } | undefined;
  /** undefined: the last attempt, if there was any, succeeded. */
  readonly failing: WebhookFailing | undefined;
  readonly lastDeliveredAt: Date | undefined;
}

export interface WebhookFailing {
  readonly since: Date;
  /** In a row. */
  readonly attempts: number;
  /** undefined when nothing was answered. */
  readonly lastStatus: number | undefined;
  readonly lastError: string | undefined;
}

const reason = z.enum(DISABLED_REASONS);
const events = z.array(z.enum(SUBSCRIBABLE));

export function toWebhook(row: Selectable<WebhookTable>): Webhook {
  return {
    id: row.id,
    mode: row.mode,
    url: row.url,
    description: row.description ?? undefined,
    events: events.parse(JSON.parse(row.events_json)),
    createdAt: new Date(row.created_at),
    disabled:
      row.disabled_at === null
        ? undefined
        : { at: new Date(row.disabled_at), reason: reason.parse(row.disabled_reason) },
    failing:
      row.failing_since === null
        ? undefined
        : {
            since: new Date(row.failing_since),
            attempts: row.failed_attempts,
            lastStatus: row.last_status ?? undefined,
            lastError: row.last_error ?? undefined,
          },
    lastDeliveredAt: row.last_delivered_at === null ? undefined : new Date(row.last_delivered_at),
  };
}
