import type { ErrorFacts } from '../errors.js';
import type { LimitName } from '../workspaces/limits.js';

/** Where a limit comes from. */
export type LimitScope = 'key' | 'workspace';

/** The facts of an error that tell which limit was met, and how much of it was used. */
export function limitFacts(
  name: LimitName,
  value: number | readonly string[],
  scope: LimitScope,
  used?: number,
): ErrorFacts {
  return { limit: { name, value, scope, ...(used === undefined ? {} : { used }) } };
}
