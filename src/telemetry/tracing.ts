/** What is traced, whoever collects it. Times are milliseconds of `performance.now()`. */

export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** A span that has begun. */
export interface Span {
  /** W3C header that makes others part of it; undefined where nobody collects. */
  readonly traceparent: string | undefined;
  set(attributes: Attributes): void;
  /** @param what kind of the failure, of a closed list */
  fail(what: string): void;
  /** Runs work as part of it: spans and steps that begin there belong to it. */
  run<T>(work: () => T): T;
  end(): void;
}

export interface SpanOptions {
  /** `server`: asked of us; `client`: asked by us; `internal`: neither. */
  readonly kind: 'server' | 'client' | 'internal';
  readonly attributes: Attributes;
  /** When it began, if that is over. */
  readonly startMs?: number;
  /** Begins a trace of its own, whatever runs. */
  readonly root?: true;
  /** A W3C header that came from outside. What is no such header is ignored. */
  readonly traceparent?: string | undefined;
}

/** Where spans go. */
export interface Tracing {
  start(name: string, options: SpanOptions): Span;
  /** A step of the running span that is over; without one it is nobody's. */
  step(name: string, startMs: number, endMs: number): void;
  /** Sends what is left. */
  close(): Promise<void>;
}

const NO_SPAN: Span = {
  traceparent: undefined,
  set: () => {},
  fail: () => {},
  run: (work) => work(),
  end: () => {},
};

/** Nobody collects. */
export const NO_TRACING: Tracing = {
  start: () => NO_SPAN,
  step: () => {},
  close: () => Promise.resolve(),
};
