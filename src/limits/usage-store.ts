import type { Kysely, Transaction } from 'kysely';
import type { Microcredits } from '../credits/microcredits.js';
import type { Database, Mode } from '../db/schema.js';

/** Whose use is summed: one key, or a workspace in one mode. */
export type UsageOf =
  | { readonly scope: 'key'; readonly keyId: string; readonly workspaceId: string; readonly mode: Mode }
  | { readonly scope: 'workspace'; readonly workspaceId: string; readonly mode: Mode };

export type Reader = Kysely<Database> | Transaction<Database>;

/**
 * Processes write ends with their own clocks, and a transaction takes its time to become visible: what ended earlier than
 * this is certainly there and never changes again.
 */
const SETTLED_AFTER_MS = 5 * 60_000;
const MAX_REMEMBERED = 10_000;

interface Remembered {
  readonly from: number;
  readonly until: number;
  readonly charged: Microcredits;
}

/** What was spent in a month. The settled part is read once and remembered. */
export class SpendingStore {
  readonly #remembered = new Map<string, Remembered>();

  /**
   * Charges of everything that ended since `from`, and all open holds.
   * @param from start of the month
   */
  async sum(db: Reader, of: UsageOf, from: Date, now: Date): Promise<Microcredits> {
    // Holds first: what ends in between is counted twice for a moment, never missed.
    const held = await sumHeld(db, of);
    return held + (await this.sumCharged(db, of, from, now));
  }

  /** Charges of everything that ended since `from`. */
  async sumCharged(db: Reader, of: UsageOf, from: Date, now: Date): Promise<Microcredits> {
    const name = of.scope === 'key' ? of.keyId : `${of.workspaceId}:${of.mode}`;
    const kept = this.#remembered.get(name);
    const usable = kept?.from === from.getTime() && kept.until <= now.getTime() ? kept : undefined;
    const start = usable?.until ?? from.getTime();
    const until = Math.max(start, now.getTime() - SETTLED_AFTER_MS);
    const charged = (usable?.charged ?? 0) + (until > start ? await sumCharged(db, of, start, until) : 0);
    this.#remembered.delete(name);
    this.#remembered.set(name, { from: from.getTime(), until, charged });
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > MAX_REMEMBERED && oldest !== undefined) this.#remembered.delete(oldest);
    return charged + (await sumCharged(db, of, until, undefined));
  }
}

/** Bytes of the pictures that are stored now, those with a short life included; a picture and the file that keeps it are one. */
export async function sumStoredBytes(db: Reader, of: UsageOf): Promise<number> {
  const files = await db
    .selectFrom('storage_totals')
    .select('file_bytes')
    .where('workspace_id', '=', of.workspaceId)
    .where('mode', '=', of.mode)
    .where('key_id', '=', of.scope === 'key' ? of.keyId : '')
    .executeTakeFirst();
  let query = db
    .selectFrom('images')
    .where('images.workspace_id', '=', of.workspaceId)
    .where('images.mode', '=', of.mode)
    .where('images.removed_at', 'is', null)
    .where('images.file_id', 'is', null);
  if (of.scope === 'key') {
    query = query
      .innerJoin('generations', 'generations.id', 'images.generation_id')
      .where('generations.key_id', '=', of.keyId);
  }
  const row = await query.select((eb) => eb.fn.sum('images.size_bytes').as('bytes')).executeTakeFirst();
  return Number(row?.bytes ?? 0) + (files?.file_bytes ?? 0);
}

/** What open generations hold. */
export async function sumHeld(db: Reader, of: UsageOf): Promise<Microcredits> {
  const row = await select(db, of)
    .where('completed_at', 'is', null)
    .select((eb) => eb.fn.sum('hold_microcredits').as('held'))
    .executeTakeFirst();
  return Number(row?.held ?? 0);
}

/** @param until undefined: to the end */
async function sumCharged(
  db: Reader,
  of: UsageOf,
  from: number,
  until: number | undefined,
): Promise<Microcredits> {
  let query = select(db, of).where('completed_at', '>=', from);
  if (until !== undefined) query = query.where('completed_at', '<', until);
  const row = await query.select((eb) => eb.fn.sum('charged_microcredits').as('charged')).executeTakeFirst();
  return Number(row?.charged ?? 0);
}

/** The first moment of a month of UTC. @param offset months later */
export function startOfMonth(now: Date, offset = 0): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset, 1));
}

function select(db: Reader, of: UsageOf) {
  const generations = db.selectFrom('generations');
  return of.scope === 'key'
    ? generations.where('key_id', '=', of.keyId)
    : generations.where('workspace_id', '=', of.workspaceId).where('mode', '=', of.mode);
}
