import { describe, expect, it } from 'vitest';
import type { ImageSink, StoredImage } from '../provider.js';
import { JsonPicturesError, pictureRef, readJsonWithPictures } from './json-pictures.js';
import type { PictureDecision, ReadJsonOptions } from './json-pictures.js';

/** A sink that keeps its bytes and remembers what happened to it. */
class MemorySink implements ImageSink {
  readonly chunks: Uint8Array[] = [];
  state: 'open' | 'finished' | 'discarded' = 'open';
  writing = false;

  async write(chunk: Uint8Array): Promise<void> {
    expect(this.writing).toBe(false);
    expect(this.state).toBe('open');
    this.writing = true;
    await Promise.resolve();
    this.chunks.push(Buffer.from(chunk));
    this.writing = false;
  }

  finish(): Promise<StoredImage> {
    expect(this.writing).toBe(false);
    this.state = 'finished';
    return Promise.resolve({ sha256: this.hex, sizeBytes: this.hex.length / 2, picture: undefined });
  }

  discard(): Promise<void> {
    this.state = 'discarded';
    return Promise.resolve();
  }

  get hex(): string {
    return Buffer.concat(this.chunks).toString('hex');
  }
}

async function* cut(text: string | Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let from = 0; from < bytes.length; from += chunkBytes) {
    await Promise.resolve();
    yield bytes.subarray(from, from + chunkBytes);
  }
}

interface Reading {
  readonly sinks: MemorySink[];
  readonly paths: (readonly (string | number)[])[];
  readonly options: ReadJsonOptions;
}

function createReading(given: Partial<ReadJsonOptions> = {}): Reading {
  const sinks: MemorySink[] = [];
  const paths: (readonly (string | number)[])[] = [];
  const options: ReadJsonOptions = {
    isPicture: (path) => path.at(-1) === 'b64_json',
    openSink: (path) => {
      const sink = new MemorySink();
      sinks.push(sink);
      paths.push(path);
      return sink;
    },
    maxRestBytes: 64 * 1024,
    ...given,
  };
  return { sinks, paths, options };
}

const read = (text: string, given: Partial<ReadJsonOptions> = {}, chunkBytes = 7) =>
  readJsonWithPictures(cut(text, chunkBytes), createReading(given).options);

/** Why reading fails; `read` when it doesn't. */
async function reasonOf(text: string, given: Partial<ReadJsonOptions> = {}): Promise<string> {
  const reasons = new Set<string>();
  for (const chunkBytes of [1, 5, 65_536]) {
    const reading = createReading(given);
    try {
      await readJsonWithPictures(cut(text, chunkBytes), reading.options);
      reasons.add('read');
    } catch (error) {
      if (!(error instanceof JsonPicturesError)) throw error;
      reasons.add(error.reason);
      expect(reading.sinks.map((sink) => sink.state)).toEqual(reading.sinks.map(() => 'discarded'));
    }
  }
  return [...reasons].join(' or ');
}

const bytes = Buffer.from(Array.from({ length: 300_001 }, (_, index) => (index * 2_654_435_761) >>> 24));

