import { readdir } from 'node:fs/promises';
import type { Server, Socket } from 'node:net';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { Backlog } from './backlog-store.js';
import { Numbers } from './series.js';

/** One live route as it is now. */
export interface RouteLook {
  readonly id: string;
  readonly state: 'closed' | 'half-open' | 'open';
  readonly keys: readonly {
    readonly state: 'ready' | 'resting' | 'parked';
    readonly running: number;
    readonly waiting: number;
    /** Calls that may run at once. */
    readonly limit: number;
  }[];
}

/** What is looked at when somebody asks. */
export interface GaugesParts {
  readonly readBacklog: () => Promise<Backlog>;
  readonly lookAtRoutes: () => readonly RouteLook[];
  readonly lanes: { readonly running: number; readonly waiting: number };
  readonly now: () => Date;
}

const KEY_STATES = ['ready', 'resting', 'parked'] as const;
const STATE_NUMBERS = { closed: 0, 'half-open': 1, open: 2 } as const;
const NANOSECONDS = 1e-9;
/** How often the event loop is looked at; what is measured includes it. */
const LOOP_RESOLUTION_MS = 20;
const MICROSECONDS = 1e-6;

/** How this process and its stores are at the moment of asking. */
export class Gauges {
  readonly #parts: GaugesParts;
  readonly #loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  readonly #sockets = new Set<Socket>();
  #closedSockets = { received: 0, sent: 0 };

