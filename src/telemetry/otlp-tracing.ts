import { AsyncLocalStorage } from 'node:async_hooks';
import { performance } from 'node:perf_hooks';
import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type SpanContext,
  type Span as OtelSpan,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { VERSION } from '../version.js';
import type { Span, Tracing } from './tracing.js';

const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT, internal: SpanKind.INTERNAL } as const;

/**
 * Traces that are sent to a collector over OTLP/HTTP, in batches. Nothing is registered for the process as a whole.
 * @param endpoint base URL; `/v1/traces` follows it
 */
export function openOtlpTracing(endpoint: string): Tracing {
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'atelier', 'service.version': VERSION }),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: `${endpoint}/v1/traces` }))],
  });
  const tracer = provider.getTracer('atelier', VERSION);
  const active = new AsyncLocalStorage<Context>();
  return {
    start: (name, { kind, attributes, startMs, root, traceparent }) => {
      const remote = readTraceparent(traceparent);
      const parent =
        remote === undefined
          ? ((root === true ? undefined : active.getStore()) ?? ROOT_CONTEXT)
          : trace.setSpanContext(ROOT_CONTEXT, remote);
      const span = tracer.startSpan(
        name,
        {
          kind: KINDS[kind],
          attributes: { ...attributes },
          ...(startMs === undefined ? {} : { startTime: toUnixMs(startMs) }),
        },
        parent,
      );
      return toSpan(span, trace.setSpan(parent, span), active);
    },
    step: (name, startMs, endMs) => {
      const parent = active.getStore();
      if (parent === undefined) return;
      tracer.startSpan(name, { startTime: toUnixMs(startMs) }, parent).end(toUnixMs(endMs));
    },
    close: () => provider.shutdown(),
  };
}

function toSpan(span: OtelSpan, context: Context, active: AsyncLocalStorage<Context>): Span {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return {
    traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
    set: (attributes) => {
      span.setAttributes({ ...attributes });
    },
    fail: (what) => {
      span.setAttribute('error.type', what);
      span.setStatus({ code: SpanStatusCode.ERROR });
    },
    run: (work) => active.run(context, work),
    end: () => {
      span.end();
    },
  };
}

/** The header of W3C Trace Context; undefined for anything else. */
function readTraceparent(header: string | undefined): SpanContext | undefined {
  const match = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(header ?? '');
  const [, traceId = '', spanId = '', flags = ''] = match ?? [];
  const context = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
  return trace.isSpanContextValid(context) ? context : undefined;
}

function toUnixMs(ms: number): number {
  return performance.timeOrigin + ms;
}
