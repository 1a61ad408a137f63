import { OWN_OPERATOR } from '../catalogue/catalogue.js';
import type { ProviderError } from '../providers/provider.js';
import type { Tracing } from '../telemetry/tracing.js';
import type { CallResult, CallScope } from './attempt.js';
import type { Candidate } from './plan-types.js';

interface Attempted {
  readonly result: CallResult;
  readonly error: ProviderError | undefined;
}

/**
 * One call to a provider as a span, with the names of OpenTelemetry's conventions for generative models.
 * @param run told the header for the operator's own servers; whoever else is called learns nothing of traces
 */
export function traceAttempt(
  { model, route }: Candidate,
  { generationId, imageNumber, attemptNumber }: CallScope,
  tracing: Tracing,
  run: (traceparent: string | undefined) => Promise<Attempted>,
): Promise<Attempted> {
  const upstream = route.upstream.generate ?? route.upstream.edit ?? model.entry.slug;
  const span = tracing.start(`generate_content ${upstream}`, {
    kind: 'client',
    attributes: {
      'gen_ai.operation.name': 'generate_content',
      'gen_ai.output.type': 'image',
      'gen_ai.provider.name': model.provider.id,
      'gen_ai.request.model': upstream,
      'atelier.model': model.entry.slug,
      'atelier.route': route.id,
      'atelier.generation': generationId,
      'atelier.image': imageNumber,
      'atelier.attempt': attemptNumber,
    },
  });
  const traceparent = route.operator === OWN_OPERATOR ? span.traceparent : undefined;
  return span.run(async () => {
    try {
      const attempted = await run(traceparent);
      const { usage, requestId, received } = attempted.result;
      span.set({
        'atelier.images': received.length,
        ...(requestId === undefined ? {} : { 'gen_ai.response.id': requestId }),
        ...(usage === undefined
          ? {}
          : {
              'gen_ai.usage.input_tokens': usage.inputTokens,
              'gen_ai.usage.output_tokens': usage.outputTokens,
            }),
      });
      if (attempted.error !== undefined) span.fail(attempted.error.info.kind);
      return attempted;
    } finally {
      span.end();
    }
  });
}
