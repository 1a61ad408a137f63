import type { Selectable, Transaction } from 'kysely';
import type { Clock } from '../clock.js';
import type { Db } from '../db/database.js';
import type { Database, Mode, WebhookTable } from '../db/schema.js';
import { AppError } from '../errors.js';
import { createId } from '../ids.js';
import { actorOf, writeAudit, type AuditAction } from '../workspaces/audit-store.js';
import type { Caller } from '../workspaces/tenant.js';
import type { SubscribableEvent } from './events.js';
import { disableWebhook, endPending } from './disable-webhook-store.js';
import type { SecretSealer, WebhookSecrets } from './sealed-secrets.js';
import { createWebhookSecret } from './signature.js';
import { toWebhook, type Webhook } from './webhook.js';

/** Of one workspace in one mode. */
const MAX_WEBHOOKS = 20;

/** How long a replaced secret signs along. */
export const OLD_SECRET_TTL_MS = 24 * 3_600_000;

export interface NewWebhook {
  /** Checked. */
  readonly url: string;
  readonly description: string | undefined;
  readonly events: readonly SubscribableEvent[];
}

/** What is undefined stays. */
export interface WebhookChange {
  readonly url?: string | undefined;
  /** Empty: none. */
  readonly description?: string | undefined;
  readonly events?: readonly SubscribableEvent[] | undefined;
  readonly enabled?: boolean | undefined;
}

/** The only time that a secret is seen. */
export interface MadeWebhook {
  readonly webhook: Webhook;
  readonly secret: string;
}

type Trx = Transaction<Database>;
type Row = Selectable<WebhookTable>;

/** The webhooks of workspaces, live and test apart. Every change is in the audit log. */
export class WebhookStore {
  readonly #db: Db;
  readonly #clock: Clock;
  readonly #sealer: SecretSealer;

  constructor(db: Db, clock: Clock, sealer: SecretSealer) {
    this.#db = db;
    this.#clock = clock;
    this.#sealer = sealer;
  }

