import type { Clock } from '../clock.js';
import { invariant } from '../errors.js';
import type { PictureStore } from '../files/picture-store.js';
import type { Painter } from '../painter/painter.js';
import type { XmpFacts } from '../pixels/xmp.js';
import {
  ProviderError,
  type Endpoint,
  type ProviderEvent,
  type ProviderIo,
  type StoredImage,
  type TokenUsage,
} from '../providers/provider.js';
import { readInput, type InputSource } from '../providers/shared/outgoing-body.js';
import type { RouteRef, Routes } from '../routing/routes.js';
import type { Metrics } from '../telemetry/metrics.js';
import { CallClock } from './call-clock.js';
import { driftOfFailure, driftOfPicture, type Drift } from './drift.js';
import type { Lane } from './lanes.js';
import type { Candidate, PlannedCall } from './plan-types.js';
import type { Wait } from './retry.js';
import { Scrubber } from './scrub.js';
import { whyStopped } from './stopped.js';
import type { Transport } from './transport.js';

/** How often the link of a picture is tried. */
const DOWNLOAD_TRIES = 3;
const DOWNLOAD_PAUSE_MS = 500;
/** For telling a provider to stop once the call has ended. */
const LAST_WORDS_MS = 5_000;

/** What dispatching needs of the installation. */
export interface DispatchWorld {
  readonly transport: Transport;
  readonly pictures: PictureStore;
  readonly painter: Painter;
  readonly lanes: Lane;
  readonly routes: Routes;
  readonly clock: Clock;
  /** Not put forward or back by anybody: for how long something lasts. */
  readonly steady: Clock;
  readonly wait: Wait;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly budget: DispatchBudget;
  /** Fires when the generation is to be stopped; `whyStopped` tells why. */
  readonly shutdown: AbortSignal;
  /** Records an upstream task before anything else happens, so that a restart goes on with it. */
  readonly recordTask: (task: AcceptedTask) => Promise<void>;
  /** Records a picture whose bytes are stored, so that a restart delivers it. */
  readonly recordImage: (arrived: ArrivedImage) => Promise<void>;
  /** Tells whoever watches. Never fails. */
  readonly tell: (sight: Sight) => void;
  readonly metrics: Metrics;
  /** Why a call must not be sent, asked right before it would be; undefined: it may. */
  readonly refuseCall: (candidate: Candidate, generationId: string) => Promise<ProviderError | undefined>;
}

/** What a single call needs of it. */
export type CallWorld = Omit<
  DispatchWorld,
  'lanes' | 'routes' | 'random' | 'budget' | 'pictures' | 'steady'
> & {
  readonly pictures: Pick<PictureStore, 'openSink'>;
};

/** How much one generation may take of calls and time. */
export interface DispatchBudget {
  /** Calls for one image to one route, the first included. */
  readonly attemptsPerRoute: number;
  /** Calls for one image, to whatever routes. */
  readonly attempts: number;
  /** Time after which no further call is begun. */
  readonly totalMs: number;
}

/** Which call of which generation something belongs to. Numbers count from 1. */
export interface CallScope {
  readonly generationId: string;
  /** First image of the call. */
  readonly imageNumber: number;
  /** Counted per image across candidates. */
  readonly attemptNumber: number;
}

/** Where a candidate's calls go and where their pictures are. */
export interface CallTarget {
  /** With the key of the call at hand. */
  readonly endpoint: Endpoint;
  readonly inputs: InputSource;
  /** What a picture says of itself, by its seed. */
  readonly mark: (seed: number | undefined) => XmpFacts;
  /** undefined for emulators, whose failures are scripted: they say nothing about a route. */
  readonly route: RouteRef | undefined;
  /** Whether its pictures are about to be answered as base64. */
  readonly base64: boolean;
  /** Makes a server of the operator's own part of a trace. */
  readonly traceparent?: string | undefined;
  /** Which key of the route's the endpoint has. */
  readonly keyId?: string | undefined;
}

/** A task that exists upstream and costs money. */
export interface AcceptedTask extends CallScope {
  readonly routeId: string;
  /** Opaque; the provider's `resume` understands it. */
  readonly taskId: string;
  /** Which key of the route's it belongs to. */
  readonly keyId: string | undefined;
  /** The images that it makes; undefined where that was not noted. */
  readonly positions: readonly number[] | undefined;
}

