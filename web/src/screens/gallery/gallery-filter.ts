import type { PictureFilter } from '../../api/pictures.js';

/** Spans of time by their names in the address. */
export const SPANS = [
  { value: '', label: 'Any time' },
  { value: 'today', label: 'Today' },
  { value: 'week', label: 'Last 7 days' },
  { value: 'month', label: 'Last 30 days' },
  { value: 'dates', label: 'Between dates' },
] as const;
export type Span = (typeof SPANS)[number]['value'];

/** What the address says of the pictures that are shown. */
export interface GalleryFilter {
  readonly kept: '' | 'kept' | 'temporary';
  readonly operation: '' | 'generate' | 'edit';
  /** Slug. */
  readonly model: string;
  readonly span: Span;
  /** Days as `YYYY-MM-DD`, for the span `dates`; empty: open. */
  readonly from: string;
  readonly to: string;
  /** Id of the picture that they were edited from. */
  readonly parent: string;
  /** Words of the prompt. */
  readonly words: string;
}

export const ALL_PICTURES: GalleryFilter = {
  kept: '',
  operation: '',
  model: '',
  span: '',
  from: '',
  to: '',
  parent: '',
  words: '',
};

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Reads the address; what it can't mean counts as not said. */
export function readFilter(query: URLSearchParams): GalleryFilter {
  const text = (name: string) => query.get(name) ?? '';
  const one = <Value extends string>(name: string, values: readonly Value[]) =>
    values.find((value) => value === text(name));
  const day = (name: string) => (DAY.test(text(name)) ? text(name) : '');
  return {
    kept: one('show', ['kept', 'temporary']) ?? '',
    operation: one('made', ['generate', 'edit']) ?? '',
    model: text('model').slice(0, 200),
    span: SPANS.find(({ value }) => value === text('time'))?.value ?? '',
    from: day('from'),
    to: day('to'),
    parent: text('parent').slice(0, 100),
    words: text('words').slice(0, 200),
  };
}

/** The query of the address, with `?` where there is one. @param picture id of the one that is open */
export function writeFilter(filter: GalleryFilter, picture?: string): string {
  const query = new URLSearchParams();
  const set = (name: string, value: string) => {
    if (value !== '') query.set(name, value);
  };
  set('show', filter.kept);
  set('made', filter.operation);
  set('model', filter.model);
  set('time', filter.span);
  if (filter.span === 'dates') {
    set('from', filter.from);
    set('to', filter.to);
  }
  set('parent', filter.parent);
  set('words', filter.words);
  set('picture', picture ?? '');
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

/** The filter as the list of pictures takes it; words are looked for in what was loaded. Days are those of the browser. */
export function toPictureFilter(filter: GalleryFilter, now: Date): PictureFilter {
  return {
    ...(filter.kept === '' ? {} : { kept: filter.kept === 'kept' }),
    ...(filter.operation === '' ? {} : { operation: filter.operation }),
    ...(filter.model === '' ? {} : { model: filter.model }),
    ...(filter.parent === '' ? {} : { parent: filter.parent }),
    ...spanOf(filter, now),
  };
}

function spanOf(
  { span, from, to }: GalleryFilter,
  now: Date,
): Pick<PictureFilter, 'created_after' | 'created_before'> {
  const startOfDay = (daysAgo: number) =>
    new Date(now.getFullYear(), now.getMonth(), now.getDate() - daysAgo).getTime() / 1000;
  switch (span) {
    case '':
      return {};
    case 'today':
      return { created_after: startOfDay(0) };
    case 'week':
      return { created_after: startOfDay(6) };
    case 'month':
      return { created_after: startOfDay(29) };
    case 'dates':
      return {
        ...(from === '' ? {} : { created_after: dayStart(from, 0) }),
        ...(to === '' ? {} : { created_before: dayStart(to, 1) - 1 }),
      };
  }
}

function dayStart(day: string, later: number): number {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date + later).getTime() / 1000;
}

/** Whether a prompt has all of the words, in any order. */
export function hasWords(prompt: string | undefined, words: string): boolean {
  const text = (prompt ?? '').toLocaleLowerCase();
  return words
    .toLocaleLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
