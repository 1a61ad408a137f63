import { sql, type RawBuilder } from 'kysely';

/** A place in a list by time of making, with the id where times are equal. */
export interface Place {
  readonly created_at: number;
  readonly id: string;
}

/** Which page of such a list is wanted. */
export interface PageWish {
  readonly limit: number;
  readonly order: 'asc' | 'desc';
  /** Id that the page follows, or that it ends before; one of them at most. */
  readonly after: string | undefined;
  readonly before: string | undefined;
}

/**
 * How a page is read: rows beyond a place in one direction. A page that ends before a place is read backwards and turned
 * round by `inOrder`.
 */
export function readingOf({ order, before }: Pick<PageWish, 'order' | 'before'>): 'asc' | 'desc' {
  if (before === undefined) return order;
  return order === 'asc' ? 'desc' : 'asc';
}

/** True for rows beyond the place. One comparison of rows, which both databases answer from an index. */
export function beyond(
  table: 'images' | 'files',
  place: Place,
  reading: 'asc' | 'desc',
): RawBuilder<boolean> {
  const [time, id] = [sql.ref(`${table}.created_at`), sql.ref(`${table}.id`)];
  return reading === 'asc'
    ? sql<boolean>`(${time}, ${id}) > (${place.created_at}, ${place.id})`
    : sql<boolean>`(${time}, ${id}) < (${place.created_at}, ${place.id})`;
}

/** Rows as the list has them, however they were read. */
export function inOrder<Row>(rows: readonly Row[], { before }: Pick<PageWish, 'before'>): readonly Row[] {
  return before === undefined ? rows : [...rows].reverse();
}
