import { z } from 'zod';
import { ApiError, callApi, CliError, type Connection } from '../client.js';
import type { Patience } from '../patience.js';
import type { Row } from './read-rows.js';

/** Plans need no provider, so that more of them than of calls may be on their way. */
const PLANS_AT_ONCE = 8;
const MICROCREDITS = 1_000_000;

const plan = z.object({
  model: z.string(),
  quote: z.object({ credits: z.number() }),
  adjustments: z.array(z.object({ param: z.string() })),
});

/** What all rows together can cost at most. */
export interface Quote {
  readonly credits: number;
  /** Rows, prices and changed parameters by the model that would be served. */
  readonly models: ReadonlyMap<string, { rows: number; credits: number; adjusted: Map<string, number> }>;
  /** Rows that the server would refuse, with its words. */
  readonly refused: ReadonlyMap<number, string>;
}

/** Asks for the plan of every row. Free, and nothing runs. @throws CliError when the server can't say */
export async function quoteRows(
  rows: readonly Row[],
  connection: Connection,
  patience: Patience,
  onProgress: (done: number) => void,
): Promise<Quote> {
  const models = new Map<string, { rows: number; credits: number; adjusted: Map<string, number> }>();
  const refused = new Map<number, string>();
  let [total, done] = [0, 0];
  await forEachAtOnce(rows, PLANS_AT_ONCE, async (row) => {
    try {
      const found = await patience.call(() => callApi(connection, 'POST', '/v1/images/plan', plan, row.body));
      const entry = models.get(found.model) ?? { rows: 0, credits: 0, adjusted: new Map<string, number>() };
      models.set(found.model, entry);
      entry.rows += 1;
      entry.credits = add(entry.credits, found.quote.credits);
      for (const param of new Set(found.adjustments.map((one) => one.param))) {
        entry.adjusted.set(param, (entry.adjusted.get(param) ?? 0) + 1);
      }
      total = add(total, found.quote.credits);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status === 401 || error.refusal.retry) throw error;
      refused.set(row.number, error.message);
    }
    done += 1;
    onProgress(done);
  });
  // The dearest first, whatever came back first.
  const byPrice = [...models].sort(([a, one], [b, other]) => other.credits - one.credits || (a < b ? -1 : 1));
  return {
    credits: total,
    models: new Map(byPrice),
    refused: new Map([...refused].sort(([a], [b]) => a - b)),
  };
}

/** The quote in words. */
export function quoteLines({ credits, models, refused }: Quote, count: number): readonly string[] {
  return [
    ...[...models].map(([model, { rows, credits: sum, adjusted }]) => {
      const changes = [...adjusted].map(([param, times]) => `${param} in ${times}`).join(', ');
      return `${model}: ${rowsText(rows)}, at most ${sum} credits${changes === '' ? '' : `; adjusted: ${changes}`}`;
    }),
    `at most ${credits} credits for ${rowsText(count - refused.size)}${refused.size === 0 ? '' : `; ${refused.size} can't run`}`,
  ];
}

export function rowsText(count: number): string {
  return `${count} row${count === 1 ? '' : 's'}`;
}

/** Sums credits as the server counts them, in millionths. */
export function add(a: number, b: number): number {
  return (Math.round(a * MICROCREDITS) + Math.round(b * MICROCREDITS)) / MICROCREDITS;
}

/**
 * Works on some things at once, in their order. After a failure none is begun; those that run are waited for.
 * @param mayBegin asked before each
 * @throws the first failure
 */
export async function forEachAtOnce<T>(
  things: readonly T[],
  count: number,
  work: (thing: T) => Promise<void>,
  mayBegin: () => boolean = () => true,
): Promise<void> {
  const rest = things.values();
  const failures: unknown[] = [];
  const worker = async () => {
    for (const thing of rest) {
      if (failures.length > 0 || !mayBegin()) return;
      try {
        await work(thing);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(count, things.length) }, worker));
  if (failures.length > 0) throw failures[0] instanceof Error ? failures[0] : new CliError('unknown error');
}
