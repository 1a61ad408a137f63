/**
 * What happened to a generation: it waits for somebody to run it, something of it changed, it is to be stopped, or its
 * process gave it up.
 */
export const SIGNAL_TOPICS = ['queued', 'changed', 'cancel', 'left'] as const;
export type SignalTopic = (typeof SIGNAL_TOPICS)[number];

export type SignalListener = (topic: SignalTopic, generationId: string) => void;

/**
 * Hints for whoever waits, in this process and in others on the same database. They may get lost: everything that they
 * tell stands in the tables, and who waits looks there by itself from time to time.
 */
export interface Signals {
  /** Tells this process at once and others soon. Never fails. */
  send(topic: SignalTopic, generationId: string): void;
  /** @returns ends the listening */
  listen(listener: SignalListener): () => void;
}

/** Signals within one process. */
export class LocalSignals implements Signals {
  readonly #listeners = new Set<SignalListener>();

  send(topic: SignalTopic, generationId: string): void {
    // A listener may end its own listening.
    for (const listener of [...this.#listeners]) listener(topic, generationId);
  }

  listen(listener: SignalListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }
}
