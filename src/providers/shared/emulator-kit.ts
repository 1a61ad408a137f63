/**
 * What every emulator shares: taking requests raw, answering in the protocol's own words, acting out the outcomes that
 * happen on the connection (slow, stall, drip, cut-body), and letting go of clients that hang up.
 */
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { EmulatorOptions, JsonValue } from '../provider.js';
import { cutInHalf, dripPieces } from './emulator-body.js';
import type { OutcomeName, ScriptedOutcome } from './scripted-outcome.js';

/** Bytes that an emulator takes in one request: sixteen pictures of 50 MB are nobody's test. */
const BODY_LIMIT_BYTES = 256 * 1024 * 1024;
const DRIP_MS = 2_000;
const TASK_MS = 300;

/** What emulators may be made with beyond the contract; all of it is for tests and tools. */
export interface EmulatorSettings extends EmulatorOptions {
  /** Told of every request that was understood far enough to be judged, before it is acted on. */
  readonly onRequest?: (record: RequestRecord) => void;
  readonly now?: () => Date;
  /** How long `drip` spreads a body over. */
  readonly dripMs?: number;
}

/** One received request, as a test wants to see it. */
export interface RequestRecord {
  readonly method: string;
  /** Path and query as sent, with the emulator's prefix. */
  readonly url: string;
  readonly headers: FastifyRequest['headers'];
  /** Parsed JSON, or `{fields, files}` of a form. */
  readonly body: unknown;
  readonly model: string | undefined;
  readonly outcome: OutcomeName | undefined;
}

/** An answer about to be sent: a whole body, or text pieces as they come (server-sent events, JSON arrays). */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | AsyncIterable<string> | Iterable<string>;
}

/** A refusal in the protocol's own shape; thrown anywhere below a route of an emulator. */
export class WireError extends Error {
  readonly status: number;
  readonly body: JsonValue | string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, body: JsonValue | string, headers: Readonly<Record<string, string>> = {}) {
    super(`emulated refusal with status ${status}`);
    this.name = 'WireError';
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

/** One mounted emulator. */
export interface Emulation {
  /** How long an ordinary task takes. */
  readonly taskMs: number;
  now(): Date;
  record(request: FastifyRequest, facts: Pick<RequestRecord, 'body' | 'model' | 'outcome'>): void;
  /**
   * Waits as the outcome says, makes the answer and sends it as the outcome says. Gives up without a word when the
   * client hangs up or the server closes.
   */
  answer(
    reply: FastifyReply,
    outcome: ScriptedOutcome | undefined,
    make: (signal: AbortSignal) => Promise<WireAnswer>,
  ): Promise<FastifyReply>;
}

/**
 * Prepares a plugin's own scope: bodies of any content type arrive as a Buffer, failures and unknown addresses are
 * answered by the protocol, and closing the server doesn't wait for stalled requests.
 * @param protocol.failure body for a failure of the emulator itself
 * @param protocol.notFound answer for an address that the service doesn't have
 */
export function openEmulation(
  app: FastifyInstance,
  settings: EmulatorSettings,
  protocol: {
    readonly failure: (status: number, message: string) => WireError;
    readonly notFound: (request: FastifyRequest) => WireError;
  },
): Emulation {
  const running = new Set<AbortController>();
  // A parent may parse forms or JSON its own way; an emulator has to see what was really sent.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    '*',
    { parseAs: 'buffer', bodyLimit: BODY_LIMIT_BYTES },
    (_request, body, done) => {
      done(null, body);
    },
  );
  app.setErrorHandler((error, request, reply) => {
    if (error instanceof WireError) return sendWireError(reply, error);
    const status = readStatus(error);
    if (status >= 500) request.log.error({ err: error }, 'emulator failed');
    return sendWireError(reply, protocol.failure(status, error instanceof Error ? error.message : ''));
  });
  app.setNotFoundHandler((request, reply) => sendWireError(reply, protocol.notFound(request)));
  app.addHook('preClose', (done) => {
    for (const controller of running) controller.abort();
    done();
  });

  return {
    taskMs: settings.taskMs ?? TASK_MS,
    now: () => settings.now?.() ?? new Date(),
    record(request, facts) {
      settings.onRequest?.({
        method: request.method,
        url: request.url,
        headers: request.headers,
        ...facts,
      });
    },
    async answer(reply, outcome, make) {
      const controller = new AbortController();
      running.add(controller);
      // `close` of the response also comes after an ordinary end, when nothing listens any more.
      reply.raw.once('close', () => {
        running.delete(controller);
        controller.abort();
      });
      const { signal } = controller;
      try {
        await holdBack(outcome, signal);
        const answer = await make(signal);
        signal.throwIfAborted();
        return await transmit(reply, answer, outcome, { signal, dripMs: settings.dripMs ?? DRIP_MS });
      } catch (error) {
        if (!signal.aborted) throw error;
        return hangUp(reply);
      }
    },
  };
}

