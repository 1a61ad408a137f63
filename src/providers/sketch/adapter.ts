import { randomInt } from 'node:crypto';
import { z } from 'zod';
import { EditSourceError } from '../../painter/painter.js';
import type { Painting } from '../../painter/painter.js';
import { BACKGROUNDS, OUTPUT_FORMATS } from '../model.js';
import {
  ProviderError,
  type Adapter,
  type JsonValue,
  type NativeRequest,
  type ProviderIo,
  type Translation,
} from '../provider.js';
import { inputRefOf, listInputs } from '../shared/outgoing-body.js';

/** The painter's own call. Sizes in pixels; without a seed one is drawn when it runs. */
const sketchCall = z.object({
  prompt: z.string(),
  avoid: z.array(z.string()),
  width: z.number(),
  height: z.number(),
  background: z.enum(BACKGROUNDS),
  format: z.enum(OUTPUT_FORMATS),
  quality: z.number().optional(),
  seed: z.number().optional(),
  /** Pictures to edit; they are read from the store when the call runs. */
  sources: z.array(z.json()).optional(),
  mask: z.json().optional(),
});

/** Drawn seeds stay below 2^32: short enough to be read out and typed again. */
const DRAWN_SEEDS = 2 ** 32;

function translateToSketch(request: NativeRequest): Translation {
  const { size, seed, outputCompression, inputs } = request;
  const avoid = (request.negativePrompt ?? '')
    .split(/[,;\n，、；]+/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const body: Readonly<Record<string, JsonValue>> = {
    prompt: request.prompt,
    avoid,
    width: size?.width ?? 1024,
    height: size?.height ?? 1024,
    background: request.background ?? 'auto',
    format: request.outputFormat ?? 'png',
    ...(outputCompression === undefined ? {} : { quality: outputCompression }),
    ...(seed === undefined ? {} : { seed }),
    ...(inputs.length === 0 ? {} : { sources: inputs.map((_, index) => inputRefOf(index, 'file')) }),
    ...(request.masked ? { mask: inputRefOf('mask-alpha', 'file') } : {}),
  };
  return {
    ok: true,
    call: {
      path: inputs.length === 0 ? '/paint' : '/repaint',
      body,
      prompt: request.prompt,
      count: 1,
      streamed: false,
    },
    adjustments: [],
  };
}

/** Paints in a worker of this process: no wire, no cost, no policy. */
export const sketchAdapter: Adapter = {
  translate: translateToSketch,
  async *run(call, io) {
    const wish = sketchCall.parse(call.body);
    const seed = wish.seed ?? randomInt(DRAWN_SEEDS);
    const painting = await paint(wish, seed, io).catch((error: unknown) => {
      throw toProviderError(error, io);
    });
    const sink = io.openImage();
    try {
      await sink.write(painting.bytes);
      const image = await sink.finish();
      yield { type: 'image', index: 0, image: { kind: 'stored', image }, revisedPrompt: undefined, seed };
    } finally {
      await sink.discard();
    }
  },
};

async function paint(wish: z.output<typeof sketchCall>, seed: number, io: ProviderIo): Promise<Painting> {
  const common = {
    prompt: wish.prompt,
    avoid: wish.avoid,
    width: wish.width,
    height: wish.height,
    seed,
    detail: 'full',
    format: wish.format,
    quality: wish.quality === undefined ? undefined : Math.max(1, wish.quality),
    label: undefined,
    transparent: wish.background === 'transparent',
    xmp: io.mark(seed),
  } as const;
  const { signal } = io;
  const sources = await readAll(wish.sources ?? [], io);
  if (sources.length === 0) return io.painter.paint(common, { signal });
  const [mask] = await readAll(wish.mask === undefined ? [] : [wish.mask], io);
  return io.painter.edit({ ...common, sources, mask }, { signal });
}

async function readAll(references: readonly JsonValue[], io: ProviderIo): Promise<readonly Uint8Array[]> {
  return Promise.all(listInputs(references).map((name) => io.readInput(name)));
}

function toProviderError(error: unknown, io: ProviderIo): ProviderError {
  if (error instanceof EditSourceError) {
    return new ProviderError({
      kind: 'invalid_request',
      retryable: false,
      billed: false,
      message: error.message,
      cause: error,
    });
  }
  return new ProviderError({
    kind: io.signal.aborted ? 'timeout' : 'bad_response',
    retryable: false,
    billed: false,
    message: io.signal.aborted ? 'Painting took too long.' : 'The painter failed.',
    cause: error,
  });
}
