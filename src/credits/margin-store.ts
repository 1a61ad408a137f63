import { z } from 'zod';
import type { Clock } from '../clock.js';
import type { Db } from '../db/database.js';
import { NO_MARGIN, type Margin } from './margin.js';

const NAME = 'margin';

/** Other processes' changes are seen after so long. */
const CACHE_MS = 5_000;

const percent = z.number().min(0).max(1000).multipleOf(0.01).describe('Per cent added to costs.');

/** The margin as the operator sets it. */
export const marginSchema = z.strictObject({
  percent,
  models: z
    .record(z.string().max(100), percent)
    .optional()
    .describe('By slug, in the place of the general one.'),
});

/** The operator's margin, kept in the table of run-time settings; none until one is set. */
export class Margins {
  readonly #db: Db;
  readonly #clock: Clock;
  #cached: { readonly margin: Promise<Margin>; readonly until: number } | undefined;

  constructor(db: Db, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** The margin as it was at most five seconds ago. */
  async current(): Promise<Margin> {
    const now = this.#clock().getTime();
    if (this.#cached === undefined || this.#cached.until <= now) {
      this.#cached = { margin: this.#load(), until: now + CACHE_MS };
    }
    const { margin } = this.#cached;
    try {
      return await margin;
    } catch (error) {
      // The next one asks again.
      if (this.#cached.margin === margin) this.#cached = undefined;
      throw error;
    }
  }

  /** Sets the margin; this process goes by it at once. What is held already is charged by the old one. */
  async set(margin: z.output<typeof marginSchema>): Promise<void> {
    const value = {
      value_json: JSON.stringify(marginSchema.parse(margin)),
      updated_at: this.#clock().getTime(),
    };
    await this.#db.kysely
      .insertInto('operator_settings')
      .values({ name: NAME, ...value })
      .onConflict((conflict) => conflict.column('name').doUpdateSet(value))
      .execute();
    this.#cached = undefined;
  }

  async #load(): Promise<Margin> {
    const row = await this.#db.kysely
      .selectFrom('operator_settings')
      .select('value_json')
      .where('name', '=', NAME)
      .executeTakeFirst();
    if (row === undefined) return NO_MARGIN;
    const { percent: general, models = {} } = marginSchema.parse(JSON.parse(row.value_json));
    return { percent: general, models };
  }
}
