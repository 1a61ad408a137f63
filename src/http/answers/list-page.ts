import { z } from 'zod';

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

/** Shapes what a store found for `pageWish`. */
export function toPage<Item extends { readonly id: string }>(
  found: readonly Item[],
  { limit }: { readonly limit: number },
) {
  const data = found.slice(0, limit);
  const [first, last] = [data[0], data.at(-1)];
  return {
    object: 'list' as const,
    data,
    ...(first === undefined ? {} : { first_id: first.id }),
    ...(last === undefined ? {} : { last_id: last.id }),
    has_more: found.length > limit,
  };
}
