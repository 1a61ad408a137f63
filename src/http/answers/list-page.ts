import { z } from 'zod';
import { AppError } from '../../errors.js';

/** How many items a page of a list may have. */
interface PageSizes {
  readonly fallback: number;
  readonly max: number;
}

/** The query of a list that is read by pages; further filters are added with `.extend`. */
export function pageQuery({ fallback, max }: PageSizes) {
  return z.strictObject({
    limit: z
      .string()
      .regex(/^\d+$/, 'must be a whole number')
      .transform(Number)
      .pipe(z.number().min(1, 'must be at least 1').max(max, `must be at most ${max}`))
      .optional()
      .transform((limit) => limit ?? fallback)
      .describe(`Items of the page; ${fallback} by default, at most ${max}.`),
    after: z.string().max(100).optional().describe('`last_id` of the page before; absent: the first page.'),
  });
}

const seconds = z
  .string()
  .regex(/^\d{1,12}$/, 'must be Unix seconds')
  .transform((text) => new Date(Number(text) * 1000));

/** The query of a list of things by the time of their making, which can be read in both orders and from both ends. */
export function listQuery(sizes: PageSizes) {
  return pageQuery(sizes).extend({
    before: z
      .string()
      .max(100)
      .optional()
      .describe('`first_id` of the page behind; instead of `after`, to go back.'),
    order: z
      .enum(['asc', 'desc'])
      .optional()
      .transform((order) => order ?? 'desc'),
    created_after: seconds.optional().describe('Unix seconds, inclusive.'),
    created_before: seconds.optional().describe('Unix seconds, inclusive.'),
  });
}

/** What a store is asked for, see `pageWish`. @throws AppError invalid_request for `after` and `before` at once */
export function readListQuery(query: {
  readonly limit: number;
  readonly order: 'asc' | 'desc';
  readonly after?: string | undefined;
  readonly before?: string | undefined;
  readonly created_after?: Date | undefined;
  readonly created_before?: Date | undefined;
}) {
  const { order, after, before, created_after: createdAfter, created_before: createdBefore } = query;
  if (after !== undefined && before !== undefined) {
    throw new AppError('invalid_request', {
      message: '`after` and `before` say two different things. Send one of them.',
      param: 'before',
    });
  }
  return { limit: query.limit + 1, order, after, before, createdAfter, createdBefore };
}

/** A page as it is answered. */
export function pageSchema<Item extends z.ZodType<{ readonly id: string }>>(item: Item) {
  return z.object({
    object: z.literal('list'),
    data: z.array(item),
    first_id: z.string().optional(),
    last_id: z.string().optional(),
    has_more: z.boolean(),
  });
}

/** What a store is asked for: one item more than the page shows, which tells whether there is a next one. */
export function pageWish(query: { readonly limit: number; readonly after?: string | undefined }) {
  return { limit: query.limit + 1, after: query.after };
}

/** Shapes what a store found for `pageWish`. The item too many is at the end; at the start of a page that goes back. */
export function toPage<Item extends { readonly id: string }>(
  found: readonly Item[],
  { limit, before }: { readonly limit: number; readonly before?: string | undefined },
) {
  const data = before === undefined ? found.slice(0, limit) : found.slice(-limit);
  const [first, last] = [data[0], data.at(-1)];
  return {
    object: 'list' as const,
    data,
    ...(first === undefined ? {} : { first_id: first.id }),
    ...(last === undefined ? {} : { last_id: last.id }),
    has_more: found.length > limit,
  };
}
