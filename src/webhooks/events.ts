import { z } from 'zod';

const seconds = z.number().int();
const credits = z.number();

const generationData = z.object({
  object: z.literal('image.generation'),
  id: z.string(),
  operation: z.enum(['generate', 'edit']),
  status: z.enum(['succeeded', 'partial', 'failed', 'cancelled']),
  model: z.string().describe('The model that was served.'),
  created: seconds,
  completed: seconds,
  credits_used: credits,
  images: z.array(
    z.object({
      id: z.string(),
      width: z.number().int(),
      height: z.number().int(),
      mime_type: z.string(),
      expires_at: seconds.describe('Until then reading the generation gives a link to it.'),
    }),
  ),
  error: z
    .object({ code: z.string(), type: z.string(), stage: z.string().optional() })
    .optional()
    .describe('Why no picture came. Its words stand in the generation.'),
  metadata: z.record(z.string(), z.string()).optional().describe('As the request gave it.'),
});

/**
 * Everything that webhooks can tell, and with what data. Data never holds a secret, a link or a prompt: whoever may see those
 * reads them with a key.
 */
export const EVENTS = {
  'generation.completed': {
    data: generationData,
    meaning: 'A generation ended with at least one picture, asked for synchronously or not.',
  },
  'generation.failed': {
    data: generationData,
    meaning: 'A generation ended without a picture, or was cancelled: `status` tells.',
  },
  'comparison.completed': {
    data: z.object({
      object: z.literal('image.comparison'),
      id: z.string(),
      status: z.enum(['succeeded', 'partial', 'failed', 'cancelled']),
      created: seconds,
      completed: seconds,
      credits_used: credits,
      cells: z.object({
        total: z.number().int(),
        succeeded: z.number().int(),
        failed: z.number().int(),
        cancelled: z.number().int(),
      }),
      sheet_file_id: z.string().optional().describe('The contact sheet.'),
    }),
    meaning:
      'All cells of a comparison have ended and its contact sheet is there. Each cell is a generation and tells its own end, too.',
  },
  'budget.threshold_reached': {
    data: z.object({
      object: z.literal('budget'),
      scope: z.enum(['key', 'workspace']),
      key_id: z.string().optional(),
      month: z.string().describe('YYYY-MM, UTC.'),
      percent: z.number().int().describe('The threshold; each is told once a month.'),
      monthly_credits: credits.describe('The budget.'),
      spent_credits: credits.describe('Charged so far this month.'),
    }),
    meaning: 'The charges of a month have reached a part of the budget of a key or of the workspace.',
  },
  'credits.low': {
    data: z.object({
      object: z.literal('credits'),
      balance: credits,
      threshold: credits,
    }),
    meaning:
      'The balance has fallen below the threshold of the workspace. Told again after it has been above.',
  },
  'webhook.test': {
    data: z.object({ object: z.literal('webhook'), id: z.string() }),
    meaning:
      'Somebody asked for a test delivery. Sent to that webhook alone, once, whatever it subscribes to.',
  },
} as const;

export type EventType = keyof typeof EVENTS;
export type EventData<T extends EventType> = z.output<(typeof EVENTS)[T]['data']>;

/** What webhooks subscribe to. */
export const SUBSCRIBABLE = [
  'generation.completed',
  'generation.failed',
  'comparison.completed',
  'budget.threshold_reached',
  'credits.low',
] as const satisfies readonly EventType[];
export type SubscribableEvent = (typeof SUBSCRIBABLE)[number];

/** The body of every delivery. */
export function payloadSchema<T extends EventType>(type: T) {
  return z.object({
    id: z.string().describe('Of the event: the same in every attempt and as the header `webhook-id`.'),
    type: z.literal(type),
    timestamp: z.string().describe('When it happened, ISO 8601 in UTC.'),
    workspace: z.string(),
    mode: z.enum(['live', 'test']),
    data: EVENTS[type].data,
  });
}
