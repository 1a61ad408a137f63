/** Requests as an adapter would never send them, so that refusals of them can be met by its reading of failures. */
import type { Adapter, ProviderIo } from '../../../src/providers/provider.js';

export type Sent = Parameters<ProviderIo['send']>[0];

/** The body of a call without pictures. */
export function textOf(sent: Sent): string {
  if (typeof sent.body !== 'string') throw new Error('the call has no body of text alone');
  return sent.body;
}

/** An adapter's `run` whose requests are changed on their way. */
export function tampered(run: Adapter['run'], change: (sent: Sent, io: ProviderIo) => Sent): Adapter['run'] {
  return (call, io) =>
    run(
      call,
      withSend(io, (sent) => io.send(change(sent, io))),
    );
}

/** The same world with another way out. Spreading it would ask for its painter. */
export function withSend(io: ProviderIo, send: ProviderIo['send']): ProviderIo {
  return {
    endpoint: io.endpoint,
    signal: io.signal,
    listen: (call) => io.listen(call),
    input: (name) => io.input(name),
    readInput: (name) => io.readInput(name),
    send,
    openImage: () => io.openImage(),
    sleep: (delayMs) => io.sleep(delayMs),
    get painter() {
      return io.painter;
    },
    mark: (seed) => io.mark(seed),
    now: () => io.now(),
  };
}