/** One received picture, its bytes stored. */
export interface ReceivedImage {
  readonly position: number;
  readonly stored: StoredImage;
  readonly revisedPrompt: string | undefined;
  readonly seed: number | undefined;
  /** Bytes that a later edit of this picture has to send back. */
  readonly continuation: StoredImage | undefined;
}

/** A picture of a running generation, written down as it arrived. */
export interface ArrivedImage extends CallScope {
  readonly routeId: string;
  readonly image: ReceivedImage;
  /** What its call had reported by then. */
  readonly usage: TokenUsage | undefined;
  readonly costMicrocredits: number | undefined;
  /** When its call began. */
  readonly startedAt: Date;
  readonly receivedAt: Date;
}

/** What can be seen of a running call. */
export type Sight =
  /** A call waits at its provider behind so many others. */
  | { readonly kind: 'waiting'; readonly imageNumber: number; readonly ahead: number }
  /** How much of a call is done, from 0 to 1, as far as its provider tells. */
  | { readonly kind: 'progress'; readonly imageNumber: number; readonly fraction: number }
  | { readonly kind: 'partial'; readonly position: number; readonly image: StoredImage }
  /** A picture came; it is still to be finished. */
  | { readonly kind: 'arrived'; readonly position: number };

export interface FailedImage {
  readonly position: number;
  readonly error: ProviderError;
}

/** What one call gave. */
export interface CallResult {
  readonly received: ReceivedImage[];
  /** Those of them that are not on record yet: the call was over with them. */
  readonly unrecorded: ArrivedImage[];
  readonly failed: FailedImage[];
  usage: TokenUsage | undefined;
  /** What the provider says that the whole call cost. */
  costMicrocredits: number | undefined;
  requestId: string | undefined;
  reported: Readonly<Record<string, string>>;
  /** Where the provider's answers were not as documented. */
  readonly drift: Drift[];
}

type Sent = Parameters<ProviderIo['send']>[0];

/** Stands for a call of which no task is known. */
export const LOST = Symbol('no task is known');

/**
 * Runs one call, or goes on with its task, and takes everything it gives. A failed call is an answer, not an exception.
 * @param task an accepted task to go on with, or LOST
 */
