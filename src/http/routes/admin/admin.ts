import { z } from 'zod';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';
import { newKeyBody } from '../keys/keys.js';
import { registerLifecycleReport } from './lifecycle.js';
import { registerMargin } from './margin.js';
import { registerRoutes } from './routes.js';
import { registerWorkspaces } from './workspaces.js';

/** The operator's calls; the hook of this scope has checked the admin token. */
export function registerAdmin(app: App, context: HttpContext): void {
  registerWorkspaces(app, context);
  registerMargin(app, context);
  registerRoutes(app, context);
  registerLifecycleReport(app, context);
  app.post(
    '/v1/admin/keys',
    {
      schema: {
        tags: ['Admin'],
        summary: 'Make a key in any workspace',
        description: 'The answer is the only time that the key is shown.',
        security: [{ adminToken: [] }],
        body: newKeyBody.extend({ workspace: z.string().min(1, 'must not be empty').max(100) }),
        response: {
          201: z.object({ id: z.string(), object: z.literal('api_key'), key: z.string() }),
          default: errorEnvelopeSchema,
        },
      },
    },
    async (request, reply) => {
      const { workspace, kind, role, name } = request.body;
      const { id, secret } = await context.workspaces.createKey({
        workspaceId: workspace,
        mode: kind,
        role,
        name,
        address: request.clientAddress,
      });
      return reply.status(201).send({ id, object: 'api_key', key: secret });
    },
  );
}
