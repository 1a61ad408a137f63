import { comparisonSummarySchema, toComparisonSummary } from '../../answers/comparison-answer.js';
import { pageQuery, pageSchema, pageWish, toPage } from '../../answers/list-page.js';
import { callerWith } from '../../auth.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';

export function registerListComparisons(app: App, context: HttpContext): void {
  app.get(
    '/v1/images/comparisons',
    {
      schema: {
        tags: ['Comparisons'],
        summary: 'List comparisons',
        description: 'Those of this workspace in the mode of the key, newest first, without their cells.',
        security: [{ apiKey: [] }],
        querystring: pageQuery({ fallback: 20, max: 100 }),
        response: { 200: pageSchema(comparisonSummarySchema), default: errorEnvelopeSchema },
      },
    },
    async (request) => {
      const { workspace, key } = callerWith(request, 'read');
      const account = { workspaceId: workspace.id, mode: key.mode };
      const found = await context.comparisonStore.list(account, pageWish(request.query));
      return toPage(found.map(toComparisonSummary), request.query);
    },
  );
}
