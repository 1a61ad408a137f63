import type { Mode } from '../db/schema.js';
import type { DriftKind } from '../providers/provider.js';
import { VERSION } from '../version.js';
import { NO_TRACING, type Tracing } from './tracing.js';
import { Durations, Numbers, type Buckets, type Cell } from './series.js';

/** The steps that a request takes, as they follow each other. */
export const PHASES = [
  'authenticate',
  'parse',
  'inputs',
  'plan',
  'hold',
  'queue',
  'place',
  'route',
  'first_byte',
  'body',
  'store',
  'record',
  'finish',
  'settle',
  'deliver',
] as const;
export type Phase = (typeof PHASES)[number];

/** Seconds. Our own steps take milliseconds, models take up to minutes. */
const BOUNDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 120, 300,
];
const MICRO = 1e-6;

/** How a generation ended, as money and pictures go. */
export interface EndedFacts {
  readonly mode: Mode;
  /** Slug of the catalogue. */
  readonly model: string;
  readonly status: 'succeeded' | 'partial' | 'failed' | 'cancelled';
  readonly images: number;
  /** Microcredits: what was set aside in the end, and what of it was charged. */
  readonly held: number;
  readonly charged: number;
  /** From its making to its end. */
  readonly durationMs: number;
}

/** What an HTTP route records. */
interface RouteMeter {
  /** @param seconds from the first byte of the request to the last of the answer */
  answered(status: number, seconds: number): void;
}

/** Everything that this process counts. Labels have values of closed lists: routes, models, providers, outcomes. */
export class Metrics {
  /** By phase, in seconds: a recorder keeps the one that it needs. */
  readonly phases: Readonly<Record<Phase, Buckets>>;

