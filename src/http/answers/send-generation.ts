import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { formatCredits } from '../../credits/microcredits.js';
import { ERROR_CODES } from '../../errors.js';
import type { Generation } from '../../images/generation.js';
import { wantsBase64, type DeliveryWish } from '../../images/request.js';
import type { HttpContext } from '../context.js';
import { sendPublicError } from '../error-envelope.js';
import { lifecycleHeaders, toBase64Answer, toGenerationAnswer } from './generation-answer.js';
import { linksFor } from './image-links.js';

/** Answers with a finished generation: links, base64 or the error that it ended with, and the headers that describe it. */
export async function sendGeneration(
  generation: Generation,
  delivery: DeliveryWish,
  request: FastifyRequest,
  reply: FastifyReply,
  context: HttpContext,
): Promise<FastifyReply> {
  describeGeneration(generation, reply, context, request);
  if (generation.error !== undefined) {
    await sendFailure(generation, request, reply);
    return reply;
  }
  if (!wantsBase64(delivery, generation.model)) {
    return reply.send(toGenerationAnswer(generation, linksFor(context)));
  }
  await sendBase64(generation, reply, context);
  return reply;
}

async function sendBase64(generation: Generation, reply: FastifyReply, context: HttpContext): Promise<void> {
  const { body, lengthBytes, sent } = toBase64Answer(generation, context.pictures, linksFor(context).until);
  // The end of the body is too early: its last bytes may still wait for the connection.
  if (reply.raw.closed) sent();
  else reply.raw.once('close', sent);
  await reply.type('application/json; charset=utf-8').header('content-length', lengthBytes).send(body);
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
  const { fallback_from: from, fallback_depth: depth } = generation.result?.receipt ?? {};
  if (from !== undefined) void reply.header('x-fallback-from', from);
  if (depth !== undefined) void reply.header('x-fallback-depth', String(depth));
  const asked = context.catalogue.find(generation.model);
  if (asked !== undefined) {
    const headers = lifecycleHeaders(asked.entry.lifecycle, context.clock());
    for (const [name, value] of Object.entries(headers)) void reply.header(name, value);
  }
  request.upstreamMs = upstreamMs(generation);
  request.endedAtMs = reply.elapsedTime;
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
  if (request.headers['idempotency-key'] !== undefined) {
    // The outcome is kept: under the same key there is never another one, and a client that repeats the call must not hope for it.
    const message = `${error.message} This outcome is kept under its \`Idempotency-Key\`: send another key to try again.`;
    const final = { ...body, message, should_retry: false, retry_after_ms: undefined };
    await sendPublicError(request, reply, known?.status ?? 500, final, {
      retry: false,
      retryAfterMs: undefined,
    });
    return;
  }
  const retryAfter = z.number().safeParse(error['retry_after_ms']);
  await sendPublicError(request, reply, known?.status ?? 500, body, {
    retry: error['should_retry'] === true,
    retryAfterMs: retryAfter.success ? retryAfter.data : undefined,
  });
}
