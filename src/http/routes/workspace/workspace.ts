import { z } from 'zod';
import { AppError } from '../../../errors.js';
import { alertsChangeSchema, alertsSchema } from '../../../workspaces/alerts.js';
import { actorOf } from '../../../workspaces/audit-store.js';
import { limitsChangeSchema, limitsSchema } from '../../../workspaces/limits.js';
import { policyChangeSchema, policySchema } from '../../../workspaces/policy.js';
import type { Workspace } from '../../../workspaces/workspace-store.js';
import { callerWith } from '../../auth.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';
import { resolveModels } from '../keys/resolve-models.js';

const UNKNOWN_OUTCOMES =
  'What becomes of a call that was sent to a provider and never answered. `final`: the image fails. `repeat`: it is asked of the ' +
  'same model again, at the risk that the operator pays twice; you pay for what is delivered only.';

/** Shorter than a minute nobody could fetch one; what should stay for longer than a week is kept as a file. */
const MIN_RETENTION_S = 60;
const MAX_RETENTION_S = 7 * 24 * 60 * 60;

const PICTURE_RETENTION =
  'Seconds that pictures stay which nobody keeps, and that links to them work. `null`: as long as the gateway keeps them, an hour ' +
  'unless its operator chose otherwise.';

const workspaceSchema = z.object({
  id: z.string(),
  object: z.literal('workspace'),
  name: z.string(),
  created: z.number().int(),
  prc_opt_in: z.boolean(),
  retired_models: z.enum(['forward', 'refuse']),
  unknown_outcomes: z.enum(['final', 'repeat']).describe(UNKNOWN_OUTCOMES),
  mark_unlabelled: z
    .boolean()
    .describe('Providers’ pictures that say nothing of their origin are marked as made by a model.'),
  retention: z.object({ pictures_s: z.number().int().nullable().describe(PICTURE_RETENTION) }),
  limits: limitsSchema.describe('Of all keys together, live and test keys apart; none by default.'),
  policy: policySchema,
  alerts: alertsSchema.describe('When webhooks are told of budgets and of the balance.'),
});

export function registerWorkspace(app: App, context: HttpContext): void {
  app.get(
    '/v1/workspace',
    {
      schema: {
        tags: ['Workspace'],
        summary: 'Settings of the key’s workspace',
        security: [{ apiKey: [] }],
        response: { 200: workspaceSchema, default: errorEnvelopeSchema },
      },
    },
    (request) => Promise.resolve(toAnswer(callerWith(request, 'read').workspace)),
  );
  app.patch(
    '/v1/workspace',
    {
      schema: {
        tags: ['Workspace'],
        summary: 'Change settings',
        description:
          'Takes an owner or admin key. Changing `prc_opt_in` takes `confirm` with the workspace’s name. Of `limits`, ' +
          '`policy`, `alerts` and `retention`, members that are left out stay; `null` lifts a limit or a time. Every change is written to the audit log.',
        security: [{ apiKey: [] }],
        body: z
          .strictObject({
            name: z.string().min(1, 'must not be empty').max(100),
            prc_opt_in: z.boolean(),
            retired_models: z.enum(['forward', 'refuse']),
            unknown_outcomes: z.enum(['final', 'repeat']).describe(UNKNOWN_OUTCOMES),
            mark_unlabelled: z.boolean(),
            retention: z
              .strictObject({
                pictures_s: z
                  .number()
                  .int()
                  .min(MIN_RETENTION_S)
                  .max(MAX_RETENTION_S)
                  .nullable()
                  .describe(PICTURE_RETENTION),
              })
              .partial(),
            limits: limitsChangeSchema,
            policy: policyChangeSchema,
            alerts: alertsChangeSchema,
            confirm: z.string().max(200),
          })
          .partial(),
        response: { 200: workspaceSchema, default: errorEnvelopeSchema },
      },
    },
    async (request) => {
      const caller = callerWith(request, 'change_settings');
      const { workspace } = caller;
      const { name, prc_opt_in: prcOptIn, policy, alerts, confirm } = request.body;
      const { retired_models: retiredModels, unknown_outcomes: unknownOutcomes } = request.body;
      if (prcOptIn !== undefined && confirm !== workspace.name) {
        throw new AppError('invalid_request', {
          message: 'Changing `prc_opt_in` takes `confirm` with the exact name of this workspace.',
          param: 'confirm',
          facts: { allowed: [workspace.name] },
        });
      }
      const limits = resolveModels(request.body.limits, context.catalogue);
      const { mark_unlabelled: markUnlabelled, retention } = request.body;
      const change = {
        name,
        prcOptIn,
        retiredModels,
        unknownOutcomes,
        markUnlabelled,
        pictureRetentionS: retention?.pictures_s,
        limits,
        policy,
        alerts,
      };
      return toAnswer(await context.workspaces.change(workspace.id, actorOf(caller), change));
    },
  );
}

function toAnswer(workspace: Workspace): z.output<typeof workspaceSchema> {
  return {
    id: workspace.id,
    object: 'workspace',
    name: workspace.name,
    created: Math.floor(workspace.createdAt.getTime() / 1000),
    prc_opt_in: workspace.prcOptIn,
    retired_models: workspace.retiredModels,
    unknown_outcomes: workspace.unknownOutcomes,
    mark_unlabelled: workspace.markUnlabelled,
    retention: { pictures_s: workspace.pictureRetentionS ?? null },
    ...workspace.written,
  };
}
