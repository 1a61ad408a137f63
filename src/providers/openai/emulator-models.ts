/** What the emulated service knows of each model (protocol notes §1, §3, §4, §5, §12). */
import type { PixelSize } from '../shared/emulator-picture.js';

export interface EmulatedModel {
  readonly id: string;
  /** Unix seconds. */
  readonly created: number;
  readonly shutdownDate: string | undefined;
  readonly kind: 'dall-e-2' | 'dall-e-3' | 'gpt';
  readonly promptMaxChars: number;
  readonly maxImages: number;
  /** Undefined: any size within the rules of the later GPT image models. */
  readonly sizes: readonly string[] | undefined;
  readonly qualities: readonly string[];
  /** What `auto` comes to. */
  readonly autoQuality: string;
  readonly fidelities: readonly string[];
  /** Takes the fields that 2.6 added. */
  readonly extended: boolean;
  readonly edits: boolean;
  /** Output tokens by quality. */
  readonly tokens: Readonly<Record<string, TokenRate>>;
}

/** Output tokens of one picture: of 1024x1024 and, where sizes are few, of the two others. */
interface TokenRate {
  readonly square: number;
  readonly other: number | undefined;
}

const GPT_SIZES = ['1024x1024', '1024x1536', '1536x1024'];
const SQUARE_PIXELS = 1024 * 1024;

/** List price per picture over list price per token where no count was observed (protocol notes §12). */
const FIRST_TOKENS = {
  low: { square: 275, other: 400 },
  medium: { square: 1_050, other: 1_575 },
  high: { square: 4_175, other: 6_250 },
};
const MINI_TOKENS = {
  low: { square: 625, other: 750 },
  medium: { square: 1_375, other: 1_875 },
  high: { square: 4_500, other: 6_500 },
};
/** `xhigh` and `max` have no published count; each is taken as twice the step below. */
const FREE_TOKENS = {
  low: { square: 196, other: undefined },
  medium: { square: 1_756, other: undefined },
  high: { square: 7_024, other: undefined },
  xhigh: { square: 14_048, other: undefined },
  max: { square: 28_096, other: undefined },
};
/** Counts observed on gpt-image-2 at quality low; they grow far slower than the pixels. */
const OBSERVED_LOW_TOKENS = new Map([
  ['1024x768', 134],
  ['896x896', 180],
  ['2048x2048', 397],
  ['3840x2160', 371],
  ['3072x2160', 380],
]);

const DALL_E = {
  shutdownDate: '2026-05-12',
  fidelities: [],
  extended: false,
  tokens: {},
};

function firstGeneration(id: string, created: number, shutdownDate: string): EmulatedModel {
  const mini = id.endsWith('-mini');
  return {
    id,
    created,
    shutdownDate,
    kind: 'gpt',
    promptMaxChars: 32_000,
    maxImages: 10,
    sizes: GPT_SIZES,
    qualities: ['low', 'medium', 'high'],
    // Not documented; the middle is what a service would choose that weighs wait against detail.
    autoQuality: 'medium',
    fidelities: mini ? ['low'] : ['low', 'high'],
    extended: false,
    edits: true,
    tokens: mini ? MINI_TOKENS : FIRST_TOKENS,
  };
}

function freeSize(id: string, created: number): EmulatedModel {
  const second = id.startsWith('gpt-image-2-') || id === 'gpt-image-2';
  return {
    id,
    created,
    shutdownDate: undefined,
    kind: 'gpt',
    promptMaxChars: 32_000,
    maxImages: 10,
    sizes: undefined,
    qualities: second ? ['low', 'medium', 'high'] : ['low', 'medium', 'high', 'xhigh', 'max'],
    // Observed on gpt-image-2 (protocol notes §13); its successors are taken to do the same.
    autoQuality: 'low',
    // Ignored by gpt-image-2 as its client library says, though some gateways report a refusal.
    fidelities: ['low', 'high'],
    extended: id.startsWith('gpt-image-2.6'),
    edits: true,
    tokens: FREE_TOKENS,
  };
}

/** Every model the emulator answers for. Retired ones answer like live ones: test keys run each model under its own protocol. */
export const emulatedModels: readonly EmulatedModel[] = [
  {
    ...DALL_E,
    id: 'dall-e-2',
    created: 1_698_798_177,
    kind: 'dall-e-2',
    promptMaxChars: 1_000,
    maxImages: 10,
    sizes: ['256x256', '512x512', '1024x1024'],
    qualities: ['standard'],
    autoQuality: 'standard',
    edits: true,
  },
  {
    ...DALL_E,
    id: 'dall-e-3',
    created: 1_698_785_189,
    kind: 'dall-e-3',
    promptMaxChars: 4_000,
    maxImages: 1,
    sizes: ['1024x1024', '1024x1792', '1792x1024'],
    qualities: ['standard', 'hd'],
    autoQuality: 'standard',
    edits: false,
  },
  firstGeneration('gpt-image-1', 1_745_517_030, '2026-10-23'),
  firstGeneration('gpt-image-1-mini', 1_758_845_821, '2026-12-01'),
  firstGeneration('gpt-image-1.5', 1_765_843_200, '2026-12-01'),
  firstGeneration('gpt-image-1.5-2025-12-16', 1_765_843_200, '2026-12-01'),
  firstGeneration('chatgpt-image-latest', 1_765_843_200, '2026-12-01'),
  freeSize('gpt-image-2', 1_776_729_600),
  freeSize('gpt-image-2-2026-04-21', 1_776_729_600),
  freeSize('gpt-image-2.5-sunburst', 1_788_825_600),
  freeSize('gpt-image-2.5-sunburst-2026-09-08', 1_788_825_600),
  freeSize('gpt-image-2.5-flare', 1_788_825_600),
  freeSize('gpt-image-2.5-flare-2026-09-08', 1_788_825_600),
  freeSize('gpt-image-2.6-sunburst', 1_793_750_400),
  freeSize('gpt-image-2.6-flare', 1_793_750_400),
];

export function findEmulatedModel(id: string): EmulatedModel | undefined {
  return emulatedModels.find((model) => model.id === id);
}

/** Names that a scripted outcome may call the model by: its id, and for a snapshot the id it is a snapshot of. */
export function namesOf(model: EmulatedModel): readonly string[] {
  const family = model.id.replace(/-\d{4}-\d{2}-\d{2}$/, '');
  return [...new Set([model.id, family, `openai/${family}`])];
}

/**
 * Output tokens of one picture. Beyond 1024x1024 they grow with the square root of the pixels, which is nearest to the
 * counts observed; below, with the pixels.
 */
export function outputTokens(model: EmulatedModel, quality: string, size: PixelSize): number {
  const rate = model.tokens[quality];
  if (rate === undefined) return 0;
  if (rate.other !== undefined) return size.width === size.height ? rate.square : rate.other;
  const observed = OBSERVED_LOW_TOKENS.get(`${size.width}x${size.height}`);
  if (observed !== undefined) return Math.round((observed * rate.square) / FREE_TOKENS.low.square);
  const squares = (size.width * size.height) / SQUARE_PIXELS;
  return Math.round(rate.square * Math.min(squares, Math.sqrt(squares)));
}
