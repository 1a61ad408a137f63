import { z } from 'zod';
import { AppError } from '../../../errors.js';
import { comparisonAnswerSchema, toComparisonAnswer } from '../../answers/comparison-answer.js';
import { linksFor } from '../../answers/image-links.js';
import { callerWith } from '../../auth.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';

export function registerGetComparison(app: App, context: HttpContext): void {
  app.get(
    '/v1/images/comparisons/:id',
    {
      schema: {
        tags: ['Comparisons'],
        summary: 'Read a comparison',
        description: 'Its grid as it is now. Links are signed afresh while the pictures are kept.',
        security: [{ apiKey: [] }],
        params: z.object({ id: z.string() }),
        response: { 200: comparisonAnswerSchema, default: errorEnvelopeSchema },
      },
    },
    async (request) => {
      const { workspace, key } = callerWith(request, 'read');
      const account = { workspaceId: workspace.id, mode: key.mode };
      const whole = await context.comparisons.find(account, request.params.id);
      if (whole === undefined) throw comparisonNotFound();
      return toComparisonAnswer(whole, linksFor(context));
    },
  );
}

export function comparisonNotFound(): AppError {
  return new AppError('not_found', { message: 'There is no comparison with this id.', param: 'id' });
}
