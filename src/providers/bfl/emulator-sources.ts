/**
 * The pictures that edits were submitted with. Ids and links carry everything else about a task; these are too large for
 * that, so that a process which was not there at the submit draws the result without them.
 */
import { randomUUID } from 'node:crypto';

const MAX_BYTES = 256 * 1024 * 1024;

/** What an edit starts from, as it came. */
export interface EditSources {
  /** In the order in which prompts number them; the first one is edited. */
  readonly sources: readonly Buffer[];
  /** A PNG whose transparent pixels are repainted: the picture itself, where it came without a mask. */
  readonly mask?: Buffer;
  /** A picture whose white pixels are repainted. */
  readonly whiteMask?: Buffer;
}

/** Keeps the sources of the latest edits; the oldest go first. */
export class SourceStore {
  readonly #kept = new Map<string, EditSources>();
  readonly #maxBytes: number;
  #sizeBytes = 0;

  constructor(maxBytes = MAX_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** @returns the name to find them by */
  keep(sources: EditSources): string {
    const name = randomUUID();
    this.#kept.set(name, sources);
    this.#sizeBytes += sizeOfSources(sources);
    for (const [oldest, old] of this.#kept) {
      if (this.#sizeBytes <= this.#maxBytes || oldest === name) break;
      this.#kept.delete(oldest);
      this.#sizeBytes -= sizeOfSources(old);
    }
    return name;
  }

  find(name: string): EditSources | undefined {
    return this.#kept.get(name);
  }
}

function sizeOfSources({ sources, mask, whiteMask }: EditSources): number {
  const pictures = new Set([...sources, mask, whiteMask]);
  return [...pictures].reduce((sum, picture) => sum + (picture?.length ?? 0), 0);
}
