/** The routes of the service: fields, pictures, formats, prices and limits of each (protocol notes §A3, §A4, §A5). */

export type FieldRule =
  | { readonly kind: 'text' | 'bool' | 'image' | 'ratio' }
  | { readonly kind: 'images'; readonly max: number }
  | { readonly kind: 'int'; readonly min: number; readonly max: number; readonly multipleOf?: number }
  | { readonly kind: 'number'; readonly min: number; readonly max: number }
  /** Zero stands for "choose yourself". */
  | { readonly kind: 'edge'; readonly min: number; readonly multipleOf: number }
  | { readonly kind: 'word'; readonly words: readonly string[] };

/** How the pixels of an output are found. */
export type Sizing =
  'edges' | 'free-edges' | 'megapixel-ratio' | 'ultra-ratio' | 'input' | 'expanded' | 'tier';

export interface EmulatedRoute {
  readonly id: string;
  readonly fields: Readonly<Record<string, FieldRule>>;
  readonly required: readonly string[];
  /** Refuses fields that it doesn't know, where the others take no notice. */
  readonly strict: boolean;
  readonly sizing: Sizing;
  readonly defaultFormat: 'jpeg' | 'png';
  readonly price: Price;
  /** Tasks that one account may have under way. */
  readonly maxActive: number;
  readonly linkLifeMs: number;
  /** Takes http addresses for pictures. */
  readonly urls: boolean;
}

/** Cents: per picture, by megapixels begun (the first, then each further one and each of the inputs), or by tier. */
export type Price =
  | { readonly kind: 'flat'; readonly cents: number }
  | { readonly kind: 'megapixels'; readonly first: number; readonly further: number }
  | { readonly kind: 'tier'; readonly cents: Readonly<Record<string, number>> };

const MINUTE_MS = 60_000;
const ACTIVE = 24;

const text: FieldRule = { kind: 'text' };
const bool: FieldRule = { kind: 'bool' };
const image: FieldRule = { kind: 'image' };
const ratio: FieldRule = { kind: 'ratio' };
const int = (min: number, max: number): FieldRule => ({ kind: 'int', min, max });
const number = (min: number, max: number): FieldRule => ({ kind: 'number', min, max });

function common(maxTolerance: number): Readonly<Record<string, FieldRule>> {
  return {
    seed: int(0, 2 ** 32 - 1),
    output_format: { kind: 'word', words: ['jpeg', 'png', 'webp'] },
    safety_tolerance: int(0, maxTolerance),
    webhook_url: text,
    webhook_secret: text,
  };
}

const edges: Readonly<Record<string, FieldRule>> = {
  width: { kind: 'int', min: 256, max: 1440, multipleOf: 32 },
  height: { kind: 'int', min: 256, max: 1440, multipleOf: 32 },
};

const BASE = {
  required: ['prompt'],
  strict: false,
  sizing: 'edges' as const,
  defaultFormat: 'jpeg' as const,
  maxActive: ACTIVE,
  linkLifeMs: 10 * MINUTE_MS,
  urls: false,
};

function flux1(id: string, cents: number, fields: Readonly<Record<string, FieldRule>>): EmulatedRoute {
  return {
    ...BASE,
    id,
    fields: { prompt: text, image_prompt: image, ...common(6), ...fields },
    // Nothing is marked as required here, yet an empty body is documented as a 422.
    required: [],
    price: { kind: 'flat', cents },
  };
}

function kontext(id: string, cents: number, maxActive: number): EmulatedRoute {
  const inputs = ['input_image', 'input_image_2', 'input_image_3', 'input_image_4'];
  return {
    ...BASE,
    id,
    fields: {
      prompt: text,
      ...Object.fromEntries(inputs.map((name) => [name, image])),
      aspect_ratio: ratio,
      prompt_upsampling: bool,
      ...common(6),
    },
    sizing: 'megapixel-ratio',
    defaultFormat: 'png',
    price: { kind: 'flat', cents },
    maxActive,
    urls: true,
  };
}

