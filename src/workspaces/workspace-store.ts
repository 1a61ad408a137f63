import { timingSafeEqual } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { sql, type Selectable, type Transaction } from 'kysely';
import type { Clock } from '../clock.js';
import type { Ledger } from '../credits/ledger-store.js';
import type { Microcredits } from '../credits/microcredits.js';
import type { Db } from '../db/database.js';
import type { ApiKeyTable, Database, WorkspaceTable } from '../db/schema.js';
import { AppError, invariant } from '../errors.js';
import { createId } from '../ids.js';
import { changeAlerts, parseAlerts, type AlertsChange } from './alerts.js';
import { listAudit, writeAudit, type Actor, type AuditEntry } from './audit-store.js';
import { CallerCache } from './caller-cache.js';
import { changeFallback } from './fallback-store.js';
import { hashSecret, KeyStore, type KeyChange, type MadeKey, type NewKey } from './key-store.js';
import { changeLimits, formatLimits, parseLimits, type LimitsChange } from './limits.js';
import { changeOperatorPolicy, findOperatorPolicy } from './operator-policy-store.js';
import { changePolicy, parsePolicy, type PolicyChange, type WrittenPolicy } from './policy.js';
import { toApiKey, toWorkspace, type ApiKey, type Caller, type Workspace } from './tenant.js';

export type { NewKey } from './key-store.js';
export type { ApiKey, Caller, Workspace } from './tenant.js';

/** A key that is revoked elsewhere is known here at most as much longer. */
const CALLER_TTL_MS = 3_000;
const MAX_CACHED_CALLERS = 10_000;
const MARK_USED_EVERY_MS = 60_000;

/** Settings that an owner or admin can change; what is undefined stays. */
export interface WorkspaceChange {
  readonly name?: string | undefined;
  readonly prcOptIn?: boolean | undefined;
  readonly retiredModels?: 'forward' | 'refuse' | undefined;
  readonly unknownOutcomes?: 'final' | 'repeat' | undefined;
  readonly markUnlabelled?: boolean | undefined;
  /** null: as long as the gateway keeps them. */
  readonly pictureRetentionS?: number | null | undefined;
  readonly limits?: LimitsChange | undefined;
  readonly policy?: PolicyChange | undefined;
  readonly alerts?: AlertsChange | undefined;
}

interface WorkspaceStoreOptions {
  /** Milliseconds that only ever grow: how old a remembered caller is. */
  readonly monotonicMs?: () => number;
  /** Told when the time of a key's last use could not be written; nothing else depends on it. */
  readonly onMarkFailed?: (error: unknown) => void;
}

interface Remembered {
  readonly caller: Caller;
  usedAt: number;
}

type Trx = Transaction<Database>;

/** Workspaces, their keys, their audit log, and who is calling. */
export class WorkspaceStore {
  readonly #db: Db;
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #keys: KeyStore;
  readonly #callers: CallerCache<Remembered>;
  readonly #onMarkFailed: (error: unknown) => void;
  readonly #marking = new Set<Promise<void>>();