export async function attemptCall(
  candidate: Candidate,
  planned: PlannedCall,
  scope: CallScope,
  target: CallTarget,
  world: CallWorld,
  task: string | typeof LOST | undefined,
): Promise<{ readonly result: CallResult; readonly error: ProviderError | undefined }> {
  const { provider } = candidate.model;
  const { adapter } = provider;
  const { endpoint, inputs } = target;
  invariant(adapter !== undefined, 'a candidate can be called');
  const result: CallResult = {
    received: [],
    unrecorded: [],
    failed: [],
    usage: undefined,
    costMicrocredits: undefined,
    requestId: undefined,
    reported: {},
    drift: [],
  };
  if (task === LOST || (task !== undefined && adapter.resume === undefined)) {
    return { result, error: interrupted() };
  }
  if (task === undefined && world.shutdown.aborted) return { result, error: neverSent() };
  const startedAt = world.clock();
  if (task === undefined) {
    const refused = await world.refuseCall(candidate, scope.generationId);
    if (refused !== undefined) return { result, error: refused };
  }
  const drifted = (drift: Drift) => {
    // A task is looked at many times.
    if (result.drift.some(({ kind, what }) => kind === drift.kind && what === drift.what)) return;
    result.drift.push(drift);
    // What emulators act out says nothing about a provider.
    if (target.route !== undefined) world.metrics.drifted(provider.id, drift.kind);
  };
  const watch = new CallClock(world.metrics);
  const scrubber = new Scrubber();
  for (const { key } of target.route?.keys ?? []) scrubber.learnSecret(key);
  const { signal, release } = limitTime(candidate.model.entry.timeoutMs, world.shutdown);
  const wireScope = `${scope.generationId}/${scope.imageNumber}/${scope.attemptNumber}`;
  const io: ProviderIo = {
    endpoint,
    signal,
    send: (call) => {
      // Credentials leave for the endpoint, and for other origins only where the provider vouches for them.
      if (call.origin !== undefined && provider.trustsOrigin?.(call.origin, endpoint) !== true) {
        return Promise.reject(untrusted());
      }
      scrubber.learn(call.headers);
      // Another process goes on with the task: it must not be stopped.
      if (call.afterAbort === true && ['leaving', 'lost'].includes(whyStopped(world.shutdown) ?? '')) {
        return Promise.reject(leftToOthers());
      }
      const limit = call.afterAbort === true ? AbortSignal.timeout(LAST_WORDS_MS) : signal;
      return watch.answered(
        world.transport.send(endpoint, traced(call, target.traceparent), wireScope, limit, inputs),
      );
    },
    listen: (call) => {
      scrubber.learn(call.headers);
      return world.transport.listen(endpoint, call, wireScope, signal);
    },
    input: (name) => inputs.input(name),
    readInput: (name) => readInput(inputs, name),
    openImage: () => world.pictures.openSink({ keepBase64: target.base64 }),
    sleep: (delayMs) => world.wait(delayMs, signal),
    painter: world.painter,
    mark: target.mark,
    now: world.clock,
    drifted,
  };
  try {
    const events =
      task === undefined || adapter.resume === undefined
        ? adapter.run(planned.call, io)
        : adapter.resume(task, planned.call, io);
    for await (const event of recordingWhileWaiting(events, result.unrecorded, world)) {
      if (event.type === 'accepted') {
        await world.recordTask({
          ...scope,
          routeId: candidate.route.id,
          taskId: event.taskId,
          keyId: target.keyId,
          positions: planned.positions,
        });
      } else {
        const image = await takeEvent(scrubber.event(event), planned, scope, result, world, signal);
        if (image === undefined) continue;
        for (const drift of driftOfPicture(planned, image.stored)) drifted(drift);
        result.unrecorded.push({
          ...scope,
          routeId: candidate.route.id,
          image,
          usage: result.usage,
          costMicrocredits: result.costMicrocredits,
          startedAt,
          receivedAt: world.clock(),
        });
        result.received.push(image);
        world.tell({ kind: 'arrived', position: image.position });
      }
    }
    const missing = planned.positions.filter((position) => !isAnswered(result, position));
    for (const position of missing) result.failed.push({ position, error: noImage() });
    const everyFailed = result.received.length === 0 ? result.failed[0]?.error : undefined;
    return { result, error: everyFailed };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    const drift = driftOfFailure(error);
    if (drift !== undefined) drifted(drift);
    return { result, error: scrubber.error(error) };
  } finally {
    watch.end();
    release();
  }
}

/**
 * The events of a call. Pictures that came are recorded before more is waited for: that can take minutes, and they are paid.
 * What came with the end of its answer is left to the caller.
 */
async function* recordingWhileWaiting(
  events: AsyncIterable<ProviderEvent>,
  unrecorded: ArrivedImage[],
  { recordImage }: Pick<DispatchWorld, 'recordImage'>,
): AsyncGenerator<ProviderEvent, void, undefined> {
  const iterator = events[Symbol.asyncIterator]();
  let ended = false;
  try {
    for (;;) {
      const coming = iterator.next();
      if (unrecorded.length > 0 && !(await isAtHand(coming))) {
        for (const arrived of unrecorded.splice(0)) await recordImage(arrived);
      }
      const next = await coming;
      ended = next.done === true;
      if (next.done === true) return;
      yield next.value;
    }
  } catch (error) {
    ended = true;
    throw error;
  } finally {
    if (!ended) await iterator.return?.();
  }
}

/** Whether a promise is settled without anything coming from outside. */
export async function isAtHand(promise: Promise<unknown>): Promise<boolean> {
  const settled = promise.then(
    () => true,
    () => true,
  );
  return Promise.race([settled, new Promise<boolean>((resolve) => setImmediate(resolve, false))]);
}

