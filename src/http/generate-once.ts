import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../errors.js';
import type { Generation } from '../images/generation.js';
import { AlreadyCalled, type IdempotentCall } from '../images/idempotent-calls.js';
import type { GivenEdit } from '../images/intake.js';
import type { GenerationBody } from '../images/request-body.js';
import type { DeliveryWish, ImageRequest } from '../images/request.js';
import type { Caller } from '../workspaces/workspace-store.js';
import type { HttpContext } from './context.js';
import { readIdempotentCall } from './idempotency-key.js';

interface Call {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly caller: Caller;
  readonly body: GenerationBody;
  readonly delivery: DeliveryWish;
  readonly given: GivenEdit | undefined;
}

/**
 * Runs a call, or gives the outcome of an earlier one under the same idempotency key, which may still run. Nothing is bought
 * twice under one key, by whatever process.
 * @param wish makes the request; only called when it runs
 * @throws AppError idempotency_conflict, image_expired when the pictures of the earlier outcome are gone, and all of generate
 */
export async function generateOnce(
  call: Call,
  context: HttpContext,
  wish: () => Promise<ImageRequest>,
): Promise<Generation> {
  const { request, reply, caller, body, delivery, given } = call;
  const idempotent = readIdempotentCall(request, caller, body, given);
  const run = async () =>
    context.images.generate({ request: await wish(), delivery }, body, caller, idempotent);
  if (idempotent === undefined) return run();
  const earlier = await replay(idempotent, reply, context);
  if (earlier !== undefined) return earlier;
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof AlreadyCalled)) throw error;
    const first = await replay(idempotent, reply, context);
    if (first !== undefined) return first;
    throw new AppError('conflict', {
      message: 'Another call with this `Idempotency-Key` was first, and its outcome is no longer kept.',
      param: 'idempotency-key',
      cause: error,
    });
  }
}

async function replay(
  idempotent: IdempotentCall,
  reply: FastifyReply,
  context: HttpContext,
): Promise<Generation | undefined> {
  const hungUp = new AbortController();
  reply.raw.once('close', () => {
    hungUp.abort();
  });
  const generation = await context.images.replay(idempotent, hungUp.signal);
  if (generation === undefined) return undefined;
  const now = context.clock();
  if (generation.images.some((image) => image.removed || image.expiresAt <= now)) {
    throw new AppError('image_expired', {
      message: `The pictures of ${generation.id} are gone: their time was over. A new key makes new ones.`,
      param: 'idempotency-key',
    });
  }
  void reply.header('idempotent-replayed', 'true');
  return generation;
}
