/**
 * WebSockets to providers. `ws` and not undici's: it bounds what a message may hold before it is read, can be paused by
 * whoever reads slowly, and pings, so that a peer that is gone without a word is noticed.
 */
import { WebSocket, type RawData } from 'ws';
import type { UpstreamSocket } from '../providers/provider.js';

/** A preview is some 50 KB, a message without pictures some 10 KB. */
const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;
/** Messages that wait to be read before the peer has to. */
const MAX_WAITING = 64;
const HANDSHAKE_MS = 10_000;
const PING_MS = 15_000;

/** Opens a socket that closes with the signal. @throws what `ws` says of a failed handshake */
export function openUpstreamSocket(
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<UpstreamSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, {
      headers: { ...headers },
      handshakeTimeout: HANDSHAKE_MS,
      maxPayload: MAX_MESSAGE_BYTES,
      followRedirects: false,
      perMessageDeflate: false,
    });
    const abort = () => {
      socket.terminate();
    };
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    socket.on('close', () => {
      signal.removeEventListener('abort', abort);
    });
    // An error is always followed by a close, which ends the messages.
    socket.on('error', reject);
    const messages = readMessages(socket);
    socket.once('open', () => {
      keepAlive(socket);
      resolve({
        messages,
        send: (text) => {
          socket.send(text);
        },
        close: abort,
      });
    });
  });
}

/** Terminates a socket whose peer answers no ping. */
function keepAlive(socket: WebSocket): void {
  let answered = true;
  socket.on('pong', () => {
    answered = true;
  });
  const timer = setInterval(() => {
    if (!answered) {
      socket.terminate();
      return;
    }
    answered = false;
    socket.ping();
  }, PING_MS);
  timer.unref();
  socket.once('close', () => {
    clearInterval(timer);
  });
}

/** Collects from the first moment on, so that nothing is lost before somebody reads. */
function readMessages(socket: WebSocket): AsyncIterable<string | Uint8Array> {
  const waiting: (string | Uint8Array)[] = [];
  let closed = false;
  let wake: () => void = () => undefined;
  socket.on('message', (data, isBinary) => {
    const bytes = bytesOf(data);
    waiting.push(isBinary ? bytes : bytes.toString('utf8'));
    if (waiting.length >= MAX_WAITING) socket.pause();
    wake();
  });
  socket.once('close', () => {
    closed = true;
    wake();
  });
  return {
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const next = waiting.shift();
        if (next !== undefined) {
          if (waiting.length === 0 && socket.isPaused) socket.resume();
          yield next;
          continue;
        }
        if (closed) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

function bytesOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
