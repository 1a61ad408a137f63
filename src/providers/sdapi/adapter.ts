/** Runs calls against servers of the A1111 family and watches them paint (protocol notes §B6). */
import { ProviderError } from '../provider.js';
import type {
  Adapter,
  NativeCall,
  ProviderEvent,
  ProviderIo,
  StoredImage,
  UpstreamResponse,
} from '../provider.js';
import { readJsonWithPictures } from '../shared/json-pictures.js';
import { tellIfMissing } from '../shared/missing-member.js';
import { toOutgoingBody } from '../shared/outgoing-body.js';
import { PictureKeeper } from '../shared/picture-keeper.js';
import {
  abortKind,
  guardedBody,
  readErrorBody,
  unreadableAnswer,
  upstreamFacts,
} from '../shared/upstream-error.js';
import { dialectOf } from './dialects.js';
import type { Dialect } from './dialects.js';
import { serverHeaders } from './endpoint.js';
import { readServerError } from './errors.js';
import type { Turns } from './turns.js';
import { paintAnswer, paintInfo, progressAnswer } from './wire.js';

/** Most bytes of an answer beside its pictures; the prompt comes back in it several times. */
const MAX_REST_BYTES = 1024 * 1024;
/** Pause between two looks at the server's progress. */
const LOOK_MS = 1000;
/** Longest wait for the look after the answer. A picture is not to wait for a server that tells nothing more. */
const LAST_LOOK_MS = 2000;
/** The last step is not the end: decoding follows. */
const MOST_BEFORE_END = 0.99;

/** What the parts of one call need to know. */
interface Run {
  readonly call: NativeCall;
  readonly dialect: Dialect;
  readonly io: ProviderIo;
}

/**
 * Makes the adapter's `run`: it waits for its turn at the server, sends the call, tells how far it is and yields its
 * pictures. When the call is given up the server is told to stop.
 * It throws ProviderErrors for failures, for an answer without a single picture (`no_image`), for one that breaks off or
 * can't be read, and for one that somebody interrupted at the server (`cancelled`).
 */
export function createSdapiRun(turns: Turns): Adapter['run'] {
  return async function* run(call, io) {
    const dialect = dialectOf(io.endpoint.extra);
    const ahead = turns.count(io.endpoint.baseUrl);
    if (ahead > 0) yield { type: 'queued', ahead };
    const release = await takeTurn(turns, dialect, io);
    try {
      yield* paint({ call, dialect, io });
    } finally {
      release();
    }
  };
}

async function takeTurn(turns: Turns, dialect: Dialect, io: ProviderIo): Promise<() => void> {
  try {
    return await turns.take(io.endpoint.baseUrl, io.signal);
  } catch (cause) {
    throw new ProviderError({
      kind: abortKind(io.signal),
      retryable: false,
      billed: false,
      message: `The call was given up while it waited for ${dialect.server}.`,
      cause,
    });
  }
}

async function* paint(run: Run): AsyncIterable<ProviderEvent> {
  const { call, dialect, io } = run;
  const answering = io.send({
    method: 'POST',
    path: call.path,
    headers: { accept: 'application/json', ...serverHeaders(io.endpoint) },
    body: toOutgoingBody(call, io),
  });
  try {
    const marked = dialect.watched ? yield* watch(run, answering) : false;
    const response = await answering;
    if (response.status < 200 || response.status > 299) {
      throw await readServerError(dialect.server, response, io);
    }
    const interrupted = dialect.watched ? await wasInterrupted(run, marked) : false;
    yield* readAnswer(run, response, interrupted);
  } catch (error) {
    if (io.signal.aborted && dialect.watched) await interrupt(io);
    throw error;
  }
}

/**
 * Looks at the server's progress until the answer comes, and yields what has grown.
 * @returns whether the server was marked as interrupted when it was last seen at work
 */
