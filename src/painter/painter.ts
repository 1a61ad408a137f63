import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Piscina } from 'piscina';
import type { Painting, PaintRequest } from './paint-request.js';

export type { Painting, PaintRequest } from './paint-request.js';

const smallestEdge = 16;
const largestEdge = 12_000;
const mostPixels = 96_000_000;

/** Paints pictures from prompts on threads of its own. Threads start with the first picture. */
export class Painter {
  readonly #threads: number;
  #pool: Piscina<PaintRequest, Painting> | undefined;
  #closed = false;

  constructor(options: { readonly threads: number }) {
    this.#threads = Math.max(1, Math.floor(options.threads));
  }

  /** Fails only on sizes out of range, on abort (`AbortError`), after `close()`, or when a thread dies. */
  async paint(request: PaintRequest, options: { readonly signal?: AbortSignal } = {}): Promise<Painting> {
    checkSize(request.width);
    checkSize(request.height);
    if (request.width * request.height > mostPixels)
      throw new RangeError(`A picture has at most ${mostPixels} pixels.`);
    if (this.#closed) throw new Error('The painter is closed.');
    options.signal?.throwIfAborted();
    this.#pool ??= openPool(this.#threads);
    return this.#pool.run(request, options.signal === undefined ? {} : { signal: options.signal });
  }

  /** Stops all threads; pictures still being painted are rejected. Closing twice is harmless. */
  async close(): Promise<void> {
    this.#closed = true;
    const pool = this.#pool;
    this.#pool = undefined;
    await pool?.destroy();
  }
}

function openPool(threads: number): Piscina<PaintRequest, Painting> {
  const fromSource = import.meta.url.endsWith('.ts');
  const worker = new URL(fromSource ? './paint-worker.ts' : './paint-worker.js', import.meta.url);
  return new Piscina<PaintRequest, Painting>({
    filename: worker.href,
    name: 'paint',
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: 60_000,
    execArgv: fromSource ? ['--import', typeScriptLoader()] : [],
  });
}

/** Run from TypeScript sources (tests, development), a thread needs the loader that its parent already has. */
function typeScriptLoader(): string {
  return pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
}

function checkSize(edge: number): void {
  if (!Number.isInteger(edge) || edge < smallestEdge || edge > largestEdge) {
    throw new RangeError(`An edge is a whole number of pixels from ${smallestEdge} to ${largestEdge}.`);
  }
}
