import { sql, type RawBuilder } from 'kysely';
import type { Account } from '../credits/ledger-store.js';
import type { Microcredits } from '../credits/microcredits.js';
import type { Db } from '../db/database.js';
import { AppError } from '../errors.js';
import { DAY_MS, formatDay, type DaySpan } from './days.js';

export const USAGE_GROUPS = ['day', 'model', 'key'] as const;
export type UsageGroup = (typeof USAGE_GROUPS)[number];

/** Rows that one report has at most; an answer with more would be too large to be read. */
export const MAX_USAGE_ROWS = 10_000;

/** What was made and charged. */
export interface UsageSums {
  /** Pictures that were delivered, whether or not they are still stored. */
  readonly images: number;
  /** All that were begun: those that run, failed and were cancelled included. */
  readonly generations: number;
  readonly failed: number;
  readonly charged: Microcredits;
}

/** The sums of one group; what the report is not grouped by is undefined. */
export interface UsageRow extends UsageSums {
  /** `YYYY-MM-DD`, UTC: when the generations began. */
  readonly day: string | undefined;
  /** Slug as asked. */
  readonly model: string | undefined;
  readonly key: { readonly id: string; readonly name: string | undefined } | undefined;
}

// Written into the statement: as a parameter it would make the division one of floats on SQLite.
const DAY = sql.lit(DAY_MS);
const NOTHING = sql.lit(null);

/**
 * Sums an account's generations over whole days. Rows come by day, then model, then key.
 * @throws AppError invalid_request when there are more than `MAX_USAGE_ROWS` rows
 */
export async function reportUsage(
  db: Db,
  account: Account,
  span: DaySpan,
  groups: ReadonlySet<UsageGroup>,
): Promise<readonly UsageRow[]> {
  const grouped = (group: UsageGroup, value: RawBuilder<unknown>) => (groups.has(group) ? value : NOTHING);
  const query = db.kysely
    .selectFrom((generations) =>
      generations
        .selectFrom('generations')
        .where('workspace_id', '=', account.workspaceId)
        .where('mode', '=', account.mode)
        .where('created_at', '>=', span.start.getTime())
        .where('created_at', '<', span.end.getTime())
        .select((eb) => [
          sql<number | null>`${grouped('day', sql`created_at / ${DAY}`)}`.as('day'),
          sql<string | null>`${grouped('model', sql.ref('model'))}`.as('asked'),
          sql<string | null>`${grouped('key', sql.ref('key_id'))}`.as('key'),
          'charged_microcredits as charged',
          eb.case().when('status', '=', 'failed').then(sql.lit(1)).else(sql.lit(0)).end().as('failed'),
          eb
            .selectFrom('images')
            .whereRef('images.generation_id', '=', 'generations.id')
            .select((images) => images.fn.countAll().as('count'))
            .as('images'),
        ])
        .as('made'),
    )
    .leftJoin('api_keys', 'api_keys.id', 'made.key')
    .groupBy(['made.day', 'made.asked', 'made.key', 'api_keys.name'])
    .select((eb) => [
      'made.day',
      'made.asked',
      'made.key',
      'api_keys.name',
      eb.fn.countAll().as('generations'),
      eb.fn.sum('made.images').as('images'),
      eb.fn.sum('made.failed').as('failed'),
      eb.fn.sum('made.charged').as('charged'),
    ])
    .limit(MAX_USAGE_ROWS + 1);
  const rows = await db.report(query);
  if (rows.length > MAX_USAGE_ROWS) {
    throw new AppError('invalid_request', {
      message: `This is more than ${MAX_USAGE_ROWS} rows. Ask for fewer days, or group by less.`,
      param: 'group_by',
    });
  }
  return rows
    .map((row) => ({
      day: row.day === null ? undefined : formatDay(new Date(row.day * DAY_MS)),
      model: row.asked ?? undefined,
      key: row.key === null ? undefined : { id: row.key, name: row.name ?? undefined },
      images: Number(row.images),
      generations: Number(row.generations),
      failed: Number(row.failed),
      charged: Number(row.charged),
    }))
    .sort(byGroup);
}

/** Sums of all rows of a report. */
export function sumUsage(rows: readonly UsageSums[]): UsageSums {
  const sum = (of: (row: UsageSums) => number) => rows.reduce((total, row) => total + of(row), 0);
  return {
    images: sum((row) => row.images),
    generations: sum((row) => row.generations),
    failed: sum((row) => row.failed),
    charged: sum((row) => row.charged),
  };
}

/** Sorted here, because the databases order text differently. */
function byGroup(a: UsageRow, b: UsageRow): number {
  return (
    compare(a.day, b.day) ||
    compare(a.model, b.model) ||
    compare(a.key?.name, b.key?.name) ||
    compare(a.key?.id, b.key?.id)
  );
}

function compare(a = '', b = ''): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
