const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
const whole = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC',
});
const moment = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});
const date = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });
const utcDate = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', timeZone: 'UTC' });

/** 21 Nov. @param text `YYYY-MM-DD` of UTC */
export function shortDay(text: string): string {
  return day.format(new Date(text));
}

/** Sat, 21 Nov 2026. @param text `YYYY-MM-DD` of UTC */
export function wholeDay(text: string): string {
  return whole.format(new Date(text));
}

/** 21 Nov 2026, 14:05. @param seconds Unix */
export function momentWords(seconds: number): string {
  return moment.format(new Date(seconds * 1000));
}

/** 21 November 2026. @param seconds Unix */
export function dateWords(seconds: number): string {
  return date.format(new Date(seconds * 1000));
}

/** 1 December, of UTC. @param seconds Unix */
export function utcDateWords(seconds: number): string {
  return utcDate.format(new Date(seconds * 1000));
}
