import path from 'node:path';
import type { Piscina } from 'piscina';
import { openThreads } from '../threads.js';
import { EditSourceError, type EditRequest, type UnreadableSource } from './edit-request.js';
import type { Painting, PaintRequest } from './paint-request.js';

export { EditSourceError, type EditRequest } from './edit-request.js';
export type { Painting, PaintRequest } from './paint-request.js';

type Task = PaintRequest | EditRequest;
type Answer = Painting | UnreadableSource;
interface TaskOptions {
  readonly signal?: AbortSignal;
}

const smallestEdge = 16;
const largestEdge = 12_000;
const mostPixels = 96_000_000;

/** Paints pictures from prompts on threads of its own. Threads start with the first picture. */
export class Painter {
  readonly #threads: number;
  /**
   * Plain pictures, which are painted to their end: to write them Node's own compressor is opened, and a thread that is stopped at that
   * moment takes the whole process with it (seen with Node 20). They take milliseconds.
   */
  readonly #unstoppable = new Set<Promise<Answer>>();
  #pool: Piscina<Task, Answer> | undefined;
  #closed = false;

  constructor(options: { readonly threads: number }) {
    this.#threads = Math.max(1, Math.floor(options.threads));
  }

  /** Fails only on sizes out of range, on abort (`AbortError`), after `close()`, or when a thread dies. */
  async paint(request: PaintRequest, options: TaskOptions = {}): Promise<Painting> {
    return this.#run('paint', request, options);
  }

  /**
   * Changes a picture as an instruction says. Fails like `paint`, and with EditSourceError when a source or the mask
   * can't be decoded.
   */
  async edit(request: EditRequest, options: TaskOptions = {}): Promise<Painting> {
    return this.#run('edit', request, options);
  }

  async #run(name: 'paint' | 'edit', request: Task, options: TaskOptions): Promise<Painting> {
    checkSize(request.width);
    checkSize(request.height);
    if (request.width * request.height > mostPixels)
      throw new RangeError(`A picture has at most ${mostPixels} pixels.`);
    if (this.#closed) throw new Error('The painter is closed.');
    options.signal?.throwIfAborted();
    this.#pool ??= openPool(this.#threads);
    const { signal } = options;
    const answer =
      request.detail === 'plain'
        ? await this.#runToItsEnd(this.#pool.run(request, { name }), signal)
        : await this.#pool.run(request, { name, ...(signal === undefined ? {} : { signal }) });
    if ('unreadable' in answer) throw new EditSourceError(answer.unreadable);
    return answer;
  }

  /** Whoever gives up is told at once; the thread goes on. */
  async #runToItsEnd(running: Promise<Answer>, signal: AbortSignal | undefined): Promise<Answer> {
    this.#unstoppable.add(running);
    const forget = () => this.#unstoppable.delete(running);
    running.then(forget, forget);
    if (signal === undefined) return running;
    let stopListening = () => {};
    const givenUp = new Promise<never>((_, reject) => {
      const onAbort = () => {
        reject(new DOMException('The picture is no longer wanted.', 'AbortError'));
      };
      signal.addEventListener('abort', onAbort, { once: true });
      stopListening = () => {
        signal.removeEventListener('abort', onAbort);
      };
    });
    try {
      return await Promise.race([running, givenUp]);
    } finally {
      stopListening();
    }
  }

  /** Stops all threads; full pictures still being painted are rejected. Closing twice is harmless. */
  async close(): Promise<void> {
    this.#closed = true;
    const pool = this.#pool;
    this.#pool = undefined;
    await Promise.allSettled(this.#unstoppable);
    await pool?.destroy();
  }
}

function openPool(threads: number): Piscina<Task, Answer> {
  const ending = path.extname(import.meta.url);
  return openThreads<Task, Answer>(new URL(`./paint-worker${ending}`, import.meta.url), {
    name: 'paint',
    maxThreads: threads,
  });
}

function checkSize(edge: number): void {
  if (!Number.isInteger(edge) || edge < smallestEdge || edge > largestEdge) {
    throw new RangeError(`An edge is a whole number of pixels from ${smallestEdge} to ${largestEdge}.`);
  }
}
