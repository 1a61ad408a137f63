import { AppError } from '../../errors.js';

/** As deep as JSON of callers may be nested. What checks and stores values goes down level by level, on a stack that ends. */
export const MAX_JSON_DEPTH = 64;

/**
 * What is wrong with a value of a caller that is nested too deeply; told without going down itself.
 * @param param field that the value came in; omitted: the body
 * @returns AppError invalid_json, or invalid_request naming the field
 */
export function tooDeep(value: unknown, param?: string): AppError | undefined {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= MAX_JSON_DEPTH; depth += 1) {
    level = level.flatMap((item): unknown[] =>
      typeof item === 'object' && item !== null ? Object.values(item) : [],
    );
    if (level.length === 0) return undefined;
  }
  const message = `is nested deeper than ${MAX_JSON_DEPTH} levels.`;
  return param === undefined
    ? new AppError('invalid_json', { message: `The body ${message}` })
    : new AppError('invalid_request', { message: `\`${param}\` ${message}`, param });
}
