import type { Kysely, Transaction } from 'kysely';
import { z } from 'zod';
import type { Db } from '../db/database.js';
import type { Database } from '../db/schema.js';
import { AppError } from '../errors.js';
import type { Caller } from './tenant.js';

/** Who did it when no key did. */
export const OPERATOR = 'operator';

/** One line of the audit log. */
export interface AuditEntry {
  /** `aud_` and a number that only grows. */
  readonly id: string;
  /** Id of a key, or `operator`. */
  readonly actor: string;
  /** Where it came from; undefined for what the gateway did itself, and for lines from before this was written. */
  readonly address: string | undefined;
  readonly action: string;
  readonly before: z.infer<typeof json>;
  readonly after: z.infer<typeof json>;
  readonly createdAt: Date;
}

/** Who did something, and from where. */
export interface Actor {
  readonly id: string;
  readonly address: string | undefined;
}

interface AuditLine {
  readonly workspaceId: string;
  readonly actor: Actor;
  readonly action: AuditAction;
  readonly before: object | null;
  readonly after: object | null;
  readonly now: Date;
}

export type AuditAction =
  | 'workspace.changed'
  | 'fallback.changed'
  | 'key.created'
  | 'key.changed'
  | 'key.revoked'
  | 'operator_policy.changed'
  | 'webhook.created'
  | 'webhook.changed'
  | 'webhook.secret_rotated'
  | 'webhook.deleted'
  | 'webhook.disabled'
  | 'webhook.tested'
  | 'webhook.replayed'
  | 'recipe.created'
  | 'recipe.changed'
  | 'recipe.deleted';

const json = z.json();
const detailSchema = z.object({ before: json, after: json, address: z.string().optional() });

/** A key's holder as the audit log names it. */
export function actorOf({ key, address }: Caller): Actor {
  return { id: key.id, address };
}

/** Writes a line in the transaction of what it tells. */
export async function writeAudit(
  db: Kysely<Database> | Transaction<Database>,
  line: AuditLine,
): Promise<void> {
  await db
    .insertInto('audit_log')
    .values({
      workspace_id: line.workspaceId,
      actor: line.actor.id,
      action: line.action,
      detail_json: JSON.stringify({ before: line.before, after: line.after, address: line.actor.address }),
      created_at: line.now.getTime(),
    })
    .execute();
}

/**
 * The newest lines of a workspace first.
 * @param options.after id of the last line seen; undefined starts at the newest
 * @throws AppError invalid_request when `after` is no line of this workspace
 */
export async function listAudit(
  db: Db,
  workspaceId: string,
  options: { readonly limit: number; readonly after: string | undefined },
): Promise<readonly AuditEntry[]> {
  const lines = db.kysely.selectFrom('audit_log').where('workspace_id', '=', workspaceId);
  let page = lines.selectAll().orderBy('id', 'desc').limit(options.limit);
  if (options.after !== undefined) {
    const number = Number(/^aud_(\d{1,15})$/.exec(options.after)?.[1] ?? '0');
    const last = await lines.select('id').where('id', '=', number).executeTakeFirst();
    if (last === undefined) {
      throw new AppError('invalid_request', {
        message: '`after` must be the id of a line of this audit log.',
        param: 'after',
      });
    }
    page = page.where('id', '<', last.id);
  }
  const rows = await page.execute();
  return rows.map((row) => {
    const { before, after, address } = detailSchema.parse(JSON.parse(row.detail_json));
    return {
      id: `aud_${row.id}`,
      actor: row.actor,
      address,
      action: row.action,
      before,
      after,
      createdAt: new Date(row.created_at),
    };
  });
}
