/** What the emulated service knows of each model: ratios, pixels, prices (protocol notes §1, §3, §5, §6, §11). */
import type { PixelSize } from '../shared/emulator-picture.js';

/** 1 US dollar is so many ticks. */
const TICKS_PER_USD = 10_000_000_000;

export interface EmulatedModel {
  readonly id: string;
  readonly aliases: readonly string[];
  /** Other names that a scripted outcome may call the model by. */
  readonly names: readonly string[];
  /** Unix seconds. */
  readonly created: number;
  /** Has `quality` and the widest ratios. */
  readonly second: boolean;
  /** Served by 2.0 at this quality whatever is asked. */
  readonly fixedQuality: 'low' | undefined;
  readonly maxSources: number;
  /** US dollars per picture. */
  readonly prices: Readonly<Record<'low' | 'medium', Readonly<Record<Resolution, number>>>>;
  readonly sourcePrice: number;
}

export type Resolution = '1k' | '2k';

/** Pixels at 1k as published for the quality models; 2k doubles each side. */
const SIZES: Readonly<Record<string, PixelSize>> = {
  '1:1': { width: 1024, height: 1024 },
  '3:4': { width: 896, height: 1280 },
  '4:3': { width: 1280, height: 896 },
  '9:16': { width: 768, height: 1408 },
  '16:9': { width: 1408, height: 768 },
  '2:3': { width: 864, height: 1296 },
  '3:2': { width: 1296, height: 864 },
  '9:19.5': { width: 576, height: 1248 },
  '19.5:9': { width: 1248, height: 576 },
  '9:20': { width: 576, height: 1280 },
  '20:9': { width: 1280, height: 576 },
  '1:2': { width: 704, height: 1408 },
  '2:1': { width: 1408, height: 704 },
  // Pixels of the two that came with 2.0 are not published: about a megapixel in multiples of 16.
  '21:9': { width: 1568, height: 672 },
  '5:2': { width: 1600, height: 640 },
};
/** Ratios that only 2.0 takes. */
export const WIDE_RATIOS: readonly string[] = ['21:9', '5:2'];
export const RATIOS: readonly string[] = [...Object.keys(SIZES), 'auto'];

const SECOND_PRICES = { low: { '1k': 0.04, '2k': 0.06 }, medium: { '1k': 0.06, '2k': 0.08 } };
/** Whether 2k costs more on the first model is not certain; here it doesn't. */
const FIRST_PRICES = { low: { '1k': 0.02, '2k': 0.02 }, medium: { '1k': 0.02, '2k': 0.02 } };

const SECOND: EmulatedModel = {
  id: 'grok-imagine-image-2.0',
  aliases: [],
  names: ['grok-imagine-image-2.0', 'grok-image'],
  created: 1_785_542_400,
  second: true,
  fixedQuality: undefined,
  maxSources: 5,
  prices: SECOND_PRICES,
  sourcePrice: 0.01,
};

export const emulatedModels: readonly EmulatedModel[] = [
  SECOND,
  {
    ...SECOND,
    id: 'grok-imagine-image',
    aliases: ['grok-imagine-image-2026-03-02'],
    names: ['grok-imagine-image'],
    created: 1_738_961_600,
    second: false,
    maxSources: 3,
    prices: FIRST_PRICES,
    sourcePrice: 0.002,
  },
];

/** Retired names that still answer; they are in no list. */
const REDIRECTED = [
  'grok-imagine-image-quality',
  'grok-imagine-image-quality-20260403',
  'grok-imagine-image-pro',
];

/** A model by name. Which one a request without a name gets is not certain; here it is the current one. */
export function findEmulatedModel(id: string | undefined): EmulatedModel | undefined {
  if (id === undefined) return SECOND;
  const redirected = REDIRECTED.includes(id);
  if (redirected) return { ...SECOND, id, names: [id], fixedQuality: 'low' };
  return emulatedModels.find((model) => model.id === id || model.aliases.includes(id));
}

export function pixelsOf(ratio: string, resolution: Resolution): PixelSize {
  const { width, height } = SIZES[ratio] ?? { width: 1024, height: 1024 };
  const factor = resolution === '2k' ? 2 : 1;
  return { width: width * factor, height: height * factor };
}

/** The ratio that a picture comes nearest to. */
export function nearestRatio(size: PixelSize): string {
  const wanted = Math.log(size.width / size.height);
  const distance = (one: PixelSize) => Math.abs(Math.log(one.width / one.height) - wanted);
  const [nearest] = Object.entries(SIZES).sort(([, one], [, other]) => distance(one) - distance(other));
  return nearest?.[0] ?? '1:1';
}

/** The price of a request in ticks: its pictures and its sources. */
export function priceTicks(
  model: EmulatedModel,
  asked: {
    readonly quality: 'low' | 'medium';
    readonly resolution: Resolution;
    readonly count: number;
    readonly sources: number;
  },
): number {
  const dollars =
    model.prices[asked.quality][asked.resolution] * asked.count + model.sourcePrice * asked.sources;
  return Math.round(dollars * TICKS_PER_USD);
}

/** The catalogue's one price, in ticks as live answers have it; it can't tell the price by quality. */
export function listedPrice(model: EmulatedModel): number {
  return Math.round(model.prices.low['1k'] * TICKS_PER_USD);
}
