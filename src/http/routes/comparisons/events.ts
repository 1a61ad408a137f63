import { z } from 'zod';
import { watchComparison, type ComparisonHappening } from '../../../comparisons/watch-comparison.js';
import { assertNever } from '../../../errors.js';
import { toCellAnswer, toComparisonAnswer } from '../../answers/comparison-answer.js';
import { linksFor } from '../../answers/image-links.js';
import { callerWith } from '../../auth.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';
import { jsonData, sendEvents, type ServerSentEvent } from '../../sse.js';
import { comparisonNotFound } from './get.js';

export function registerComparisonEvents(app: App, context: HttpContext): void {
  const stopping = new AbortController();
  app.addHook('preClose', (done) => {
    stopping.abort();
    done();
  });
  app.get(
    '/v1/images/comparisons/:id/events',
    {
      config: { kind: 'watch' },
      schema: {
        tags: ['Comparisons'],
        summary: 'Watch a comparison',
        description:
          'Server-sent events until its end: `cell_started`, then `cell_finished`, `cell_failed` or `cell_cancelled` with the cell, and ' +
          'at last `completed`, `failed` or `cancelled` with the comparison. A client that comes back with `Last-Event-ID` is told ' +
          'what it missed; after the end it gets 204.',
        security: [{ apiKey: [] }],
        params: z.object({ id: z.string() }),
        headers: z.looseObject({ 'last-event-id': z.string().max(200).optional() }),
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
      const { comparisons, comparisonStore, watching } = context;
      if ((await comparisonStore.find(account, id)) === undefined) throw comparisonNotFound();
      const last = request.headers['last-event-id'];
      if (last === 'ended') return reply.code(204).send(null);
      const hungUp = new AbortController();
      const close = () => {
        hungUp.abort();
      };
      reply.raw.once('close', close);
      const signal = AbortSignal.any([hungUp.signal, stopping.signal]);
      const parts = { service: comparisons, comparisons: comparisonStore, signals: watching.signals };
      return sendEvents(tell(watchComparison(account, id, last, parts, signal), id, context), reply, close);
    },
  );
}

async function* tell(
  happenings: AsyncIterable<ComparisonHappening>,
  id: string,
  context: HttpContext,
): AsyncGenerator<ServerSentEvent> {
  for await (const happening of happenings) yield toEvent(happening, id, context);
}

function toEvent(happening: ComparisonHappening, id: string, context: HttpContext): ServerSentEvent {
  switch (happening.kind) {
    case 'cell_started': {
      const { position: index, generationId, told } = happening;
      const data = {
        type: 'cell_started',
        comparison_id: id,
        index,
        ...(generationId === undefined ? {} : { generation_id: generationId }),
      };
      return { id: told, event: 'cell_started', data: jsonData(data) };
    }
    case 'cell_ended': {
      const cell = toCellAnswer(happening.cell, happening.first, linksFor(context));
      const { status } = cell;
      const event = status === 'failed' || status === 'cancelled' ? `cell_${status}` : 'cell_finished';
      return { id: happening.told, event, data: jsonData({ type: event, comparison_id: id, cell }) };
    }
    case 'ended': {
      const { status } = happening.whole.comparison;
      const event = status === 'failed' || status === 'cancelled' ? status : 'completed';
      const comparison = toComparisonAnswer(happening.whole, linksFor(context));
      return { id: 'ended', event, data: jsonData({ type: event, comparison }) };
    }
    default:
      return assertNever(happening);
  }
}
