import { z } from 'zod';

/** Names of the members of the object that stands at a path of a schema; none where there is no object of known members. */
export function memberNames(schema: unknown, path: readonly PropertyKey[]): readonly string[] {
  const [step, ...rest] = path;
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNonOptional ||
    schema instanceof z.ZodNullable
  ) {
    return memberNames(schema.unwrap(), path);
  }
  if (schema instanceof z.ZodUnion) {
    for (const option of schema.options) {
      const names = memberNames(option, path);
      if (names.length > 0) return names;
    }
    return [];
  }
  if (schema instanceof z.ZodArray) return step === undefined ? [] : memberNames(schema.element, rest);
  if (!(schema instanceof z.ZodObject)) return [];
  if (step === undefined) return Object.keys(schema.shape);
  return typeof step === 'string' ? memberNames(schema.shape[step], rest) : [];
}
