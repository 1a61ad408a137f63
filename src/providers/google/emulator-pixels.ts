/** Pixels per ratio and tier as probed live, which differ from the vendor's printed table (protocol notes §3, §7). */
import type { PixelSize } from '../shared/emulator-picture.js';
import type { GeminiModel, Tier } from './emulator-models.js';

type Edges = readonly [number, number];
interface Row {
  /** Undefined where 2.5 lacks the ratio. */
  readonly flash: Edges | undefined;
  readonly '512': Edges;
  readonly '1K': Edges;
  readonly '2K': Edges;
  readonly '4K': Edges;
}

const ROWS: Readonly<Record<string, Row>> = {
  '1:1': row([1024, 1024], [512, 512], [1024, 1024], [2048, 2048], [4096, 4096]),
  '2:3': row([832, 1248], [424, 632], [848, 1264], [1696, 2528], [3392, 5056]),
  '3:4': row([864, 1184], [448, 600], [896, 1200], [1792, 2400], [3584, 4800]),
  '4:5': row([896, 1152], [464, 576], [928, 1152], [1856, 2304], [3712, 4608]),
  '9:16': row([768, 1344], [384, 688], [768, 1376], [1536, 2752], [3072, 5504]),
  '21:9': row([1536, 672], [784, 336], [1584, 672], [3168, 1344], [6336, 2688]),
  '1:4': row(undefined, [256, 1024], [512, 2064], [1024, 4128], [2048, 8256]),
  '1:8': row(undefined, [176, 1456], [352, 2928], [704, 5856], [1408, 11712]),
};

/** 21:9 has no mirrored twin. */
const MIRRORED: Readonly<Record<string, string>> = {
  '3:2': '2:3',
  '4:3': '3:4',
  '5:4': '4:5',
  '16:9': '9:16',
  '4:1': '1:4',
  '8:1': '1:8',
};
const ALL_RATIOS = [...Object.keys(ROWS), ...Object.keys(MIRRORED)];
const EXTREME_RATIOS = ['1:4', '4:1', '1:8', '8:1'];

/** Every ratio that any model knows. */
export function isRatio(text: string): boolean {
  return ALL_RATIOS.includes(text);
}

export function ratiosOf(model: GeminiModel): readonly string[] {
  return model.extremeRatios ? ALL_RATIOS : ALL_RATIOS.filter((ratio) => !EXTREME_RATIOS.includes(ratio));
}

/** The model's ratio that is nearest to a picture's own. */
export function nearestRatio(model: GeminiModel, picture: PixelSize): string {
  const distance = (ratio: string): number => {
    const [width = 1, height = 1] = ratio.split(':').map(Number);
    return Math.abs(Math.log(picture.width / picture.height / (width / height)));
  };
  return ratiosOf(model).reduce((best, ratio) => (distance(ratio) < distance(best) ? ratio : best), '1:1');
}

/** The pixels that a ratio and tier come to; undefined for a ratio that the model lacks. */
export function geminiPixels(model: GeminiModel, ratio: string, tier: Tier): PixelSize | undefined {
  if (!ratiosOf(model).includes(ratio)) return undefined;
  const upright = MIRRORED[ratio] ?? ratio;
  const found = ROWS[upright]?.[model.tierTokens === undefined ? 'flash' : tier];
  if (found === undefined) return undefined;
  const [width, height] = found;
  return upright === ratio ? { width, height } : { width: height, height: width };
}

const IMAGEN_PIXELS: Readonly<Record<string, Edges>> = {
  '1:1': [1024, 1024],
  '3:4': [896, 1280],
  '4:3': [1280, 896],
  '9:16': [768, 1408],
  '16:9': [1408, 768],
};
export const IMAGEN_RATIOS = Object.keys(IMAGEN_PIXELS);

/** Imagen's 2K is its 1K doubled. */
export function imagenPixels(ratio: string, tier: '1K' | '2K'): PixelSize {
  const [width, height] = IMAGEN_PIXELS[ratio] ?? [1024, 1024];
  const factor = tier === '2K' ? 2 : 1;
  return { width: width * factor, height: height * factor };
}

function row(flash: Edges | undefined, small: Edges, one: Edges, two: Edges, four: Edges): Row {
  return { flash, '512': small, '1K': one, '2K': two, '4K': four };
}