  /** @throws AppError conflict when there are too many already */
  async create(by: Caller, wish: NewWebhook): Promise<MadeWebhook> {
    const [id, secret] = [createId('whk'), createWebhookSecret()];
    return this.#db.transact(async (trx) => {
      await this.#requireRoom(trx, by);
      const row: Row = {
        id,
        workspace_id: by.workspace.id,
        mode: by.key.mode,
        url: wish.url,
        description: wish.description ?? null,
        secret_sealed: this.#sealer.seal(id, { current: secret, previous: undefined }),
        events_json: JSON.stringify(wish.events),
        created_at: this.#clock().getTime(),
        removed_at: null,
        disabled_at: null,
        disabled_reason: null,
        failed_attempts: 0,
        failing_since: null,
        last_status: null,
        last_error: null,
        last_delivered_at: null,
      };
      await trx.insertInto('webhooks').values(row).execute();
      await this.#audit(trx, by, 'webhook.created', null, describe(row));
      return { webhook: toWebhook(row), secret };
    });
  }

  /** The webhooks of the caller's mode, oldest first. */
  async list(by: Caller): Promise<readonly Webhook[]> {
    const rows = await selectOwn(this.#db.kysely, by.workspace.id, by.key.mode)
      .selectAll()
      .orderBy('created_at')
      .orderBy('id')
      .execute();
    return rows.map(toWebhook);
  }

  /** @throws AppError not_found */
  async load(by: Caller, id: string): Promise<Webhook> {
    return toWebhook(await requireOwn(this.#db.kysely, by, id));
  }

  /**
   * Changes a webhook. One that is enabled again starts without its past failures; what was ended when it was disabled stays
   * ended.
   * @throws AppError not_found
   */
  async change(by: Caller, id: string, change: WebhookChange): Promise<Webhook> {
    return this.#db.transact(async (trx) => {
      const before = await this.#lock(trx, by, id);
      await trx
        .updateTable('webhooks')
        .set({
          url: change.url ?? before.url,
          description: change.description === undefined ? before.description : change.description || null,
          events_json: change.events === undefined ? before.events_json : JSON.stringify(change.events),
          ...(change.enabled === true && before.disabled_at !== null
            ? { disabled_at: null, disabled_reason: null, failed_attempts: 0, failing_since: null }
            : {}),
        })
        .where('id', '=', id)
        .execute();
      if (change.enabled === false && before.disabled_at === null) {
        await disableWebhook(trx, id, 'by_owner', this.#clock());
      }
      const after = await requireOwn(trx, by, id);
      await this.#audit(trx, by, 'webhook.changed', describe(before), describe(after));
      return toWebhook(after);
    });
  }

  /**
   * Gives a webhook a new secret. The old one signs along for a day, unless it is replaced again.
   * @throws AppError not_found
   */
  async rotateSecret(by: Caller, id: string): Promise<MadeWebhook> {
    const secret = createWebhookSecret();
    return this.#db.transact(async (trx) => {
      const row = await this.#lock(trx, by, id);
      const now = this.#clock();
      const old = this.#sealer.open(id, row.secret_sealed)?.current;
      const until = new Date(now.getTime() + OLD_SECRET_TTL_MS);
      const secrets: WebhookSecrets = {
        current: secret,
        previous: old === undefined ? undefined : { secret: old, until },
      };
      await trx
        .updateTable('webhooks')
        .set({ secret_sealed: this.#sealer.seal(id, secrets) })
        .where('id', '=', id)
        .execute();
      await this.#audit(trx, by, 'webhook.secret_rotated', null, { id });
      return { webhook: toWebhook(row), secret };
    });
  }

  /** What is on its way to it ends. @throws AppError not_found */
  async remove(by: Caller, id: string): Promise<void> {
    await this.#db.transact(async (trx) => {
      const row = await this.#lock(trx, by, id);
      const now = this.#clock();
      await trx
        .updateTable('webhooks')
        .set({ removed_at: now.getTime(), secret_sealed: '' })
        .where('id', '=', id)
        .execute();
      await endPending(trx, id, now, 'The webhook was deleted.');
      await this.#audit(trx, by, 'webhook.deleted', describe(row), null);
    });
  }

  async #requireRoom(trx: Trx, by: Caller): Promise<void> {
    // Two at the same time must not both find the last place.
    await trx
      .selectFrom('workspaces')
      .select('id')
      .where('id', '=', by.workspace.id)
      .forNoKeyUpdate()
      .executeTakeFirst();
    const { count } = await selectOwn(trx, by.workspace.id, by.key.mode)
      .select((eb) => eb.fn.countAll().as('count'))
      .executeTakeFirstOrThrow();
    if (Number(count) < MAX_WEBHOOKS) return;
    throw new AppError('conflict', {
      message: `A workspace has at most ${MAX_WEBHOOKS} webhooks per mode. Delete one first.`,
    });
  }

  async #lock(trx: Trx, by: Caller, id: string): Promise<Row> {
    await trx.selectFrom('webhooks').select('id').where('id', '=', id).forNoKeyUpdate().executeTakeFirst();
    return requireOwn(trx, by, id);
  }

  async #audit(
    trx: Trx,
    by: Caller,
    action: AuditAction,
    before: object | null,
    after: object | null,
  ): Promise<void> {
    await writeAudit(trx, {
      workspaceId: by.workspace.id,
      actor: actorOf(by),
      action,
      before,
      after,
      now: this.#clock(),
    });
  }
}

/** A webhook's row, if it belongs to the caller's workspace and mode. @throws AppError not_found */
export async function requireOwn(db: Db['kysely'] | Trx, by: Caller, id: string): Promise<Row> {
  const row = await selectOwn(db, by.workspace.id, by.key.mode)
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined) {
    throw new AppError('not_found', { message: 'There is no webhook with this id.', param: 'id' });
  }
  return row;
}

function selectOwn(db: Db['kysely'] | Trx, workspaceId: string, mode: Mode) {
  return db
    .selectFrom('webhooks')
    .where('workspace_id', '=', workspaceId)
    .where('mode', '=', mode)
    .where('removed_at', 'is', null);
}

/** A webhook as the audit log shows it. */
function describe(row: Row): object {
  const { id, mode, url, description, events, disabled } = toWebhook(row);
  return {
    id,
    mode,
    url,
    ...(description === undefined ? {} : { description }),
    events,
    enabled: disabled === undefined,
  };
}
