import { z } from 'zod';
import type { CatalogueModel } from '../../../catalogue/catalogue.js';
import { AppError } from '../../../errors.js';
import { DAY_MS, formatDay, parseDay } from '../../../usage/days.js';
import { listEndings, outcomeFor, type Ending } from '../../../usage/lifecycle-report.js';
import type { ModelCaller, ModelTraffic } from '../../../usage/model-traffic-store.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';

const TRAFFIC_DAYS = 30;
const MAX_CALLERS = 100;

const endingSchema = z.object({
  model: z.string(),
  status: z
    .enum(['deprecated', 'retired', 'unlisted'])
    .describe('On that day. `unlisted`: no provider has the model any more; every call of it is refused.'),
  deprecated_on: z.string().optional(),
  retired_on: z.string().optional(),
  successor: z.string().optional(),
  runs_on: z
    .string()
    .optional()
    .describe('What live calls run on that day: itself, or the first successor that is not retired then.'),
  runs_here: z
    .boolean()
    .optional()
    .describe(
      'Whether `runs_on` can be called here as the gateway is set up now; workspaces may forbid more.',
    ),
});

const callerSchema = z.object({
  workspace: z.string(),
  workspace_name: z.string(),
  key_id: z.string(),
  key_name: z.string().optional(),
  mode: z.enum(['live', 'test']),
  generations: z.number().int(),
  last_at: z.number().int().describe('Unix seconds.'),
  outcome: z
    .enum(['warned', 'forwarded', 'refused', 'unaffected'])
    .describe(
      'On that day. warned: served, with the date of the end in the headers. forwarded: run on the successor. ' +
        'refused: by the workspace’s setting, or since there is no such model. unaffected: test keys.',
    ),
});

const reportSchema = z.object({
  object: z.literal('lifecycle_report'),
  on: z.string(),
  since: z.number().int().describe('Start of the traffic that is counted, in Unix seconds.'),
  in_use: z.array(
    endingSchema.extend({
      generations: z.object({ live: z.number().int(), test: z.number().int() }),
      keys: z.number().int().describe('Keys that asked for it.'),
      callers: z.array(callerSchema).describe(`Who asked most first; at most ${MAX_CALLERS}.`),
    }),
  ),
  unused: z.array(endingSchema).describe('Nobody asked for these.'),
});

/** What breaks on a day: models that end by then, and who calls them. */
export function registerLifecycleReport(app: App, context: HttpContext): void {
  app.get(
    '/v1/admin/lifecycle',
    {
      schema: {
        tags: ['Admin'],
        summary: 'What breaks on a day',
        description:
          `Models that are deprecated or retired on that day, and who asked for them in the last ${TRAFFIC_DAYS} days, by the ` +
          'model that was asked for. Calls that were refused at once left no trace and are not counted.',
        security: [{ adminToken: [] }],
        querystring: z.strictObject({
          on: z.string().max(100).optional().describe('YYYY-MM-DD in UTC; by default today.'),
        }),
        response: { 200: reportSchema, default: errorEnvelopeSchema },
      },
    },
    async (request) => {
      const now = context.clock();
      const day = request.query.on ?? formatDay(now);
      const on = parseDay(day);
      if (on === undefined) {
        throw new AppError('invalid_request', {
          message: '`on` must be a day, written YYYY-MM-DD.',
          param: 'on',
        });
      }
      const since = new Date(now.getTime() - TRAFFIC_DAYS * DAY_MS);
      const traffic = new Map(
        (await context.reports.listModelTraffic(since)).map((model) => [model.model, model]),
      );
      const endings = listEndings(context.catalogue, [...traffic.values()], on);
      const used = endings
        .flatMap((ending) => {
          const counts = traffic.get(ending.model);
          return counts === undefined ? [] : [{ ending, counts }];
        })
        .sort((a, b) => b.counts.live - a.counts.live || b.counts.test - a.counts.test);
      const models = used.map(({ ending }) => ending.model);
      const callers = await context.reports.listModelCallers(models, since, MAX_CALLERS);
      return {
        object: 'lifecycle_report' as const,
        on: day,
        since: Math.floor(since.getTime() / 1000),
        in_use: used.map(({ ending, counts }) => toUsed(ending, counts, callers, context)),
        unused: endings.filter(({ model }) => !traffic.has(model)).map((ending) => toEnding(ending, context)),
      };
    },
  );
}

function toUsed(
  ending: Ending,
  counts: ModelTraffic,
  callers: readonly ModelCaller[],
  context: HttpContext,
): z.output<typeof reportSchema>['in_use'][number] {
  return {
    ...toEnding(ending, context),
    generations: { live: counts.live, test: counts.test },
    keys: counts.callers,
    callers: callers
      .filter(({ model }) => model === ending.model)
      .map((caller) => ({
        workspace: caller.workspaceId,
        workspace_name: caller.workspaceName,
        key_id: caller.keyId,
        ...(caller.keyName === undefined ? {} : { key_name: caller.keyName }),
        mode: caller.mode,
        generations: caller.generations,
        last_at: Math.floor(caller.lastAt.getTime() / 1000),
        outcome: outcomeFor(ending, caller),
      })),
  };
}

function toEnding(ending: Ending, context: HttpContext): z.output<typeof endingSchema> {
  const { deprecatedOn, retiredOn, successor } = ending.lifecycle;
  return {
    model: ending.model,
    status: ending.status,
    ...(deprecatedOn === undefined ? {} : { deprecated_on: deprecatedOn }),
    ...(retiredOn === undefined ? {} : { retired_on: retiredOn }),
    ...(successor === undefined ? {} : { successor }),
    ...(ending.runs === undefined
      ? {}
      : { runs_on: ending.runs.entry.slug, runs_here: runsHere(ending.runs, context) }),
  };
}

function runsHere(model: CatalogueModel, { endpoints }: HttpContext): boolean {
  return [model, ...(model.elsewhere ?? [])].some((server) =>
    server.entry.routes.some((route) => endpoints.routeState(server, route, 'live').usable),
  );
}
