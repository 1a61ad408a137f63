import { z } from 'zod';
import { toCredits } from '../../../credits/microcredits.js';
import type { Budget } from '../../../limits/budgets.js';
import { callerWith } from '../../auth.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';

const budgetSchema = z.object({
  object: z.literal('budget'),
  scope: z.enum(['workspace', 'key']),
  key_id: z.string().optional(),
  key_name: z.string().optional(),
  monthly_credits: z.number().optional().describe('What a month may cost; absent: there is no limit.'),
  charged: z.number().describe('For what ended this month.'),
  held: z.number().describe('By what has not ended; it counts as spent until then.'),
  remaining: z.number().optional().describe('What new requests can use; absent: there is no limit.'),
});

const answerSchema = z.object({
  object: z.literal('list'),
  mode: z.enum(['live', 'test']),
  month: z.string().describe('YYYY-MM, UTC.'),
  starts_at: z.number().int(),
  ends_at: z.number().int().describe('When every budget begins anew, Unix seconds.'),
  data: z.array(budgetSchema),
});

/** How much of the month's budgets is spent: `GET /v1/budgets`. */
export function registerBudgets(app: App, context: HttpContext): void {
  app.get(
    '/v1/budgets',
    {
      schema: {
        tags: ['Credits'],
        summary: 'Budgets of this month',
        description:
          'Of the key’s mode: the workspace’s first, also where it has no limit, then those of all keys that have one. Budgets ' +
          'are the `monthly_credits` among the limits of the workspace and of keys.',
        security: [{ apiKey: [] }],
        response: { 200: answerSchema, default: errorEnvelopeSchema },
      },
    },
    async (request) => {
      const caller = callerWith(request, 'read_money');
      const keys = await context.workspaces.listKeys(caller.workspace.id);
      const { startsAt, endsAt, budgets } = await context.budgets.findMonth(caller, keys);
      return {
        object: 'list' as const,
        mode: caller.key.mode,
        month: startsAt.toISOString().slice(0, 7),
        starts_at: startsAt.getTime() / 1000,
        ends_at: endsAt.getTime() / 1000,
        data: budgets.map(toAnswer),
      };
    },
  );
}

function toAnswer({ key, limit, charged, held }: Budget): z.output<typeof budgetSchema> {
  return {
    object: 'budget',
    scope: key === undefined ? 'workspace' : 'key',
    ...(key === undefined ? {} : { key_id: key.id, key_name: key.name }),
    ...(limit === undefined ? {} : { monthly_credits: toCredits(limit) }),
    charged: toCredits(charged),
    held: toCredits(held),
    ...(limit === undefined ? {} : { remaining: toCredits(Math.max(0, limit - charged - held)) }),
  };
}
