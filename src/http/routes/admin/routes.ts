import { z } from 'zod';
import type { CatalogueModel } from '../../../catalogue/catalogue.js';
import type { RouteSpec } from '../../../providers/model.js';
import type { RouteStatus } from '../../../routing/routes.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';

const seconds = z.number().int().describe('Unix seconds.');

const keySchema = z.object({
  number: z
    .number()
    .int()
    .optional()
    .describe('Its place in the setting, from 1; absent where the route takes no key.'),
  weight: z.number().int().optional(),
  state: z.enum(['ready', 'resting', 'parked']),
  reason: z.enum(['authentication', 'out_of_credit']).optional(),
  until: seconds.optional(),
  running: z.number().int().describe('Calls that run now.'),
  waiting: z.number().int().describe('Calls that wait for a place.'),
  limit: z.number().int().describe('Calls that may run at once; falls when the provider pushes back.'),
});

const trafficSchema = z.object({
  calls: z.number().int(),
  delivered: z.number().int(),
  refused: z.number().int().describe('By the content policy or as invalid.'),
  limited: z.number().int(),
  failed: z.number().int(),
  success_rate: z.number().optional().describe('Delivered among those that were not refused.'),
  latency_p50_ms: z.number().int().optional(),
  latency_p95_ms: z.number().int().optional(),
  last_delivered: seconds.optional(),
  last_failure: z.object({ kind: z.string(), at: seconds }).optional(),
});

const routeSchema = z.object({
  id: z.string(),
  object: z.literal('route'),
  model: z.string(),
  provider: z.string(),
  operator: z.string(),
  operator_country: z.string(),
  country: z.string(),
  usable: z.boolean(),
  reason: z.string().optional().describe('What the operator has to set, where it is not usable.'),
  state: z
    .enum(['closed', 'half-open', 'open'])
    .optional()
    .describe('Of its circuit breaker; open: not called.'),
  paused_until: seconds.optional(),
  keys: z.array(keySchema).optional(),
  traffic: trafficSchema.optional(),
});
type Route = z.output<typeof routeSchema>;

/** How the live routes are, as this process has seen them. */
export function registerRoutes(app: App, context: HttpContext): void {
  app.get(
    '/v1/admin/routes',
    {
      schema: {
        tags: ['Admin'],
        summary: 'Health of routes and keys',
        description:
          'From the live calls of the last 15 minutes that this process made; calls of test keys say nothing about a route.',
        security: [{ adminToken: [] }],
        response: {
          200: z.object({
            object: z.literal('list'),
            order: z.enum(['listed', 'health', 'price', 'latency']),
            data: z.array(routeSchema),
            has_more: z.literal(false),
          }),
          default: errorEnvelopeSchema,
        },
      },
    },
    () => {
      const servers = context.catalogue.models.flatMap((model) => [model, ...(model.elsewhere ?? [])]);
      return Promise.resolve({
        object: 'list' as const,
        order: context.config.ATELIER_ROUTE_ORDER,
        data: servers.flatMap((model) => model.entry.routes.map((route) => describe(model, route, context))),
        has_more: false as const,
      });
    },
  );
  app.post(
    '/v1/admin/routes/reset',
    {
      schema: {
        tags: ['Admin'],
        summary: 'Call paused routes and parked keys again',
        description: 'For when what was wrong is mended: an account is topped up, a key is allowed again.',
        security: [{ adminToken: [] }],
        response: {
          200: z.object({ object: z.literal('routes'), reset: z.literal(true) }),
          default: errorEnvelopeSchema,
        },
      },
    },
    () => {
      context.routes.reset();
      return Promise.resolve({ object: 'routes' as const, reset: true as const });
    },
  );
}

function describe(model: CatalogueModel, route: RouteSpec, context: HttpContext): Route {
  const state = context.endpoints.routeState(model, route, 'live');
  const ref = context.endpoints.findRoute(model, route);
  return {
    id: route.id,
    object: 'route',
    model: model.entry.slug,
    provider: model.provider.id,
    operator: route.operator,
    operator_country: route.operatorCountry,
    country: route.country,
    usable: state.usable,
    ...(state.usable ? {} : { reason: state.reason }),
    ...(ref === undefined ? {} : describeStatus(context.routes.describe(ref))),
  };
}

function describeStatus({ state, pausedUntilMs, keys, traffic }: RouteStatus): Partial<Route> {
  const { successRate, latencyP50Ms, latencyP95Ms, lastDeliveredAt, lastFailure } = traffic;
  return {
    state,
    ...(pausedUntilMs === undefined ? {} : { paused_until: toSeconds(pausedUntilMs) }),
    keys: keys.map(({ number, weight, state: keyState, reason, untilMs, running, waiting, limit }) => ({
      ...(number === undefined ? {} : { number }),
      ...(weight === undefined ? {} : { weight }),
      state: keyState,
      ...(reason === undefined ? {} : { reason }),
      ...(untilMs === undefined ? {} : { until: toSeconds(untilMs) }),
      running,
      waiting,
      limit,
    })),
    traffic: {
      calls: traffic.calls,
      delivered: traffic.delivered,
      refused: traffic.refused,
      limited: traffic.limited,
      failed: traffic.failed,
      ...(successRate === undefined ? {} : { success_rate: Math.round(successRate * 1000) / 1000 }),
      ...(latencyP50Ms === undefined ? {} : { latency_p50_ms: latencyP50Ms }),
      ...(latencyP95Ms === undefined ? {} : { latency_p95_ms: latencyP95Ms }),
      ...(lastDeliveredAt === undefined ? {} : { last_delivered: toSeconds(lastDeliveredAt) }),
      ...(lastFailure === undefined
        ? {}
        : { last_failure: { kind: lastFailure.kind, at: toSeconds(lastFailure.at) } }),
    },
  };
}

function toSeconds(unixMs: number): number {
  return Math.floor(unixMs / 1000);
}
