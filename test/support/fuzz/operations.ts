/** The routes of a gateway, read from its own description. */
import { z } from 'zod';
import { METHODS, type Method } from './methods.js';

const operationShape = z.looseObject({
  security: z.array(z.record(z.string(), z.unknown())).optional(),
  parameters: z
    .array(z.looseObject({ in: z.string(), name: z.string(), schema: z.unknown().optional() }))
    .optional(),
  requestBody: z
    .looseObject({ content: z.record(z.string(), z.looseObject({ schema: z.unknown().optional() })) })
    .optional(),
});

const documentShape = z.object({
  paths: z.record(z.string(), z.record(z.string(), operationShape)),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
});

export interface Operation {
  readonly method: Method;
  /** With `{name}` or `{*}` where parameters stand. */
  readonly path: string;
  readonly security: 'key' | 'admin' | 'none';
  readonly parameters: readonly { readonly in: string; readonly name: string; readonly schema?: unknown }[];
  readonly bodies: readonly { readonly type: string; readonly schema: unknown }[];
}

export function readOperations(document: unknown): {
  readonly operations: readonly Operation[];
  readonly schemas: Readonly<Record<string, unknown>>;
} {
  const { paths, components } = documentShape.parse(document);
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security = [], parameters = [], requestBody }]): Operation => {
      const schemes = security.flatMap((one) => Object.keys(one));
      return {
        method: z.enum(METHODS).parse(method.toUpperCase()),
        path,
        security: schemes.includes('adminToken') ? 'admin' : schemes.includes('apiKey') ? 'key' : 'none',
        parameters,
        bodies: Object.entries(requestBody?.content ?? {}).map(([type, { schema }]) => ({ type, schema })),
      };
    }),
  );
  return { operations, schemas: components.schemas };
}
