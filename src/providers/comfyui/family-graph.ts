/** The built-in graphs (protocol notes §B1). Pure. */
import type { JsonValue } from '../provider.js';
import { OPEN_SEED } from './filled-graph.js';
import type { FilledGraph, Place, Wish } from './filled-graph.js';
import type { ModelFiles, Recipe } from './recipe.js';

type Link = readonly [id: string, output: number];
type Inputs = { readonly [name: string]: JsonValue };

/** Adds nodes under numbers of their own. */
class GraphBuilder {
  readonly #nodes: Record<string, JsonValue> = {};
  #count = 0;

  add(type: string, inputs: Inputs): (output?: number) => Link {
    this.#count += 1;
    const id = String(this.#count);
    this.#nodes[id] = { class_type: type, inputs };
    return (output = 0) => [id, output];
  }

  get graph(): { readonly [id: string]: JsonValue } {
    return this.#nodes;
  }
}

/** Where the model, its text encoders and its VAE come from. */
interface Loaded {
  readonly model: Link;
  readonly clip: Link;
  readonly vae: Link;
}

type FamilyRecipe = Extract<Recipe, { readonly kind: 'family' }>;

/** The graph of one picture. */
export function fillFamilyGraph(recipe: FamilyRecipe, wish: Wish): FilledGraph {
  const { family, files } = recipe;
  const builder = new GraphBuilder();
  const loaded = load(builder, files, family.generation);
  const shows = family.edits === 'reference' ? wish.images : [];
  const text = builder.add('CLIPTextEncode', { text: wish.prompt, clip: loaded.clip })();
  const referred = shows.reduce<Link>((conditioning, image, index) => {
    const pixels = builder.add('LoadImage', { image })();
    // FLUX.1 Kontext wants the sizes that it was trained on.
    const scaled =
      family.generation === 1 && index === 0
        ? builder.add('FluxKontextImageScale', { image: pixels })()
        : pixels;
    const latent = builder.add('VAEEncode', { pixels: scaled, vae: loaded.vae })();
    return builder.add('ReferenceLatent', { conditioning, latent })();
  }, text);
  const positive =
    wish.guidance === undefined
      ? referred
      : builder.add('FluxGuidance', { conditioning: referred, guidance: wish.guidance })();
  const canvas = addCanvas(builder, recipe, loaded, wish);
  const painted =
    family.generation === 1
      ? sampleFirst(builder, loaded, positive, canvas, wish)
      : sampleSecond(builder, loaded, positive, canvas, wish);
  const images = builder.add('VAEDecode', { samples: painted.latent, vae: loaded.vae })();
  builder.add('SaveImage', { images, filename_prefix: 'atelier' });
  return { graph: builder.graph, seedPlaces: [painted.seedPlace] };
}

function load(builder: GraphBuilder, files: ModelFiles, generation: 1 | 2): Loaded {
  if (files.checkpoint) {
    const all = builder.add('CheckpointLoaderSimple', { ckpt_name: files.model });
    return { model: all(0), clip: all(1), vae: all(2) };
  }
  const [first = '', second = ''] = files.textEncoders;
  return {
    model: builder.add('UNETLoader', { unet_name: files.model, weight_dtype: 'default' })(),
    clip:
      generation === 1
        ? builder.add('DualCLIPLoader', { clip_name1: first, clip_name2: second, type: 'flux' })()
        : builder.add('CLIPLoader', { clip_name: first, type: 'flux2' })(),
    vae: builder.add('VAELoader', { vae_name: files.vae })(),
  };
}

interface Canvas {
  readonly latent: Link;
  readonly denoise: number;
}

/** What is painted on: nothing, the picture itself, or the picture's part that a mask leaves free. */
function addCanvas(builder: GraphBuilder, { family }: FamilyRecipe, { vae }: Loaded, wish: Wish): Canvas {
  const { width, height, images, mask } = wish;
  const [first] = images;
  if (first === undefined || (family.edits === 'reference' && mask === undefined)) {
    const type = family.generation === 1 ? 'EmptySD3LatentImage' : 'EmptyFlux2LatentImage';
    return { latent: builder.add(type, { width, height, batch_size: 1 })(), denoise: 1 };
  }
  const image = builder.add('LoadImage', { image: first })();
  const pixels = builder.add('ImageScale', {
    image,
    upscale_method: 'lanczos',
    width,
    height,
    crop: 'disabled',
  })();
  const samples = builder.add('VAEEncode', { pixels, vae })();
  if (mask === undefined) return { latent: samples, denoise: wish.strength };
  // The second output is the transparent part.
  const free = builder.add('LoadImage', { image: mask })(1);
  return { latent: builder.add('SetLatentNoiseMask', { samples, mask: free })(), denoise: wish.strength };
}

interface Painted {
  readonly latent: Link;
  readonly seedPlace: Place;
}

/** FLUX.1 runs at `cfg` 1, where the negative prompt does nothing. */
function sampleFirst(
  builder: GraphBuilder,
  { model, clip }: Loaded,
  positive: Link,
  canvas: Canvas,
  wish: Wish,
): Painted {
  const negative = builder.add('CLIPTextEncode', { text: '', clip })();
  const sampled = builder.add('KSampler', {
    model,
    positive,
    negative,
    latent_image: canvas.latent,
    seed: wish.seed ?? OPEN_SEED,
    steps: wish.steps,
    cfg: 1,
    sampler_name: 'euler',
    scheduler: 'simple',
    denoise: canvas.denoise,
  })();
  return { latent: sampled, seedPlace: [sampled[0], 'seed'] };
}

/** FLUX.2 dev carries its guidance with it and has no second pass; klein gets an empty one at `cfg` 1. */
function sampleSecond(
  builder: GraphBuilder,
  { model }: Loaded,
  positive: Link,
  canvas: Canvas,
  wish: Wish,
): Painted {
  const guider =
    wish.guidance === undefined
      ? builder.add('CFGGuider', {
          model,
          positive,
          negative: builder.add('ConditioningZeroOut', { conditioning: positive })(),
          cfg: 1,
        })()
      : builder.add('BasicGuider', { model, conditioning: positive })();
  const noise = builder.add('RandomNoise', { noise_seed: wish.seed ?? OPEN_SEED })();
  const sampled = builder.add('SamplerCustomAdvanced', {
    noise,
    guider,
    sampler: builder.add('KSamplerSelect', { sampler_name: 'euler' })(),
    sigmas: builder.add('Flux2Scheduler', {
      steps: wish.steps,
      width: wish.width,
      height: wish.height,
    })(),
    latent_image: canvas.latent,
  })();
  return { latent: sampled, seedPlace: [noise[0], 'noise_seed'] };
}