/** The body of a request in an emulation's scope; empty where none was sent. */
export function rawBody(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}

/** One header's value, the first where it was sent more than once. */
export function readHeader(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** An answer holding JSON. */
export function jsonAnswer(body: JsonValue, headers: Readonly<Record<string, string>> = {}): WireAnswer {
  return {
    status: 200,
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(JSON.stringify(body)),
  };
}

/** Sends a refusal; text bodies (XML of blob stores) carry their own content type in `headers`. */
export function sendWireError(reply: FastifyReply, error: WireError): FastifyReply {
  const text = typeof error.body === 'string' ? error.body : JSON.stringify(error.body);
  return reply
    .code(error.status)
    .headers({ 'content-type': 'application/json', ...error.headers })
    .send(Buffer.from(text));
}

async function holdBack(outcome: ScriptedOutcome | undefined, signal: AbortSignal): Promise<void> {
  if (outcome?.name === 'slow') await wait(outcome.delayMs, undefined, { signal });
  if (outcome?.name !== 'stall') return;
  if (!signal.aborted) await once(signal, 'abort');
  signal.throwIfAborted();
}

async function transmit(
  reply: FastifyReply,
  answer: WireAnswer,
  outcome: ScriptedOutcome | undefined,
  pace: { readonly signal: AbortSignal; readonly dripMs: number },
): Promise<FastifyReply> {
  reply.code(answer.status).headers({ ...answer.headers });
  if (outcome?.name === 'cut-body') return sendHalf(reply, answer);
  if (outcome?.name === 'drip') {
    const body = await readWhole(answer.body);
    if (answer.body instanceof Uint8Array) reply.header('content-length', body.length);
    return reply.send(Readable.from(dripPieces(body, pace), { objectMode: false }));
  }
  if (answer.body instanceof Uint8Array) return reply.send(answer.body);
  return reply.send(Readable.from(encode(answer.body), { objectMode: false }));
}

async function sendHalf(reply: FastifyReply, answer: WireAnswer): Promise<FastifyReply> {
  const body = await readWhole(answer.body);
  if (answer.body instanceof Uint8Array) reply.header('content-length', body.length);
  reply.hijack();
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value);
  }
  reply.raw.writeHead(answer.status);
  // The socket is destroyed only once the system has taken what was written, so that the half really arrives.
  reply.raw.write(cutInHalf(body), () => reply.raw.destroy());
  return reply;
}

function hangUp(reply: FastifyReply): FastifyReply {
  reply.hijack();
  reply.raw.destroy();
  return reply;
}

async function readWhole(body: WireAnswer['body']): Promise<Buffer> {
  if (body instanceof Uint8Array) return Buffer.from(body);
  const pieces: Buffer[] = [];
  for await (const piece of body) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

async function* encode(texts: AsyncIterable<string> | Iterable<string>): AsyncIterable<Buffer> {
  for await (const text of texts) yield Buffer.from(text);
}

function readStatus(error: unknown): number {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return 500;
  return typeof error.statusCode === 'number' ? error.statusCode : 500;
}