describe('pictures', () => {
  it('are replaced by references and streamed to sinks at their paths', async () => {
    const reading = createReading();
    const text = `{"created":1,"data":[{"b64_json":"AAEC"},{"url":"x"},{"b64_json":"/+8=", "seed": 4}]}`;
    const { value, pictures } = await readJsonWithPictures(cut(text, 3), reading.options);
    expect(value).toStrictEqual({
      created: 1,
      data: [{ b64_json: { $picture: 0 } }, { url: 'x' }, { b64_json: { $picture: 1 }, seed: 4 }],
    });
    expect(pictures.map((picture) => picture.sha256)).toStrictEqual(['000102', 'ffef']);
    expect(reading.paths).toStrictEqual([
      ['data', 0, 'b64_json'],
      ['data', 2, 'b64_json'],
    ]);
    expect(pictureRef.parse({ $picture: 1 })).toStrictEqual({ $picture: 1 });
    expect(pictureRef.safeParse({ $picture: 1, more: 2 }).success).toBe(false);
  });

  it.each([1, 2, 3, 5, 1000, 16_384, 65_536, 1_000_000])(
    'are decoded in chunks of %i bytes',
    async (chunkBytes) => {
      for (const size of chunkBytes < 10
        ? [1, 2, 3, 50_001]
        : [48 * 1024, 64 * 1024 - 1, 64 * 1024, bytes.length]) {
        const reading = createReading();
        const picture = bytes.subarray(0, size);
        const text = JSON.stringify({ b64_json: picture.toString('base64') });
        await readJsonWithPictures(cut(text, chunkBytes), reading.options);
        expect(reading.sinks[0]?.hex === picture.toString('hex')).toBe(true);
        const largest = Math.max(...(reading.sinks[0]?.chunks.map((chunk) => chunk.length) ?? []));
        expect(largest).toBeLessThanOrEqual(64 * 1024);
      }
    },
  );

  it.each([
    ['padded', 'AQ=='],
    ['not padded', 'AQ'],
    ['escaped slashes', '\\/\\/\\u002f\\u002F'],
    ['escaped padding', 'AQ\\u003d='],
    ['a data URL', 'data:image/png;base64,AQ=='],
    ['an escaped data URL', 'data:image\\/svg+xml;charset=utf-8;base64,AQ'],
    ['a data URL in capitals', 'DATA:IMAGE/PNG;BASE64,AQ'],
    ['the beginning of a scheme', 'data'],
  ])('may be %s', async (_, text) => {
    const plain: unknown = JSON.parse(`"${text}"`);
    const expected = Buffer.from(String(plain).replace(/^data:.*,/i, ''), 'base64').toString('hex');
    for (const chunkBytes of [1, 4, 100]) {
      const { pictures } = await read(`{"b64_json":"${text}"}`, {}, chunkBytes);
      expect(pictures[0]?.sha256).toBe(expected);
    }
  });

  it('stay strings when empty, and leave other types alone', async () => {
    const { value, pictures } = await read('[{"b64_json":""},{"b64_json":null},{"b64_json":[5]}]');
    expect(value).toStrictEqual([{ b64_json: '' }, { b64_json: null }, { b64_json: [5] }]);
    expect(pictures).toStrictEqual([]);
  });

  it.each([
    ['an illegal character', 'AAAA*AAA'],
    ['the URL-safe alphabet', `${'A'.repeat(100)}-AAA`],
    ['the URL-safe alphabet', `${'A'.repeat(100)}_AAA`],
    ['white space', 'AAAA AAAA'],
    ['an escaped line break', 'AAAA\\nAAAA'],
    ['a byte above ASCII', 'AAAAéAAA'],
    ['an escape above ASCII', 'AAAA\\u0141AAA'],
    ['padding in the middle', `AA==${'A'.repeat(100)}`],
    ['too much padding', 'AAA=='],
    ['too little padding', 'AA='],
    ['padding of nothing', '===='],
    ['a padded whole group', 'AAAA='],
    ['a single last character', 'AAAAA'],
    ['another kind of data URL', 'data:text/plain,AAAA'],
    ['a data URL without picture', 'data:image/png;base64,'],
    ['a data URL without end', `data:image/png;${'a'.repeat(1000)}`],
  ])('with %s are refused', async (_, text) => {
    expect(await reasonOf(`{"b64_json":"${text}"}`)).toBe('invalid_base64');
  });

  it('are checked for every byte at every position, however fast they are decoded', async () => {
    for (let byte = 0; byte < 256; byte += 1) {
      if (byte === 0x22 || byte === 0x5c) continue;
      const isLegal = /[A-Za-z0-9+/]/.test(String.fromCharCode(byte));
      for (const position of [0, 1, 2, 3, 17, 62, 63, 64, 90, 127]) {
        const text = Buffer.from(`{"b64_json":"${'B'.repeat(128)}"}`);
        text[13 + position] = byte;
        const outcome = await readJsonWithPictures(cut(text, 1000), createReading().options).then(
          ({ pictures }) => pictures[0]?.sizeBytes,
          (error: unknown) => (error instanceof JsonPicturesError ? error.reason : error),
        );
        const isPadding = byte === 0x3d && position === 127;
        expect(outcome).toBe(isLegal ? 96 : isPadding ? 95 : 'invalid_base64');
      }
    }
  });

  it('may be asked for as data URLs only', async () => {
    const isPicture = (): PictureDecision => 'if_data_url';
    const texts = [
      'https://example.com/a.png',
      'data',
      'data:',
      'data:text/plain,x',
      '',
      'AAAA',
      'd\\u0061ta:image/png,x',
    ];
    const text = `[${texts.map((item) => `"${item}"`).join(',')},"data:image/png;base64,AAAA"]`;
    for (const chunkBytes of [1, 6, 1000]) {
      const { value, pictures } = await read(text, { isPicture }, chunkBytes);
      expect(value).toStrictEqual([...texts.slice(0, -1), 'data:image/png,x', { $picture: 0 }]);
      expect(pictures.map((picture) => picture.sha256)).toStrictEqual(['000000']);
    }
  });
});

