import type { Socket } from 'node:net';
import { createId } from '../ids.js';

/**
 * Answers what is no HTTP at all, which no route ever sees: with the envelope of errors, so that clients can read it, and the
 * connection ends. The parser's own words stay inside.
 */
export function answerNoHttp(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const id = createId('req');
  const message = SENTENCES[error.code ?? ''] ?? 'This is not a valid HTTP request.';
  const body = JSON.stringify({
    error: { message, type: 'invalid_request_error', code: 'invalid_request', param: null },
    request_id: id,
  });
  const head = [
    'HTTP/1.1 400 Bad Request',
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${id}`,
    'x-should-retry: false',
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

const SENTENCES: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: 'The headers of this request are longer than this gateway takes.',
  ERR_HTTP_REQUEST_TIMEOUT: 'The request did not arrive in time.',
};
