import { z } from 'zod';
import type { CatalogueModel } from '../../../catalogue/catalogue.js';
import { lifecycleStatus } from '../../../catalogue/lifecycle.js';
import type { Caller } from '../../../workspaces/workspace-store.js';
import {
  modelAnswerSchema,
  modelListSchema,
  toModelAnswer,
  type Availability,
  type ModelAnswer,
} from '../../answers/model-answer.js';
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
    (request) => {
      const caller = callerWith(request, 'read');
      const { capability, provider } = request.query;
      const data = context.catalogue.models
        .filter(
          (model) =>
            provider === undefined || model.provider.id === provider || model.entry.ownedBy === provider,
        )
        .map((model) => describe(model, caller, context))
        .filter((model) => capability === undefined || hasCapability(model, capability));
      return Promise.resolve({ object: 'list' as const, data });
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
    (request) => {
      const caller = callerWith(request, 'read');
      return Promise.resolve(describe(context.catalogue.get(request.params['*']), caller, context));
    },
  );
}

function describe(model: CatalogueModel, caller: Caller, context: HttpContext): ModelAnswer {
  return toModelAnswer(model, context.clock(), availability(model, caller, context));
}

/** A retired model counts as available while its successor takes over. */
function availability(model: CatalogueModel, caller: Caller, context: HttpContext): Availability {
  const { key, workspace } = caller;
  const { lifecycle } = model.entry;
  if (key.mode === 'live' && lifecycleStatus(lifecycle, context.clock()) === 'retired') {
    if (workspace.retiredModels === 'refuse') {
      return { available: false, reason: 'retired, and this workspace does not forward retired models' };
    }
    const successor =
      lifecycle.successor === undefined ? undefined : context.catalogue.find(lifecycle.successor);
    if (successor !== undefined) return availability(successor, caller, context);
  }
  const reasons = model.entry.routes.map((route) => {
    const prc = route.operatorCountry === 'CN' || route.country === 'CN';
    if (prc && !workspace.prcOptIn) return 'needs the PRC opt-in of this workspace';
    const state = context.endpoints.routeState(model, route, key.mode);
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
