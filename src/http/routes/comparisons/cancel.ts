import { z } from 'zod';
import { comparisonAnswerSchema, toComparisonAnswer } from '../../answers/comparison-answer.js';
import { linksFor } from '../../answers/image-links.js';
import { callerWith } from '../../auth.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';
import { comparisonNotFound } from './get.js';

export function registerCancelComparison(app: App, context: HttpContext): void {
  app.delete(
    '/v1/images/comparisons/:id',
    {
      schema: {
        tags: ['Comparisons'],
        summary: 'Cancel a comparison',
        description:
          'Gives up the cells that have not begun and releases what was held for them. Cells that run end as they end and are ' +
          'charged: until then its status is `running`. One that has ended stays as it is.',
        security: [{ apiKey: [] }],
        params: z.object({ id: z.string() }),
        response: { 200: comparisonAnswerSchema, default: errorEnvelopeSchema },
      },
    },
    async (request) => {
      const { workspace, key } = callerWith(request, 'generate');
      const account = { workspaceId: workspace.id, mode: key.mode };
      await context.comparisons.cancel(account, request.params.id);
      const whole = await context.comparisons.find(account, request.params.id);
      if (whole === undefined) throw comparisonNotFound();
      return toComparisonAnswer(whole, linksFor(context));
    },
  );
}