  constructor(db: Db, ledger: Ledger, clock: Clock, options: WorkspaceStoreOptions = {}) {
    this.#db = db;
    this.#ledger = ledger;
    this.#clock = clock;
    this.#keys = new KeyStore(db, clock);
    this.#callers = new CallerCache({
      ttlMs: CALLER_TTL_MS,
      maxEntries: MAX_CACHED_CALLERS,
      now: options.monotonicMs ?? (() => performance.now()),
    });
    this.#onMarkFailed = options.onMarkFailed ?? (() => {});
  }

  /** True before the very first start. */
  async isEmpty(): Promise<boolean> {
    const row = await this.#db.kysely.selectFrom('workspaces').select('id').limit(1).executeTakeFirst();
    return row === undefined;
  }

  /** Makes a workspace with the same credits in both modes. @returns its id */
  async create(name: string, credits: Microcredits): Promise<string> {
    return this.#db.transact((trx) => this.#insert(trx, name, credits));
  }

  /**
   * Makes the very first workspace with its keys, all or nothing, and only once however many processes start at once.
   * @returns the secrets of the keys in their order; undefined when there is a workspace already
   */
  async createFirst(
    name: string,
    credits: Microcredits,
    keys: readonly NewKey[],
  ): Promise<readonly string[] | undefined> {
    return this.#db.transact(async (trx) => {
      // There is no row yet that the others could wait for.
      if (this.#db.dialect === 'postgres') {
        await sql`lock table workspaces in share row exclusive mode`.execute(trx);
      }
      const existing = await trx.selectFrom('workspaces').select('id').limit(1).executeTakeFirst();
      if (existing !== undefined) return undefined;
      const workspaceId = await this.#insert(trx, name, credits);
      const secrets: string[] = [];
      for (const key of keys) {
        secrets.push((await this.#keys.insert(trx, workspaceId, key, undefined)).secret);
      }
      return secrets;
    });
  }

  async find(id: string): Promise<Workspace | undefined> {
    const [row, policy] = await Promise.all([
      this.#db.kysely.selectFrom('workspaces').selectAll().where('id', '=', id).executeTakeFirst(),
      this.findOperatorPolicy(),
    ]);
    return row === undefined ? undefined : toWorkspace(row, policy);
  }

  async list(): Promise<readonly Workspace[]> {
    const policy = await this.findOperatorPolicy();
    const rows = await this.#db.kysely.selectFrom('workspaces').selectAll().orderBy('created_at').execute();
    return rows.map((row) => toWorkspace(row, policy));
  }

  /** Changes settings and writes what changed into the audit log, in one transaction. */
  async change(id: string, actor: Actor, change: WorkspaceChange): Promise<Workspace> {
    await this.#db.transact(async (trx) => {
      const before = await trx
        .selectFrom('workspaces')
        .selectAll()
        .where('id', '=', id)
        // Another change at the same time would be undone by this one, and the audit log would not know.
        .forNoKeyUpdate()
        .executeTakeFirstOrThrow();
      const changed = {
        name: change.name ?? before.name,
        prc_opt_in: toBit(change.prcOptIn) ?? before.prc_opt_in,
        retired_models: change.retiredModels ?? before.retired_models,
        unknown_outcomes: change.unknownOutcomes ?? before.unknown_outcomes,
        mark_unlabelled: toBit(change.markUnlabelled) ?? before.mark_unlabelled,
        picture_retention_s:
          change.pictureRetentionS === undefined ? before.picture_retention_s : change.pictureRetentionS,
        limits_json: formatLimits(changeLimits(parseLimits(before.limits_json), change.limits)),
        policy_json: JSON.stringify(changePolicy(parsePolicy(before.policy_json), change.policy)),
        alerts_json: JSON.stringify(changeAlerts(parseAlerts(before.alerts_json), change.alerts)),
      };
      await trx.updateTable('workspaces').set(changed).where('id', '=', id).execute();
      await writeAudit(trx, {
        workspaceId: id,
        actor,
        action: 'workspace.changed',
        before: describe(before),
        after: describe({ ...before, ...changed }),
        now: this.#clock(),
      });
    });
    this.forgetCallers(id);
    const changed = await this.find(id);
    invariant(changed !== undefined, 'a changed workspace exists');
    return changed;
  }

  /** Sets or removes the fallback chain of a model. @returns false when there was nothing to remove */
  async changeFallback(change: Parameters<typeof changeFallback>[1]): Promise<boolean> {
    const changed = await changeFallback(this.#db, change, this.#clock());
    this.forgetCallers(change.workspaceId);
    return changed;
  }

  /** The rules that hold for every workspace beside its own. */
  async findOperatorPolicy(): Promise<WrittenPolicy> {
    return findOperatorPolicy(this.#db.kysely);
  }

  /** Changes the rules for every workspace; each has it in its audit log. */
  async changeOperatorPolicy(change: PolicyChange, address?: string): Promise<WrittenPolicy> {
    const after = await changeOperatorPolicy(this.#db, change, address, this.#clock());
    this.forgetCallers();
    return after;
  }

  /**
   * Makes a key. The answer is the only time that its secret is seen.
   * @param options.by undefined: the operator
   * @throws AppError not_found without such a workspace, permission_denied when `by` has less than it would grant
   */
  async createKey(
    options: NewKey & { readonly workspaceId: string; readonly by?: Caller | undefined },
  ): Promise<MadeKey> {
    if ((await this.find(options.workspaceId)) === undefined) {
      throw new AppError('not_found', { message: 'There is no workspace with this id.', param: 'workspace' });
    }
    const made = await this.#keys.create(options.workspaceId, options, options.by);
    this.forgetCallers(options.workspaceId);
    return made;
  }

  /** Keys that are not revoked, oldest first. @param by sees its own only, unless it manages all */
  async listKeys(workspaceId: string, by?: Caller): Promise<readonly ApiKey[]> {
    return this.#keys.list(workspaceId, by);
  }

  /** @throws AppError not_found, permission_denied */
  async changeKey(id: string, change: KeyChange, by: Caller): Promise<ApiKey> {
    const changed = await this.#keys.change(id, change, by);
    this.forgetCallers(by.workspace.id);
    return changed;
  }

  /**
   * Revokes a key of this workspace: here at once, in other processes as soon as they forget their callers.
   * @param by undefined: the operator
   * @throws AppError not_found, permission_denied, conflict for the last live owner key
   */
  async revokeKey(workspaceId: string, id: string, by?: Caller): Promise<void> {
    await this.#keys.revoke(workspaceId, id, by);
    this.forgetCallers(workspaceId);
  }

  /** The newest lines of the audit log first. @throws AppError invalid_request for an `after` that is none */
  async listAudit(
    workspaceId: string,
    options: { readonly limit: number; readonly after: string | undefined },
  ): Promise<readonly AuditEntry[]> {
    return listAudit(this.#db, workspaceId, options);
  }

  /**
   * The key and its workspace, or undefined for an unknown, revoked or expired secret. Remembered for some seconds, so
   * that a busy key costs no query per call.
   */
  async findCaller(secret: string): Promise<Caller | undefined> {
    const hash = hashSecret(secret);
    const found = await this.#callers.find(hash, () => this.#load(hash));
    return found === undefined ? undefined : this.#takeValid(found);
  }

  /** The same by the id of a key, for whoever has proved already that it holds the key. */
  async findSignedInCaller(keyId: string): Promise<Caller | undefined> {
    const found = await this.#callers.find(keyId, () => this.#loadById(keyId));
    return found === undefined ? undefined : this.#takeValid(found);
  }

  /** A caller by its key's id, revoked or not: for work that the key began. */
  async findCallerById(keyId: string): Promise<Caller | undefined> {
    const row = await this.#db.kysely
      .selectFrom('api_keys')
      .selectAll()
      .where('id', '=', keyId)
      .executeTakeFirst();
    return row === undefined ? undefined : this.#toCaller(row);
  }

  /** The same for keys that are neither revoked nor expired. */
  async findValidCallerById(keyId: string): Promise<Caller | undefined> {
    const row = await this.#db.kysely
      .selectFrom('api_keys')
      .selectAll()
      .where('id', '=', keyId)
      .where('revoked_at', 'is', null)
      .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', this.#clock().getTime())]))
      .executeTakeFirst();
    return row === undefined ? undefined : this.#toCaller(row);
  }

  /** After something of a workspace was changed, or of all: the next call of its keys reads it again. */
  forgetCallers(workspaceId?: string): void {
    this.#callers.forget(({ caller }) => workspaceId === undefined || caller.workspace.id === workspaceId);
  }

  /** Resolves when nothing is being written beside the calls. */
  async idle(): Promise<void> {
    await Promise.all(this.#marking);
  }

  /** Notes that a caller was here. @returns undefined once its key has expired */
  #takeValid(found: Remembered): Caller | undefined {
    const now = this.#clock().getTime();
    const { key } = found.caller;
    if (key.expiresAt !== undefined && key.expiresAt.getTime() <= now) return undefined;
    if (now - found.usedAt >= MARK_USED_EVERY_MS) {
      found.usedAt = now;
      this.#markUsed(key.id, new Date(now));
    }
    return found.caller;
  }

  #markUsed(keyId: string, at: Date): void {
    const marking = this.#keys
      .markUsed(keyId, at, MARK_USED_EVERY_MS)
      .catch(this.#onMarkFailed)
      .finally(() => this.#marking.delete(marking));
    this.#marking.add(marking);
  }

  async #load(hash: string): Promise<Remembered | undefined> {
    const row = await this.#db.kysely
      .selectFrom('api_keys')
      .selectAll()
      .where('key_hash', '=', hash)
      .where('revoked_at', 'is', null)
      .executeTakeFirst();
    // Looked up by hash: how long the search takes tells nothing about the secret.
    if (row === undefined || !timingSafeEqual(Buffer.from(row.key_hash), Buffer.from(hash))) return undefined;
    return { caller: await this.#toCaller(row), usedAt: row.last_used_at ?? 0 };
  }

  async #loadById(keyId: string): Promise<Remembered | undefined> {
    const row = await this.#db.kysely
      .selectFrom('api_keys')
      .selectAll()
      .where('id', '=', keyId)
      .where('revoked_at', 'is', null)
      .executeTakeFirst();
    return row === undefined
      ? undefined
      : { caller: await this.#toCaller(row), usedAt: row.last_used_at ?? 0 };
  }

  async #toCaller(row: Selectable<ApiKeyTable>): Promise<Caller> {
    const workspace = await this.find(row.workspace_id);
    invariant(workspace !== undefined, 'a key belongs to a workspace');
    return { key: toApiKey(row), workspace };
  }

  async #insert(trx: Trx, name: string, credits: Microcredits): Promise<string> {
    const id = createId('ws');
    await trx
      .insertInto('workspaces')
      .values({ id, name, created_at: this.#clock().getTime(), prc_opt_in: 0, retired_models: 'forward' })
      .execute();
    await this.#ledger.open(trx, { workspaceId: id, mode: 'live' }, credits);
    await this.#ledger.open(trx, { workspaceId: id, mode: 'test' }, credits);
    return id;
  }
}

function toBit(wish: boolean | undefined): 0 | 1 | undefined {
  return wish === undefined ? undefined : wish ? 1 : 0;
}

/** Settings as the audit log shows them. */
function describe(row: Selectable<WorkspaceTable>): object {
  return {
    name: row.name,
    prc_opt_in: row.prc_opt_in === 1,
    retired_models: row.retired_models,
    unknown_outcomes: row.unknown_outcomes,
    mark_unlabelled: row.mark_unlabelled === 1,
    retention: { pictures_s: row.picture_retention_s },
    limits: parseLimits(row.limits_json),
    policy: parsePolicy(row.policy_json),
    alerts: parseAlerts(row.alerts_json),
  };
}
