/**
 * The pixels that Google's image models really render, by ratio and tier (protocol notes §3, §7). Probed on the live
 * service; Google's printed table differs for extreme ratios.
 */
import type { NativeSize } from '../model.js';

export type Tier = '512' | '1K' | '2K' | '4K';

/** Upright or square pixels per ratio; the mirrored ratio has them transposed. */
type Table = Readonly<Record<string, readonly [width: number, height: number]>>;

const GEMINI_3: Readonly<Record<Tier, Table>> = {
  '512': {
    '1:1': [512, 512],
    '2:3': [424, 632],
    '3:4': [448, 600],
    '4:5': [464, 576],
    '9:16': [384, 688],
    '9:21': [336, 784],
    '1:4': [256, 1024],
    '1:8': [176, 1456],
  },
  '1K': {
    '1:1': [1024, 1024],
    '2:3': [848, 1264],
    '3:4': [896, 1200],
    '4:5': [928, 1152],
    '9:16': [768, 1376],
    '9:21': [672, 1584],
    '1:4': [512, 2064],
    '1:8': [352, 2928],
  },
  '2K': {
    '1:1': [2048, 2048],
    '2:3': [1696, 2528],
    '3:4': [1792, 2400],
    '4:5': [1856, 2304],
    '9:16': [1536, 2752],
    '9:21': [1344, 3168],
    '1:4': [1024, 4128],
    '1:8': [704, 5856],
  },
  '4K': {
    '1:1': [4096, 4096],
    '2:3': [3392, 5056],
    '3:4': [3584, 4800],
    '4:5': [3712, 4608],
    '9:16': [3072, 5504],
    '9:21': [2688, 6336],
    '1:4': [2048, 8256],
    '1:8': [1408, 11_712],
  },
};

const GEMINI_2_5: Table = {
  '1:1': [1024, 1024],
  '2:3': [832, 1248],
  '3:4': [864, 1184],
  '4:5': [896, 1152],
  '9:16': [768, 1344],
  '9:21': [672, 1536],
};

const IMAGEN_1K: Table = {
  '1:1': [1024, 1024],
  '3:4': [896, 1280],
  '9:16': [768, 1408],
};

/** The ratios every Gemini image model knows; 21:9 exists lying only. */
export const TEN_RATIOS: readonly string[] = [
  '1:1',
  '2:3',
  '3:2',
  '3:4',
  '4:3',
  '4:5',
  '5:4',
  '9:16',
  '16:9',
  '21:9',
];
export const FOURTEEN_RATIOS: readonly string[] = [...TEN_RATIOS, '1:4', '4:1', '1:8', '8:1'];
const IMAGEN_RATIOS: readonly string[] = ['1:1', '3:4', '4:3', '9:16', '16:9'];

/** Sizes of a Gemini 3 model (2.1 has the same pixels), smallest tier first. */
export function geminiSizes(ratios: readonly string[], tiers: readonly Tier[]): readonly NativeSize[] {
  return tiers.flatMap((tier) =>
    ratios.map((ratio) => ({
      ...pixels(GEMINI_3[tier], ratio, 1),
      native: { aspectRatio: ratio, imageSize: tier },
    })),
  );
}

/** Sizes of Gemini 2.5, which knows no tiers and fails when one is sent. */
export const GEMINI_2_5_SIZES: readonly NativeSize[] = TEN_RATIOS.map((ratio) => ({
  ...pixels(GEMINI_2_5, ratio, 1),
  native: { aspectRatio: ratio },
}));

/** Sizes of Imagen 4 by tier; 2K has twice the edges of 1K. */
export function imagenSizes(tiers: readonly ('1K' | '2K')[]): readonly NativeSize[] {
  return tiers.flatMap((tier) =>
    IMAGEN_RATIOS.map((ratio) => ({
      ...pixels(IMAGEN_1K, ratio, tier === '2K' ? 2 : 1),
      native: { aspectRatio: ratio, imageSize: tier },
    })),
  );
}

/** Sizes of Imagen 4 Fast, which takes no tier. */
export const IMAGEN_FAST_SIZES: readonly NativeSize[] = IMAGEN_RATIOS.map((ratio) => ({
  ...pixels(IMAGEN_1K, ratio, 1),
  native: { aspectRatio: ratio },
}));

function pixels(table: Table, ratio: string, scale: number): { width: number; height: number } {
  const upright = table[ratio];
  if (upright !== undefined) return { width: upright[0] * scale, height: upright[1] * scale };
  const lying = table[ratio.split(':').reverse().join(':')];
  if (lying === undefined) throw new Error(`no pixels known for the ratio ${ratio}`);
  return { width: lying[1] * scale, height: lying[0] * scale };
}
