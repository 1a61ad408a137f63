import { z } from 'zod';
import { languageOf } from '../../../prompts/language.js';
import { parsePrompt } from '../../../prompts/parse-prompt.js';
import { copyParts, partsAnswerSchema } from '../../../prompts/structured-prompt.js';
import { callerWith } from '../../auth.js';
import type { App } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';

export function registerParse(app: App): void {
  app.post(
    '/v1/prompts/parse',
    {
      schema: {
        tags: ['Prompts'],
        summary: 'Split a prompt into parts',
        description:
          'By rules: labels, negations, quoted words and words that show what they are about. Nothing is added. Free.',
        security: [{ apiKey: [] }],
        body: z.strictObject({
          prompt: z
            .string()
            .max(200_000, 'must have at most 200000 characters')
            .regex(/\S/, 'must not be empty'),
        }),
        response: {
          200: z
            .object({
              object: z.literal('prompt.parts'),
              prompt: partsAnswerSchema,
              language: z.enum(['en', 'zh']).describe('Of the words that connect the parts.'),
            })
            .meta({ id: 'PromptParts' }),
          default: errorEnvelopeSchema,
        },
      },
    },
    (request) => {
      callerWith(request, 'read');
      const { prompt } = request.body;
      return {
        object: 'prompt.parts' as const,
        prompt: copyParts(parsePrompt(prompt)),
        language: languageOf(prompt),
      };
    },
  );
}
