import type { IncomingMessage } from 'node:http';

/** Longest time that a refused body is still read and thrown away, in milliseconds. */
const LINGER_MS = 2_000;

/**
 * Lets an answer that is given before the request's body has ended reach its caller. A socket that is closed while bytes wait
 * in it is reset, and a reset makes the caller's system throw away the answer it had not read yet. So only our side ends
 * after the answer; what still arrives is read and dropped until the caller stops, the body ends, or the time is over.
 *
 * Call it before the answer is sent; the answer must carry `connection: close`.
 */
export function lingerOnClose(request: IncomingMessage): void {
  const { socket } = request;
  // Node's server calls this, and nothing else, when the last answer of a connection is written.
  socket.destroySoon = () => {
    const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
    socket.once('close', () => {
      clearTimeout(timer);
    });
    // The next request of a connection that takes no more answers is not wanted.
    request.once('end', () => {
      // But not before the last byte of the answer has left.
      if (socket.writableFinished) socket.destroy();
      else socket.once('finish', () => socket.destroy());
    });
    // Whoever was reading it has stopped, and would hold it up.
    request.unpipe();
    request.resume();
    socket.end();
  };
}
