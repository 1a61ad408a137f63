import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { formatCredits } from '../../../credits/microcredits.js';
import { AppError, ERROR_CODES } from '../../../errors.js';
import type { Generation } from '../../../images/generation-store.js';
import { generationBodySchema, normaliseGenerationBody } from '../../../images/request.js';
import {
  lifecycleHeaders,
  generationAnswerSchema,
  toBase64Answer,
  toGenerationAnswer,
} from '../../answers/generation-answer.js';
import { planAnswerSchema, toPlanAnswer } from '../../answers/plan-answer.js';
import { callerWith } from '../../auth.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema, sendPublicError } from '../../error-envelope.js';

/** Their clients expect base64 when they don't say (they can't say: those models refuse the field upstream). */
const BASE64_BY_DEFAULT = ['gpt-image-', 'chatgpt-image-'];

export function registerGenerate(app: App, context: HttpContext): void {
  app.post(
    '/v1/images/generations',
    {
      schema: {
        tags: ['Images'],
        summary: 'Generate images',
        description:
          'Runs to the end and answers with links or base64. With `dry_run: true` nothing runs and the plan is answered.',
        security: [{ apiKey: [] }],
        body: generationBodySchema,
        response: { 200: z.union([generationAnswerSchema, planAnswerSchema]), default: errorEnvelopeSchema },
      },
    },
    async (request, reply) => {
      const caller = callerWith(request, 'generate');
      refuseIdempotencyKey(request);
      const { request: wish, delivery } = normaliseGenerationBody(request.body);
      if (delivery.dryRun) return reply.send(toPlanAnswer(context.images.plan(wish, caller), wish.n));
      const generation = await context.images.generate({ request: wish, delivery }, request.body, caller);
      describeGeneration(generation, reply, context, request);
      if (generation.error !== undefined) {
        await sendFailure(generation, request, reply);
        return reply;
      }
      const base64 =
        delivery.responseFormat === 'b64_json' ||
        (delivery.responseFormat === undefined &&
          BASE64_BY_DEFAULT.some((start) => generation.model.startsWith(start)));
      if (!base64) {
        return reply.send(
          toGenerationAnswer(generation, { signer: context.signer, publicUrl: context.publicUrl() }),
        );
      }
      await sendBase64(generation, reply, context);
      return reply;
    },
  );
}

async function sendBase64(generation: Generation, reply: FastifyReply, context: HttpContext): Promise<void> {
  const { body, lengthBytes } = toBase64Answer(generation, context.pictures);
  await reply.type('application/json; charset=utf-8').header('content-length', lengthBytes).send(body);
}

/** Replays aren't kept in this version, and a client that sends a key relies on them. */
function refuseIdempotencyKey(request: FastifyRequest): void {
  if (request.headers['idempotency-key'] === undefined) return;
  throw new AppError('unsupported_parameter', {
    message:
      'The header `Idempotency-Key` is not available in this version: a repeated call would run and be charged again.',
    param: 'idempotency-key',
  });
}

/** Headers that say what a generation was, also when it failed. */
function describeGeneration(
  generation: Generation,
  reply: FastifyReply,
  context: HttpContext,
  request: FastifyRequest,
): void {
  void reply.header('x-generation-id', generation.id);
  void reply.header('x-credits-used', formatCredits(generation.charged));
  void reply.header('x-model-used', generation.result?.receipt.model ?? generation.model);
  const asked = context.catalogue.find(generation.model);
  if (asked !== undefined) {
    const headers = lifecycleHeaders(asked.entry.lifecycle, context.clock());
    for (const [name, value] of Object.entries(headers)) void reply.header(name, value);
  }
  request.upstreamMs = upstreamMs(generation);
}

/** Calls of one generation run side by side: the longest chain of attempts is what the caller waited for. */
function upstreamMs(generation: Generation): number {
  const byImage = new Map<number, number>();
  for (const { imageNumber, durationMs } of generation.attempts) {
    byImage.set(imageNumber, (byImage.get(imageNumber) ?? 0) + durationMs);
  }
  return Math.max(0, ...byImage.values());
}

async function sendFailure(
  generation: Generation,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const { error } = generation;
  if (error === undefined) return;
  const known = Object.entries(ERROR_CODES).find(([code]) => code === error.code)?.[1];
  const body = {
    ...error,
    generation_id: generation.id,
    attempts: generation.attempts.map(({ model, routeId, outcome, durationMs, error: cause }) => ({
      model,
      route: routeId,
      outcome,
      duration_ms: durationMs,
      ...(cause === undefined ? {} : { code: cause.code, message: cause.message }),
    })),
  };
  const retryAfter = z.number().safeParse(error['retry_after_ms']);
  await sendPublicError(request, reply, known?.status ?? 500, body, {
    retry: error['should_retry'] === true,
    retryAfterMs: retryAfter.success ? retryAfter.data : undefined,
  });
}
