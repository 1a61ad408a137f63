import { z } from 'zod';
import type { Catalogue } from '../../../catalogue/catalogue.js';
import type { Margin } from '../../../credits/margin.js';
import { marginSchema } from '../../../credits/margin-store.js';
import { AppError } from '../../../errors.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';

const answerSchema = marginSchema.required().extend({ object: z.literal('margin') });

/** What the operator adds to the costs of providers. */
export function registerMargin(app: App, context: HttpContext): void {
  app.get(
    '/v1/admin/margin',
    {
      schema: {
        tags: ['Admin'],
        summary: 'The margin on costs',
        security: [{ adminToken: [] }],
        response: { 200: answerSchema, default: errorEnvelopeSchema },
      },
    },
    async () => toAnswer(await context.margins.current()),
  );
  app.put(
    '/v1/admin/margin',
    {
      schema: {
        tags: ['Admin'],
        summary: 'Set the margin on costs',
        description:
          'The whole of it: models that are left out have the general one. It holds for new requests at once, in other ' +
          'processes of the gateway within five seconds; what runs is charged by the old one.',
        security: [{ adminToken: [] }],
        body: marginSchema,
        response: { 200: answerSchema, default: errorEnvelopeSchema },
      },
    },
    async (request) => {
      const { percent, models = {} } = request.body;
      await context.margins.set({ percent, models: bySlug(models, context.catalogue) });
      return toAnswer(await context.margins.current());
    },
  );
}

/**
 * A slip would leave the model that was meant with the general margin.
 * @throws AppError model_not_found; invalid_request for a model under two names
 */
function bySlug(models: Readonly<Record<string, number>>, catalogue: Catalogue): Record<string, number> {
  const found = new Map<string, number>();
  for (const [name, percent] of Object.entries(models)) {
    const { slug } = catalogue.get(name, 'models').entry;
    if (found.has(slug)) {
      throw new AppError('invalid_request', {
        message: `\`models\` names ${slug} twice: an alias is the same model.`,
        param: 'models',
      });
    }
    found.set(slug, percent);
  }
  return Object.fromEntries(found);
}

function toAnswer({ percent, models }: Margin): z.output<typeof answerSchema> {
  return { object: 'margin', percent, models: { ...models } };
}
