import { createHash } from 'node:crypto';
import { sql, type Transaction } from 'kysely';
import { customAlphabet } from 'nanoid';
import type { Clock } from '../clock.js';
import type { Ledger } from '../credits/ledger-store.js';
import type { Microcredits } from '../credits/microcredits.js';
import type { Db } from '../db/database.js';
import type { Database, Mode } from '../db/schema.js';
import { AppError, invariant } from '../errors.js';
import { createId } from '../ids.js';
import { ROLES, type Role } from './roles.js';

const keyCharacters = customAlphabet('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', 40);

/** The tenant. */
export interface Workspace {
  readonly id: string;
  readonly name: string;
  readonly prcOptIn: boolean;
  readonly retiredModels: 'forward' | 'refuse';
  readonly createdAt: Date;
}

/** A key as the store knows it: the secret itself is never kept. */
export interface ApiKey {
  readonly id: string;
  readonly workspaceId: string;
  readonly mode: Mode;
  readonly role: Role;
  readonly name: string;
  readonly prefix: string;
  readonly createdAt: Date;
}

/** Who is calling. */
export interface Caller {
  readonly key: ApiKey;
  readonly workspace: Workspace;
}

/** Settings that an owner or admin can change. */
export interface WorkspaceChange {
  readonly prcOptIn: boolean | undefined;
  readonly retiredModels: 'forward' | 'refuse' | undefined;
}

/** A key to be made. */
export interface NewKey {
  readonly mode: Mode;
  readonly role: Role;
  readonly name: string;
  /** Given by the operator; undefined makes a random one. */
  readonly secret?: string;
}

type Trx = Transaction<Database>;

export class WorkspaceStore {
  readonly #db: Db;
  readonly #ledger: Ledger;
  readonly #clock: Clock;

  constructor(db: Db, ledger: Ledger, clock: Clock) {
    this.#db = db;
    this.#ledger = ledger;
    this.#clock = clock;
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
      for (const key of keys) secrets.push((await this.#insertKey(trx, workspaceId, key)).secret);
      return secrets;
    });
  }

  async find(id: string): Promise<Workspace | undefined> {
    const row = await this.#db.kysely
      .selectFrom('workspaces')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
    return row === undefined
      ? undefined
      : {
          id: row.id,
          name: row.name,
          prcOptIn: row.prc_opt_in === 1,
          retiredModels: row.retired_models,
          createdAt: new Date(row.created_at),
        };
  }

  async list(): Promise<readonly Workspace[]> {
    const rows = await this.#db.kysely.selectFrom('workspaces').select('id').orderBy('created_at').execute();
    const found = await Promise.all(rows.map((row) => this.find(row.id)));
    return found.filter((workspace) => workspace !== undefined);
  }

  /** Changes settings and writes what changed into the audit log, in one transaction. */
  async change(id: string, actor: string, change: WorkspaceChange): Promise<Workspace> {
    await this.#db.transact(async (trx) => {
      const before = await trx
        .selectFrom('workspaces')
        .selectAll()
        .where('id', '=', id)
        // Another change at the same time would be undone by this one, and the audit log would not know.
        .forNoKeyUpdate()
        .executeTakeFirstOrThrow();
      const after = {
        prc_opt_in:
          change.prcOptIn === undefined ? before.prc_opt_in : change.prcOptIn ? (1 as const) : (0 as const),
        retired_models: change.retiredModels ?? before.retired_models,
      };
      await trx.updateTable('workspaces').set(after).where('id', '=', id).execute();
      await trx
        .insertInto('audit_log')
        .values({
          workspace_id: id,
          actor,
          action: 'workspace.changed',
          detail_json: JSON.stringify({
            before: { prc_opt_in: before.prc_opt_in === 1, retired_models: before.retired_models },
            after: { prc_opt_in: after.prc_opt_in === 1, retired_models: after.retired_models },
          }),
          created_at: this.#clock().getTime(),
        })
        .execute();
    });
    const changed = await this.find(id);
    invariant(changed !== undefined, 'a changed workspace exists');
    return changed;
  }

  /**
   * Makes a key. The answer is the only time that its secret is seen.
   * @throws AppError not_found without such a workspace
   */
  async createKey(
    options: NewKey & { readonly workspaceId: string },
  ): Promise<{ readonly id: string; readonly secret: string }> {
    if ((await this.find(options.workspaceId)) === undefined) {
      throw new AppError('not_found', { message: 'There is no workspace with this id.', param: 'workspace' });
    }
    return this.#insertKey(this.#db.kysely, options.workspaceId, options);
  }

  /** The key and its workspace, or undefined for an unknown or revoked secret. */
  async findCaller(secret: string): Promise<Caller | undefined> {
    // Looked up by hash: how long the search takes tells nothing about the secret.
    const row = await this.#db.kysely
      .selectFrom('api_keys')
      .selectAll()
      .where('key_hash', '=', hashKey(secret))
      .where('revoked_at', 'is', null)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    const workspace = await this.find(row.workspace_id);
    invariant(workspace !== undefined, 'a key belongs to a workspace');
    return { key: toApiKey(row), workspace };
  }

  /** A caller by its key's id, revoked or not: for work that the key began. */
  async findCallerById(keyId: string): Promise<Caller | undefined> {
    const row = await this.#db.kysely
      .selectFrom('api_keys')
      .selectAll()
      .where('id', '=', keyId)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    const workspace = await this.find(row.workspace_id);
    invariant(workspace !== undefined, 'a key belongs to a workspace');
    return { key: toApiKey(row), workspace };
  }

  async listKeys(workspaceId: string): Promise<readonly ApiKey[]> {
    const rows = await this.#db.kysely
      .selectFrom('api_keys')
      .selectAll()
      .where('workspace_id', '=', workspaceId)
      .where('revoked_at', 'is', null)
      .orderBy('created_at')
      .orderBy('id')
      .execute();
    return rows.map(toApiKey);
  }

  /** Revokes a key of this workspace at once. @throws AppError not_found */
  async revokeKey(workspaceId: string, id: string): Promise<void> {
    const changed = await this.#db.kysely
      .updateTable('api_keys')
      .set({ revoked_at: this.#clock().getTime() })
      .where('id', '=', id)
      .where('workspace_id', '=', workspaceId)
      .where('revoked_at', 'is', null)
      .executeTakeFirst();
    if (changed.numUpdatedRows === 0n) {
      throw new AppError('not_found', { message: 'There is no key with this id.', param: 'id' });
    }
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

  async #insertKey(
    db: Db['kysely'] | Trx,
    workspaceId: string,
    key: NewKey,
  ): Promise<{ readonly id: string; readonly secret: string }> {
    const id = createId('key');
    const secret = key.secret ?? `atl_${key.mode}_${keyCharacters()}`;
    await db
      .insertInto('api_keys')
      .values({
        id,
        workspace_id: workspaceId,
        mode: key.mode,
        role: key.role,
        name: key.name,
        key_hash: hashKey(secret),
        key_prefix: key.secret === undefined ? secret.slice(0, 13) : '(given)',
        created_at: this.#clock().getTime(),
        revoked_at: null,
      })
      .execute();
    return { id, secret };
  }
}

function hashKey(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

function toApiKey(row: {
  id: string;
  workspace_id: string;
  mode: Mode;
  role: string;
  name: string;
  key_prefix: string;
  created_at: number;
}): ApiKey {
  const role = ROLES.find((known) => known === row.role);
  invariant(role !== undefined, 'stored roles are known');
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    mode: row.mode,
    role,
    name: row.name,
    prefix: row.key_prefix,
    createdAt: new Date(row.created_at),
  };
}
