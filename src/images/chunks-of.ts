import type { Readable } from 'node:stream';
import type { Turns } from './turns.js';

/** Chunks that wait for their reader; a stream with more of them is paused. */
const MAX_WAITING = 2;

/**
 * The chunks of a stream of bytes as they come. A stream's own iterator joins what has gathered into a new buffer; with
 * answers of megabytes that copies most bytes once more.
 * @param turns shared by all streams that are read at once
 */
export function chunksOf(stream: Readable, turns: Turns): AsyncIterable<Uint8Array> {
  const reader = new ChunkReader(stream, turns);
  return { [Symbol.asyncIterator]: () => reader };
}

class ChunkReader implements AsyncIterator<Uint8Array, undefined> {
  readonly #stream: Readable;
  readonly #turns: Turns;
  readonly #order: number;
  readonly #waiting: Uint8Array[] = [];
  #started = false;
  #ended = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(stream: Readable, turns: Turns) {
    this.#stream = stream;
    this.#turns = turns;
    this.#order = turns.begin();
    // From the beginning: an answer can break before anybody reads it.
    stream.on('error', (error: Error) => {
      this.#failure = error;
      this.#wake?.();
    });
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#start();
    for (;;) {
      if (this.#waiting.length > 0) await this.#turns.take(this.#order);
      const chunk = this.#waiting.shift();
      if (chunk !== undefined) {
        if (this.#waiting.length === 0) this.#stream.resume();
        return { done: false, value: chunk };
      }
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#ended) return { done: true, value: undefined };
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }

  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#ended = true;
    this.#waiting.length = 0;
    this.#stream.destroy();
    return Promise.resolve({ done: true, value: undefined });
  }

  #start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#stream.on('data', (chunk: Uint8Array) => {
      this.#waiting.push(chunk);
      if (this.#waiting.length >= MAX_WAITING) this.#stream.pause();
      this.#wake?.();
    });
    this.#stream.on('end', () => {
      this.#ended = true;
      this.#wake?.();
    });
    this.#stream.on('close', () => {
      if (!this.#ended) this.#failure ??= new Error('the stream was closed before its end');
      this.#wake?.();
    });
    if (this.#stream.destroyed && !this.#ended) {
      this.#failure ??= new Error('the stream was closed before it was read');
    }
  }
}
