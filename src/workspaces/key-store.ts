import { createHash } from 'node:crypto';
import type { Transaction } from 'kysely';
import { customAlphabet } from 'nanoid';
import type { Clock } from '../clock.js';
import type { Db } from '../db/database.js';
import type { Database } from '../db/schema.js';
import { AppError } from '../errors.js';
import { createId } from '../ids.js';
import { actorOf, OPERATOR, writeAudit } from './audit-store.js';
import { isOwn, requireMayCreate, requireMayManage } from './key-rules.js';
import { changeLimits, formatLimits, type LimitsChange, type WrittenLimits } from './limits.js';
import { roleMay, type Role } from './roles.js';
import { toApiKey, type ApiKey, type Caller } from './tenant.js';

const keyCharacters = customAlphabet('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', 40);

/** A key to be made. */
export interface NewKey {
  readonly mode: ApiKey['mode'];
  readonly role: Role;
  readonly name: string;
  /** Given by the operator; undefined makes a random one. */
  readonly secret?: string;
  readonly expiresAt?: Date | undefined;
  readonly limits?: WrittenLimits | undefined;
  /** Where the operator calls from, for the audit log. */
  readonly address?: string;
}

/** What of a key can be changed. */
export interface KeyChange {
  readonly name: string | undefined;
  readonly limits: LimitsChange | undefined;
}

/** The only time that a secret is seen. */
export interface MadeKey {
  readonly id: string;
  readonly secret: string;
}

type Trx = Transaction<Database>;

/** Whether a key may have been made here, by chance: nobody guesses one of those. */
export function isMadeKey(secret: string): boolean {
  return /^atl_(live|test)_[0-9A-Za-z]{40}$/.test(secret);
}

/** What the database knows of a secret: 240 random bits need no slow hash. @returns SHA-256, hexadecimal */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Keys of workspaces: the only writer of their table. Every change is in the audit log. */
export class KeyStore {
  readonly #db: Db;
  readonly #clock: Clock;

