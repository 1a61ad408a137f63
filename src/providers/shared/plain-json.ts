import { ProviderError } from '../provider.js';
import type { ProviderIo, UpstreamResponse } from '../provider.js';
import { readJsonWithPictures } from './json-pictures.js';
import { guardedBody, unreadableAnswer, upstreamFacts } from './upstream-error.js';

/** Most bytes of an answer that holds no pictures; real ones are below 10 KB. */
const MAX_BYTES = 1024 * 1024;

/**
 * Reads a JSON answer that names its pictures by address, or has none.
 * @param provider display name for messages
 * @throws ProviderError `connection`, `timeout`, `cancelled` or `bad_response`, all of unknown price
 */
export async function readPlainJson(
  provider: string,
  response: UpstreamResponse,
  io: ProviderIo,
): Promise<unknown> {
  try {
    const { value } = await readJsonWithPictures(guardedBody(provider, response, io.signal), {
      isPicture: () => false,
      openSink: () => io.openImage(),
      maxRestBytes: MAX_BYTES,
    });
    return value;
  } catch (error) {
    throw unreadableAnswer(provider, error, upstreamFacts({ status: response.status })) ?? error;
  }
}

/**
 * Reads the answer to a look at a task as `readPlainJson` does, but gives undefined for one that is no readable JSON: it
 * tells nothing of the task, which goes on.
 */
export async function readLookJson(
  provider: string,
  response: UpstreamResponse,
  io: ProviderIo,
): Promise<unknown> {
  try {
    return await readPlainJson(provider, response, io);
  } catch (error) {
    if (error instanceof ProviderError && error.info.kind === 'bad_response') return undefined;
    throw error;
  }
}
