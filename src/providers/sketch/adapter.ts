import { randomInt } from 'node:crypto';
import { z } from 'zod';
import { BACKGROUNDS, OUTPUT_FORMATS } from '../model.js';
import { ProviderError, type Adapter, type NativeRequest, type Translation } from '../provider.js';

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
});

/** Drawn seeds stay below 2^32: short enough to be read out and typed again. */
const DRAWN_SEEDS = 2 ** 32;

function translateToSketch(request: NativeRequest): Translation {
  const { size, seed, outputCompression } = request;
  const avoid = (request.negativePrompt ?? '')
    .split(/[,;\n，、；]+/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return {
    ok: true,
    call: {
      path: '/paint',
      body: {
        prompt: request.prompt,
        avoid,
        width: size?.width ?? 1024,
        height: size?.height ?? 1024,
        background: request.background ?? 'auto',
        format: request.outputFormat ?? 'png',
        ...(outputCompression === undefined ? {} : { quality: outputCompression }),
        ...(seed === undefined ? {} : { seed }),
      },
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
    const painting = await io.painter
      .paint(
        {
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
          xmp: {
            creatorTool: 'Atelier Sketch',
            digitalSourceType: 'algorithmicMedia',
            model: 'atelier-sketch',
            recipeHash: undefined,
          },
        },
        { signal: io.signal },
      )
      .catch((error: unknown) => {
        throw new ProviderError({
          kind: io.signal.aborted ? 'timeout' : 'bad_response',
          retryable: false,
          billed: false,
          message: io.signal.aborted ? 'Painting took too long.' : 'The painter failed.',
          cause: error,
        });
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
