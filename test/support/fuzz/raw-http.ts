/** Requests as bytes, which no client would send. */
import { connect, type Socket } from 'node:net';

/** An answer as it came. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

interface SendOptions {
  readonly deadlineMs: number;
  /** Says after the last byte that no more will come, although more was promised. */
  readonly breaksOff: boolean;
}

/**
 * Sends one request over a connection of its own, and reads until the other side closes it.
 * @returns undefined when the connection ended without an answer
 * @throws Error when nothing ends within the deadline
 */
export function sendOnce(
  url: string,
  request: Buffer,
  { deadlineMs, breaksOff }: SendOptions,
): Promise<RawAnswer | undefined> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true }, () => {
      if (breaksOff) socket.end(request);
      else socket.write(request);
    });
    const timer = setTimeout(() => {
      reject(new Error(`no end after ${deadlineMs} ms; so far: ${show(Buffer.concat(chunks))}`));
      socket.destroy();
    }, deadlineMs);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('end', () => socket.end());
    // A reset is an end: what came before it is what there is.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(parseAnswer(Buffer.concat(chunks)));
    });
  });
}

/** A connection that is used again, for requests without bodies; it is made anew where the other side closes it. */
export class RawConnection {
  readonly #url: URL;
  readonly #deadlineMs: number;
  #socket: Socket | undefined;

  constructor(url: string, deadlineMs: number) {
    this.#url = new URL(url);
    this.#deadlineMs = deadlineMs;
  }

  /** @param target path and query, whose characters are bytes @throws Error without a whole answer in time */
  async get(target: string): Promise<RawAnswer> {
    const socket = await this.#open();
    return new Promise((resolve, reject) => {
      let received = Buffer.alloc(0);
      const end = (act: () => void) => {
        clearTimeout(timer);
        socket.removeAllListeners('data').removeAllListeners('close');
        act();
      };
      const timer = setTimeout(() => {
        end(() => {
          reject(new Error(`no whole answer; so far: ${show(received)}`));
        });
        this.close();
      }, this.#deadlineMs);
      socket.on('data', (chunk: Buffer) => {
        received = Buffer.concat([received, chunk]);
        const answer = parseAnswer(received);
        const length = Number(answer?.headers['content-length']);
        if (answer === undefined || !(answer.body.length >= length)) return;
        if (answer.headers['connection'] === 'close') this.close();
        end(() => {
          resolve(answer);
        });
      });
      socket.on('close', () => {
        this.#socket = undefined;
        end(() => {
          const answer = parseAnswer(received);
          if (answer === undefined) reject(new Error('closed without an answer'));
          else resolve(answer);
        });
      });
      socket.write(Buffer.from(`GET ${target} HTTP/1.1\r\nhost: gateway\r\n\r\n`, 'latin1'));
    });
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  async #open(): Promise<Socket> {
    if (this.#socket?.writable === true) return this.#socket;
    const socket = connect(Number(this.#url.port), this.#url.hostname);
    this.#socket = socket;
    await new Promise((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    // Whoever waits hears of its close.
    socket.removeAllListeners('error').on('error', () => socket.destroy());
    return socket;
  }
}

/** @returns undefined as long as its head is not whole */
function parseAnswer(bytes: Buffer): RawAnswer | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const [first = '', ...lines] = bytes.subarray(0, headEnd).toString('latin1').split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]);
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  // Whoever sends a large body is told to go on first.
  if (status === 100) return parseAnswer(bytes.subarray(headEnd + 4));
  const length = Number(headers['content-length'] ?? Number.MAX_SAFE_INTEGER);
  // Behind it may stand the answer to what the server took for a second request.
  return { status, headers, body: bytes.subarray(headEnd + 4, headEnd + 4 + length) };
}

function show(bytes: Buffer): string {
  return JSON.stringify(bytes.toString('latin1').slice(0, 300));
}
