import { z } from 'zod';
import { entryFor } from '../../../catalogue/operation-entry.js';
import { RULE_IDS } from '../../../prompts/lint/findings.js';
import { lintPrompt, MAX_FINDINGS } from '../../../prompts/lint/lint-prompt.js';
import { structuredPromptSchema } from '../../../prompts/structured-prompt.js';
import { callerWith } from '../../auth.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';

/** Longer prompts than almost any model takes are not looked at: it is done while others wait. */
const MAX_CHARS = 32_000;

const body = z.strictObject({
  prompt: z.union(
    [
      z
        .string()
        .max(MAX_CHARS, `must have at most ${MAX_CHARS} characters to be looked at`)
        .regex(/\S/, 'must not be empty'),
      structuredPromptSchema,
    ],
    'must be text, or an object of parts',
  ),
  negative_prompt: z.string().max(20_000).optional(),
  model: z.string().max(200).optional().describe('Another name of `models` with one entry.'),
  models: z
    .array(z.string().min(1).max(200))
    .max(20, 'must name at most 20 models')
    .optional()
    .describe('Slugs or aliases; rules about length and lettering look at each.'),
  operation: z.enum(['generate', 'edit']).optional(),
});

const edit = z.object({
  field: z
    .string()
    .describe('`prompt`, `prompt.style`, `prompt.avoid[0]`, `negative_prompt`; made where it is not there.'),
  start: z.number().int(),
  end: z.number().int(),
  text: z.string().describe('Put in the place of the range.'),
});

const answer = z
  .object({
    object: z.literal('prompt.findings'),
    offsets: z
      .literal('utf-16')
      .describe('Ranges count UTF-16 units, as JavaScript strings do; the end is exclusive.'),
    findings: z.array(
      z.object({
        rule: z.enum(RULE_IDS),
        severity: z.enum(['warning', 'info']),
        field: z.string(),
        start: z.number().int(),
        end: z.number().int(),
        message: z.string(),
        model: z.string().optional(),
        suggestions: z.array(z.object({ label: z.string(), edits: z.array(edit) })),
      }),
    ),
    has_more: z.boolean().describe(`Whether there are more than ${MAX_FINDINGS} findings.`),
  })
  .meta({ id: 'PromptFindings' });

export function registerLint(app: App, context: HttpContext): void {
  app.post(
    '/v1/prompts/lint',
    {
      schema: {
        tags: ['Prompts'],
        summary: 'Look a prompt over',
        description:
          'Finds what will probably not come out as meant, by rules over English and Chinese words, each finding with its place, its reason ' +
          'and suggestions that can be applied. The rules are listed in docs/prompts.md. Free.',
        security: [{ apiKey: [] }],
        body,
        response: { 200: answer, default: errorEnvelopeSchema },
      },
    },
    (request) => {
      callerWith(request, 'read');
      const {
        prompt,
        negative_prompt: negativePrompt,
        model,
        models = [],
        operation = 'generate',
      } = request.body;
      const names = new Set([...(model === undefined ? [] : [model]), ...models]);
      const findings = lintPrompt({
        prompt,
        negativePrompt,
        operation,
        models: [...names].map((name) => entryFor(context.catalogue.get(name).entry, operation)),
      });
      return {
        object: 'prompt.findings' as const,
        offsets: 'utf-16' as const,
        findings: findings.map(({ suggestions, ...finding }) => ({
          ...finding,
          suggestions: suggestions.map(({ label, edits }) => ({
            label,
            edits: edits.map((one) => ({ ...one })),
          })),
        })),
        has_more: findings.length === MAX_FINDINGS,
      };
    },
  );
}
