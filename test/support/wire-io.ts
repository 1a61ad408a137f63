/** The world that the gateway gives to an adapter, over the gateway's own transport, with an ear on the wire. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Transport } from '../../src/images/transport.js';
import type {
  Endpoint,
  ImageSink,
  InputName,
  PreparedInput,
  ProviderIo,
  UpstreamResponse,
} from '../../src/providers/provider.js';
import { readInput, type InputSource } from '../../src/providers/shared/outgoing-body.js';

/** Error answers are small; of answers with pictures only the beginning is kept. */
const MAX_HEARD_BYTES = 64 * 1024;

export interface Heard {
  readonly status: number;
  readonly text: string;
}

export interface WireIo extends ProviderIo {
  /** The answer that was read last, as far as the adapter has read it. */
  heard(): Heard;
}

/** What a test gives as the picture of a name. */
export interface TestInput {
  readonly bytes: Uint8Array;
  readonly mimeType: PreparedInput['mimeType'];
}
export type TestInputs = Readonly<Partial<Record<InputName, TestInput>>>;

/** The given pictures as the store of a call. */
export function inputSourceOf(inputs: TestInputs): InputSource {
  return {
    input: (name) => {
      const input = inputs[name];
      if (input === undefined) throw new Error(`the test has no input ${name}`);
      return { sha256: String(name), sizeBytes: input.bytes.length, mimeType: input.mimeType };
    },
    read: (sha256) => {
      const found = Object.entries(inputs).find(([name]) => name === sha256)?.[1];
      return Readable.from(found === undefined ? [] : [Buffer.from(found.bytes)]);
    },
  };
}

/**
 * @param signal what ends the call
 * @param inputs the pictures of an edit, by name
 */
export function createWireIo(
  transport: Transport,
  endpoint: Endpoint,
  signal: AbortSignal,
  inputs: TestInputs = {},
): WireIo {
  const source = inputSourceOf(inputs);
  let last: { readonly status: number; readonly chunks: Uint8Array[] } = { status: 0, chunks: [] };
  const hear = async function* (status: number, body: UpstreamResponse['body']): AsyncGenerator<Uint8Array> {
    const chunks: Uint8Array[] = [];
    last = { status, chunks };
    let sizeBytes = 0;
    for await (const chunk of body) {
      if (sizeBytes < MAX_HEARD_BYTES) chunks.push(Buffer.from(chunk));
      sizeBytes += chunk.length;
      yield chunk;
    }
  };
  return {
    endpoint,
    signal,
    heard: () => ({ status: last.status, text: Buffer.concat(last.chunks).toString() }),
    send: async (call) => {
      const limit = call.afterAbort === true ? AbortSignal.timeout(5000) : signal;
      const response = await transport.send(endpoint, call, 'gen_wire/1/1', limit, source);
      return { ...response, body: hear(response.status, response.body) };
    },
    listen: (call) => transport.listen(endpoint, call, 'gen_wire/1/1', signal),
    input: (name) => source.input(name),
    readInput: (name) => readInput(source, name),
    openImage: hashingSink,
    sleep: () => Promise.resolve(),
    get painter(): never {
      throw new Error('adapters of remote providers must not paint');
    },
    mark: () => {
      throw new Error('pictures of remote providers say what they say');
    },
    now: () => new Date('2026-11-22T12:00:00Z'),
  };
}

function hashingSink(): ImageSink {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  return {
    write: (chunk) => {
      hash.update(chunk);
      sizeBytes += chunk.length;
      return Promise.resolve();
    },
    finish: () => Promise.resolve({ sha256: hash.copy().digest('hex'), sizeBytes, picture: undefined }),
    discard: () => Promise.resolve(),
  };
}
