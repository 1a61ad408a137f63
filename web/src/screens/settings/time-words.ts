const moment = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});
const date = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

/** 21 Nov 2026, 14:05. @param seconds Unix */
export function momentWords(seconds: number): string {
  return moment.format(new Date(seconds * 1000));
}

/** 21 Nov 2026. @param seconds Unix */
export function dateWords(seconds: number): string {
  return date.format(new Date(seconds * 1000));
}
