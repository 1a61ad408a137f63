/** Which sizes the FLUX models render (protocol notes §A3, §A4). */
import type { NativeSize, Size, SizeRule } from '../model.js';

export function sizeName({ width, height }: Size): string {
  return `${width}x${height}`;
}

export const FLUX_1_SIZES: SizeRule = {
  kind: 'range',
  multipleOf: 32,
  minEdge: 256,
  maxEdge: 1440,
  minPixels: 256 * 256,
  maxPixels: 1440 * 1440,
  minRatio: 256 / 1440,
  maxRatio: 1440 / 256,
  listed: [
    { width: 1024, height: 1024 },
    { width: 1024, height: 768 },
    { width: 768, height: 1024 },
    { width: 1344, height: 768 },
    { width: 768, height: 1344 },
    { width: 1440, height: 960 },
    { width: 960, height: 1440 },
    { width: 512, height: 512 },
    { width: 1440, height: 1440 },
  ],
};

/**
 * Sizes worth showing, on either side of every megapixel: a free size is charged as the listed one of the nearest area.
 * The service counts megapixels of 1,000,000 pixels.
 */
export const FLUX_2_LISTED: readonly Size[] = [
  { width: 1024, height: 1024 },
  { width: 512, height: 512 },
  { width: 992, height: 992 },
  { width: 1536, height: 1024 },
  { width: 1024, height: 1536 },
  { width: 1792, height: 1024 },
  { width: 1024, height: 1792 },
  { width: 1408, height: 1408 },
  { width: 1424, height: 1424 },
  { width: 1728, height: 1728 },
  { width: 1744, height: 1744 },
  { width: 2000, height: 2000 },
  { width: 2656, height: 1488 },
  { width: 1488, height: 2656 },
];

export const FLUX_2_SIZES: SizeRule = {
  kind: 'range',
  multipleOf: 16,
  minEdge: 64,
  // No longest edge is documented; the gateway delivers none beyond this.
  maxEdge: 4096,
  minPixels: 64 * 64,
  maxPixels: 4_000_000,
  minRatio: 1 / 64,
  maxRatio: 64,
  listed: FLUX_2_LISTED,
};

/** Kontext renders about a megapixel; these are the sizes that the open model was trained for, nearest to each ratio. */
export const KONTEXT_SIZES: SizeRule = ratioList([
  ['1:1', 1024, 1024],
  ['4:3', 1184, 880],
  ['3:2', 1248, 832],
  ['16:9', 1392, 752],
  ['2:1', 1456, 720],
  ['21:9', 1568, 672],
]);

/** Ultra's pixels are not documented: four megapixels at the ratio. */
export const ULTRA_SIZES: SizeRule = ratioList([
  ['1:1', 2048, 2048],
  ['4:3', 2368, 1776],
  ['3:2', 2496, 1664],
  ['16:9', 2752, 1536],
  ['2:1', 2880, 1440],
  ['21:9', 3136, 1344],
]);

function ratioList(landscapes: readonly (readonly [string, number, number])[]): SizeRule {
  return {
    kind: 'list',
    sizes: landscapes.flatMap(([aspectRatio, width, height]): readonly NativeSize[] => {
      const landscape = { width, height, native: { aspectRatio } };
      const [long, short] = aspectRatio.split(':');
      return width === height
        ? [landscape]
        : [
            landscape,
            { width: height, height: width, native: { aspectRatio: `${short ?? ''}:${long ?? ''}` } },
          ];
    }),
  };
}

const FLUX_3_RATIOS = [
  '1:1',
  '5:4',
  '4:5',
  '4:3',
  '3:4',
  '7:5',
  '5:7',
  '3:2',
  '2:3',
  '16:9',
  '9:16',
  '2:1',
  '1:2',
  '21:9',
  '9:21',
] as const;

/** Edges of the tiers in units of the first one's. */
const FLUX_3_TIERS = { '1k': 1, '1.5k': 1.5, '2k': 2, '4k': 4 } as const;

export type Flux3Tier = keyof typeof FLUX_3_TIERS | '768sq';

/**
 * Pixels are not documented: a megapixel at the ratio in multiples of 16, and the same shape for the other tiers, so that
 * no tier is preferred for a row of pixels less to be cut. `768sq` is taken for its square alone.
 */
export function flux3Sizes(tier: Flux3Tier): readonly NativeSize[] {
  if (tier === '768sq') {
    return [{ width: 768, height: 768, native: { aspectRatio: '1:1', resolution: tier } }];
  }
  const factor = FLUX_3_TIERS[tier];
  return FLUX_3_RATIOS.map((aspectRatio) => {
    const [across = 1, down = 1] = aspectRatio.split(':').map(Number);
    const stretch = Math.sqrt(across / down);
    return {
      width: Math.round((1024 * stretch) / 16) * 16 * factor,
      height: Math.round(1024 / stretch / 16) * 16 * factor,
      native: { aspectRatio, resolution: tier },
    };
  });
}

export const FLUX_3_SIZES: SizeRule = {
  kind: 'list',
  sizes: (['1k', '768sq', '1.5k', '2k', '4k'] as const).flatMap(flux3Sizes),
};