async function* watch(
  run: Run,
  answering: Promise<UpstreamResponse>,
): AsyncGenerator<ProviderEvent, boolean, undefined> {
  const { call, io } = run;
  const answered = answering.then(
    () => 'answered' as const,
    () => 'answered' as const,
  );
  const wanted = call.partialImages ?? 0;
  let told = 0;
  let shown = 0;
  let interrupted = false;
  for (;;) {
    const next = await Promise.race([answered, io.sleep(LOOK_MS).then(tick, () => 'answered' as const)]);
    if (next === 'answered') return interrupted;
    const shows = shown < wanted;
    const seen = await look(run, shows);
    if (seen === undefined) continue;
    // The mark is the server's, not a call's: what ran before this call may have left one, and the next job takes it away.
    interrupted = seen.works && seen.interrupted;
    const fraction = Math.min(MOST_BEFORE_END, seen.fraction);
    if (fraction > told) {
      told = fraction;
      yield { type: 'progress', fraction };
    }
    if (seen.preview === undefined) continue;
    shown += 1;
    yield { type: 'partial', index: 0, image: seen.preview };
  }
}

function tick(): 'look' {
  return 'look';
}

/**
 * Whether somebody interrupted this call, whose answer has come: the mark was there while it was painted, or is there now. A
 * server keeps it until its next job, so that one without work tells it of the last.
 */
async function wasInterrupted(run: Run, marked: boolean): Promise<boolean> {
  const looking = look(run, false);
  const late = run.io.sleep(LAST_LOOK_MS).then(
    () => undefined,
    // Given up meanwhile: reading the answer says so.
    () => undefined,
  );
  const seen = await Promise.race([looking, late]);
  // A look that is late is no reason to wait: it may fail on its own.
  looking.catch(() => undefined);
  return marked || (seen !== undefined && !seen.works && seen.interrupted);
}

interface Seen {
  /** False where nothing runs there: not yet, or not any more. */
  readonly works: boolean;
  readonly fraction: number;
  readonly interrupted: boolean;
  readonly preview: StoredImage | undefined;
}

/** One look; undefined where it told nothing. A look that fails is no failure of the call. */
async function look({ dialect, io }: Run, shows: boolean): Promise<Seen | undefined> {
  const keeper = new PictureKeeper(() => io.openImage());
  try {
    const response = await io.send({
      method: 'GET',
      path: `/sdapi/v1/progress?skip_current_image=${String(!shows)}`,
      headers: serverHeaders(io.endpoint),
      body: undefined,
    });
    if (response.status !== 200) {
      await readErrorBody(response);
      return undefined;
    }
    const { value, pictures } = await readJsonWithPictures(guardedBody(dialect.server, response, io.signal), {
      isPicture: (path) => path.length === 1 && path[0] === 'current_image',
      openSink: (path) => keeper.openSink(path),
      maxRestBytes: MAX_REST_BYTES,
    });
    const parsed = progressAnswer.safeParse(value);
    if (!parsed.success) return undefined;
    const { progress, state, current_image: current } = parsed.data;
    const preview = current ? pictures[current.$picture] : undefined;
    const works = state?.job !== '';
    return {
      works,
      fraction: works ? (progress ?? 0) : 0,
      interrupted: state?.interrupted ?? false,
      preview: preview === undefined ? undefined : keeper.take(preview),
    };
  } catch (error) {
    const failure = unreadableAnswer(dialect.server, error, {});
    if (failure === undefined) throw error;
    return undefined;
  } finally {
    await keeper.discardUntaken();
  }
}

