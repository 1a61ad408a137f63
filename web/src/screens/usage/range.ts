import type { DayRange } from '../../api/usage.js';

/** What the screen shows, as the address holds it. */
export interface UsageView {
  readonly span: Span;
  /** Only for `dates`; empty: not chosen yet. */
  readonly from: string;
  readonly to: string;
  readonly by: 'model' | 'key';
  readonly show: 'credits' | 'images';
}

export const SPANS = [
  { value: '7', label: 'Last 7 days' },
  { value: '30', label: 'Last 30 days' },
  { value: '90', label: 'Last 90 days' },
  { value: 'month', label: 'This month' },
  { value: 'last-month', label: 'Last month' },
  { value: 'dates', label: 'From … until …' },
] as const;
export type Span = (typeof SPANS)[number]['value'];

const DAY_MS = 86_400_000;
/** As many as the API answers at once. */
const MAX_DAYS = 366;

export function readView(query: URLSearchParams): UsageView {
  return {
    span: SPANS.find(({ value }) => value === query.get('span'))?.value ?? '30',
    from: readDay(query.get('from')),
    to: readDay(query.get('to')),
    by: query.get('by') === 'key' ? 'key' : 'model',
    show: query.get('show') === 'images' ? 'images' : 'credits',
  };
}

/** The query of an address; empty for what is shown by itself. */
export function writeView(view: UsageView): string {
  const query = new URLSearchParams();
  if (view.span !== '30') query.set('span', view.span);
  if (view.span === 'dates' && view.from !== '') query.set('from', view.from);
  if (view.span === 'dates' && view.to !== '') query.set('to', view.to);
  if (view.by === 'key') query.set('by', 'key');
  if (view.show === 'images') query.set('show', 'images');
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

/** The days of a view, at most 366 up to the last. @param now days are those of UTC */
export function daysOf({ span, from, to }: UsageView, now: Date): DayRange {
  const today = formatDay(now);
  const [year, month] = [now.getUTCFullYear(), now.getUTCMonth()];
  switch (span) {
    case '7':
    case '30':
    case '90':
      return { from: addDays(today, 1 - Number(span)), to: today };
    case 'month':
      return { from: formatDay(new Date(Date.UTC(year, month, 1))), to: today };
    case 'last-month':
      return {
        from: formatDay(new Date(Date.UTC(year, month - 1, 1))),
        to: formatDay(new Date(Date.UTC(year, month, 0))),
      };
    case 'dates': {
      const last = to === '' || to > today ? today : to;
      const first = from === '' || from > last ? last : from;
      const earliest = addDays(last, 1 - MAX_DAYS);
      return { from: first < earliest ? earliest : first, to: last };
    }
  }
}

/** Every day of a range, in order. */
export function listDays({ from, to }: DayRange): readonly string[] {
  const days: string[] = [];
  for (let day = from; day <= to; day = addDays(day, 1)) days.push(day);
  return days;
}

function addDays(day: string, count: number): string {
  return formatDay(new Date(Date.parse(`${day}T00:00:00Z`) + count * DAY_MS));
}

function formatDay(date: Date): string {
  return date.toISOString().slice(0, 10);
}

function readDay(text: string | null): string {
  if (text === null || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return '';
  const time = Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(time) || formatDay(new Date(time)) !== text ? '' : text;
}
