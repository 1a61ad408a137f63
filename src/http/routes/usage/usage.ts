import { z } from 'zod';
import { formatCredits, toCredits } from '../../../credits/microcredits.js';
import { AppError } from '../../../errors.js';
import { countDays, DAY_MS, formatDay, parseDay, spanDays, type DaySpan } from '../../../usage/days.js';
import {
  MAX_USAGE_ROWS,
  sumUsage,
  USAGE_GROUPS,
  type UsageGroup,
  type UsageRow,
  type UsageSums,
} from '../../../usage/usage-report-store.js';
import { callerWith } from '../../auth.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';
import { formatCsv } from './csv.js';

const MAX_DAYS = 366;
const DEFAULT_DAYS = 30;
const DEFAULT_GROUPS = ['day', 'model'] as const;

const sumsSchema = z.object({
  images: z.number().int().describe('Delivered pictures.'),
  generations: z.number().int().describe('All that began, also those that failed or still run.'),
  credits: z.number().describe('Charged so far.'),
  failed: z.number().int(),
});

const answerSchema = z.object({
  object: z.literal('usage'),
  mode: z.enum(['live', 'test']),
  from: z.string(),
  to: z.string(),
  group_by: z.array(z.enum(USAGE_GROUPS)),
  data: z.array(
    sumsSchema.extend({
      day: z.string().optional(),
      model: z.string().optional().describe('Slug as asked.'),
      key_id: z.string().optional(),
      key_name: z.string().optional(),
    }),
  ),
  totals: sumsSchema,
});

const querySchema = z.strictObject({
  from: z
    .string()
    .max(100)
    .optional()
    .describe(`First day, YYYY-MM-DD in UTC; by default ${DEFAULT_DAYS} days in all.`),
  to: z.string().max(100).optional().describe('Last day, itself included; by default today.'),
  group_by: z
    .string()
    .max(100)
    .optional()
    .describe('`day`, `model`, `key` or several with commas; by default `day,model`.'),
  format: z
    .enum(['json', 'csv'])
    .optional()
    .describe('By default as `Accept` says: `text/csv` gives CSV, anything else JSON.'),
});

/** What one account used: `GET /v1/usage`. */
export function registerUsage(app: App, context: HttpContext): void {
  app.get(
    '/v1/usage',
    {
      schema: {
        tags: ['Credits'],
        summary: 'Usage of the key’s mode by day, model and key',
        description:
          'Of all keys of the workspace with this mode. A generation counts on the UTC day on which it began, with the model ' +
          `that was asked for. At most ${MAX_DAYS} days and ${MAX_USAGE_ROWS} rows.`,
        security: [{ apiKey: [] }],
        querystring: querySchema,
        response: {
          200: {
            description: 'The sums of each group.',
            content: {
              'application/json': { schema: answerSchema },
              'text/csv': { schema: z.string() },
            },
          },
          default: errorEnvelopeSchema,
        },
      },
    },
    async (request, reply) => {
      const { key, workspace } = callerWith(request, 'read_money');
      const { query } = request;
      const span = readSpan(query, context.clock());
      const groups = readGroups(query.group_by);
      const account = { workspaceId: workspace.id, mode: key.mode };
      const rows = await context.reports.usage(account, span, groups);
      const [from, to] = [formatDay(span.start), formatDay(new Date(span.end.getTime() - DAY_MS))];
      void reply.header('vary', 'accept');
      if ((query.format ?? acceptedFormat(request.headers.accept)) === 'csv') {
        return reply
          .type('text/csv; charset=utf-8')
          .header('x-content-type-options', 'nosniff')
          .header('content-disposition', `attachment; filename="usage-${key.mode}-${from}-${to}.csv"`)
          .send(toCsv(rows, groups));
      }
      return reply.type('application/json; charset=utf-8').send({
        object: 'usage' as const,
        mode: key.mode,
        from,
        to,
        group_by: [...groups],
        data: rows.map((row) => ({
          ...(row.day === undefined ? {} : { day: row.day }),
          ...(row.model === undefined ? {} : { model: row.model }),
          ...(row.key === undefined ? {} : { key_id: row.key.id }),
          ...(row.key?.name === undefined ? {} : { key_name: row.key.name }),
          ...toSums(row),
        })),
        totals: toSums(sumUsage(rows)),
      });
    },
  );
}

/** @throws AppError invalid_request for days that don't exist, in the wrong order or too many */
function readSpan(query: z.output<typeof querySchema>, now: Date): DaySpan {
  const to = readDay('to', query.to ?? formatDay(now));
  const from =
    query.from === undefined
      ? new Date(to.getTime() - (DEFAULT_DAYS - 1) * DAY_MS)
      : readDay('from', query.from);
  if (from > to)
    throw new AppError('invalid_request', { message: '`from` must not be after `to`.', param: 'from' });
  const span = spanDays(from, to);
  if (countDays(span) > MAX_DAYS) {
    throw new AppError('invalid_request', {
      message: `\`from\` to \`to\` must be at most ${MAX_DAYS} days.`,
      param: 'from',
      facts: { nearest: formatDay(new Date(span.end.getTime() - MAX_DAYS * DAY_MS)) },
    });
  }
  return span;
}

function readDay(param: string, text: string): Date {
  const day = parseDay(text);
  if (day === undefined) {
    throw new AppError('invalid_request', {
      message: `\`${param}\` must be a day, written YYYY-MM-DD.`,
      param,
    });
  }
  return day;
}

function readGroups(text: string | undefined): ReadonlySet<UsageGroup> {
  if (text === undefined) return new Set(DEFAULT_GROUPS);
  const names = text.split(',').map((name) => name.trim());
  if (names.some((name) => !USAGE_GROUPS.some((group) => group === name))) {
    throw new AppError('invalid_request', {
      message: `\`group_by\` must be ${USAGE_GROUPS.join(', ')}, or several of them with commas.`,
      param: 'group_by',
      facts: { allowed: [...USAGE_GROUPS] },
    });
  }
  return new Set(USAGE_GROUPS.filter((group) => names.includes(group)));
}

/** Whoever names CSV and not JSON wants CSV. */
function acceptedFormat(header: string | undefined): 'json' | 'csv' {
  const types = (header ?? '').split(',').map((part) => (part.split(';')[0] ?? '').trim().toLowerCase());
  return types.includes('text/csv') && !types.includes('application/json') ? 'csv' : 'json';
}

function toSums(sums: UsageSums): z.output<typeof sumsSchema> {
  return {
    images: sums.images,
    generations: sums.generations,
    credits: toCredits(sums.charged),
    failed: sums.failed,
  };
}

function toCsv(rows: readonly UsageRow[], groups: ReadonlySet<UsageGroup>): string {
  const header = [
    ...(groups.has('day') ? ['day'] : []),
    ...(groups.has('model') ? ['model'] : []),
    ...(groups.has('key') ? ['key_id', 'key_name'] : []),
    'images',
    'generations',
    'credits',
    'failed',
  ];
  const cells = rows.map((row) => [
    ...(groups.has('day') ? [row.day ?? ''] : []),
    ...(groups.has('model') ? [row.model ?? ''] : []),
    ...(groups.has('key') ? [row.key?.id ?? '', row.key?.name ?? ''] : []),
    row.images,
    row.generations,
    // A number without an exponent.
    formatCredits(row.charged),
    row.failed,
  ]);
  return formatCsv(header, cells);
}
