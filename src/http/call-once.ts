import { AppError } from '../errors.js';
import type { Generation } from '../images/generation.js';
import { AlreadyCalled, type IdempotentCall } from '../images/idempotent-calls.js';
import type { HttpContext } from './context.js';

/** What came of a call: of this one, or of an earlier one under the same idempotency key. */
export type Outcome<T> = { readonly first: T } | { readonly replayed: Generation };

/**
 * Does a call, or finds the earlier one under the same idempotency key. Nothing is bought twice under one key, by whatever
 * process.
 * @param idempotent undefined: the call has no key
 * @param run does it; only called when the key is new
 * @param replay finds the earlier call's generation
 * @throws AppError idempotency_conflict, image_expired when the pictures of the earlier outcome are gone, and all of `run`
 */
export async function callOnce<T>(
  idempotent: IdempotentCall | undefined,
  context: HttpContext,
  run: () => Promise<T>,
  replay: (call: IdempotentCall) => Promise<Generation | undefined>,
): Promise<Outcome<T>> {
  if (idempotent === undefined) return { first: await run() };
  const find = async () => requireKept(await replay(idempotent), context);
  const earlier = await find();
  if (earlier !== undefined) return { replayed: earlier };
  try {
    return { first: await run() };
  } catch (error) {
    if (!(error instanceof AlreadyCalled)) throw error;
    const first = await find();
    if (first !== undefined) return { replayed: first };
    throw new AppError('conflict', {
      message: 'Another call with this `Idempotency-Key` was first, and its outcome is no longer kept.',
      param: 'idempotency-key',
      cause: error,
    });
  }
}

function requireKept(generation: Generation | undefined, context: HttpContext): Generation | undefined {
  const now = context.clock();
  if (
    generation?.images.some(
      (image) => image.removed || (image.fileId === undefined && image.expiresAt <= now),
    ) === true
  ) {
    throw new AppError('image_expired', {
      message: `The pictures of ${generation.id} are gone: their time was over. A new key makes new ones.`,
      param: 'idempotency-key',
    });
  }
  return generation;
}
