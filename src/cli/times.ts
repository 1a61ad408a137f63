import { CliError } from './client.js';

/**
 * A time of an option as Unix seconds: 2026-11-22, 2026-11-22T12:00:00Z or the seconds themselves.
 * @throws CliError
 */
export function unixSeconds(option: string, time: string): string;
export function unixSeconds(option: string, time: string | undefined): string | undefined;
export function unixSeconds(option: string, time: string | undefined): string | undefined {
  if (time === undefined || /^\d{1,12}$/.test(time)) return time;
  const at = /^\d{4}-\d{2}-\d{2}/.test(time) ? Date.parse(time) : NaN;
  if (Number.isNaN(at)) {
    throw new CliError(`${option} must be a time such as 2026-11-22, 2026-11-22T12:00:00Z or 1795348800`);
  }
  return String(Math.floor(at / 1000));
}