  readonly #requests = new Numbers('counter', {
    name: 'atelier_http_requests_total',
    help: 'Answered requests by the pattern of their route.',
    labels: ['method', 'route', 'status'],
  });
  readonly #requestTime = new Durations(
    {
      name: 'atelier_http_request_duration_seconds',
      help: 'From the first byte of a request to the last of its answer.',
      labels: ['method', 'route'],
    },
    BOUNDS,
  );
  readonly #phaseTime = new Durations(
    {
      name: 'atelier_phase_duration_seconds',
      help: 'What the steps of making pictures take; see docs/operations.md for each.',
      labels: ['phase'],
    },
    BOUNDS,
  );
  readonly #attempts = new Numbers('counter', {
    name: 'atelier_upstream_attempts_total',
    help: 'Calls to providers by what came of them.',
    labels: ['provider', 'model', 'mode', 'outcome'],
  });
  readonly #attemptTime = new Durations(
    {
      name: 'atelier_upstream_attempt_duration_seconds',
      help: 'From the sending of a call to a provider to its last picture.',
      labels: ['provider', 'mode'],
    },
    BOUNDS,
  );
  readonly #drift = new Numbers('counter', {
    name: 'atelier_upstream_drift_total',
    help: 'Answers of providers that were not as documented or as asked, by what differed.',
    labels: ['provider', 'kind'],
  });
  readonly #generations = new Numbers('counter', {
    name: 'atelier_generations_total',
    help: 'Generations that ended, by the model that was asked.',
    labels: ['model', 'mode', 'status'],
  });
  readonly #generationTime = new Durations(
    {
      name: 'atelier_generation_duration_seconds',
      help: 'From the making of a generation to its end, waiting included.',
      labels: ['mode'],
    },
    BOUNDS,
  );
  readonly #images = new Numbers('counter', {
    name: 'atelier_images_delivered_total',
    help: 'Pictures that were delivered, by the model that was asked.',
    labels: ['model', 'mode'],
  });
  readonly #credits = {
    held: creditsMoved('held', 'set aside'),
    settled: creditsMoved('settled', 'charged'),
    released: creditsMoved('released', 'given back unused'),
  };
  readonly #stored = new Numbers('counter', {
    name: 'atelier_stored_bytes_total',
    help: 'Bytes of pictures that were written to the store.',
    labels: [],
  });
  readonly #notStored = new Numbers('counter', {
    name: 'atelier_store_failures_total',
    help: 'Pictures that the store did not take; those of providers may have been paid for.',
    labels: [],
  });
  readonly #deliveries = new Numbers('counter', {
    name: 'atelier_webhook_attempts_total',
    help: 'Attempts to deliver to webhooks.',
    labels: ['outcome'],
  });
  readonly #sweeps = new Numbers('counter', {
    name: 'atelier_sweeps_total',
    help: 'Runs of the sweeper, which removes what has expired.',
    labels: ['outcome'],
  });
  readonly #swept = new Numbers('counter', {
    name: 'atelier_swept_total',
    help: 'What the sweeper removed.',
    labels: ['kind'],
  });
  readonly #build = new Numbers('gauge', {
    name: 'atelier_build_info',
    help: 'Always 1; says which version runs.',
    labels: ['version', 'node'],
  });
  readonly #counted = [
    this.#build,
    this.#requests,
    this.#requestTime,
    this.#phaseTime,
    this.#generations,
    this.#generationTime,
    this.#images,
    this.#attempts,
    this.#attemptTime,
    this.#drift,
    ...Object.values(this.#credits),
    this.#stored,
    this.#notStored,
    this.#deliveries,
    this.#sweeps,
    this.#swept,
  ];

  /** Phases are steps of traces too. */
  readonly tracing: Tracing;

  constructor(tracing: Tracing = NO_TRACING) {
    this.tracing = tracing;
    const of = (phase: Phase) => this.#phaseTime.of(phase);
    this.phases = {
      authenticate: of('authenticate'),
      parse: of('parse'),
      inputs: of('inputs'),
      plan: of('plan'),
      hold: of('hold'),
      queue: of('queue'),
      place: of('place'),
      route: of('route'),
      first_byte: of('first_byte'),
      body: of('body'),
      store: of('store'),
      record: of('record'),
      finish: of('finish'),
      settle: of('settle'),
      deliver: of('deliver'),
    };
    this.#build.of(VERSION, process.version).set(1);
    this.#notStored.of();
    for (const outcome of ['delivered', 'failed']) this.#deliveries.of(outcome);
    for (const outcome of ['done', 'failed']) this.#sweeps.of(outcome);
    for (const kind of ['pictures', 'blobs']) this.#swept.of(kind);
    for (const cells of Object.values(this.#credits)) for (const mode of ['live', 'test']) cells.of(mode);
  }

  /** A phase is over that began at a moment of `performance.now()`. */
  passed(phase: Phase, startMs: number, endMs = performance.now()): void {
    this.phases[phase].observe((endMs - startMs) / 1000);
    this.tracing.step(phase, startMs, endMs);
  }

  /** @param route pattern of an HTTP route, or `unknown` */
  meterRoute(method: string, route: string): RouteMeter {
    const byStatus = new Map<number, Cell>();
    let durations: Buckets | undefined;
    return {
      answered: (status, seconds) => {
        let cell = byStatus.get(status);
        if (cell === undefined) {
          cell = this.#requests.of(method, route, String(status));
          byStatus.set(status, cell);
        }
        cell.add();
        durations ??= this.#requestTime.of(method, route);
        durations.observe(seconds);
      },
    };
  }

  /** A call to a provider that was made. @param outcome `delivered`, `partial` or the kind of its failure */
  attempted(
    by: { readonly provider: string; readonly model: string; readonly mode: Mode },
    outcome: string,
    durationMs: number,
  ): void {
    this.#attempts.of(by.provider, by.model, by.mode, outcome).add();
    this.#attemptTime.of(by.provider, by.mode).observe(durationMs / 1000);
  }

  /** An answer of a provider was not as documented, or not as asked. */
  drifted(provider: string, kind: DriftKind): void {
    this.#drift.of(provider, kind).add();
  }

  /** @param amount microcredits */
  held(mode: Mode, amount: number): void {
    this.#credits.held.of(mode).add(amount);
  }

  ended({ mode, model, status, images, held, charged, durationMs }: EndedFacts): void {
    this.#generations.of(model, mode, status).add();
    this.#generationTime.of(mode).observe(durationMs / 1000);
    if (images > 0) this.#images.of(model, mode).add(images);
    this.#credits.settled.of(mode).add(charged);
    this.#credits.released.of(mode).add(held - charged);
  }

  stored(sizeBytes: number, startMs: number): void {
    this.#stored.of().add(sizeBytes);
    this.passed('store', startMs);
  }

  /** A picture that came is lost. */
  notStored(): void {
    this.#notStored.of().add();
  }

  webhookSent(delivered: boolean): void {
    this.#deliveries.of(delivered ? 'delivered' : 'failed').add();
  }

  /** @param removed undefined: the sweep failed */
  swept(removed: { readonly pictures: number; readonly blobs: number } | undefined): void {
    this.#sweeps.of(removed === undefined ? 'failed' : 'done').add();
    this.#swept.of('pictures').add(removed?.pictures ?? 0);
    this.#swept.of('blobs').add(removed?.blobs ?? 0);
  }

  /** In the text format of Prometheus. */
  write(): string {
    return this.#counted.map((family) => family.write()).join('\n');
  }
}

function creditsMoved(what: string, words: string) {
  return new Numbers(
    'counter',
    { name: `atelier_credits_${what}_total`, help: `Credits that were ${words}.`, labels: ['mode'] },
    MICRO,
  );
}
