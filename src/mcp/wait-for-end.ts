import { openEvents, type ReceivedEvent } from './gateway.js';
import type { ToolCall } from './tool.js';

const LAST_EVENTS = ['completed', 'failed', 'cancelled'];

/**
 * Follows something that runs, until its end or until the time is over; what runs is not stopped by that.
 * @param path of its events
 * @param maxMs 0 looks at nothing
 * @throws ToolFailure when there is nothing of this id, or no gateway
 */
export async function waitForEnd(
  path: string,
  maxMs: number,
  call: ToolCall,
  onEvent: (event: ReceivedEvent) => void,
): Promise<void> {
  if (maxMs === 0) return;
  const over = new AbortController();
  const timer = setTimeout(() => {
    over.abort();
  }, maxMs);
  try {
    const signal = AbortSignal.any([call.signal, over.signal]);
    for await (const event of await openEvents(call.gateway, path, { signal })) {
      onEvent(event);
      if (LAST_EVENTS.includes(event.event)) return;
    }
  } catch (error) {
    if (!over.signal.aborted || call.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
    over.abort();
  }
}
