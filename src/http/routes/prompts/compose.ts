import { z } from 'zod';
import { composeForModels } from '../../../prompts/compose-for-models.js';
import { parsePrompt } from '../../../prompts/parse-prompt.js';
import { copyParts, partsAnswerSchema } from '../../../prompts/structured-prompt.js';
import { callerWith } from '../../auth.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';
import { promptField } from './prompt-field.js';

const body = z.strictObject({
  prompt: promptField.describe('Parts, or text that is split into parts first.'),
  models: z
    .array(z.string().min(1).max(200))
    .min(1, 'must name at least one model')
    .max(50, 'must name at most 50 models')
    .describe('Slugs or aliases.'),
  negative_prompt: z.string().max(20_000).optional(),
  prompt_revision: z
    .boolean()
    .optional()
    .describe('false: leave room for what keeps the prompt as it stands.'),
  operation: z.enum(['generate', 'edit']).optional(),
  adapt: z.enum(['adapt', 'strict']).optional().describe('strict: leave nothing out for length.'),
});

const answer = z
  .object({
    object: z.literal('prompt.composition'),
    prompt: partsAnswerSchema,
    renderings: z.array(
      z.object({
        model: z.string(),
        prompt: z.string().optional().describe('As it would be sent; absent where there is no room for it.'),
        negative_prompt: z.string().optional().describe('For the model’s own field.'),
        left_out: z.array(z.string()).describe('Parts that the model has no room for.'),
        chars: z.number().int(),
        max_chars: z.number().int(),
        explanation: z.array(z.string()),
      }),
    ),
  })
  .meta({ id: 'PromptComposition' });

export function registerCompose(app: App, context: HttpContext): void {
  app.post(
    '/v1/prompts/compose',
    {
      schema: {
        tags: ['Prompts'],
        summary: 'Word a prompt for models',
        description: 'Shows for each model what a call would send, and why. Free.',
        security: [{ apiKey: [] }],
        body,
        response: { 200: answer, default: errorEnvelopeSchema },
      },
    },
    (request) => {
      callerWith(request, 'read');
      const { prompt, models, negative_prompt: negativePrompt, prompt_revision: revision } = request.body;
      const parts = typeof prompt === 'string' ? parsePrompt(prompt) : prompt;
      const renderings = composeForModels(
        {
          prompt: parts,
          negativePrompt,
          keepPrompt: revision === false,
          mayShorten: request.body.adapt !== 'strict',
          operation: request.body.operation ?? 'generate',
        },
        models,
        context.catalogue,
      );
      return {
        object: 'prompt.composition' as const,
        prompt: copyParts(parts),
        renderings: renderings.map((rendering) => ({
          model: rendering.model,
          ...(rendering.prompt === undefined ? {} : { prompt: rendering.prompt }),
          ...(rendering.negativePrompt === undefined ? {} : { negative_prompt: rendering.negativePrompt }),
          left_out: [...rendering.leftOut],
          chars: rendering.chars,
          max_chars: rendering.maxChars,
          explanation: [...rendering.explanation],
        })),
      };
    },
  );
}
