/** Days are those of UTC, which have no summer time: all are as long. */
export const DAY_MS = 86_400_000;

/** Whole days. */
export interface DaySpan {
  /** The first moment. */
  readonly start: Date;
  /** The first moment after it. */
  readonly end: Date;
}

/** `YYYY-MM-DD` of a moment. */
export function formatDay(moment: Date): string {
  return moment.toISOString().slice(0, 10);
}

/** The first moment of a day written as `YYYY-MM-DD`; undefined when there is no such day. */
export function parseDay(text: string): Date | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const day = new Date(`${text}T00:00:00Z`);
  // The 31st of a shorter month would be taken for a day of the next one.
  return Number.isNaN(day.getTime()) || formatDay(day) !== text ? undefined : day;
}

/** From the first to the last day, both included. */
export function spanDays(first: Date, last: Date): DaySpan {
  return { start: first, end: new Date(last.getTime() + DAY_MS) };
}

export function countDays({ start, end }: DaySpan): number {
  return (end.getTime() - start.getTime()) / DAY_MS;
}
