import type { IncomingMessage } from 'node:http';
import type { Multipart } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';

/** How often a form is looked at of which no further part comes. */
const LOOK_MS = 1_000;

/**
 * The parts of a form, in their order. The parser never ends some forms whose parts are none of a form (another
 * `content-disposition` than `form-data`, and more than some kilobytes): it takes no more bytes, and gives no more parts.
 * @throws Error when that is so; whoever asks for the next part has read the file before it
 */
export async function* readParts(request: FastifyRequest): AsyncGenerator<Multipart> {
  const parts = request.parts();
  for (;;) {
    const next = await unlessStuck(parts.next(), request.raw);
    if (next.done === true) return;
    yield next.value;
  }
}

/** Fields are taken as they come: nothing but a parser that is stuck keeps bytes waiting, or a whole body from ending, for that long. */
function unlessStuck<T>(next: Promise<T>, raw: IncomingMessage): Promise<T> {
  return new Promise((resolve, reject) => {
    let wasStuck = false;
    const looking = setInterval(() => {
      const isStuck = raw.readableEnded || raw.isPaused();
      if (isStuck && wasStuck) reject(new Error('the parser of forms takes no more'));
      wasStuck = isStuck;
    }, LOOK_MS);
    next.then(resolve, reject).finally(() => {
      clearInterval(looking);
    });
  });
}