function tool(id: string, sizing: Sizing, fields: Readonly<Record<string, FieldRule>>): EmulatedRoute {
  return {
    ...BASE,
    id,
    fields: {
      image,
      prompt: text,
      steps: int(15, 50),
      guidance: number(1.5, 100),
      ...common(6),
      ...fields,
    },
    required: ['image'],
    sizing,
    // The price of expanding is not in the notes; taken as that of filling.
    price: { kind: 'flat', cents: 5 },
  };
}

function flux2(
  id: string,
  inputs: number,
  price: readonly [first: number, further: number],
  fields: Readonly<Record<string, FieldRule>> = {},
): EmulatedRoute {
  const edge: FieldRule = { kind: 'edge', min: 64, multipleOf: 16 };
  const names = Array.from({ length: inputs }, (_, index) =>
    index === 0 ? 'input_image' : `input_image_${index + 1}`,
  );
  return {
    ...BASE,
    id,
    fields: {
      prompt: text,
      ...Object.fromEntries(names.map((name) => [name, image])),
      width: edge,
      height: edge,
      disable_pup: bool,
      transparent_bg: bool,
      ...common(5),
      ...fields,
    },
    sizing: 'free-edges',
    price: { kind: 'megapixels', first: price[0], further: price[1] },
    urls: true,
  };
}

export const TIERS: Readonly<Record<string, number>> = {
  '768sq': 768,
  '1k': 1024,
  '1.5k': 1536,
  '2k': 2048,
  '4k': 4096,
};
const RATIOS = 'auto|21:9|2:1|16:9|3:2|7:5|4:3|5:4|1:1|4:5|3:4|5:7|2:3|9:16|1:2|9:21'.split('|');

function flux3(id: string, cents: Readonly<Record<string, number>>): EmulatedRoute {
  return {
    ...BASE,
    id,
    fields: {
      prompt: text,
      images: { kind: 'images', max: 10 },
      aspect_ratio: { kind: 'word', words: RATIOS },
      resolution: { kind: 'word', words: Object.keys(TIERS) },
      safety_tolerance: int(0, 4),
      grounding: bool,
      webhook_url: text,
      webhook_secret: text,
    },
    strict: true,
    sizing: 'tier',
    defaultFormat: 'png',
    price: { kind: 'tier', cents },
    linkLifeMs: 60 * MINUTE_MS,
    urls: true,
  };
}

const routes: readonly EmulatedRoute[] = [
  flux1('flux-pro-1.1', 4, { ...edges, prompt_upsampling: bool }),
  flux1('flux-dev', 2.5, { ...edges, prompt_upsampling: bool, steps: int(1, 50), guidance: number(1.5, 5) }),
  {
    ...flux1('flux-pro-1.1-ultra', 6, {
      aspect_ratio: ratio,
      raw: bool,
      image_prompt_strength: number(0, 1),
    }),
    sizing: 'ultra-ratio',
  },
  kontext('flux-kontext-pro', 4, ACTIVE),
  kontext('flux-kontext-max', 8, 6),
  tool('flux-pro-1.0-fill', 'input', { mask: image }),
  tool('flux-pro-1.0-expand', 'expanded', {
    top: int(0, 2048),
    bottom: int(0, 2048),
    left: int(0, 2048),
    right: int(0, 2048),
  }),
  flux2('flux-2-pro', 8, [3, 1.5]),
  flux2('flux-2-pro-preview', 8, [3, 1.5]),
  flux2('flux-2-max', 8, [7, 3]),
  flux2('flux-2-flex', 8, [5, 5], { prompt_upsampling: bool, guidance: number(1.5, 10), steps: int(1, 50) }),
  ...['', '-preview'].map((end) => flux2(`flux-2-klein-4b${end}`, 4, [1.4, 0.1])),
  ...['', '-preview'].map((end) => flux2(`flux-2-klein-9b${end}`, 4, [1.5, 0.2])),
  // Only the price at 1k was seen; the others rise as those of klein do.
  flux3('flux-3-image', { '768sq': 4.8, '1k': 4.8, '1.5k': 7.5, '2k': 7.5, '4k': 19.2 }),
  flux3('flux-3-image-klein', { '768sq': 0.9, '1k': 0.9, '1.5k': 1.4, '2k': 1.4, '4k': 3.6 }),
];

export function findEmulatedRoute(id: string): EmulatedRoute | undefined {
  return routes.find((route) => route.id === id);
}
