/** One server-sent event; comments are left out. */
export interface StreamedEvent {
  readonly id: string | undefined;
  readonly data: string;
}

/**
 * Reads server-sent events from a body as they come. `EventSource` can't do it: it sends no headers, and the header says
 * which key reads.
 */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamedEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let pieces: string[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      // A partial picture comes in many pieces: they are joined once, when its end is there.
      const text = decoder.decode(value, { stream: true });
      pieces.push(text);
      if (!text.includes('\n')) continue;
      const blocks = pieces.join('').split('\n\n');
      pieces = [blocks.pop() ?? ''];
      for (const block of blocks) {
        const event = parseBlock(block);
        if (event !== undefined) yield event;
      }
    }
  } finally {
    await reader.cancel().catch(() => {
      // The connection is gone already.
    });
  }
}

function parseBlock(block: string): StreamedEvent | undefined {
  let id: string | undefined;
  let data: string | undefined;
  for (const line of block.split('\n')) {
    if (line.startsWith('id: ')) id = line.slice(4);
    else if (line.startsWith('data: ')) data = line.slice(6);
  }
  return data === undefined ? undefined : { id, data };
}
