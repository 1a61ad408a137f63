/** Runs a translated call against xAI's image API and tells what came of it (protocol notes §2, §4 to §8). */
import { ProviderError } from '../provider.js';
import type {
  DeliveredImage,
  NativeCall,
  ProviderErrorInfo,
  ProviderEvent,
  ProviderIo,
  StoredImage,
  UpstreamResponse,
} from '../provider.js';
import { readJsonWithPictures } from '../shared/json-pictures.js';
import { listInputs, toOutgoingBody } from '../shared/outgoing-body.js';
import { PictureKeeper } from '../shared/picture-keeper.js';
import { cleanUpstreamText, guardedBody, unreadableAnswer, upstreamFacts } from '../shared/upstream-error.js';
import type { UpstreamFacts } from '../shared/upstream-error.js';
import { costOf, errorInside, readXaiError, stageBefore, withheld } from './errors.js';
import type { XaiFailure } from './errors.js';
import { imagesResponse } from './wire.js';
import type { WireImage, WireImages } from './wire.js';

const NAME = 'xAI';

/** Most bytes of an answer beside its pictures; real answers hold a few hundred. */
const MAX_REST_BYTES = 1024 * 1024;

/**
 * Sends the call and yields its facts, cost and pictures; the cost also when the call then fails, because withheld
 * pictures may be billed.
 * @throws ProviderError for refusals and failures (protocol notes §8), for an answer without a single picture
 * (`moderated`, `no_image`), and for one that breaks off or can't be read (what it cost is unknown then)
 */
export async function* runXai(call: NativeCall, io: ProviderIo): AsyncIterable<ProviderEvent> {
  const headers = {
    accept: 'application/json',
    ...(io.endpoint.apiKey === undefined ? {} : { authorization: `Bearer ${io.endpoint.apiKey}` }),
  };
  const response = await io.send({
    method: 'POST',
    path: call.path,
    ...(listInputs(call.body).length === 0
      ? { headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(call.body) }
      : { headers, body: toOutgoingBody(call, io) }),
  });
  if (response.status < 200 || response.status > 299) yield* fail(await readXaiError(response, call, io));
  const keeper = new PictureKeeper(() => io.openImage());
  try {
    yield* readAnswer(call, response, io, keeper);
  } catch (error) {
    yield* rescue(error, keeper, call, response);
  } finally {
    await keeper.discardUntaken();
  }
}

function* fail({ error, costMicrocredits }: XaiFailure): Generator<ProviderEvent, never, undefined> {
  yield* costEvents(costMicrocredits);
  throw error;
}

async function* readAnswer(
  call: NativeCall,
  response: UpstreamResponse,
  io: ProviderIo,
  keeper: PictureKeeper,
): AsyncIterable<ProviderEvent> {
  const { value, pictures } = await readJsonWithPictures(guardedBody(NAME, response, io.signal), {
    isPicture: (path) => path.length === 3 && path[0] === 'data' && path[2] === 'b64_json',
    openSink: (path) => keeper.openSink(path),
    maxRestBytes: MAX_REST_BYTES,
  });
  const inside = errorInside(value, response, call, io);
  if (inside !== undefined) yield* fail(inside);
  const parsed = imagesResponse.safeParse(value);
  if (!parsed.success) {
    throw new ProviderError({
      kind: 'bad_response',
      retryable: true,
      billed: 'unknown',
      message: 'xAI sent an answer of another shape than documented.',
      upstream: upstreamOf(response),
      cause: parsed.error,
    });
  }
  const answer = parsed.data;
  if (answer.data === undefined && !answer.block_reason) throw withoutPictures(response);
  yield {
    type: 'answered',
    requestId: response.headers['x-request-id'],
    reported: reportedFacts(answer),
  };
  yield* costEvents(costOf(answer.usage));
  yield* tell(call, answer, pictures, upstreamOf(response), keeper);
}

/** An empty list is a refusal; no list at all is an answer that nobody has documented, and no verdict on the caller. */
function withoutPictures(response: UpstreamResponse): ProviderError {
  return new ProviderError({
    kind: 'bad_response',
    retryable: true,
    billed: 'unknown',
    message: 'xAI sent an answer of another shape than documented.',
    upstream: upstreamOf(response),
  });
}

