import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ImageSink } from '../provider.js';
import { readServerSentEvents, readSseJsonWithPictures } from './sse.js';
import type { ReadEventsOptions } from './sse.js';

const CHUNKS = [1, 2, 3, 7, 65_536];

async function* cut(text: string, chunkBytes: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let from = 0; from < bytes.length; from += chunkBytes) {
    await Promise.resolve();
    const chunk = Buffer.from(bytes.subarray(from, from + chunkBytes));
    yield chunk;
    // Whoever kept a piece of it would read this.
    chunk.fill(0x21);
  }
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

async function readEvents(text: string, options?: ReadEventsOptions) {
  const whole = await collect(readServerSentEvents(cut(text, 65_536), options));
  for (const chunkBytes of CHUNKS) {
    expect(await collect(readServerSentEvents(cut(text, chunkBytes), options))).toStrictEqual(whole);
  }
  return whole;
}

const message = (data: string) => ({ event: 'message', id: undefined, data });

describe('readServerSentEvents', () => {
  it('reads names, ids and joined data lines', async () => {
    const text = 'event: started\nid: 7\ndata: {"a":1}\n\ndata:x\ndata:  y\ndata\n\nevent: end\ndata: z\n\n';
    expect(await readEvents(text)).toStrictEqual([
      { event: 'started', id: '7', data: '{"a":1}' },
      { event: 'message', id: '7', data: 'x\n y\n' },
      { event: 'end', id: '7', data: 'z' },
    ]);
  });

  it.each([
    ['LF', 'data: a\n\ndata: b\n\n'],
    ['CR', 'data: a\r\rdata: b\r\r'],
    ['CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n'],
    ['a mixture', 'data: a\r\n\ndata: b\r\r\n'],
    ['a byte order mark', '\ufeffdata: a\n\ndata: b\n\n'],
    ['comments', ': hello\ndata: a\n:\n\n\n: data: c\ndata: b\n:x\n\n'],
    [
      'unknown fields',
      'retry: 5\ndatabase: 4\ndata: a\nDATA: c\n\nx\na-field-with-a-very-long-name: 4\ndata: b\n\n',
    ],
    ['a cut last event', 'data: a\n\ndata: b\n\ndata: c\n'],
    ['an event without data', 'data: a\n\nevent: x\nid: \n\ndata: b\n\n'],
  ])('reads streams with %s', async (name, text) => {
    const events = await readEvents(text);
    expect(events.map((event) => event.data)).toStrictEqual(['a', 'b']);
    if (name !== 'an event without data') expect(events[0]).toStrictEqual(message('a'));
  });

  it('keeps characters whole across chunks', async () => {
    expect(await readEvents('event: é\ndata: "狐 🦊"\n\n')).toStrictEqual([
      { event: 'é', id: undefined, data: '"狐 🦊"' },
    ]);
  });

  it('bounds an event', async () => {
    expect(await readEvents('data: 12345\n\ndata: 12345\n\n', { maxDataBytes: 6 })).toHaveLength(2);
    for (const text of ['data: 1234567', 'data\n'.repeat(7), 'data: 123\ndata: 456']) {
      const reading = collect(readServerSentEvents(cut(text, 2), { maxDataBytes: 6 }));
      await expect(reading).rejects.toMatchObject({ reason: 'too_large' });
    }
    const named = collect(readServerSentEvents(cut(`event: ${'x'.repeat(2000)}`, 100)));
    await expect(named).rejects.toMatchObject({ reason: 'too_large' });
  });

  it('reads any fields in any chunking', async () => {
    const line = fc.tuple(
      fc.constantFrom('data: ', 'data:', ': ', 'x: ', 'data'),
      fc.string({ unit: 'grapheme', maxLength: 8 }),
    );
    const event = fc.tuple(fc.array(line, { maxLength: 4 }), fc.constantFrom('\n', '\r', '\r\n'));
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 4 }),
        fc.integer({ min: 1, max: 9 }),
        async (events, chunkBytes) => {
          const texts = events.map(([lines, end]) =>
            [...lines.map(([field, value]) => field + value), '', ''].join(end),
          );
          const data = events.map(([lines]) => lines.flatMap(([field, value]) => dataOf(field + value)));
          const expected = data
            .filter((values) => values.length > 0)
            .map((values) => message(values.join('\n')));
          const actual = await collect(readServerSentEvents(cut(texts.join(''), chunkBytes)));
          expect(actual).toStrictEqual(expected);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

function dataOf(line: string): string[] {
  if (line === 'data') return [''];
  return line.startsWith('data:') ? [line.slice(line.startsWith('data: ') ? 6 : 5)] : [];
}

interface Watched {
  readonly chunks: Uint8Array[];
  discarded: boolean;
}

function createSinks() {
  const sinks: Watched[] = [];
  const openSink = (): ImageSink => {
    const sink: Watched = { chunks: [], discarded: false };
    sinks.push(sink);
    return {
      write: (chunk) => {
        sink.chunks.push(Buffer.from(chunk));
        return Promise.resolve();
      },
      finish: () => {
        const bytes = Buffer.concat(sink.chunks);
        return Promise.resolve({
          sha256: bytes.toString('hex'),
          sizeBytes: bytes.length,
          picture: undefined,
        });
      },
      discard: () => {
        sink.discarded = true;
        return Promise.resolve();
      },
    };
  };
  const options = {
    openSink,
    isPicture: (path: readonly (string | number)[]) => path.at(-1) === 'b64_json',
    maxRestBytes: 200,
  };
  return { sinks, options };
}

const read = (text: string, chunkBytes = 5) =>
  collect(readSseJsonWithPictures(cut(text, chunkBytes), createSinks().options));

describe('readSseJsonWithPictures', () => {
  it('streams the pictures of every event', async () => {
    const picture = Buffer.alloc(200_000, 'picture');
    const text = [
      'event: image_generation.partial_image\ndata: {"index":0,"b64_json":"AAEC"}\n\n',
      ': keep-alive\r\n\r\n',
      `event: image_generation.completed\r\ndata: {"b64_json":"${picture.toString('base64')}","usage":{"n":1}}\r\n\r\n`,
      'data: {"many":\ndata: [{"b64_json":"AA"},\ndata:\ndata:{"b64_json":"AQ"}]}\n\n',
      'data\n\ndata: [DONE]\n\ndata: {"after":true}\n\n',
    ].join('');
    for (const chunkBytes of CHUNKS) {
      const events = await read(text, chunkBytes);
      expect(events.map(({ event, value }) => ({ event, value }))).toStrictEqual([
        { event: 'image_generation.partial_image', value: { index: 0, b64_json: { $picture: 0 } } },
        { event: 'image_generation.completed', value: { b64_json: { $picture: 0 }, usage: { n: 1 } } },
        { event: 'message', value: { many: [{ b64_json: { $picture: 0 } }, { b64_json: { $picture: 1 } }] } },
      ]);
      const hashes = events.map((event) => event.pictures.map((image) => image.sha256));
      expect(hashes).toStrictEqual([['000102'], [picture.toString('hex')], ['00', '01']]);
    }
  });

  it.each(['data: {"a":1}', 'data: {"a":1}\n', 'data: {"a":1}\r'])(
    'keeps a whole last event: %j',
    async (text) => {
      for (const chunkBytes of CHUNKS)
        expect(await read(text, chunkBytes)).toMatchObject([{ value: { a: 1 } }]);
      expect(await read('data: [DONE]')).toStrictEqual([]);
    },
  );

  it('hands an event out before the next one arrives', async () => {
    const { options } = createSinks();
    const seen: unknown[] = [];
    async function* body(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('data: 1\n\ndata: 2\n');
      await Promise.resolve();
      expect(seen).toStrictEqual([1]);
      yield Buffer.from('\n');
    }
    for await (const { value } of readSseJsonWithPictures(body(), options)) seen.push(value);
    expect(seen).toStrictEqual([1, 2]);
  });

  it.each([
    ['truncated', 'data: {"b64_json":"AAAA'],
    ['truncated', 'data: {"b64_json":"AAAA"\n\n'],
    ['truncated', 'data: [DON\n\n'],
    ['invalid_json', 'data: [DONE]!\n\n'],
    ['invalid_json', 'data: {"b64_json":"AAAA"} x\n\n'],
    ['invalid_base64', 'data: {"b64_json":"AA*A"}\n\n'],
    ['too_large', `data: {"b64_json":"AAAA","a":"${'x'.repeat(300)}"}\n\n`],
  ])('fails with %s, keeping what was handed out: %s', async (reason, text) => {
    const { sinks, options } = createSinks();
    const seen: unknown[] = [];
    const reading = (async () => {
      const events = readSseJsonWithPictures(cut(`data: {"b64_json":"AAAA"}\n\n${text}`, 6), options);
      for await (const event of events) seen.push(event.value);
    })();
    await expect(reading).rejects.toMatchObject({ reason });
    expect(seen).toStrictEqual([{ b64_json: { $picture: 0 } }]);
    expect(sinks[0]?.discarded).toBe(false);
    expect(sinks.slice(1).every((sink) => sink.discarded)).toBe(true);
  });

  it('closes the body when its reader stops', async () => {
    const { sinks, options } = createSinks();
    let closed = false;
    async function* body(): AsyncGenerator<Uint8Array> {
      try {
        yield* cut('data: {"b64_json":"AAAA"}\n\ndata: {"b64_json":"AAAA"}\n\n', 1000);
      } finally {
        closed = true;
      }
    }
    for await (const event of readSseJsonWithPictures(body(), options)) {
      expect(event.pictures).toHaveLength(1);
      break;
    }
    expect(closed).toBe(true);
    expect(sinks.map((sink) => sink.discarded)).toStrictEqual([false]);
  });
});