  readonly #queue = gauge(
    'atelier_queue_generations',
    'Generations that wait in the queue of all processes.',
  );
  readonly #queueAge = gauge('atelier_queue_oldest_seconds', 'How long the oldest of them has waited.');
  readonly #calls = gauge('atelier_calls', 'Calls to providers of this process.', ['state']);
  readonly #accounts = gauge('atelier_credits', 'Credits of all workspaces.', ['mode', 'kind'], 1e-6);
  readonly #webhooks = gauge(
    'atelier_webhook_deliveries_waiting',
    'Deliveries to webhooks that have not ended.',
  );
  readonly #routeState = gauge(
    'atelier_route_state',
    'Circuit breaker of a live route: 0 closed, 1 half open, 2 open.',
    ['route'],
  );
  readonly #routeKeys = gauge('atelier_route_keys', 'Keys of a live route.', ['route', 'state']);
  readonly #routeCalls = gauge('atelier_route_calls', 'Calls on a live route.', ['route', 'state']);
  readonly #routeLimit = gauge(
    'atelier_route_calls_limit',
    'Calls that may run at once on a live route; falls when its provider pushes back.',
    ['route'],
  );
  readonly #connections = gauge('atelier_http_connections', 'Open connections of callers.');
  readonly #received = counter(
    'atelier_http_received_bytes_total',
    'Bytes that callers sent, headers included.',
  );
  readonly #sent = counter(
    'atelier_http_sent_bytes_total',
    'Bytes that callers were sent, headers included.',
  );
  readonly #loopDelay = gauge(
    'atelier_event_loop_delay_seconds',
    'How late the event loop was since it was last asked for.',
    ['stat'],
  );
  readonly #cpu = counter('atelier_process_cpu_seconds_total', 'Time on processors.', ['kind'], MICROSECONDS);
  readonly #memory = gauge('atelier_process_memory_bytes', 'Memory of this process.', ['kind']);
  readonly #files = gauge('atelier_process_open_fds', 'Open file descriptors.');
  readonly #start = gauge(
    'atelier_process_start_time_seconds',
    'When this process started, in Unix seconds.',
  );

  constructor(parts: GaugesParts) {
    this.#parts = parts;
    this.#loop.enable();
  }

  /** Counts the bytes of a server's connections: by what the sockets know anyway. */
  watchConnections(server: Server): void {
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => {
        this.#sockets.delete(socket);
        this.#closedSockets.received += socket.bytesRead;
        this.#closedSockets.sent += socket.bytesWritten;
      });
    });
  }

  /** In the text format of Prometheus. */
  async write(): Promise<string> {
    const backlog = await this.#parts.readBacklog();
    this.#lookAtBacklog(backlog);
    this.#lookAtRoutes();
    this.#lookAtConnections();
    await this.#lookAtProcess();
    const all = [
      this.#queue,
      this.#queueAge,
      this.#calls,
      this.#accounts,
      this.#webhooks,
      this.#routeState,
      this.#routeKeys,
      this.#routeCalls,
      this.#routeLimit,
      this.#connections,
      this.#received,
      this.#sent,
      this.#loopDelay,
      this.#cpu,
      this.#memory,
      this.#files,
      this.#start,
    ];
    return all.map((family) => family.write()).join('\n');
  }

  stop(): void {
    this.#loop.disable();
  }

  #lookAtBacklog({ generations, deliveries, accounts }: Backlog): void {
    const { lanes, now } = this.#parts;
    this.#queue.of().set(generations.waiting);
    const { oldestAt } = generations;
    const ageMs = oldestAt === undefined ? 0 : now().getTime() - oldestAt.getTime();
    this.#queueAge.of().set(Math.max(0, ageMs) / 1000);
    this.#webhooks.of().set(deliveries);
    this.#calls.of('running').set(lanes.running);
    this.#calls.of('waiting').set(lanes.waiting);
    for (const { mode, balance, held } of accounts) {
      this.#accounts.of(mode, 'balance').set(balance);
      this.#accounts.of(mode, 'held').set(held);
    }
  }

  #lookAtRoutes(): void {
    // Routes come and go with what own servers serve.
    for (const family of [this.#routeState, this.#routeKeys, this.#routeCalls, this.#routeLimit])
      family.clear();
    for (const { id, state, keys } of this.#parts.lookAtRoutes()) {
      this.#routeState.of(id).set(STATE_NUMBERS[state]);
      for (const keyState of KEY_STATES) this.#routeKeys.of(id, keyState);
      for (const key of keys) {
        this.#routeKeys.of(id, key.state).add();
        this.#routeCalls.of(id, 'running').add(key.running);
        this.#routeCalls.of(id, 'waiting').add(key.waiting);
        this.#routeLimit.of(id).add(key.limit);
      }
    }
  }

  #lookAtConnections(): void {
    let { received, sent } = this.#closedSockets;
    for (const { bytesRead, bytesWritten } of this.#sockets) {
      received += bytesRead;
      sent += bytesWritten;
    }
    this.#connections.of().set(this.#sockets.size);
    this.#received.of().set(received);
    this.#sent.of().set(sent);
  }

  async #lookAtProcess(): Promise<void> {
    const loop = this.#loop;
    const quiet = loop.count === 0;
    for (const [stat, delay] of [
      ['mean', loop.mean],
      ['p50', loop.percentile(50)],
      ['p99', loop.percentile(99)],
      ['max', loop.max],
    ] as const) {
      this.#loopDelay.of(stat).set(quiet ? 0 : Math.max(0, delay * NANOSECONDS - LOOP_RESOLUTION_MS / 1000));
    }
    loop.reset();
    const { user, system } = process.cpuUsage();
    this.#cpu.of('user').set(user);
    this.#cpu.of('system').set(system);
    const { rss, heapTotal, heapUsed, external, arrayBuffers } = process.memoryUsage();
    this.#memory.of('resident').set(rss);
    this.#memory.of('heap_total').set(heapTotal);
    this.#memory.of('heap_used').set(heapUsed);
    this.#memory.of('external').set(external);
    this.#memory.of('array_buffers').set(arrayBuffers);
    this.#files.of().set(await countOpenFiles());
    this.#start.of().set(Math.round(performance.timeOrigin) / 1000);
  }
}

function gauge<Label extends string = never>(
  name: string,
  help: string,
  labels: readonly Label[] = [],
  unit?: number,
): Numbers<Label> {
  return new Numbers('gauge', { name, help, labels }, unit);
}

function counter<Label extends string = never>(
  name: string,
  help: string,
  labels: readonly Label[] = [],
  unit?: number,
): Numbers<Label> {
  return new Numbers('counter', { name, help, labels }, unit);
}

/** NaN where the system does not tell. */
async function countOpenFiles(): Promise<number> {
  try {
    return (await readdir('/proc/self/fd')).length;
  } catch {
    // Only Linux has this list.
    return NaN;
  }
}
