import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { AppError, assertNever } from '../../../errors.js';
import { watchGeneration, type Happening, type Seen } from '../../../jobs/watch.js';
import { encodeBase64 } from '../../answers/encode-base64.js';
import { toGenerationAnswer } from '../../answers/generation-answer.js';
import { linksFor } from '../../answers/image-links.js';
import { callerWith } from '../../auth.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';
import { jsonData, jsonDataWith, sendEvents, type ServerSentEvent } from '../../sse.js';

export function registerGenerationEvents(app: App, context: HttpContext): void {
  const stopping = new AbortController();
  app.addHook('preClose', (done) => {
    // Clients come back with `Last-Event-ID`, to another process if this one stays away.
    stopping.abort();
    done();
  });
  app.get(
    '/v1/images/generations/:id/events',
    {
      config: { kind: 'watch' },
      schema: {
        tags: ['Images'],
        summary: 'Watch a generation',
        description:
          'Server-sent events until its end: `queued` (with its place), `started`, `progress`, `partial_image`, `image` (one has ' +
          'arrived), then `completed`, `failed` or `cancelled` with the generation. A client that comes back with `Last-Event-ID` ' +
          'is told what it missed; after the end it gets 204.',
        security: [{ apiKey: [] }],
        params: z.object({ id: z.string() }),
        headers: z.looseObject({ 'last-event-id': z.string().max(100).optional() }),
        response: {
          200: z.string().describe('`text/event-stream`'),
          204: z.null().describe('Everything was told.'),
          default: errorEnvelopeSchema,
        },
      },
    },
    async (request, reply) => {
      const { workspace, key } = callerWith(request, 'read');
      const account = { workspaceId: workspace.id, mode: key.mode };
      const { id } = request.params;
      if ((await context.generations.findPhase(account, id)) === undefined) {
        throw new AppError('not_found', { message: 'There is no generation with this id.', param: 'id' });
      }
      const seen = readSeen(request);
      if (seen === 'all') return reply.code(204).send(null);
      const hungUp = new AbortController();
      const close = () => {
        hungUp.abort();
      };
      reply.raw.once('close', close);
      const signal = AbortSignal.any([hungUp.signal, stopping.signal]);
      const events = tell(watchGeneration(account, id, seen, context.watching, signal), id, context);
      return sendEvents(events, reply, close);
    },
  );
}

async function* tell(
  happenings: AsyncIterable<Happening>,
  id: string,
  context: HttpContext,
): AsyncGenerator<ServerSentEvent> {
  const partials = new Map<number, number>();
  for await (const happening of happenings) yield toEvent(happening, id, partials, context);
}

function toEvent(
  happening: Happening,
  id: string,
  partials: Map<number, number>,
  context: HttpContext,
): ServerSentEvent {
  switch (happening.kind) {
    case 'queued':
      return {
        id: 'queued',
        event: 'queued',
        data: jsonData({ type: 'queued', generation_id: id, position: happening.position }),
      };
    case 'started':
      return { id: 'started', event: 'started', data: jsonData({ type: 'started', generation_id: id }) };
    case 'waiting':
      return {
        id: String(happening.sequence),
        event: 'waiting',
        data: jsonData({
          type: 'waiting',
          generation_id: id,
          image: happening.imageNumber,
          ahead: happening.ahead,
        }),
      };
    case 'progress':
      return {
        id: String(happening.sequence),
        event: 'progress',
        data: jsonData({
          type: 'progress',
          generation_id: id,
          image: happening.imageNumber,
          fraction: happening.fraction,
        }),
      };
    case 'arrived':
      return {
        id: String(happening.sequence),
        event: 'image',
        data: jsonData({ type: 'image', generation_id: id, image: happening.position + 1 }),
      };
    case 'partial': {
      const index = partials.get(happening.position) ?? 0;
      partials.set(happening.position, index + 1);
      return {
        id: String(happening.sequence),
        event: 'partial_image',
        data: jsonDataWith(
          {
            type: 'partial_image',
            generation_id: id,
            image: happening.position + 1,
            partial_image_index: index,
            mime_type: happening.mimeType,
          },
          'b64_json',
          encodeBase64(context.pictures.read(happening.sha256)),
        ),
      };
    }
    case 'ended': {
      const { status } = happening.generation;
      const event = status === 'failed' || status === 'cancelled' ? status : 'completed';
      const generation = toGenerationAnswer(happening.generation, linksFor(context));
      return { id: 'ended', event, data: jsonData({ type: event, generation }) };
    }
    default:
      return assertNever(happening);
  }
}

/** An id that nobody gave counts as none: everything is told again. */
function readSeen(request: FastifyRequest): Seen | 'all' {
  const last = request.headers['last-event-id'];
  if (last === 'ended') return 'all';
  if (last === 'started') return { started: true, sequence: 0 };
  const sequence = typeof last === 'string' && /^\d{1,9}$/.test(last) ? Number(last) : 0;
  return { started: sequence > 0, sequence };
}
