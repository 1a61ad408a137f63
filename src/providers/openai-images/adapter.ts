/** Runs calls against servers that speak the OpenAI images protocol, each in its dialect (protocol notes §C1). */
import { ProviderError } from '../provider.js';
import type {
  Adapter,
  DeliveredImage,
  NativeCall,
  ProviderEvent,
  ProviderIo,
  StoredImage,
  UpstreamResponse,
} from '../provider.js';
import { readJsonWithPictures } from '../shared/json-pictures.js';
import { tellIfMissing } from '../shared/missing-member.js';
import { toOutgoingBody } from '../shared/outgoing-body.js';
import { MODEL_SETTING } from '../shared/own-server.js';
import { PictureKeeper } from '../shared/picture-keeper.js';
import { guardedBody, unreadableAnswer, upstreamFacts } from '../shared/upstream-error.js';
import type { UpstreamFacts } from '../shared/upstream-error.js';
import { dialectOf } from './dialects.js';
import type { Dialect } from './dialects.js';
import { findPicture, serverHeaders } from './endpoint.js';
import { isErrorBody, readServerError, serverError } from './errors.js';
import { findUnspeakable, speak } from './speak.js';
import { imagesResponse, plainCall } from './wire.js';
import type { PlainCall, WireImage } from './wire.js';

/** Most bytes of an answer beside its pictures; real ones hold a few hundred. */
const MAX_REST_BYTES = 1024 * 1024;

/** What the parts of one answer need to know. */
interface Answer {
  readonly call: NativeCall;
  readonly plain: PlainCall;
  readonly dialect: Dialect;
  readonly response: UpstreamResponse;
  readonly io: ProviderIo;
  readonly keeper: PictureKeeper;
}

/**
 * Makes the adapter's `run`: it sends the call and yields its facts and pictures.
 * It throws ProviderErrors for what the server has no place for (`invalid_request`, before anything is sent), for failures,
 * for an answer without a single picture (`no_image`) and for one that breaks off or can't be read.
 * @param randomSeed a whole number from 0 to 2147483647, for servers that would otherwise paint the same picture each time
 */
export function createOpenAiImagesRun(randomSeed: () => number): Adapter['run'] {
  return async function* run(call, io) {
    const dialect = dialectOf(io.endpoint.extra);
    const asked = plainCall.parse(call.body);
    const plain = dialect.needsSeed && asked.seed === undefined ? { ...asked, seed: randomSeed() } : asked;
    const reasons = findUnspeakable(plain, dialect);
    if (reasons.length > 0) throw unspeakable(reasons);
    const spoken = speak(plain, dialect, io.endpoint.extra[MODEL_SETTING] ?? plain.model);
    const pictured = plain.images !== undefined;
    const response = await io.send({
      method: 'POST',
      path: spoken.path,
      headers: {
        ...(pictured ? {} : { 'content-type': 'application/json' }),
        accept: 'application/json, image/*',
        ...serverHeaders(io.endpoint),
      },
      body: pictured ? toOutgoingBody(spoken, io) : JSON.stringify(spoken.body),
    });
    if (!isSuccess(response)) throw await readServerError(dialect.server, response, io);
    const keeper = new PictureKeeper(() => io.openImage());
    const answer = { call, plain, dialect, response, io, keeper };
    try {
      yield* isPicture(response) ? readBytes(answer) : readAnswer(answer);
    } catch (error) {
      yield* rescue(error, answer);
    } finally {
      await keeper.discardUntaken();
    }
  };
}

function unspeakable(reasons: readonly string[]): ProviderError {
  return new ProviderError({
    kind: 'invalid_request',
    retryable: false,
    billed: false,
    message: `The server can not honour the request: ${reasons.join('; ')}.`,
  });
}

/** Some servers can answer with the bytes of a picture instead of JSON. */
async function* readBytes(answer: Answer): AsyncIterable<ProviderEvent> {
  const image = await storeBody(answer, answer.response);
  yield answered(answer, undefined);
  yield imageEvent(answer, 0, { kind: 'stored', image: answer.keeper.take(image) }, undefined);
  for (let index = 1; index < answer.call.count; index++) {
    yield { type: 'image-failed', index, error: noImage(answer) };
  }
}

async function* readAnswer(answer: Answer): AsyncIterable<ProviderEvent> {
  const { call, dialect, response, io, keeper } = answer;
  const { value, pictures } = await readJsonWithPictures(guardedBody(dialect.server, response, io.signal), {
    isPicture: (path) => {
      if (path.length !== 3 || path[0] !== 'data') return false;
      return path[2] === 'url' ? 'if_data_url' : path[2] === 'b64_json';
    },
    openSink: (path) => keeper.openSink(path),
    maxRestBytes: MAX_REST_BYTES,
  });
  if (isErrorBody(value)) throw serverError(dialect.server, value, response, io);
  const parsed = imagesResponse.safeParse(value);
  if (!parsed.success) throw badResponse(answer, 'an answer of another shape than documented', parsed.error);
  tellIfMissing(io, 'data', parsed.data.data);
  const items = parsed.data.data ?? [];
  const id = parsed.data.id ?? undefined;
  yield answered(answer, id === undefined || id === '' ? undefined : String(id));
  let failure: ProviderError | undefined;
  const failed: number[] = [];
  for (let index = 0; index < call.count; index++) {
    const event = await deliver(answer, items[index], index, pictures);
    if (event instanceof ProviderError) {
      failure ??= event;
      failed.push(index);
    } else {
      yield event;
    }
  }
  if (failure === undefined) return;
  if (failed.length === call.count) throw failure;
  for (const index of failed) yield { type: 'image-failed', index, error: failure };
}

