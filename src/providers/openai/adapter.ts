/** Runs a translated call against the Images API and tells what came of it (protocol notes §2, §7, §10). */
import type { z } from 'zod';
import { ProviderError } from '../provider.js';
import type {
  DeliveredImage,
  NativeCall,
  ProviderEvent,
  ProviderIo,
  StoredImage,
  TokenUsage,
  UpstreamResponse,
} from '../provider.js';
import { readJsonWithPictures } from '../shared/json-pictures.js';
import { tellIfMissing } from '../shared/missing-member.js';
import { toOutgoingBody } from '../shared/outgoing-body.js';
import { PictureKeeper } from '../shared/picture-keeper.js';
import { readSseJsonWithPictures } from '../shared/sse.js';
import { guardedBody, unreadableAnswer, upstreamFacts } from '../shared/upstream-error.js';
import type { UpstreamFacts } from '../shared/upstream-error.js';
import { openAiHeaders, openAiPath } from './endpoint.js';
import { openAiError, readOpenAiError } from './errors.js';
import { errorEnvelope, imageEvent, imagesResponse } from './wire.js';
import type { WireImage, WireImages, WireUsage } from './wire.js';

const NAME = 'OpenAI';

/** Most bytes of an answer beside its pictures; real answers hold a few hundred. */
const MAX_REST_BYTES = 1024 * 1024;

/**
 * Sends the call and yields its facts, usage and pictures.
 * @throws ProviderError for refusals and failures (protocol notes §9), for an answer without a single picture
 * (`no_image`), and for one that breaks off or can't be read (`connection`, `bad_response`; what it cost is unknown then)
 */
export async function* runOpenAi(call: NativeCall, io: ProviderIo): AsyncIterable<ProviderEvent> {
  const response = await io.send({
    method: 'POST',
    path: openAiPath(call.path, io.endpoint),
    headers: openAiHeaders(io.endpoint, call.streamed),
    body: toOutgoingBody(call, io),
  });
  if (response.status < 200 || response.status > 299) throw await readOpenAiError(response, call.path, io);
  // Servers that speak this protocol may ignore `stream`, so the answer's own type decides.
  const streamed = (response.headers['content-type'] ?? '').includes('text/event-stream');
  yield* streamed ? readStream(call, response, io) : readAnswer(call, response, io);
}

async function* readAnswer(
  call: NativeCall,
  response: UpstreamResponse,
  io: ProviderIo,
): AsyncIterable<ProviderEvent> {
  const keeper = new PictureKeeper(() => io.openImage());
  try {
    const { value, pictures } = await readJsonWithPictures(guardedBody(NAME, response, io.signal), {
      isPicture: (path) => path.length === 3 && path[0] === 'data' && path[2] === 'b64_json',
      openSink: (path) => keeper.openSink(path),
      maxRestBytes: MAX_REST_BYTES,
    });
    throwErrorMember(value, call, response, io);
    const answer = parse(imagesResponse, value, response);
    tellIfMissing(io, 'data', answer.data);
    const images = (answer.data ?? []).map((item) => delivered(item, pictures));
    yield {
      type: 'answered',
      requestId: requestIdOf(response),
      reported: reportedFacts(answer, answer.data?.[0]),
    };
    yield* usageEvents(answer.usage);
    if (images.every((image) => image === undefined)) throw noImage(response);
    for (let index = 0; index < call.count; index++) {
      const image = images[index];
      if (image === undefined) {
        yield { type: 'image-failed', index, error: noImage(response) };
        continue;
      }
      if (image.kind === 'stored') keeper.take(image.image);
      yield imageEventOf(index, image, answer.data?.[index]?.revised_prompt);
    }
  } catch (error) {
    yield* rescue(error, keeper, call, response);
  } finally {
    await keeper.discardUntaken();
  }
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
  yield { type: 'answered', requestId: requestIdOf(response), reported: {} };
  for (let index = 0; index < call.count; index++) {
    const image = whole.get(index);
    yield image === undefined
      ? { type: 'image-failed', index, error: failure }
      : imageEventOf(index, { kind: 'stored', image: keeper.take(image) }, undefined);
  }
}

