import type { KeptSight } from '../../images/event-log-store.js';
import type { GeneratedImage, Generation } from '../../images/generation.js';
import type { DeliveryWish, ImageRequest } from '../../images/request.js';
import type { Happening } from '../../jobs/watch.js';
import type { HttpContext } from '../context.js';
import { jsonData, jsonDataWith, type ServerSentEvent } from '../sse.js';
import { encodeBase64 } from './encode-base64.js';
import { toGenerationAnswer } from './generation-answer.js';
import { linksFor, toImageLinks } from './image-links.js';

/** What of a request stands in its events. */
type Streamed = Pick<ImageRequest, 'operation' | 'quality' | 'background' | 'outputFormat'>;

/**
 * The events of a streamed call, under OpenAI's names. On a model without partial pictures there are progress, as far as it is
 * told, and the pictures.
 */
export async function* streamEvents(
  happenings: AsyncIterable<Happening>,
  request: Streamed,
  delivery: DeliveryWish,
  context: HttpContext,
): AsyncGenerator<ServerSentEvent> {
  const name = request.operation === 'edit' ? 'image_edit' : 'image_generation';
  const partials = new Map<number, number>();
  for await (const happening of happenings) {
    switch (happening.kind) {
      case 'waiting':
        yield {
          event: `${name}.waiting`,
          data: jsonData({
            type: `${name}.waiting`,
            image: happening.imageNumber,
            ahead: happening.ahead,
          }),
        };
        break;
      case 'progress':
        yield {
          event: `${name}.progress`,
          data: jsonData({
            type: `${name}.progress`,
            image: happening.imageNumber,
            fraction: happening.fraction,
          }),
        };
        break;
      case 'partial': {
        const index = partials.get(happening.position) ?? 0;
        partials.set(happening.position, index + 1);
        yield partialEvent(`${name}.partial_image`, happening, index, request, context);
        break;
      }
      case 'ended':
        yield* endEvents(`${name}.completed`, happening.generation, request, delivery, context);
        break;
      case 'queued':
      case 'started':
      case 'arrived':
        break;
    }
  }
}

function partialEvent(
  type: string,
  partial: Extract<KeptSight, { kind: 'partial' }>,
  index: number,
  request: Streamed,
  context: HttpContext,
): ServerSentEvent {
  const { width, height, mimeType } = partial;
  const facts = {
    type,
    partial_image_index: index,
    image: partial.position + 1,
    created_at: Math.floor(partial.createdAt.getTime() / 1000),
    ...commonFacts(request),
    ...(width === undefined || height === undefined ? {} : { size: `${width}x${height}` }),
    ...(mimeType === undefined ? {} : { output_format: mimeType.slice('image/'.length) }),
  };
  const base64 = encodeBase64(context.pictures.read(partial.sha256));
  return { event: type, data: jsonDataWith(facts, 'b64_json', base64) };
}

/** A picture each; the last one brings the whole record. Without any picture: the error. */
function* endEvents(
  type: string,
  generation: Generation,
  request: Streamed,
  delivery: DeliveryWish,
  context: HttpContext,
): Iterable<ServerSentEvent> {
  const answer = toGenerationAnswer(generation, linksFor(context));
  const { images } = generation;
  if (images.length === 0) {
    yield { event: 'error', data: jsonData({ type: 'error', error: generation.error, generation: answer }) };
    return;
  }
  for (const [index, image] of images.entries()) {
    const last = index === images.length - 1;
    const facts = {
      ...completedFacts(type, image, generation, request),
      ...(last ? { generation: answer } : {}),
    };
    if (delivery.responseFormat === 'url') {
      yield { event: type, data: jsonData({ ...facts, ...toImageLinks(image, linksFor(context)) }) };
    } else {
      const base64 = encodeBase64(context.pictures.read(image.sha256));
      yield { event: type, data: jsonDataWith(facts, 'b64_json', base64) };
    }
  }
}

function completedFacts(
  type: string,
  image: GeneratedImage,
  generation: Generation,
  request: Streamed,
): object {
  const usage = generation.result?.usage;
  const quality = generation.result?.quality;
  return {
    type,
    id: image.id,
    image: image.position + 1,
    created_at: Math.floor(generation.createdAt.getTime() / 1000),
    ...commonFacts(request),
    ...(quality === undefined ? {} : { quality }),
    size: `${image.width}x${image.height}`,
    output_format: image.mimeType.slice('image/'.length),
    ...(image.revisedPrompt === undefined ? {} : { revised_prompt: image.revisedPrompt }),
    ...(usage === undefined ? {} : { usage }),
  };
}

/** Members that OpenAI's events always have. */
function commonFacts({ quality, background, outputFormat }: Streamed): object {
  return {
    quality: quality ?? 'auto',
    background: background ?? 'auto',
    output_format: outputFormat ?? 'png',
    size: 'auto',
  };
}
