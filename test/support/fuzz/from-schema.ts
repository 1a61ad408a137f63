/** Legal values of a JSON schema, as the OpenAPI document has them. */
import { z } from 'zod';
import type { Dice } from './dice.js';

const schemaShape = z.looseObject({
  $ref: z.string().optional(),
  type: z.string().optional(),
  const: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  anyOf: z.array(z.unknown()).optional(),
  oneOf: z.array(z.unknown()).optional(),
  allOf: z.array(z.unknown()).optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  additionalProperties: z.unknown().optional(),
  items: z.unknown().optional(),
  minItems: z.number().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
});

export interface SampleOptions {
  readonly dice: Dice;
  /** Of the document, for references. */
  readonly schemas: Readonly<Record<string, unknown>>;
  /** Values that mean something here, by the name of their field. */
  readonly known: (field: string) => readonly unknown[] | undefined;
}

const MAX_DEPTH = 6;
/** How many of the fields that may be left out are there, by chance: with all of them, hardly any two would go together. */
const OPTIONAL_SHARES = [0, 0.03, 0.06, 0.2];
/** Said to be optional because a recipe or another field may say them. */
const NEEDED = ['model', 'prompt', 'size', 'image', 'file', 'purpose', 'base', 'seeds'];

/** @param field name of the field that the value stands in */
export function sample(schema: unknown, options: SampleOptions, field = '', depth = 0): unknown {
  const { dice, schemas, known } = options;
  const wanted = known(field);
  if (wanted !== undefined && dice.chance(0.9)) return dice.pick(wanted);
  const parsed = schemaShape.safeParse(schema);
  if (!parsed.success || depth > MAX_DEPTH) return 'x';
  const { data } = parsed;
  const deeper = (inner: unknown, name = field) => sample(inner, options, name, depth + 1);
  if (data.$ref !== undefined) return deeper(schemas[data.$ref.split('/').at(-1) ?? '']);
  if ('const' in data) return data.const;
  if (data.enum !== undefined) return dice.pick(data.enum);
  const choices = data.anyOf ?? data.oneOf;
  if (choices !== undefined) return deeper(dice.pick(choices));
  if (data.allOf !== undefined) {
    const parts = data.allOf.map((part) => deeper(part));
    return Object.assign({}, ...parts.filter((part) => typeof part === 'object'));
  }
  switch (data.type) {
    case 'object':
      return sampleObject(data, dice, deeper);
    case 'array': {
      const fewest = data.minItems ?? 0;
      return Array.from({ length: Math.max(fewest, dice.roll(3)) }, () => deeper(data.items));
    }
    case 'integer':
    case 'number':
      return sampleNumber(data, dice);
    case 'boolean':
      return dice.chance(0.5);
    case 'null':
      return null;
    default:
      return dice.pick(['a fox', 'auto', 'x', '1', 'snow on fir trees']);
  }
}

function sampleObject(
  { properties = {}, required = [], additionalProperties }: z.infer<typeof schemaShape>,
  dice: Dice,
  deeper: (schema: unknown, name: string) => unknown,
): unknown {
  const share = dice.pick(OPTIONAL_SHARES);
  const named = Object.entries(properties).filter(
    ([name]) => required.includes(name) || dice.chance(NEEDED.includes(name) ? 0.9 : share),
  );
  const free =
    typeof additionalProperties === 'object' && additionalProperties !== null && dice.chance(0.5)
      ? [['subject', additionalProperties] as const]
      : [];
  return Object.fromEntries([...named, ...free].map(([name, schema]) => [name, deeper(schema, name)]));
}

function sampleNumber({ type, minimum, maximum }: z.infer<typeof schemaShape>, dice: Dice): number {
  const low = minimum ?? -10;
  const high = Math.min(maximum ?? low + 1000, low + 1000);
  const value = low + dice.fraction() * (high - low);
  return type === 'integer' ? Math.round(value) : value;
}
