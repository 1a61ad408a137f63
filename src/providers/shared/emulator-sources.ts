/** Pictures that edits start from, kept from the call until its result is downloaded. */
import { createHash } from 'node:crypto';

/** All pictures together; the oldest are forgotten. */
const MAX_KEPT_BYTES = 64 * 1024 * 1024;

/**
 * Links and task ids name the pictures, which are too large to stand in them. A result whose pictures are forgotten, or
 * were sent to another process, is drawn from its prompt alone.
 */
export class SourceKeeper {
  readonly #kept = new Map<string, Buffer>();
  #sizeBytes = 0;

  /** Names under which the pictures can be found again, in the same order. */
  keep(pictures: readonly Buffer[]): string[] {
    const named = pictures.map((bytes) => ({
      name: createHash('sha256').update(bytes).digest('base64url').slice(0, 16),
      bytes,
    }));
    // The first picture is the one that is edited: it is the last to go.
    for (const { name, bytes } of [...named].reverse()) {
      this.#drop(name);
      this.#kept.set(name, bytes);
      this.#sizeBytes += bytes.length;
    }
    for (const oldest of this.#kept.keys()) {
      if (this.#sizeBytes <= MAX_KEPT_BYTES) break;
      this.#drop(oldest);
    }
    return named.map(({ name }) => name);
  }

  /** The pictures of these names that are still known; none without the first. */
  find(names: readonly string[]): readonly Buffer[] {
    const [first = ''] = names;
    if (!this.#kept.has(first)) return [];
    return names.flatMap((name) => this.#kept.get(name) ?? []);
  }

  #drop(name: string): void {
    this.#sizeBytes -= this.#kept.get(name)?.length ?? 0;
    this.#kept.delete(name);
  }
}
