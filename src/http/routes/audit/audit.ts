import { z } from 'zod';
import { pageQuery, pageSchema, pageWish, toPage } from '../../answers/list-page.js';
import { callerWith } from '../../auth.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';

const entrySchema = z.object({
  id: z.string(),
  object: z.literal('audit.entry'),
  actor: z.string().describe('Id of the key that did it, or `operator`.'),
  address: z
    .string()
    .optional()
    .describe('Where it came from; behind proxies what ATELIER_TRUSTED_PROXIES makes of it.'),
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
        querystring: pageQuery({ fallback: 100, max: 1000 }),
        response: { 200: pageSchema(entrySchema), default: errorEnvelopeSchema },
      },
    },
    async (request) => {
      const { workspace } = callerWith(request, 'read_audit');
      const entries = await context.workspaces.listAudit(workspace.id, pageWish(request.query));
      const data = entries.map((entry) => ({
        id: entry.id,
        object: 'audit.entry' as const,
        actor: entry.actor,
        ...(entry.address === undefined ? {} : { address: entry.address }),
        action: entry.action,
        ...(entry.before === null ? {} : { before: entry.before }),
        ...(entry.after === null ? {} : { after: entry.after }),
        created: Math.floor(entry.createdAt.getTime() / 1000),
      }));
      return toPage(data, request.query);
    },
  );
}
