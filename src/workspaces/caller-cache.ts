interface Entry<T> {
  readonly value: T;
  readonly readAt: number;
}

interface CacheOptions {
  /** How long an entry may be believed, in milliseconds from the moment that its reading began. */
  readonly ttlMs: number;
  /** Most entries of what was found, and as many again of what was not: strangers don't push callers out. */
  readonly maxEntries: number;
  /** Milliseconds that only ever grow. */
  readonly now: () => number;
}

/**
 * Remembers for a moment what was looked up, and that there was nothing. Look-ups of the same name at the same time are
 * one.
 */
export class CallerCache<T> {
  readonly #options: CacheOptions;
  readonly #found = new Map<string, Entry<T>>();
  readonly #missing = new Map<string, Entry<undefined>>();
  readonly #loading = new Map<string, Promise<T | undefined>>();
  /** Counts what was forgotten: a reading that began before that is not kept. */
  #epoch = 0;

  constructor(options: CacheOptions) {
    this.#options = options;
  }

  /** @returns undefined where `load` finds nothing; what it throws is thrown and not remembered */
  async find(name: string, load: () => Promise<T | undefined>): Promise<T | undefined> {
    const known = this.#take(this.#found, name) ?? this.#take(this.#missing, name);
    if (known !== undefined) return known.value;
    const running = this.#loading.get(name);
    if (running !== undefined) return running;
    const loading = this.#load(name, load).finally(() => {
      if (this.#loading.get(name) === loading) this.#loading.delete(name);
    });
    this.#loading.set(name, loading);
    return loading;
  }

  /** Forgets what matches, and everything that was not found; what is being read now is read again by the next. */
  forget(matches: (value: T) => boolean): void {
    this.#epoch += 1;
    this.#loading.clear();
    this.#missing.clear();
    for (const [name, entry] of this.#found) if (matches(entry.value)) this.#found.delete(name);
  }

  async #load(name: string, load: () => Promise<T | undefined>): Promise<T | undefined> {
    const [epoch, readAt] = [this.#epoch, this.#options.now()];
    const value = await load();
    if (epoch !== this.#epoch) return value;
    if (value === undefined) this.#keep(this.#missing, name, { value, readAt });
    else this.#keep(this.#found, name, { value, readAt });
    return value;
  }

  #take<E extends { readonly readAt: number }>(entries: Map<string, E>, name: string): E | undefined {
    const entry = entries.get(name);
    if (entry === undefined) return undefined;
    entries.delete(name);
    if (this.#options.now() - entry.readAt >= this.#options.ttlMs) return undefined;
    // A map keeps the order of insertion: the least recently used comes first.
    entries.set(name, entry);
    return entry;
  }

  #keep<E>(entries: Map<string, E>, name: string, entry: E): void {
    entries.set(name, entry);
    if (entries.size <= this.#options.maxEntries) return;
    const [oldest] = entries.keys();
    if (oldest !== undefined) entries.delete(oldest);
  }
}