/** The picture of an item: in the answer, at an address for anybody, or on the server for whoever has its key. */
async function deliver(
  answer: Answer,
  item: WireImage | undefined,
  index: number,
  pictures: readonly StoredImage[],
): Promise<ProviderEvent | ProviderError> {
  const { b64_json: base64, url, revised_prompt: revised } = item ?? {};
  const reference = base64 ?? (typeof url === 'object' ? url : undefined);
  const inside = reference ? pictures[reference.$picture] : undefined;
  if (inside !== undefined)
    return imageEvent(answer, index, { kind: 'stored', image: answer.keeper.take(inside) }, revised);
  if (typeof url !== 'string' || url === '') return noImage(answer);
  const found = findPicture(url, answer.io.endpoint);
  if (found === undefined) {
    return badResponse(answer, 'a path on its own disk instead of a picture', undefined);
  }
  if (found.kind === 'public') {
    return imageEvent(answer, index, { kind: 'url', url: found.url }, revised);
  }
  try {
    const { origin, path } = found;
    const response = await answer.io.send({
      method: 'GET',
      ...(origin === undefined ? {} : { origin }),
      path,
      headers: serverHeaders(answer.io.endpoint),
      body: undefined,
    });
    if (!isSuccess(response)) return await readServerError(answer.dialect.server, response, answer.io);
    const image = await storeBody(answer, response);
    return imageEvent(answer, index, { kind: 'stored', image: answer.keeper.take(image) }, revised);
  } catch (error) {
    if (error instanceof ProviderError) return error;
    throw error;
  }
}

async function storeBody({ dialect, io, keeper }: Answer, response: UpstreamResponse): Promise<StoredImage> {
  const sink = keeper.openSink([]);
  try {
    for await (const chunk of guardedBody(dialect.server, response, io.signal)) await sink.write(chunk);
    return await sink.finish();
  } catch (error) {
    await sink.discard();
    throw error;
  }
}

/** What arrived whole before an answer broke off is delivered; the rest of the call has failed. */
function* rescue(error: unknown, answer: Answer): Iterable<ProviderEvent> {
  const { call, dialect, response, keeper } = answer;
  const failure = unreadableAnswer(dialect.server, error, upstreamOf(response));
  if (failure === undefined) throw error;
  const whole = new Map(keeper.untaken().map(({ path, image }) => [path[1], image]));
  if (whole.size === 0 || !['connection', 'timeout', 'bad_response'].includes(failure.info.kind))
    throw failure;
  yield answered(answer, undefined);
  for (let index = 0; index < call.count; index++) {
    const image = whole.get(index);
    yield image === undefined
      ? { type: 'image-failed', index, error: failure }
      : imageEvent(answer, index, { kind: 'stored', image: keeper.take(image) }, undefined);
  }
}

function answered({ response }: Answer, id: string | undefined): ProviderEvent {
  return { type: 'answered', requestId: response.headers['x-request-id'] ?? id, reported: {} };
}

function imageEvent(
  { call, plain }: Answer,
  index: number,
  image: DeliveredImage,
  revisedPrompt: string | null | undefined,
): ProviderEvent {
  return {
    type: 'image',
    index,
    image,
    revisedPrompt: revisedPrompt ?? undefined,
    // What the servers make of one seed for several pictures differs, and none tells.
    seed: call.count === 1 ? plain.seed : undefined,
  };
}

function noImage({ dialect, response }: Answer): ProviderError {
  return new ProviderError({
    kind: 'no_image',
    retryable: true,
    billed: false,
    message: `${dialect.server} answered without a picture.`,
    upstream: upstreamOf(response),
  });
}

function badResponse({ dialect, response }: Answer, what: string, cause: unknown): ProviderError {
  return new ProviderError({
    kind: 'bad_response',
    retryable: false,
    billed: false,
    message: `${dialect.server} sent ${what}.`,
    upstream: upstreamOf(response),
    ...(cause === undefined ? {} : { cause }),
  });
}

function isSuccess({ status }: UpstreamResponse): boolean {
  return status >= 200 && status <= 299;
}

function isPicture({ headers }: UpstreamResponse): boolean {
  return (headers['content-type'] ?? '').startsWith('image/');
}

function upstreamOf({ status, headers }: UpstreamResponse): UpstreamFacts {
  return upstreamFacts({ status, requestId: headers['x-request-id'] });
}
