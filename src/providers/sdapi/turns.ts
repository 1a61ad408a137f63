/**
 * Calls to one server, one after the other. The servers paint one call at a time anyway, and what they tell of their
 * progress, and what an interruption stops, is whatever they happen to paint.
 */
export class Turns {
  readonly #lines = new Map<string, { tail: Promise<void>; length: number }>();

  /** How many calls have their turn at a server or wait for one. */
  count(server: string): number {
    return this.#lines.get(server)?.length ?? 0;
  }

  /**
   * Waits for a turn. @returns gives the turn back; has to be called
   * @throws the signal's reason when it fires first
   */
  async take(server: string, signal: AbortSignal): Promise<() => void> {
    const line = this.#lines.get(server) ?? { tail: Promise.resolve(), length: 0 };
    this.#lines.set(server, line);
    const before = line.tail;
    let end: () => void = () => undefined;
    const mine = new Promise<void>((resolve) => {
      end = resolve;
    });
    // Whoever leaves the line lets the next one pass, but only once the one before is done.
    line.tail = before.then(() => mine);
    line.length += 1;
    const release = () => {
      line.length -= 1;
      if (line.length === 0) this.#lines.delete(server);
      end();
    };
    try {
      await unlessAborted(before, signal);
      return release;
    } catch (error) {
      release();
      throw error;
    }
  }
}

function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      reject(new Error('the wait was cut short', { cause: signal.reason }));
    };
    if (signal.aborted) {
      abort();
      return;
    }
    signal.addEventListener('abort', abort, { once: true });
    void work.then(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    });
  });
}
