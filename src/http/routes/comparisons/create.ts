import { performance } from 'node:perf_hooks';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { MAX_CELLS } from '../../../comparisons/comparison-body.js';
import { AppError } from '../../../errors.js';
import { AlreadyCalled, type IdempotentCall } from '../../../images/idempotent-calls.js';
import type { Caller } from '../../../workspaces/workspace-store.js';
import { comparisonAnswerSchema, toComparisonAnswer } from '../../answers/comparison-answer.js';
import { comparisonPlanSchema, toComparisonPlanAnswer } from '../../answers/comparison-plan-answer.js';
import { linksFor } from '../../answers/image-links.js';
import { callerWith } from '../../auth.js';
import { comparisonCallSchema, readComparison } from '../../bodies/comparison-call.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';
import { readIdempotentCall } from '../../idempotency-key.js';
import { readPreferences } from '../../prefer.js';
import { comparisonNotFound } from './get.js';

/** Proxies on the way often cut what is silent for a hundred seconds. */
const MAX_WAIT_S = 90;

export function registerCreateComparison(app: App, context: HttpContext): void {
  app.post(
    '/v1/images/comparisons',
    {
      config: { kind: 'make' },
      schema: {
        tags: ['Comparisons'],
        summary: 'Compare models, prompts, sizes and seeds',
        description:
          `A matrix of at most ${MAX_CELLS} cells, each a generation of its own, quoted and held as one. With \`Prefer: respond-async\` the answer ` +
          `comes at once (202), which is the way to call it; else it waits for the end, at most ${MAX_WAIT_S} seconds or as ` +
          'many as `Prefer: wait=SECONDS` says. A cell that its model can’t do has failed and costs nothing; the others run. With ' +
          '`dry_run: true` nothing runs and the plan of every cell is answered.',
        security: [{ apiKey: [] }],
        body: comparisonCallSchema,
        response: {
          200: z.union([comparisonAnswerSchema, comparisonPlanSchema]),
          202: comparisonAnswerSchema,
          default: errorEnvelopeSchema,
        },
      },
    },
    async (request, reply) => {
      const caller = callerWith(request, 'generate');
      const { body, recipe } = await readComparison(request.body, caller, context);
      if (body.sheet !== false || body.base?.persist === true) callerWith(request, 'store');
      if (body.dry_run === true) {
        return reply.send(toComparisonPlanAnswer(await context.comparisons.plan(body, caller)));
      }
      const idempotent = readIdempotentCall(request, caller, request.body, undefined);
      const begun = await beginOnce(idempotent, context, () =>
        context.comparisons.begin({ body, recipe, idempotent }, caller),
      );
      if (begun.replayed) void reply.header('idempotent-replayed', 'true');
      return answer(begun.id, caller, request, reply, context);
    },
  );
}

/** Begins it, or finds the one that an earlier call under the same idempotency key began. */
async function beginOnce(
  idempotent: IdempotentCall | undefined,
  { comparisons }: HttpContext,
  begin: () => Promise<string>,
): Promise<{ readonly id: string; readonly replayed: boolean }> {
  if (idempotent === undefined) return { id: await begin(), replayed: false };
  const earlier = await comparisons.findByKey(idempotent);
  if (earlier !== undefined) return { id: earlier, replayed: true };
  try {
    return { id: await begin(), replayed: false };
  } catch (error) {
    if (!(error instanceof AlreadyCalled)) throw error;
    const first = await comparisons.findByKey(idempotent);
    if (first !== undefined) return { id: first, replayed: true };
    throw new AppError('conflict', {
      message: 'Another call with this `Idempotency-Key` was first, and its outcome is no longer kept.',
      param: 'idempotency-key',
      cause: error,
    });
  }
}

/** 200 at its end, 202 while it runs. */
async function answer(
  id: string,
  { workspace, key }: Caller,
  request: FastifyRequest,
  reply: FastifyReply,
  context: HttpContext,
): Promise<FastifyReply> {
  const account = { workspaceId: workspace.id, mode: key.mode };
  const { async, waitS } = readPreferences(request);
  if (!async) {
    const hungUp = new AbortController();
    reply.raw.once('close', () => {
      hungUp.abort();
    });
    const maxMs = Math.min(waitS ?? MAX_WAIT_S, MAX_WAIT_S) * 1000;
    const startedMs = performance.now();
    await context.comparisons.waitForEnd(account, id, maxMs, hungUp.signal);
    request.upstreamMs = performance.now() - startedMs;
  }
  const whole = await context.comparisons.find(account, id);
  if (whole === undefined) throw comparisonNotFound();
  if (async) void reply.header('preference-applied', 'respond-async');
  return reply
    .code(whole.comparison.status === 'running' ? 202 : 200)
    .header('location', `/v1/images/comparisons/${id}`)
    .send(toComparisonAnswer(whole, linksFor(context)));
}
