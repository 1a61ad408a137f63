import { z } from 'zod';
import type { CatalogueModel } from '../../../catalogue/catalogue.js';
import { lifecycleStatus } from '../../../catalogue/lifecycle.js';
import { findForbidden, policyOf } from '../../../images/plan-policy.js';
import { findModelLimit, modelLimitsOf } from '../../../limits/model-limit.js';
import type { Caller } from '../../../workspaces/workspace-store.js';
import {
  modelAnswerSchema,
  modelListSchema,
  type Availability,
  type ModelAnswer,
} from '../../answers/model-answer.js';
import { sendModels, tellModel, type ToldModel } from '../../answers/told-models.js';
import type { Margin } from '../../../credits/margin.js';
import { callerWith } from '../../auth.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';

const CAPABILITIES = [
  'generate',
  'edit',
  'mask',
  'seed',
  'negative_prompt',
  'transparency',
  'streaming',
] as const;

export function registerModels(app: App, context: HttpContext): void {
  app.get(
    '/v1/models',
    {
      schema: {
        tags: ['Models'],
        summary: 'List models',
        security: [{ apiKey: [] }],
        querystring: z.strictObject({
          modality: z.enum(['image']).optional(),
          capability: z.enum(CAPABILITIES).optional(),
          provider: z.string().max(100).optional(),
        }),
        response: {
          200: modelListSchema,
          default: errorEnvelopeSchema,
        },
      },
    },
    async (request, reply) => {
      const caller = callerWith(request, 'read');
      const margin = await context.margins.current();
      const { capability, provider } = request.query;
      const models = context.catalogue.models
        .filter(
          (model) =>
            provider === undefined || model.provider.id === provider || model.entry.ownedBy === provider,
        )
        .map((model) => describe(model, caller, context, margin))
        .filter(({ answer }) => capability === undefined || hasCapability(answer, capability));
      return sendModels(models, reply);
    },
  );
  app.get(
    '/v1/models/*',
    {
      schema: {
        tags: ['Models'],
        summary: 'Read a model',
        description: 'By slug or alias; slashes are allowed.',
        security: [{ apiKey: [] }],
        params: z.object({ '*': z.string() }),
        response: { 200: modelAnswerSchema, default: errorEnvelopeSchema },
      },
    },
    async (request) => {
      const caller = callerWith(request, 'read');
      const model = context.catalogue.get(request.params['*']);
      return describe(model, caller, context, await context.margins.current()).answer;
    },
  );
}

function describe(model: CatalogueModel, caller: Caller, context: HttpContext, margin: Margin): ToldModel {
  return tellModel(model, context.clock(), availability(model, caller, context), margin);
}

/** A retired model counts as available while its successor takes over. */
function availability(model: CatalogueModel, caller: Caller, context: HttpContext): Availability {
  const missing = findModelLimit(modelLimitsOf(caller), model.entry.slug);
  return missing === undefined
    ? routeAvailability(model, caller, context)
    : { available: false, reason: `this ${missing.scope} is limited to other models` };
}

function routeAvailability(model: CatalogueModel, caller: Caller, context: HttpContext): Availability {
  const { key, workspace } = caller;
  const policy = policyOf(caller);
  const { lifecycle } = model.entry;
  if (key.mode === 'live' && lifecycleStatus(lifecycle, context.clock()) === 'retired') {
    if (workspace.retiredModels === 'refuse') {
      return { available: false, reason: 'retired, and this workspace does not forward retired models' };
    }
    const successor =
      lifecycle.successor === undefined ? undefined : context.catalogue.find(lifecycle.successor);
    if (successor !== undefined) return routeAvailability(successor, caller, context);
  }
  const servers = [model, ...(model.elsewhere ?? [])];
  const routes = servers.flatMap((server) => server.entry.routes.map((route) => ({ server, route })));
  const reasons = routes.map(({ server, route }) => {
    const forbidden = findForbidden(model, route, policy);
    if (forbidden !== undefined) return forbidden;
    const state = context.endpoints.routeState(server, route, key.mode);
    return state.usable ? undefined : state.reason;
  });
  return reasons.includes(undefined)
    ? { available: true }
    : { available: false, reason: reasons[0] ?? 'no route' };
}

function hasCapability(model: ModelAnswer, capability: (typeof CAPABILITIES)[number]): boolean {
  const { capabilities } = model;
  switch (capability) {
    case 'generate':
      return capabilities.imageGenerate;
    case 'edit':
      return capabilities.imageEdit;
    case 'mask':
      return capabilities.maskEdit;
    case 'seed':
      return capabilities.seed;
    case 'negative_prompt':
      return capabilities.negativePrompt;
    case 'transparency':
      return capabilities.transparency;
    case 'streaming':
      return capabilities.streaming;
  }
}
