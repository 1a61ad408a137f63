import { z } from 'zod';
import { callerWith } from '../../auth.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';

const entrySchema = z.object({
  id: z.string(),
  object: z.literal('audit.entry'),
  actor: z.string().describe('Id of the key that did it, or `operator`.'),
  action: z.string(),
  before: z.json().optional(),
  after: z.json().optional(),
  created: z.number().int(),
});

export function registerAudit(app: App, context: HttpContext): void {
  app.get(
    '/v1/audit',
    {
      schema: {
        tags: ['Workspace'],
        summary: 'Changes of settings, keys and limits, newest first',
        description: 'Takes an owner or admin key.',
        security: [{ apiKey: [] }],
        querystring: z.strictObject({
          limit: z
            .string()
            .regex(/^\d+$/, 'must be a whole number')
            .transform(Number)
            .pipe(z.number().min(1).max(1000))
            .optional(),
          after: z.string().max(100).optional(),
        }),
        response: {
          200: z.object({
            object: z.literal('list'),
            data: z.array(entrySchema),
            first_id: z.string().optional(),
            last_id: z.string().optional(),
            has_more: z.boolean(),
          }),
          default: errorEnvelopeSchema,
        },
      },
    },
    async (request) => {
      const { workspace } = callerWith(request, 'read_audit');
      const { limit = 100, after } = request.query;
      const entries = await context.workspaces.listAudit(workspace.id, { limit: limit + 1, after });
      const data = entries.slice(0, limit).map((entry) => ({
        id: entry.id,
        object: 'audit.entry' as const,
        actor: entry.actor,
        action: entry.action,
        ...(entry.before === null ? {} : { before: entry.before }),
        ...(entry.after === null ? {} : { after: entry.after }),
        created: Math.floor(entry.createdAt.getTime() / 1000),
      }));
      const [first, last] = [data[0], data.at(-1)];
      return {
        object: 'list' as const,
        data,
        ...(first === undefined ? {} : { first_id: first.id }),
        ...(last === undefined ? {} : { last_id: last.id }),
        has_more: entries.length > limit,
      };
    },
  );
}