describe('the rest of the text', () => {
  it.each([
    '',
    '  ',
    '{',
    '{"a"',
    '{"a":',
    '{"a":1',
    '[1,',
    '"abc',
    '{"b64_json":"AAAA',
    '{"b64_json":"AAAA\\',
    '{"b64_json":"AAAA"',
  ])('that ends too early is truncated: %s', async (text) => {
    expect(await reasonOf(text)).toBe('truncated');
  });

  it.each([
    '{"a":1,}',
    '[1,]',
    '[,1]',
    '{,}',
    '[1 2]',
    '{"a" 1}',
    '{a:1}',
    "{'a':1}",
    '[1}',
    '{"a":1]',
    ']',
    '1 2',
    '{} {}',
    '{"a":tru}',
    '[01]',
    '[1e]',
    '[+1]',
    '[NaN]',
    '["\\x"]',
    '["\\u12g4"]',
    '{"\\u12g4":1}',
    '["a\nb"]',
    '\ufeff{}',
    '[/**/]',
    '{"b64_json":"AA\\xAA"}',
    '{"b64_json":"AA\\u00zz"}',
  ])('keeps to the grammar: %s', async (text) => {
    expect(() => {
      JSON.parse(text);
    }).toThrow(SyntaxError);
    expect(await reasonOf(text)).toBe('invalid_json');
  });

  it('cannot forge a reference', async () => {
    expect(await reasonOf('{"$picture":0,"b64_json":"AAAA"}')).toBe('invalid_json');
    expect(await reasonOf('{"\\u0024pictur\\u0065":0}')).toBe('invalid_json');
    expect(await reasonOf('{"b64_json":"AAAA","metadata":{"x":{"$picture":0}}}')).toBe('invalid_json');
    const { value } = await read('{"x":"$picture","y":"{\\"$picture\\":0}"}');
    expect(value).toStrictEqual({ x: '$picture', y: '{"$picture":0}' });
  });

  it('finds pictures behind escaped keys, and keeps odd keys as JSON.parse does', async () => {
    const { value } = await read('{"b64\\u005fjson":"AAAA","__proto__":1,"é\\"":{"":2}}');
    expect(value).toStrictEqual(JSON.parse('{"b64_json":{"$picture":0},"__proto__":1,"é\\"":{"":2}}'));
  });

  it('survives broken UTF-8 outside of pictures, as web clients do', async () => {
    const text = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff]), Buffer.from('"}')]);
    const { value } = await readJsonWithPictures(cut(text, 1), createReading().options);
    expect(value).toStrictEqual({ a: '\ufffd' });
  });

  it('never shows up in a message', async () => {
    for (const text of ['{"prompt":"a secret" secret}', '["secret", secret]', '{"b64_json":"*secret*"}']) {
      await expect(read(text)).rejects.toThrow(/^(?!.*secret).*$/s);
    }
  });
});

