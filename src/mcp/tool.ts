import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import { nearestName } from '../catalogue/catalogue.js';
import { AppError } from '../errors.js';
import { describeProblem } from '../http/describe-problem.js';
import type { Gateway } from './gateway.js';

/** One call of a tool: who asks where, until when it matters, and whom to tell how far it is. */
export interface ToolCall {
  readonly gateway: Gateway;
  readonly signal: AbortSignal;
  /** Tells the client how far it is, if it wants to know. @param done of `total`, never falling */
  readonly tellProgress: (done: number, total: number, message: string) => void;
}

/** What an agent can call. */
export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly inputSchema: { readonly type: 'object' } & Readonly<Record<string, unknown>>;
  readonly readOnly: boolean;
  /** @throws ToolFailure or AppError in the words of the API */
  readonly run: (args: Readonly<Record<string, unknown>>, call: ToolCall) => Promise<CallToolResult>;
}

interface ToolParts<Own extends z.ZodRawShape> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly readOnly: boolean;
  /** Arguments that the tool itself reads. */
  readonly own: z.ZodObject<Own>;
  /** Fields of the call that the tool makes: documented here, judged by the API alone. */
  readonly body: z.ZodObject;
  readonly run: (
    own: z.output<z.ZodObject<Own>>,
    body: Readonly<Record<string, unknown>>,
    call: ToolCall,
  ) => Promise<CallToolResult>;
}

/** Makes a tool whose arguments are fields of an API call and some of its own; unknown ones are refused with the nearest name. */
export function defineTool<Own extends z.ZodRawShape>(parts: ToolParts<Own>): Tool {
  const { name, title, description, readOnly, own, body } = parts;
  const ownNames = Object.keys(own.shape);
  const known = [...Object.keys(body.shape), ...ownNames];
  return {
    name,
    title,
    description,
    readOnly,
    inputSchema: toInputSchema(body.extend(own.shape)),
    run: async (args, call) => {
      const unknown = Object.keys(args).find((given) => !known.includes(given));
      if (unknown !== undefined) throw unknownArgument(unknown, known);
      const present = Object.entries(args).filter(([, value]) => value !== null);
      const pick = (mine: boolean) =>
        Object.fromEntries(present.filter(([given]) => ownNames.includes(given) === mine));
      const judged = own.safeParse(pick(true), { reportInput: true });
      if (!judged.success) throw describeProblem(judged.error, known);
      return parts.run(judged.data, pick(false), call);
    },
  };
}

function unknownArgument(given: string, known: readonly string[]): AppError {
  const nearest = nearestName(given, known);
  const shown = given.slice(0, 100);
  return new AppError('unknown_parameter', {
    message: `Unknown parameter: \`${shown}\`.${nearest === undefined ? '' : ` Did you mean \`${nearest}\`?`}`,
    param: shown,
    facts: { allowed: [...known], ...(nearest === undefined ? {} : { nearest }) },
  });
}

/** Recursive schemas are more than clients of models understand: where any JSON may stand, any JSON is allowed. */
function toInputSchema(schema: z.ZodObject): Tool['inputSchema'] {
  const json = z.toJSONSchema(schema, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema._zod.def.type !== 'record') return;
      delete jsonSchema.propertyNames;
      if (JSON.stringify(jsonSchema.additionalProperties).includes('$ref')) {
        jsonSchema.additionalProperties = true;
      }
    },
  });
  delete json.$schema;
  for (const name of Object.keys(json.$defs ?? {})) {
    // What stood for any JSON, and is named by nothing any more.
    if (name.startsWith('__schema')) delete json.$defs?.[name];
  }
  return { ...json, type: 'object' };
}
