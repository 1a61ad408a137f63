import { expect, it } from 'vitest';
import { readEvents } from './event-stream.js';

it('reads events however they are cut, and leaves comments out', async () => {
  const text =
    ': still here\n\nid: 1\nevent: progress\ndata: {"a":"ü"}\n\nevent: x\ndata: {}\n\nid: 3\ndata: cut';
  const bytes = new TextEncoder().encode(text);
  for (const size of [1, 2, 7, bytes.length]) {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
        controller.close();
      },
    });
    const events = [];
    for await (const event of readEvents(body)) events.push(event);
    expect(events).toEqual([
      { id: '1', data: '{"a":"ü"}' },
      { id: undefined, data: '{}' },
    ]);
  }
});
