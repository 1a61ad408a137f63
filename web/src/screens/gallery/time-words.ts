const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** When a picture goes, in plain words. @param seconds until then */
export function goesIn(seconds: number): string {
  if (seconds <= 0) return 'gone';
  if (seconds < MINUTE) return 'goes in less than a minute';
  if (seconds < 90 * MINUTE) return `goes in ${Math.floor(seconds / MINUTE)} min`;
  if (seconds < 2 * DAY) return `goes in ${Math.floor(seconds / HOUR)} hours`;
  return `goes in ${Math.floor(seconds / DAY)} days`;
}

/** The day of a time, so that equal days are equal texts. @param created Unix seconds */
export function dayOf(created: number): string {
  const date = new Date(created * 1000);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

const weekday = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long' });
const withYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

/** The day as a heading. @param created Unix seconds */
export function dayWords(created: number, now: Date): string {
  const date = new Date(created * 1000);
  const daysAgo = (days: number) =>
    dayOf(new Date(now.getFullYear(), now.getMonth(), now.getDate() - days, 12).getTime() / 1000);
  if (dayOf(created) === daysAgo(0)) return 'Today';
  if (dayOf(created) === daysAgo(1)) return 'Yesterday';
  return (date.getFullYear() === now.getFullYear() ? weekday : withYear).format(date);
}

/** The time of day. @param created Unix seconds */
export function clockWords(created: number): string {
  return clock.format(new Date(created * 1000));
}