/** Partials carry no number of their own picture, so that pictures count as they complete (protocol notes, doubt 5). */
async function* readStream(
  call: NativeCall,
  response: UpstreamResponse,
  io: ProviderIo,
): AsyncIterable<ProviderEvent> {
  const keeper = new PictureKeeper(() => io.openImage());
  let completed = 0;
  let known = false;
  // A stream that ends in good order without a picture is an answer without one.
  let failure = noImage(response);
  try {
    const events = readSseJsonWithPictures(guardedBody(NAME, response, io.signal), {
      isPicture: (path) => path.length === 1 && path[0] === 'b64_json',
      openSink: (path) => keeper.openSink(path),
      maxRestBytes: MAX_REST_BYTES,
    });
    for await (const { event: name, value, pictures } of events) {
      throwErrorMember(value, call, response, io);
      const event = parse(imageEvent, value, response);
      known ||= /\.(partial_image|completed)$/.test(event.type ?? name);
      const image = event.b64_json ? pictures[event.b64_json.$picture] : undefined;
      if (image === undefined || completed === call.count) continue;
      const type = event.type ?? name;
      if (type.endsWith('.partial_image')) {
        yield { type: 'partial', index: completed, image: keeper.take(image) };
      } else if (type.endsWith('.completed')) {
        if (completed === 0) {
          yield {
            type: 'answered',
            requestId: requestIdOf(response),
            reported: reportedFacts(event, undefined),
          };
        }
        yield* usageEvents(event.usage);
        yield imageEventOf(completed++, { kind: 'stored', image: keeper.take(image) }, undefined);
      }
    }
  } catch (error) {
    const unreadable = unreadableAnswer(NAME, error, upstreamOf(response));
    if (unreadable === undefined) throw error;
    failure = unreadable;
  } finally {
    await keeper.discardUntaken();
  }
  if (completed === 0 && !known) io.drifted?.({ kind: 'shape', what: 'none of the documented events came' });
  if (completed === 0) throw failure;
  for (let index = completed; index < call.count; index++)
    yield { type: 'image-failed', index, error: failure };
}

function* usageEvents(usage: WireUsage | null | undefined): Iterable<ProviderEvent> {
  const tokens = tokenUsage(usage);
  if (tokens !== undefined) yield { type: 'usage', usage: tokens, costMicrocredits: undefined };
}

function imageEventOf(
  index: number,
  image: DeliveredImage,
  revisedPrompt: string | null | undefined,
): ProviderEvent {
  return { type: 'image', index, image, revisedPrompt: revisedPrompt ?? undefined, seed: undefined };
}

/** An error may also come with status 200: as an event of a stream, and from servers that imitate this API. */
function throwErrorMember(
  value: unknown,
  call: NativeCall,
  response: UpstreamResponse,
  io: ProviderIo,
): void {
  const envelope = errorEnvelope.safeParse(value);
  if (!envelope.success) return;
  throw openAiError(envelope.data.error, {
    status: response.status,
    headers: response.headers,
    io,
    path: call.path,
  });
}

function parse<T>(schema: z.ZodType<T>, value: unknown, response: UpstreamResponse): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ProviderError({
    kind: 'bad_response',
    retryable: true,
    billed: 'unknown',
    message: 'OpenAI sent an answer of another shape than documented.',
    upstream: upstreamOf(response),
    cause: parsed.error,
  });
}

function delivered(item: WireImage, pictures: readonly StoredImage[]): DeliveredImage | undefined {
  const image = item.b64_json ? pictures[item.b64_json.$picture] : undefined;
  if (image !== undefined) return { kind: 'stored', image };
  return item.url === undefined || item.url === null || item.url === ''
    ? undefined
    : { kind: 'url', url: item.url };
}

function noImage(response: UpstreamResponse): ProviderError {
  return new ProviderError({
    kind: 'no_image',
    retryable: true,
    billed: 'unknown',
    message: 'OpenAI answered without a picture.',
    upstream: upstreamOf(response),
  });
}

function reportedFacts(
  answer: Pick<WireImages, 'size' | 'quality' | 'background' | 'output_format'>,
  item: WireImage | undefined,
): Readonly<Record<string, string>> {
  const facts = {
    size: answer.size,
    quality: answer.quality,
    background: answer.background,
    output_format: answer.output_format,
    generation_id: item?.generation_id,
  };
  return Object.fromEntries(
    Object.entries(facts).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}

function tokenUsage(usage: WireUsage | null | undefined): TokenUsage | undefined {
  if (usage === null || usage === undefined) return undefined;
  return {
    inputTokens: usage.input_tokens,
    outputTokens: usage.output_tokens,
    totalTokens: usage.total_tokens ?? usage.input_tokens + usage.output_tokens,
    inputTextTokens: usage.input_tokens_details?.text_tokens ?? undefined,
    inputImageTokens: usage.input_tokens_details?.image_tokens ?? undefined,
    outputImageTokens: usage.output_tokens_details?.image_tokens ?? undefined,
    outputTextTokens: usage.output_tokens_details?.text_tokens ?? undefined,
  };
}

function requestIdOf(response: UpstreamResponse): string | undefined {
  return response.headers['x-request-id'];
}

function upstreamOf(response: UpstreamResponse): UpstreamFacts {
  return upstreamFacts({ status: response.status, requestId: requestIdOf(response) });
}