  constructor(db: Db, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** @param by undefined: the operator @throws AppError permission_denied, invalid_api_key when `by` was revoked */
  async create(workspaceId: string, key: NewKey, by: Caller | undefined): Promise<MadeKey> {
    return this.#db.transact(async (trx) => {
      if (by !== undefined) {
        await this.#requireStillValid(trx, by);
        requireMayCreate(by, key);
      }
      return this.insert(trx, workspaceId, key, by);
    });
  }

  /** Writes a key that nobody has to be asked for, inside the transaction that makes its workspace. */
  async insert(trx: Trx, workspaceId: string, key: NewKey, by: Caller | undefined): Promise<MadeKey> {
    const [id, now] = [createId('key'), this.#clock()];
    const secret = key.secret ?? `atl_${key.mode}_${keyCharacters()}`;
    const row = {
      id,
      workspace_id: workspaceId,
      mode: key.mode,
      role: key.role,
      name: key.name,
      key_hash: hashSecret(secret),
      key_prefix: key.secret === undefined ? secret.slice(0, 13) : '(given)',
      created_at: now.getTime(),
      created_by: by?.key.id ?? null,
      revoked_at: null,
      expires_at: key.expiresAt?.getTime() ?? null,
      last_used_at: null,
      limits_json: formatLimits(key.limits ?? {}),
    };
    await trx.insertInto('api_keys').values(row).execute();
    const actor = by === undefined ? { id: OPERATOR, address: key.address } : actorOf(by);
    const after = describe(toApiKey(row));
    await writeAudit(trx, { workspaceId, actor, action: 'key.created', before: null, after, now });
    return { id, secret };
  }

  /** Keys that are not revoked, oldest first. @param by sees its own only, without `manage_keys`; undefined sees all */
  async list(workspaceId: string, by: Caller | undefined): Promise<readonly ApiKey[]> {
    const rows = await this.#db.kysely
      .selectFrom('api_keys')
      .selectAll()
      .where('workspace_id', '=', workspaceId)
      .where('revoked_at', 'is', null)
      .orderBy('created_at')
      .orderBy('id')
      .execute();
    const keys = rows.map(toApiKey);
    return by === undefined || roleMay(by.key.role, 'manage_keys')
      ? keys
      : keys.filter((key) => isOwn(by, key));
  }

  /** Changes name and limits. @throws AppError not_found, permission_denied */
  async change(id: string, change: KeyChange, by: Caller): Promise<ApiKey> {
    return this.#db.transact(async (trx) => {
      const before = await this.#requireManaged(trx, by.workspace.id, id, by);
      const limits = changeLimits(before.writtenLimits, change.limits);
      const name = change.name ?? before.name;
      await trx
        .updateTable('api_keys')
        .set({ name, limits_json: formatLimits(limits) })
        .where('id', '=', id)
        .execute();
      const after = { ...before, name, writtenLimits: limits };
      await writeAudit(trx, {
        workspaceId: by.workspace.id,
        actor: actorOf(by),
        action: 'key.changed',
        before: describe(before),
        after: describe(after),
        now: this.#clock(),
      });
      const row = await trx.selectFrom('api_keys').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
      return toApiKey(row);
    });
  }

  /**
   * Revokes a key of a workspace.
   * @param by undefined: the operator
   * @throws AppError not_found, permission_denied, conflict for the last live key with the role owner
   */
  async revoke(workspaceId: string, id: string, by: Caller | undefined): Promise<void> {
    await this.#db.transact(async (trx) => {
      // Two owners that revoke each other at the same time must not both succeed.
      await trx
        .selectFrom('workspaces')
        .select('id')
        .where('id', '=', workspaceId)
        .forNoKeyUpdate()
        .executeTakeFirst();
      const key = await this.#requireManaged(trx, workspaceId, id, by);
      const now = this.#clock();
      if (key.role === 'owner' && key.mode === 'live') await this.#requireOtherOwner(trx, key, now);
      await trx.updateTable('api_keys').set({ revoked_at: now.getTime() }).where('id', '=', id).execute();
      const actor = by === undefined ? { id: OPERATOR, address: undefined } : actorOf(by);
      const before = describe(key);
      await writeAudit(trx, { workspaceId, actor, action: 'key.revoked', before, after: null, now });
    });
  }

  /** Writes down that a key was used, unless that was done less than `everyMs` ago. */
  async markUsed(id: string, at: Date, everyMs: number): Promise<void> {
    await this.#db.kysely
      .updateTable('api_keys')
      .set({ last_used_at: at.getTime() })
      .where('id', '=', id)
      .where((eb) =>
        eb.or([eb('last_used_at', 'is', null), eb('last_used_at', '<=', at.getTime() - everyMs)]),
      )
      .execute();
  }

  async #requireManaged(trx: Trx, workspaceId: string, id: string, by: Caller | undefined): Promise<ApiKey> {
    if (by !== undefined) await this.#requireStillValid(trx, by);
    const row = await trx
      .selectFrom('api_keys')
      .selectAll()
      .where('id', '=', id)
      .where('workspace_id', '=', workspaceId)
      .where('revoked_at', 'is', null)
      .forNoKeyUpdate()
      .executeTakeFirst();
    if (row === undefined) {
      throw new AppError('not_found', { message: 'There is no key with this id.', param: 'id' });
    }
    const key = toApiKey(row);
    if (by !== undefined) requireMayManage(by, key);
    return key;
  }

  /** Callers are remembered for some seconds: a key that was revoked meanwhile must not make itself a successor. */
  async #requireStillValid(trx: Trx, by: Caller): Promise<void> {
    const row = await trx
      .selectFrom('api_keys')
      .select('id')
      .where('id', '=', by.key.id)
      .where('revoked_at', 'is', null)
      .forNoKeyUpdate()
      .executeTakeFirst();
    if (row === undefined) {
      throw new AppError('invalid_api_key', { message: 'This API key is unknown, revoked or expired.' });
    }
  }

  async #requireOtherOwner(trx: Trx, key: ApiKey, now: Date): Promise<void> {
    const other = await trx
      .selectFrom('api_keys')
      .select('id')
      .where('workspace_id', '=', key.workspaceId)
      .where('mode', '=', 'live')
      .where('role', '=', 'owner')
      .where('revoked_at', 'is', null)
      .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now.getTime())]))
      .where('id', '!=', key.id)
      .limit(1)
      .executeTakeFirst();
    if (other !== undefined) return;
    throw new AppError('conflict', {
      message: 'This is the last live key with the role owner. Make another one first.',
      param: 'id',
    });
  }
}

/** A key as the audit log shows it. */
function describe(key: ApiKey): object {
  return {
    id: key.id,
    name: key.name,
    kind: key.mode,
    role: key.role,
    ...(key.expiresAt === undefined ? {} : { expires_at: Math.floor(key.expiresAt.getTime() / 1000) }),
    limits: key.writtenLimits,
  };
}
