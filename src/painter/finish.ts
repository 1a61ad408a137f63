import type { Canvas } from './canvas.js';
import { grain, tileSide } from './noise-tiles.js';

interface FinishOptions {
  /** Photographic grain, in grey levels. */
  readonly grain: number;
  /** Darkening of the corners, 0 to 1. */
  readonly vignette: number;
  /** Strength of the halo around bright places. */
  readonly bloom: number;
  readonly contrast: number;
}

/** The last photographic touches: halo, contrast, vignette and grain in one pass. */
export function finishPhoto(canvas: Canvas, options: FinishOptions): void {
  const { width, height, data } = canvas;
  const halo = options.bloom > 0 ? blurredHighlights(canvas) : undefined;
  const noise = grain();
  const curve = contrastCurve(options.contrast);
  const inverseX = 2 / width;
  const inverseY = 2 / height;
  for (let y = 0; y < height; y++) {
    const dy = (y * inverseY - 1) ** 2;
    const gy = y / shrink;
    const fy = gy - (gy | 0);
    const haloStride = (halo?.columns ?? 0) * 3;
    const haloRow = (gy | 0) * haloStride;
    const noiseRow = (y & (tileSide - 1)) * tileSide;
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 4;
      const alpha = data[at + 3] ?? 0;
      if (alpha === 0) continue;
      const away = (x * inverseX - 1) ** 2 + dy;
      const dim = 1 - options.vignette * away * away * 0.25;
      const speck =
        ((noise[noiseRow + ((x + (y >> 9) * 131) & (tileSide - 1))] ?? 0.5) - 0.5) * options.grain;
      const cover = alpha / 255;
      const bloom = options.bloom * cover;
      const gx = x / shrink;
      const left = gx | 0;
      const fx = gx - left;
      const above = haloRow + left * 3;
      const below = above + haloStride;
      for (let part = 0; part < 3; part++) {
        let value = data[at + part] ?? 0;
        if (halo !== undefined) {
          const upper = (halo.field[above + part] ?? 0) * (1 - fx) + (halo.field[above + part + 3] ?? 0) * fx;
          const lower = (halo.field[below + part] ?? 0) * (1 - fx) + (halo.field[below + part + 3] ?? 0) * fx;
          value += (upper * (1 - fy) + lower * fy) * bloom;
        }
        data[at + part] = Math.min(alpha, (curve[value > 255 ? 255 : value | 0] ?? 0) * dim + speck * cover);
      }
    }
  }
}

function contrastCurve(amount: number): Float32Array {
  return Float32Array.from({ length: 256 }, (_unused, index) => {
    const t = index / 255;
    const bent = t * t * (3 - 2 * t);
    return (t + (bent - t) * amount) * 255;
  });
}

interface Halo {
  readonly field: Float32Array;
  readonly columns: number;
}

const shrink = 8;

/** Bright places, shrunk and blurred: a wide halo for little work. */
function blurredHighlights(canvas: Canvas): Halo {
  const w = Math.ceil(canvas.width / shrink) + 1;
  const h = Math.ceil(canvas.height / shrink) + 1;
  let field = new Float32Array(w * h * 3);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const sx = Math.min(canvas.width - 1, x * shrink);
      const sy = Math.min(canvas.height - 1, y * shrink);
      const at = (sy * canvas.width + sx) * 4;
      for (let part = 0; part < 3; part++)
        field[(y * w + x) * 3 + part] = Math.max(0, (canvas.data[at + part] ?? 0) - 168);
    }
  }
  const radius = Math.max(1, Math.round((26 * canvas.unit) / shrink));
  for (let round = 0; round < 2; round++) {
    field = boxBlur(field, w, h, radius, 3, w * 3);
    field = boxBlur(field, h, w, radius, w * 3, 3);
  }
  return { field, columns: w };
}

/** Running mean along lines of `length` samples that lie `step` apart; lines start `stride` apart. */
function boxBlur(
  field: Float32Array<ArrayBuffer>,
  length: number,
  lines: number,
  radius: number,
  step: number,
  stride: number,
): Float32Array<ArrayBuffer> {
  const result = new Float32Array(field.length);
  const share = 1 / (radius * 2 + 1);
  for (let line = 0; line < lines; line++) {
    for (let part = 0; part < 3; part++) {
      const start = line * stride + part;
      let sum = 0;
      for (let index = -radius; index < length; index++) {
        if (index + radius < length) sum += field[start + (index + radius) * step] ?? 0;
        if (index - radius - 1 >= 0) sum -= field[start + (index - radius - 1) * step] ?? 0;
        if (index >= 0) result[start + index * step] = sum * share;
      }
    }
  }
  return result;
}
