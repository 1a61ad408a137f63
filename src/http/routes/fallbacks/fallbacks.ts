import { z } from 'zod';
import { AppError } from '../../../errors.js';
import { actorOf } from '../../../workspaces/audit-store.js';
import {
  completeFallback,
  fallbackChangeSchema,
  fallbackSchema,
  type FallbackChange,
  type WrittenFallback,
} from '../../../workspaces/fallbacks.js';
import { callerWith } from '../../auth.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';

const answerSchema = z.object({
  object: z.literal('fallback'),
  model: z.string().describe('The model that the chain stands behind.'),
  ...fallbackSchema.shape,
});
type Answer = z.output<typeof answerSchema>;

const params = z.object({ '*': z.string() });
const PATH = '/v1/fallbacks/*';

/** Where requests go on when a model fails: one chain per model, set by owners and admins. */
export function registerFallbacks(app: App, context: HttpContext): void {
  app.get(
    '/v1/fallbacks',
    {
      schema: {
        tags: ['Workspace'],
        summary: 'List fallback chains',
        security: [{ apiKey: [] }],
        response: {
          200: z.object({
            object: z.literal('list'),
            data: z.array(answerSchema),
            first_id: z.string().optional(),
            last_id: z.string().optional(),
            has_more: z.boolean(),
          }),
          default: errorEnvelopeSchema,
        },
      },
    },
    (request) => {
      const { workspace } = callerWith(request, 'read');
      const data = Object.entries(workspace.writtenFallbacks)
        .map(([model, chain]) => toAnswer(model, chain))
        .sort((a, b) => (a.model < b.model ? -1 : 1));
      const [first, last] = [data[0], data.at(-1)];
      return Promise.resolve({
        object: 'list' as const,
        data,
        ...(first === undefined ? {} : { first_id: first.model }),
        ...(last === undefined ? {} : { last_id: last.model }),
        has_more: false,
      });
    },
  );
  app.get(
    PATH,
    {
      schema: {
        tags: ['Workspace'],
        summary: 'Read the fallback chain of a model',
        description: 'By slug or alias; slashes are allowed.',
        security: [{ apiKey: [] }],
        params,
        response: { 200: answerSchema, default: errorEnvelopeSchema },
      },
    },
    (request) => {
      const { workspace } = callerWith(request, 'read');
      const model = slugOf(request.params['*'], 'model', context);
      const chain = workspace.writtenFallbacks[model];
      if (chain === undefined) throw noChain(model);
      return Promise.resolve(toAnswer(model, chain));
    },
  );
  registerChanges(app, context);
}

function registerChanges(app: App, context: HttpContext): void {
  app.put(
    PATH,
    {
      schema: {
        tags: ['Workspace'],
        summary: 'Set the fallback chain of a model',
        description:
          'Takes an owner or admin key. When the model fails, its images are asked of the next of these models that can honour ' +
          'the request and may run; the model that serves is the one that is billed. Written to the audit log.',
        security: [{ apiKey: [] }],
        params,
        body: fallbackChangeSchema,
        response: { 200: answerSchema, default: errorEnvelopeSchema },
      },
    },
    async (request) => {
      const caller = callerWith(request, 'change_settings');
      const model = slugOf(request.params['*'], 'model', context);
      const chain = completeFallback(resolveChain(model, request.body, context));
      const change = { workspaceId: caller.workspace.id, actor: actorOf(caller), model, chain };
      await context.workspaces.changeFallback(change);
      return toAnswer(model, chain);
    },
  );
  app.delete(
    PATH,
    {
      schema: {
        tags: ['Workspace'],
        summary: 'Remove the fallback chain of a model',
        description: 'Takes an owner or admin key. Written to the audit log.',
        security: [{ apiKey: [] }],
        params,
        response: {
          200: z.object({ object: z.literal('fallback'), model: z.string(), deleted: z.literal(true) }),
          default: errorEnvelopeSchema,
        },
      },
    },
    async (request) => {
      const caller = callerWith(request, 'change_settings');
      const model = slugOf(request.params['*'], 'model', context);
      const change = { workspaceId: caller.workspace.id, actor: actorOf(caller), model, chain: undefined };
      if (!(await context.workspaces.changeFallback(change))) throw noChain(model);
      return { object: 'fallback' as const, model, deleted: true as const };
    },
  );
}

/** @throws AppError model_not_found */
function slugOf(name: string, param: string, context: HttpContext): string {
  return context.catalogue.get(name, param).entry.slug;
}

/** The chain with slugs for names. @throws AppError model_not_found, invalid_request for one that is there twice */
function resolveChain(model: string, change: FallbackChange, context: HttpContext): FallbackChange {
  const models = change.models.map((name) => slugOf(name, 'models', context));
  const all = [model, ...models];
  const twice = all.find((slug, index) => all.indexOf(slug) !== index);
  if (twice !== undefined) {
    throw new AppError('invalid_request', {
      message: `\`models\` must name other models than ${model}, each once; ${twice} is there twice.`,
      param: 'models',
    });
  }
  return { ...change, models };
}

function noChain(model: string): AppError {
  return new AppError('not_found', { message: `There is no fallback chain for ${model}.`, param: 'model' });
}

function toAnswer(model: string, chain: WrittenFallback): Answer {
  return { object: 'fallback', model, ...chain };
}