function* tell(
  call: NativeCall,
  answer: WireImages,
  pictures: readonly StoredImage[],
  upstream: UpstreamFacts,
  keeper: PictureKeeper,
): Iterable<ProviderEvent> {
  const items = answer.data ?? [];
  const images = items.map((item) => delivered(item, pictures));
  const billed = billedOf(
    answer,
    images.every((image) => image === undefined),
  );
  if (images.every((image) => image === undefined))
    throw whyMissing(call, answer, items[0], billed, upstream);
  for (let index = 0; index < call.count; index++) {
    const image = images[index];
    if (image === undefined) {
      yield { type: 'image-failed', index, error: whyMissing(call, answer, items[index], billed, upstream) };
      continue;
    }
    if (image.kind === 'stored') keeper.take(image.image);
    const revised = items[index]?.revised_prompt ?? '';
    yield {
      type: 'image',
      index,
      image,
      revisedPrompt: revised === '' ? undefined : revised,
      seed: undefined,
    };
  }
}

/** The cost is that of the whole call: with some pictures delivered nothing says whether the others are in it. */
function billedOf(answer: WireImages, none: boolean): ProviderErrorInfo['billed'] {
  const cost = costOf(answer.usage);
  if (cost === undefined) return 'unknown';
  return cost === 0 ? false : none ? true : 'unknown';
}

/** Three faces of moderation in an answer with status 200 (protocol notes §8 b, c, d). */
function whyMissing(
  call: NativeCall,
  answer: WireImages,
  item: WireImage | undefined,
  billed: ProviderErrorInfo['billed'],
  upstream: UpstreamFacts,
): ProviderError {
  if (answer.block_reason) {
    return withheld(stageBefore(call), billed, {
      ...upstream,
      message: cleanUpstreamText(answer.block_reason, []),
    });
  }
  if (item?.respect_moderation === false) return withheld('output', billed, upstream);
  if ((answer.data ?? []).length === 0) return withheld('unknown', billed, upstream);
  return new ProviderError({
    kind: 'no_image',
    retryable: true,
    billed,
    message: 'xAI answered without a picture.',
    upstream,
  });
}

function delivered(item: WireImage, pictures: readonly StoredImage[]): DeliveredImage | undefined {
  const image = item.b64_json ? pictures[item.b64_json.$picture] : undefined;
  if (image !== undefined) return { kind: 'stored', image };
  return item.url ? { kind: 'url', url: item.url } : undefined;
}

/** What arrived whole before an answer broke off is paid for and delivered; the rest of the call has failed. */
function* rescue(
  error: unknown,
  keeper: PictureKeeper,
  call: NativeCall,
  response: UpstreamResponse,
): Iterable<ProviderEvent> {
  const failure = unreadableAnswer(NAME, error, upstreamOf(response));
  if (failure === undefined) throw error;
  const whole = new Map(keeper.untaken().map(({ path, image }) => [path[1], image]));
  if (whole.size === 0 || !['connection', 'timeout', 'bad_response'].includes(failure.info.kind))
    throw failure;
  yield { type: 'answered', requestId: response.headers['x-request-id'], reported: {} };
  for (let index = 0; index < call.count; index++) {
    const image = whole.get(index);
    yield image === undefined
      ? { type: 'image-failed', index, error: failure }
      : {
          type: 'image',
          index,
          image: { kind: 'stored', image: keeper.take(image) },
          revisedPrompt: undefined,
          seed: undefined,
        };
  }
}

function* costEvents(costMicrocredits: number | undefined): Iterable<ProviderEvent> {
  if (costMicrocredits !== undefined) yield { type: 'usage', usage: undefined, costMicrocredits };
}

function reportedFacts(answer: WireImages): Readonly<Record<string, string>> {
  const facts = { model: answer.model, mime_type: answer.data?.[0]?.mime_type };
  return Object.fromEntries(
    Object.entries(facts).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}

function upstreamOf({ status, headers }: UpstreamResponse): UpstreamFacts {
  return upstreamFacts({ status, requestId: headers['x-request-id'] });
}
