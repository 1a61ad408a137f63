import type { z } from 'zod';
import { PROMPT_MEMBERS } from '../prompts/structured-prompt.js';
import { nearestName } from '../catalogue/catalogue.js';
import { AppError } from '../errors.js';

/**
 * The first problem of a body as an answer that names the field, what is allowed and the nearest valid value.
 * @param known names of the body's fields
 * @param namesBelow names of the members of what stands at a path
 */
export function describeProblem(
  error: z.ZodError,
  known: readonly string[],
  namesBelow: (path: readonly PropertyKey[]) => readonly string[] = () => [],
): AppError {
  const issue = innermost(error.issues[0]);
  if (issue === undefined) return new AppError('invalid_request', { message: 'The request is not valid.' });
  const param = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    const names =
      issue.path.length === 0 ? known : param === 'prompt' ? PROMPT_MEMBERS : namesBelow(issue.path);
    const nearest = nearestName(key, names);
    const shown = key.slice(0, 100);
    return new AppError('unknown_parameter', {
      message: `Unknown parameter: \`${shown}\`.${nearest === undefined ? '' : ` Did you mean \`${nearest}\`?`}`,
      param: param === '' ? shown : `${param}.${shown}`,
      facts: {
        allowed: [...(names.length === 0 ? known : names)],
        ...(nearest === undefined ? {} : { nearest }),
      },
    });
  }
  if (issue.path.length === 0) {
    return new AppError('invalid_request', { message: 'The body must be a JSON object.' });
  }
  if (issue.code === 'invalid_value') {
    const allowed = issue.values.map((value) =>
      typeof value === 'number' || typeof value === 'boolean' ? value : String(value),
    );
    const given = typeof issue.input === 'string' ? issue.input : undefined;
    const nearest = given === undefined ? undefined : nearestName(given, allowed.map(String));
    return new AppError('invalid_request', {
      message:
        `\`${param}\` must be one of ${allowed.join(', ')}.` +
        (nearest === undefined ? '' : ` The nearest is ${nearest}.`),
      param,
      facts: { allowed, ...(nearest === undefined ? {} : { nearest }) },
    });
  }
  if (issue.code === 'invalid_type' && issue.input === undefined) {
    return new AppError('invalid_request', { message: `\`${param}\` is required.`, param });
  }
  const message = issue.code === 'invalid_type' ? `must be ${expected(issue.expected)}` : issue.message;
  const bound =
    issue.code === 'too_big' ? issue.maximum : issue.code === 'too_small' ? issue.minimum : undefined;
  return new AppError('invalid_request', {
    message: `\`${param}\` ${issue.code === 'invalid_union' && message === ZOD_SAYS ? 'has a wrong type' : message}.`,
    param,
    facts:
      typeof bound === 'number' && issue.code !== 'invalid_type' && param !== 'prompt'
        ? { nearest: bound }
        : {},
  });
}

/**
 * The problem of the form that was meant, where a field has several: the one whose type is right, as an object with a wrong
 * member is still an object.
 */
function innermost(issue: z.core.$ZodIssue | undefined): z.core.$ZodIssue | undefined {
  if (issue?.code !== 'invalid_union') return issue;
  const meant = issue.errors
    .map(([first]) => first)
    .filter((first) => first !== undefined)
    .filter((first) => first.code !== 'invalid_type' || first.path.length > 0);
  const [only] = meant;
  if (only === undefined || meant.length > 1) return issue;
  return innermost({ ...only, path: [...issue.path, ...only.path] });
}

/** Zod's own words for a field that fits none of its forms. */
const ZOD_SAYS = 'Invalid input';

function expected(type: string): string {
  if (type === 'int') return 'a whole number';
  return `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`;
}