async function* readAnswer(
  run: Run,
  response: UpstreamResponse,
  interrupted: boolean,
): AsyncIterable<ProviderEvent> {
  const { call, dialect, io } = run;
  const keeper = new PictureKeeper(() => io.openImage());
  try {
    const { value, pictures } = await readJsonWithPictures(guardedBody(dialect.server, response, io.signal), {
      isPicture: (path) => path.length === 2 && path[0] === 'images',
      openSink: (path) => keeper.openSink(path),
      maxRestBytes: MAX_REST_BYTES,
    });
    const parsed = paintAnswer.safeParse(value);
    if (!parsed.success) throw badResponse(dialect, response, parsed.error);
    // A call that was interrupted answers with what it had, as if nothing had been.
    if (interrupted) throw stopped(dialect, response);
    tellIfMissing(io, 'images', parsed.data.images);
    const all = parsed.data.images ?? [];
    // With the grid of an operator's settings, it comes first.
    const surplus = call.count > 1 && all.length === call.count + 1 ? 1 : 0;
    const images = all.slice(surplus).map((reference) => reference && pictures[reference.$picture]);
    const seeds = readSeeds(parsed.data.info);
    yield { type: 'answered', requestId: response.headers['x-request-id'], reported: {} };
    if (images.every((image) => !image)) throw noImage(dialect, response);
    if (dialect.watched) yield { type: 'progress', fraction: 1 };
    for (let index = 0; index < call.count; index += 1) {
      const image = images[index];
      yield image
        ? {
            type: 'image',
            index,
            image: { kind: 'stored', image: keeper.take(image) },
            revisedPrompt: undefined,
            seed: seeds[index],
          }
        : { type: 'image-failed', index, error: noImage(dialect, response) };
    }
  } catch (error) {
    yield* rescue(error, run, response, keeper);
  } finally {
    await keeper.discardUntaken();
  }
}

/** What arrived whole before an answer broke off is delivered; the rest of the call has failed. */
function* rescue(
  error: unknown,
  { call, dialect }: Run,
  response: UpstreamResponse,
  keeper: PictureKeeper,
): Iterable<ProviderEvent> {
  const failure = unreadableAnswer(dialect.server, error, upstreamFacts({ status: response.status }));
  if (failure === undefined) throw error;
  const whole = new Map(keeper.untaken().map(({ path, image }) => [path[1], image]));
  // With a whole picture too many or too few nobody knows whether the first is a grid.
  const broken = ['connection', 'timeout', 'bad_response'].includes(failure.info.kind);
  if (whole.size === 0 || !broken || call.count > 1) throw failure;
  yield { type: 'answered', requestId: response.headers['x-request-id'], reported: {} };
  for (const [, image] of [...whole].slice(0, 1)) {
    yield {
      type: 'image',
      index: 0,
      image: { kind: 'stored', image: keeper.take(image) },
      revisedPrompt: undefined,
      seed: undefined,
    };
  }
}

/** Stops what the server paints. Nothing is left to be done where it can't be told: the call has ended anyway. */
async function interrupt(io: ProviderIo): Promise<void> {
  try {
    const response = await io.send({
      method: 'POST',
      afterAbort: true,
      path: '/sdapi/v1/interrupt',
      headers: { 'content-type': 'application/json', ...serverHeaders(io.endpoint) },
      body: '{}',
    });
    await readErrorBody(response);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
  }
}

function readSeeds(info: string | null | undefined): readonly (number | undefined)[] {
  try {
    return paintInfo.safeParse(JSON.parse(info ?? '')).data?.all_seeds ?? [];
  } catch {
    // Texts that are no JSON tell no seeds; the pictures are whole all the same.
    return [];
  }
}

function noImage({ server }: Dialect, { status }: UpstreamResponse): ProviderError {
  return new ProviderError({
    kind: 'no_image',
    retryable: true,
    billed: false,
    message: `${server} answered without a picture.`,
    upstream: upstreamFacts({ status }),
  });
}

function stopped({ server }: Dialect, { status }: UpstreamResponse): ProviderError {
  return new ProviderError({
    kind: 'cancelled',
    retryable: false,
    billed: false,
    message: `Somebody interrupted ${server} while it painted.`,
    upstream: upstreamFacts({ status }),
  });
}

function badResponse({ server }: Dialect, { status }: UpstreamResponse, cause: unknown): ProviderError {
  return new ProviderError({
    kind: 'bad_response',
    retryable: false,
    billed: false,
    message: `${server} sent an answer of another shape than documented.`,
    upstream: upstreamFacts({ status }),
    cause,
  });
}
