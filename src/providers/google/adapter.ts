/** Runs a translated call against `:generateContent` or `:predict` and tells what came of it (protocol notes §4, §7). */
import type {
  Adapter,
  NativeCall,
  ProviderError,
  ProviderEvent,
  ProviderIo,
  StoredImage,
  UpstreamResponse,
} from '../provider.js';
import { readJsonWithPictures } from '../shared/json-pictures.js';
import { toOutgoingBody } from '../shared/outgoing-body.js';
import { PictureKeeper } from '../shared/picture-keeper.js';
import { guardedBody, unreadableAnswer, upstreamFacts } from '../shared/upstream-error.js';
import { resolveTarget } from './endpoint.js';
import type { AccessTokens } from './endpoint.js';
import { googleError, readGoogleError } from './errors.js';
import { readGemini } from './gemini-answer.js';
import { readImagen } from './imagen-answer.js';
import type { ReadAnswer } from './read-answer.js';
import { errorEnvelope } from './wire.js';

/** Display name in messages. */
const NAME = 'Google';

/** Most bytes of an answer beside its pictures: a thought signature alone can take megabytes (protocol notes §4, §14). */
const MAX_REST_BYTES = 16 * 1024 * 1024;

/**
 * Makes the adapter's `run`: it sends the call and yields its facts, usage and pictures.
 * It throws ProviderErrors for refusals and failures (protocol notes §5, §8) and for answers that break off or can't be
 * read (`connection`, `bad_response`; what they cost is unknown then).
 */
export function createGoogleRun(accessTokens: AccessTokens): Adapter['run'] {
  return async function* run(call, io) {
    const target = await resolveTarget(call.path, io.endpoint, accessTokens, io.signal);
    const response = await io.send({
      method: 'POST',
      path: target.path,
      headers: { accept: 'application/json', ...target.headers },
      body: toOutgoingBody(call, io),
    });
    const secrets = [target.secret];
    if (response.status < 200 || response.status > 299)
      throw await readGoogleError(response, { io, secrets });
    const keeper = new PictureKeeper(() => io.openImage());
    try {
      yield* readAnswer(call, response, io, { keeper, secrets });
    } finally {
      // Drafts that the model leaves beside the picture, and pictures of a call that was given up.
      await keeper.discardUntaken();
    }
  };
}

async function* readAnswer(
  call: NativeCall,
  response: UpstreamResponse,
  io: ProviderIo,
  held: Pick<ReadAnswer, 'keeper' | 'secrets'>,
): AsyncIterable<ProviderEvent> {
  const upstream = upstreamFacts({ status: response.status, requestId: response.headers['x-request-id'] });
  try {
    const answer = await readJsonWithPictures(guardedBody(NAME, response, io.signal), {
      isPicture,
      openSink: (path) => held.keeper.openSink(path),
      maxRestBytes: MAX_REST_BYTES,
    });
    const envelope = errorEnvelope.safeParse(answer.value);
    if (envelope.success) {
      const { status, headers } = response;
      throw googleError(envelope.data.error, { status, headers, io, secrets: held.secrets });
    }
    const read: ReadAnswer = {
      ...answer,
      ...held,
      call,
      upstream,
      io,
      store: (bytes) => storeBuffer(bytes, io),
    };
    yield* call.path.endsWith(':predict') ? readImagen(read) : readGemini(read);
  } catch (error) {
    const failure = unreadableAnswer(NAME, error, upstream);
    if (failure === undefined) throw error;
    yield* rescue(failure, call, held.keeper);
  }
}

/** Keeps bytes that are no picture beside the pictures. */
async function storeBuffer(bytes: Uint8Array, io: ProviderIo): Promise<StoredImage> {
  const sink = io.openImage();
  try {
    await sink.write(bytes);
    return await sink.finish();
  } catch (error) {
    await sink.discard();
    throw error;
  }
}

/** `candidates.N.content.parts.N.inlineData.data` or `predictions.N.bytesBase64Encoded`. */
function isPicture(path: readonly (string | number)[]): boolean {
  if (path[0] === 'predictions') return path.length === 3 && path[2] === 'bytesBase64Encoded';
  return (
    path.length === 7 &&
    path[0] === 'candidates' &&
    path[2] === 'content' &&
    path[3] === 'parts' &&
    path[5] === 'inlineData' &&
    path[6] === 'data'
  );
}

/**
 * Pictures that arrived whole in an answer that broke off or can't be understood are paid for. Imagen's are all wanted; of
 * Gemini's the last is the likeliest to be more than a draft, and no better one will come.
 */
function* rescue(failure: ProviderError, call: NativeCall, keeper: PictureKeeper): Iterable<ProviderEvent> {
  const whole = keeper.untaken().slice(-call.count);
  if (whole.length === 0 || !['connection', 'timeout', 'bad_response'].includes(failure.info.kind))
    throw failure;
  yield { type: 'answered', requestId: failure.info.upstream?.requestId, reported: {} };
  for (const [index, { image }] of whole.entries()) {
    yield {
      type: 'image',
      index,
      image: { kind: 'stored', image: keeper.take(image) },
      revisedPrompt: undefined,
      seed: undefined,
    };
  }
  for (let index = whole.length; index < call.count; index++) {
    yield { type: 'image-failed', index, error: failure };
  }
}