/** @returns the picture that the event brought */
async function takeEvent(
  event: ProviderEvent,
  planned: PlannedCall,
  { imageNumber }: CallScope,
  result: CallResult,
  world: CallWorld,
  signal: AbortSignal,
): Promise<ReceivedImage | undefined> {
  switch (event.type) {
    case 'image': {
      const position = planned.positions[event.index];
      // A provider may send more pictures than it was asked for; the surplus is nobody's.
      if (position === undefined) return undefined;
      const stored =
        event.image.kind === 'stored' ? event.image.image : await download(event.image.url, world, signal);
      return {
        position,
        stored,
        revisedPrompt: event.revisedPrompt,
        seed: event.seed,
        continuation: event.continuation,
      };
    }
    case 'image-failed': {
      const position = planned.positions[event.index];
      if (position !== undefined) result.failed.push({ position, error: event.error });
      return undefined;
    }
    case 'usage':
      result.usage = event.usage ?? result.usage;
      result.costMicrocredits = event.costMicrocredits ?? result.costMicrocredits;
      return undefined;
    case 'answered':
      result.requestId = event.requestId;
      result.reported = event.reported;
      return undefined;
    case 'progress':
      world.tell({ kind: 'progress', imageNumber, fraction: event.fraction });
      return undefined;
    case 'partial': {
      const position = planned.positions[event.index];
      if (position !== undefined) world.tell({ kind: 'partial', position, image: event.image });
      return undefined;
    }
    case 'queued':
      world.tell({ kind: 'waiting', imageNumber, ahead: event.ahead });
      return undefined;
    case 'accepted':
      return undefined;
  }
}

/**
 * Links die within minutes: the picture is fetched at once, without credentials. It is made and paid for, so that a line that
 * breaks, a name that is not found for a moment and a store that is busy are tried again.
 */
async function download(url: string, world: CallWorld, signal: AbortSignal): Promise<StoredImage> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await downloadOnce(url, world, signal);
    } catch (error) {
      if (tries === DOWNLOAD_TRIES || signal.aborted || !mayPass(error)) throw error;
      await world.wait(DOWNLOAD_PAUSE_MS * 2 ** (tries - 1), signal).catch(() => {
        // Stopped: the next try says so.
      });
    }
  }
}

function mayPass(error: unknown): boolean {
  if (!(error instanceof ProviderError)) return false;
  return error.info.kind === 'connection' || (error.info.upstream?.status ?? 0) >= 500;
}

async function downloadOnce(url: string, world: CallWorld, signal: AbortSignal): Promise<StoredImage> {
  const sink = world.pictures.openSink();
  try {
    for await (const chunk of await world.transport.download(url, signal)) await sink.write(chunk);
    return await sink.finish();
  } catch (error) {
    await sink.discard();
    if (error instanceof ProviderError) throw error;
    throw new ProviderError({
      kind: signal.aborted ? 'timeout' : 'connection',
      retryable: false,
      billed: 'unknown',
      message: 'The download of the picture from the provider broke off.',
      cause: error,
    });
  }
}

/** Says which trace a call to an own server belongs to; to other origins nothing is said. */
function traced(call: Sent, traceparent: string | undefined): Sent {
  if (traceparent === undefined || call.origin !== undefined) return call;
  return { ...call, headers: { ...call.headers, traceparent } };
}

function isAnswered(result: CallResult, position: number): boolean {
  return [...result.received, ...result.failed].some((image) => image.position === position);
}

function noImage(): ProviderError {
  return new ProviderError({
    kind: 'no_image',
    retryable: false,
    billed: 'unknown',
    message: 'The provider delivered fewer pictures than asked.',
  });
}

function untrusted(): ProviderError {
  return new ProviderError({
    kind: 'bad_response',
    retryable: false,
    billed: 'unknown',
    message: 'The provider named an address that is not its own.',
  });
}

function interrupted(): ProviderError {
  return new ProviderError({
    kind: 'connection',
    retryable: false,
    billed: 'unknown',
    message: 'The gateway stopped while this call ran.',
  });
}

function leftToOthers(): ProviderError {
  return new ProviderError({
    kind: 'cancelled',
    retryable: false,
    billed: 'unknown',
    message: 'The task is left to another process.',
  });
}

function neverSent(): ProviderError {
  return new ProviderError({
    kind: 'cancelled',
    retryable: false,
    billed: false,
    message: 'The call was cancelled before it was sent.',
  });
}

/** A signal that fires at the call's time limit or with the shutdown's deadline. */
function limitTime(timeoutMs: number, shutdown: AbortSignal): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(new DOMException('The call took too long.', 'TimeoutError'));
  }, timeoutMs);
  const stop = () => {
    controller.abort(shutdown.reason);
  };
  if (shutdown.aborted) stop();
  shutdown.addEventListener('abort', stop);
  return {
    signal: controller.signal,
    release: () => {
      clearTimeout(timer);
      shutdown.removeEventListener('abort', stop);
    },
  };
}