describe('limits', () => {
  /** How much of an endless text is read before it is refused. */
  async function bytesRead(opening: string, filling: string, given: Partial<ReadJsonOptions> = {}) {
    let readBytes = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(opening);
      for (;;) {
        await Promise.resolve();
        readBytes += filling.length;
        yield Buffer.from(filling);
      }
    }
    const reading = createReading({ maxRestBytes: 100_000, ...given });
    const failure = await readJsonWithPictures(endless(), reading.options).catch((error: unknown) => error);
    expect(reading.sinks.every((sink) => sink.state === 'discarded')).toBe(true);
    return { readBytes, reason: failure instanceof JsonPicturesError ? failure.reason : failure };
  }

  it.each([
    ['white space', '', ' '.repeat(1000)],
    ['a key', '{"', 'k'.repeat(1000)],
    ['a string', '["', 's'.repeat(1000)],
    ['a number', '[', '1'.repeat(1000)],
    ['escapes', '["', '\\n'.repeat(500)],
    ['many values', '[0', ',0'.repeat(500)],
  ])('stop endless %s', async (_, opening, filling) => {
    expect(await bytesRead(opening, filling)).toStrictEqual({
      readBytes: opening === '' ? 101_000 : 100_000,
      reason: 'too_large',
    });
  });

  it('stop deep nesting at once', async () => {
    expect(await bytesRead('', '['.repeat(100))).toStrictEqual({ readBytes: 100, reason: 'too_deep' });
    expect(await bytesRead('', '{"a":'.repeat(100))).toStrictEqual({ readBytes: 500, reason: 'too_deep' });
    expect(await reasonOf('['.repeat(64) + ']'.repeat(64))).toBe('read');
    expect(await reasonOf('['.repeat(65) + ']'.repeat(65))).toBe('too_deep');
    expect(await reasonOf('[[[]]]', { maxDepth: 2 })).toBe('too_deep');
  });

  it('stop many small pictures', async () => {
    const filling = '{"b64_json":"AAAA"},'.repeat(10);
    expect(await bytesRead('[', filling, { maxPictures: 30 })).toStrictEqual({
      readBytes: 800,
      reason: 'too_large',
    });
  });

  it('do not count picture bytes', async () => {
    const text = JSON.stringify([
      { b64_json: bytes.toString('base64') },
      { b64_json: bytes.toString('base64') },
    ]);
    const { pictures } = await read(text, { maxRestBytes: 32 }, 10_000);
    expect(pictures.map((picture) => picture.sizeBytes)).toStrictEqual([bytes.length, bytes.length]);
  });

  it('keep back-pressure: nothing is read while a slow sink holds two pieces', async () => {
    let readBytes = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('{"b64_json":"');
      for (;;) {
        await Promise.resolve();
        readBytes += 65_536;
        yield Buffer.alloc(65_536, 'A');
      }
    }
    let fail: (error: Error) => void = () => undefined;
    const sink: ImageSink = {
      write: () =>
        new Promise((_, reject) => {
          fail = reject;
        }),
      finish: () => Promise.reject(new Error('never')),
      discard: () => Promise.resolve(),
    };
    const reading = readJsonWithPictures(endless(), { ...createReading().options, openSink: () => sink });
    await new Promise((resolve) => setImmediate(resolve));
    expect(readBytes).toBeLessThanOrEqual(4 * 65_536);
    fail(new Error('disk full'));
    await expect(reading).rejects.toThrow('disk full');
  });
});

describe('failures elsewhere', () => {
  it('discard all sinks when the body breaks off with an error', async () => {
    const reading = createReading();
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('[{"b64_json":"AAAA"},{"b64_json":"AAAA');
      await Promise.resolve();
      throw new Error('connection reset');
    }
    await expect(readJsonWithPictures(broken(), reading.options)).rejects.toThrow('connection reset');
    expect(reading.sinks.map((sink) => sink.state)).toStrictEqual(['discarded', 'discarded']);
  });

  it('close the body and discard the others when a sink fails', async () => {
    for (const step of ['write', 'finish', 'open'] as const) {
      let closed = false;
      async function* body(): AsyncGenerator<Uint8Array> {
        try {
          yield* cut('[{"b64_json":"AAAA"},{"b64_json":"AAAA"},{"b64_json":"AAAA"}]   ', 10);
        } finally {
          closed = true;
        }
      }
      const reading = createReading();
      const openSink = (path: readonly (string | number)[]): ImageSink => {
        if (path[0] === 1 && step === 'open') throw new Error('no space');
        const sink = reading.options.openSink(path);
        if (path[0] !== 1) return sink;
        return Object.assign(sink, { [step]: () => Promise.reject(new Error('no space')) });
      };
      await expect(readJsonWithPictures(body(), { ...reading.options, openSink })).rejects.toThrow(
        'no space',
      );
      expect(closed).toBe(true);
      expect(reading.sinks.map((sink) => sink.state)).toStrictEqual(reading.sinks.map(() => 'discarded'));
    }
  });
});
