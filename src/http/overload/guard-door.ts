import type { IncomingHttpHeaders } from 'node:http';
import { Transform } from 'node:stream';
import type { App } from '../context.js';
import type { Door, RequestKind } from './door.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route does, as far as room is concerned; `answer` where nothing is said. */
    kind?: RequestKind;
    /** Its bodies go to the store while they arrive, and are not held in memory. */
    streamsBody?: boolean;
  }
}

/** Smaller bodies are bounded by the number of requests well enough. */
const SMALL_BODY_BYTES = 64 * 1024;

/** Asks the door before anything else is done for a request. To be called before routes are registered. */
export function guardDoor(app: App, door: Door): void {
  app.addHook('onRequest', (request, reply, done) => {
    const leave = door.enter(request.routeOptions.config.kind ?? 'answer');
    reply.raw.once('close', leave);
    done();
  });
  app.addHook('preParsing', (request, reply, payload, done) => {
    if (
      request.routeOptions.config.streamsBody === true ||
      isSmall(request.headers) ||
      isForm(request.headers)
    ) {
      done(null, payload);
      return;
    }
    const held = door.holdBody();
    reply.raw.once('close', () => {
      held.release();
    });
    const counted = new Transform({
      transform: (chunk: Buffer, _encoding, next) => {
        try {
          held.take(chunk.length);
          next(null, chunk);
        } catch (error) {
          next(error instanceof Error ? error : new Error('a body could not be counted'));
        }
      },
    });
    payload.once('error', (error) => counted.destroy(error));
    counted.once('error', () => payload.unpipe(counted));
    payload.pipe(counted);
    done(null, counted);
  });
}

function isSmall(headers: IncomingHttpHeaders): boolean {
  if (headers['transfer-encoding'] !== undefined) return false;
  return Number(headers['content-length'] ?? 0) <= SMALL_BODY_BYTES;
}

/** Forms are read by the routes themselves, into the store. Names of types may be written in capitals. */
function isForm(headers: IncomingHttpHeaders): boolean {
  return /^\s*multipart\/form-data\b/i.test(headers['content-type'] ?? '');
}
