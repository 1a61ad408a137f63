/** What a graph paints: its links followed back from the picture that an output node takes. */
import { readPictureHeader } from '../shared/emulator-picture.js';
import type { PixelSize } from '../shared/emulator-picture.js';
import { linkOf } from './emulator-graph.js';
import type { Graph, GraphNode } from './emulator-graph.js';

/** The sizes that `FluxKontextImageScale` brings a picture to (protocol notes §B1). */
const UPRIGHT_SIZES = [
  [672, 1568],
  [688, 1504],
  [720, 1456],
  [752, 1392],
  [800, 1328],
  [832, 1248],
  [880, 1184],
  [944, 1104],
  [1024, 1024],
] as const;

export interface PaintedPicture {
  readonly prompt: string;
  readonly avoid: string;
  readonly seed: number;
  readonly steps: number;
  readonly count: number;
  readonly size: PixelSize;
  readonly sources: readonly Buffer[];
  /** Its transparent part is repainted. */
  readonly mask: Buffer | undefined;
}

type Upload = (name: string) => Buffer | undefined;

/** @param id of an output node that takes pictures */
export function pictureOf(graph: Graph, id: string, upload: Upload): PaintedPicture {
  const reader = readerOf(graph, upload);
  const decode = reader.follow(graph.get(id), 'images');
  const sampler = decode?.type === 'VAEDecode' ? reader.follow(decode, 'samples') : undefined;
  const guider = reader.follow(sampler, 'guider') ?? sampler;
  const positive = reader.follow(guider, 'positive') ?? reader.follow(guider, 'conditioning');
  const { size, source, mask, count } = reader.latent(reader.follow(sampler, 'latent_image'));
  const { text, references } = reader.conditioning(positive);
  const noise = reader.follow(sampler, 'noise');
  const schedule = reader.follow(sampler, 'sigmas');
  const files = [...new Set([...(source === undefined ? [] : [source]), ...references])];
  return {
    prompt: text,
    avoid: reader.conditioning(reader.follow(guider, 'negative')).text,
    seed: numberIn(noise, 'noise_seed') ?? numberIn(sampler, 'seed') ?? 0,
    steps: numberIn(schedule, 'steps') ?? numberIn(sampler, 'steps') ?? 1,
    count,
    size,
    sources: files.flatMap((name) => upload(name) ?? []),
    mask: mask === undefined ? undefined : upload(mask),
  };
}

interface Latent {
  readonly size: PixelSize;
  readonly count: number;
  /** Name of the file that it was made of. */
  readonly source: string | undefined;
  readonly mask: string | undefined;
}

function readerOf(graph: Graph, upload: Upload) {
  const follow = (node: GraphNode | undefined, input: string): GraphNode | undefined => {
    const link = linkOf(node?.inputs[input]);
    return link === undefined ? undefined : graph.get(link.id);
  };
  const conditioning = (
    node: GraphNode | undefined,
  ): { readonly text: string; readonly references: readonly string[] } => {
    if (node === undefined) return { text: '', references: [] };
    if (node.type === 'CLIPTextEncode') {
      const text = node.inputs['text'];
      return { text: typeof text === 'string' ? text : '', references: [] };
    }
    // Nothing of a text is left in it.
    if (node.type === 'ConditioningZeroOut') return { text: '', references: [] };
    const inner = conditioning(follow(node, 'conditioning'));
    if (node.type !== 'ReferenceLatent') return inner;
    const { source } = latent(follow(node, 'latent'));
    return { ...inner, references: [...inner.references, ...(source === undefined ? [] : [source])] };
  };
  const latent = (node: GraphNode | undefined): Latent => {
    if (node?.type === 'SetLatentNoiseMask') {
      const mask = nameIn(follow(node, 'mask'));
      return { ...latent(follow(node, 'samples')), mask };
    }
    if (node?.type === 'VAEEncode') {
      const { size, source } = image(follow(node, 'pixels'));
      return { size: toLatent(size), source, count: 1, mask: undefined };
    }
    const size = { width: numberIn(node, 'width') ?? 512, height: numberIn(node, 'height') ?? 512 };
    return {
      size: toLatent(size),
      count: numberIn(node, 'batch_size') ?? 1,
      source: undefined,
      mask: undefined,
    };
  };
  const image = (node: GraphNode | undefined): Pick<Latent, 'size' | 'source'> => {
    if (node?.type === 'LoadImage') {
      const source = nameIn(node);
      const header = readPictureHeader(upload(source ?? '') ?? Buffer.alloc(0));
      const { width, height } = header ?? { width: 512, height: 512 };
      return { size: { width, height }, source };
    }
    const inner = node === undefined ? undefined : image(follow(node, 'image'));
    const { size, source } = inner ?? { size: { width: 512, height: 512 }, source: undefined };
    if (node?.type === 'FluxKontextImageScale') return { size: kontextSize(size), source };
    const scaled = { width: numberIn(node, 'width') ?? 0, height: numberIn(node, 'height') ?? 0 };
    return { size: scaled.width > 0 && scaled.height > 0 ? scaled : size, source };
  };
  return { follow, conditioning, latent };
}

/** A latent pixel is eight by eight of the picture's. */
function toLatent({ width, height }: PixelSize): PixelSize {
  return { width: Math.max(16, width - (width % 8)), height: Math.max(16, height - (height % 8)) };
}

function kontextSize({ width, height }: PixelSize): PixelSize {
  const ratio = width / height;
  const sizes = UPRIGHT_SIZES.flatMap(([short, long]) => [
    { width: short, height: long },
    { width: long, height: short },
  ]);
  const off = (size: PixelSize) => Math.abs(size.width / size.height - ratio);
  return sizes.reduce((best, size) => (off(size) < off(best) ? size : best));
}

function numberIn(node: GraphNode | undefined, input: string): number | undefined {
  const value = node?.inputs[input];
  return typeof value === 'number' ? value : undefined;
}

function nameIn(node: GraphNode | undefined): string | undefined {
  const value = node?.inputs['image'];
  return typeof value === 'string' ? value : undefined;
}
