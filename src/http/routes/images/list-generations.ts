import { generationAnswerSchema, toGenerationAnswer } from '../../answers/generation-answer.js';
import { linksFor } from '../../answers/image-links.js';
import { pageQuery, pageSchema, pageWish, toPage } from '../../answers/list-page.js';
import { callerWith } from '../../auth.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';

export function registerListGenerations(app: App, context: HttpContext): void {
  app.get(
    '/v1/images/generations',
    {
      schema: {
        tags: ['Images'],
        summary: 'List generations',
        description: 'The records behind calls of this workspace in the mode of the key, newest first.',
        security: [{ apiKey: [] }],
        querystring: pageQuery({ fallback: 20, max: 100 }),
        response: { 200: pageSchema(generationAnswerSchema), default: errorEnvelopeSchema },
      },
    },
    async (request) => {
      const { workspace, key } = callerWith(request, 'read');
      const account = { workspaceId: workspace.id, mode: key.mode };
      const found = await context.generations.list(account, pageWish(request.query));
      const links = linksFor(context);
      return toPage(
        found.map((generation) => toGenerationAnswer(generation, links)),
        request.query,
      );
    },
  );
}
