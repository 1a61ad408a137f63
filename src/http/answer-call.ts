import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Generation } from '../images/generation.js';
import type { GivenEdit } from '../images/intake.js';
import type { Wish } from '../images/image-service.js';
import type { RecordedBody } from '../images/request-body.js';
import { normaliseGenerationBody, type DeliveryWish, type ImageRequest } from '../images/request.js';
import { watchGeneration, type Happening } from '../jobs/watch.js';
import type { Caller } from '../workspaces/workspace-store.js';
import { toGenerationAnswer } from './answers/generation-answer.js';
import { linksFor } from './answers/image-links.js';
import { sendGeneration } from './answers/send-generation.js';
import { streamEvents } from './answers/stream-generation.js';
import type { CallBody } from './bodies/call-body.js';
import { callOnce } from './call-once.js';
import type { HttpContext } from './context.js';
import { readIdempotentCall } from './idempotency-key.js';
import { readPreferences } from './prefer.js';
import { sendEvents, within } from './sse.js';

/** A call that makes pictures, its body read and checked. */
export interface ImageCall {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly caller: Caller;
  /** As the caller wrote it: what an idempotency key stands for, whatever becomes of a saved recipe meanwhile. */
  readonly written: CallBody;
  readonly body: RecordedBody;
  readonly delivery: DeliveryWish;
  /** Pictures of an edit as they were given. */
  readonly given: GivenEdit | undefined;
  /** Makes the request; only asked when it runs. */
  readonly take: () => Promise<ImageRequest>;
}

/** How long a streamed call may be silent before its stream is begun: until then a refusal is an ordinary answer. */
const FIRST_EVENT_MS = 10_000;

/** Runs a call and answers it: at its end, while it runs (`stream`), or at once (`Prefer: respond-async`). */
export async function answerCall(call: ImageCall, context: HttpContext): Promise<FastifyReply> {
  const { request, reply, caller, written, body, delivery, given, take } = call;
  const idempotent = readIdempotentCall(request, caller, written, given);
  const wish = async (): Promise<Wish> => ({ request: await take(), delivery, body, idempotent });
  if (readPreferences(request).async && !delivery.stream) {
    const outcome = await callOnce(
      idempotent,
      context,
      async () => context.images.enqueue(await wish(), caller),
      (key) => context.images.findReplay(key),
    );
    return sendAccepted(
      'first' in outcome ? outcome.first : replayed(outcome.replayed, reply),
      reply,
      context,
    );
  }
  const hungUp = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) hungUp.abort();
  });
  const begin = async () => {
    const attendance = { hungUp: hungUp.signal, watched: delivery.stream };
    const begun = await context.images.begin(await wish(), caller, attendance);
    keepForLater(begun, hungUp.signal, context, request);
    return begun;
  };
  if (delivery.stream) {
    const outcome = await callOnce(idempotent, context, begin, (key) => context.images.findReplay(key));
    const { id } = 'first' in outcome ? outcome.first : replayed(outcome.replayed, reply);
    return stream(id, call, hungUp, context);
  }
  const outcome = await callOnce(
    idempotent,
    context,
    async () => (await begin()).ended,
    (key) => context.images.replay(key, hungUp.signal),
  );
  const generation = 'first' in outcome ? outcome.first : replayed(outcome.replayed, reply);
  return sendGeneration(generation, delivery, request, reply, context);
}

/** Tells what happens as it happens. What fails before anything was told is answered as without a stream. */
async function stream(
  id: string,
  { request, reply, caller, body, delivery }: ImageCall,
  hungUp: AbortController,
  context: HttpContext,
): Promise<FastifyReply> {
  const account = { workspaceId: caller.workspace.id, mode: caller.key.mode };
  let ended: Generation | undefined;
  const watched = watchGeneration(
    account,
    id,
    { started: true, sequence: 0 },
    context.watching,
    hungUp.signal,
  );
  const happenings = onEnd(watched, (generation) => {
    ended = generation;
  });
  const { request: wish } = normaliseGenerationBody(body);
  const operation = request.routeOptions.url === '/v1/images/edits' ? 'edit' : 'generate';
  const events = streamEvents(happenings, { ...wish, operation }, delivery, context);
  const first = events.next();
  await within(first, FIRST_EVENT_MS);
  if (ended?.error !== undefined) {
    await events.return(undefined);
    return sendGeneration(ended, delivery, request, reply, context);
  }
  void reply.header('x-generation-id', id);
  return sendEvents(startingWith(first, events), reply, () => {
    hungUp.abort();
  });
}

async function* onEnd(
  happenings: AsyncIterable<Happening>,
  listener: (generation: Generation) => void,
): AsyncGenerator<Happening> {
  for await (const happening of happenings) {
    if (happening.kind === 'ended') listener(happening.generation);
    yield happening;
  }
}

/** Goes on after an event that is waited for already. */
function startingWith<T>(first: Promise<IteratorResult<T>>, rest: AsyncIterator<T>): AsyncIterator<T> {
  let next: Promise<IteratorResult<T>> | undefined = first;
  return {
    next: () => {
      const result = next ?? rest.next();
      next = undefined;
      return result;
    },
  };
}

/** Pictures whose caller has hung up before the last byte of the answer are kept for it. */
function keepForLater(
  begun: { readonly id: string; readonly ended: Promise<Generation> },
  hungUp: AbortSignal,
  context: HttpContext,
  request: FastifyRequest,
): void {
  hungUp.addEventListener('abort', () => {
    begun.ended
      .then(() => context.generations.keepUntil(begun.id, context.unfetchedUntil()))
      .catch((error: unknown) => {
        request.log.error({ err: error, generationId: begun.id }, 'pictures could not be kept for longer');
      });
  });
}

/** 202 while it waits or runs; a call that had ended before is answered as it is read. */
function sendAccepted(generation: Generation, reply: FastifyReply, context: HttpContext): FastifyReply {
  const ended = generation.status !== 'queued' && generation.status !== 'running';
  return reply
    .code(ended ? 200 : 202)
    .header('preference-applied', 'respond-async')
    .header('location', `/v1/images/generations/${generation.id}`)
    .header('x-generation-id', generation.id)
    .send(toGenerationAnswer(generation, linksFor(context)));
}

function replayed(generation: Generation, reply: FastifyReply): Generation {
  void reply.header('idempotent-replayed', 'true');
  return generation;
}
