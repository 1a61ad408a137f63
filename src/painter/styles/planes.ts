import type { Canvas } from '../canvas.js';
import { Random } from '../random.js';
import type { Rgb } from '../colour.js';

/** One value per pixel. */
export type Plane = Float32Array<ArrayBuffer>;

export function lumaPlane(canvas: Canvas): Plane {
  const { data } = canvas;
  const plane = new Float32Array(data.length / 4);
  for (let index = 0, at = 0; index < plane.length; index++, at += 4) {
    plane[index] = (data[at] ?? 0) * 0.3 + (data[at + 1] ?? 0) * 0.59 + (data[at + 2] ?? 0) * 0.11;
  }
  return plane;
}

/** Two box passes each way: close enough to a Gaussian. */
export function blurPlane(plane: Plane, width: number, height: number, radius: number): Plane {
  const size = Math.max(1, Math.round(radius));
  const across = blurRows(blurRows(plane, width, height, size), width, height, size);
  return blurColumns(blurColumns(across, width, height, size), width, height, size);
}

function blurRows(plane: Plane, width: number, height: number, radius: number): Plane {
  const result = new Float32Array(plane.length);
  const share = 1 / (radius * 2 + 1);
  const last = width - 1;
  for (let y = 0; y < height; y++) {
    const start = y * width;
    let sum = 0;
    for (let x = -radius; x <= radius; x++) sum += plane[start + Math.min(last, Math.max(0, x))] ?? 0;
    for (let x = 0; x < width; x++) {
      result[start + x] = sum * share;
      sum +=
        (plane[start + Math.min(last, x + radius + 1)] ?? 0) - (plane[start + Math.max(0, x - radius)] ?? 0);
    }
  }
  return result;
}

/** Keeps one running sum per column and walks row by row, which caches better than walking down each column. */
function blurColumns(plane: Plane, width: number, height: number, radius: number): Plane {
  const result = new Float32Array(plane.length);
  const share = 1 / (radius * 2 + 1);
  const sums = new Float32Array(width);
  const last = height - 1;
  for (let y = -radius; y <= radius; y++) {
    const row = Math.min(last, Math.max(0, y)) * width;
    for (let x = 0; x < width; x++) sums[x] = (sums[x] ?? 0) + (plane[row + x] ?? 0);
  }
  for (let y = 0; y < height; y++) {
    const row = y * width;
    const entering = Math.min(last, y + radius + 1) * width;
    const leaving = Math.max(0, y - radius) * width;
    for (let x = 0; x < width; x++) {
      const sum = sums[x] ?? 0;
      result[row + x] = sum * share;
      sums[x] = sum + (plane[entering + x] ?? 0) - (plane[leaving + x] ?? 0);
    }
  }
  return result;
}

/** Dark lines where brightness falls off, 0 to 1. */
export function edgePlane(canvas: Canvas, radius: number, sharpness: number): Plane {
  const luma = lumaPlane(canvas);
  const fine = blurPlane(luma, canvas.width, canvas.height, Math.max(1, radius * 0.5));
  const broad = blurPlane(luma, canvas.width, canvas.height, Math.max(2, radius * 1.6));
  const edges = new Float32Array(luma.length);
  for (let index = 0; index < edges.length; index++) {
    edges[index] = Math.min(1, Math.max(0, ((broad[index] ?? 0) - (fine[index] ?? 0) - 2.2) * sharpness));
  }
  return edges;
}

/** The colours that stand for a picture best (k-means over a fixed sample of pixels). */
export function choosePalette(canvas: Canvas, count: number): readonly Rgb[] {
  const random = new Random('palette');
  const { data } = canvas;
  const pixels = data.length / 4;
  const picked: Rgb[] = Array.from({ length: 1800 }, () => {
    const at = Math.floor(random.next() * pixels) * 4;
    return [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0];
  });
  let centres: Rgb[] = Array.from(
    { length: count },
    (_unused, index) => picked[Math.floor((index / count) * picked.length)] ?? [0, 0, 0],
  );
  for (let round = 0; round < 7; round++) {
    const sums = centres.map((): [number, number, number, number] => [0, 0, 0, 0]);
    for (const colour of picked) {
      const sum = sums[nearest(centres, colour[0], colour[1], colour[2])];
      if (sum === undefined) continue;
      sum[0] += colour[0];
      sum[1] += colour[1];
      sum[2] += colour[2];
      sum[3] += 1;
    }
    centres = centres.map((centre, index) => {
      const sum = sums[index];
      return sum === undefined || sum[3] === 0 ? centre : [sum[0] / sum[3], sum[1] / sum[3], sum[2] / sum[3]];
    });
  }
  return centres;
}

function nearest(colours: readonly Rgb[], red: number, green: number, blue: number): number {
  let best = 0;
  let least = Infinity;
  for (let index = 0; index < colours.length; index++) {
    const colour = colours[index];
    if (colour === undefined) continue;
    const away =
      (colour[0] - red) ** 2 * 0.9 + (colour[1] - green) ** 2 * 1.4 + (colour[2] - blue) ** 2 * 0.7;
    if (away < least) {
      least = away;
      best = index;
    }
  }
  return best;
}

/** Palette index of every colour rounded to five bits a part, for passes over all pixels. */
export function paletteLookup(colours: readonly Rgb[]): Uint8Array {
  const table = new Uint8Array(32768);
  for (let index = 0; index < table.length; index++) {
    table[index] = nearest(
      colours,
      ((index >> 10) & 31) * 8.2,
      ((index >> 5) & 31) * 8.2,
      (index & 31) * 8.2,
    );
  }
  return table;
}

/**
 * Smooths areas and keeps their borders (Kuwahara): each pixel takes the mean of the calmest quadrant around it.
 * Works on every second pixel and interpolates, which a painting doesn't show.
 */
export function simplify(canvas: Canvas, radius: number): void {
  const { width, height, data } = canvas;
  const w = Math.ceil(width / 2) + 1;
  const h = Math.ceil(height / 2) + 1;
  const half = shrinkHalf(canvas, w, h);
  const size = Math.max(1, Math.round(radius / 2));
  const calm = new Float32Array(w * h * 3);
  const sums = integrals(half, w, h);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) calmest(sums, calm, x, y, w, h, size);
  }
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = ((y >> 1) * w + (x >> 1)) * 3;
      const right = at + (x & 1) * 3;
      const down = at + (y & 1) * w * 3;
      const both = down + (x & 1) * 3;
      const to = (y * width + x) * 4;
      for (let part = 0; part < 3; part++)
        data[to + part] =
          ((calm[at + part] ?? 0) +
            (calm[right + part] ?? 0) +
            (calm[down + part] ?? 0) +
            (calm[both + part] ?? 0)) /
          4;
    }
  }
}

function shrinkHalf(canvas: Canvas, w: number, h: number): Float32Array {
  const { width, height, data } = canvas;
  const half = new Float32Array(w * h * 3);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const at = (Math.min(height - 1, y * 2) * width + Math.min(width - 1, x * 2)) * 4;
      for (let part = 0; part < 3; part++) half[(y * w + x) * 3 + part] = data[at + part] ?? 0;
    }
  }
  return half;
}

/** Summed-area table of red, green, blue and squared brightness, one row and column larger than the picture. */
function integrals(half: Float32Array, w: number, h: number): Float64Array {
  const sums = new Float64Array((w + 1) * (h + 1) * 4);
  for (let y = 0; y < h; y++) {
    const row = [0, 0, 0, 0];
    for (let x = 0; x < w; x++) {
      const at = (y * w + x) * 3;
      const red = half[at] ?? 0;
      const green = half[at + 1] ?? 0;
      const blue = half[at + 2] ?? 0;
      row[0] = (row[0] ?? 0) + red;
      row[1] = (row[1] ?? 0) + green;
      row[2] = (row[2] ?? 0) + blue;
      row[3] = (row[3] ?? 0) + (red * 0.3 + green * 0.59 + blue * 0.11) ** 2;
      const to = ((y + 1) * (w + 1) + x + 1) * 4;
      const above = (y * (w + 1) + x + 1) * 4;
      for (let part = 0; part < 4; part++) sums[to + part] = (sums[above + part] ?? 0) + (row[part] ?? 0);
    }
  }
  return sums;
}

function calmest(
  sums: Float64Array,
  calm: Float32Array,
  x: number,
  y: number,
  w: number,
  h: number,
  size: number,
): void {
  let least = Infinity;
  const to = (y * w + x) * 3;
  for (let quadrant = 0; quadrant < 4; quadrant++) {
    const x0 = Math.max(0, quadrant & 1 ? x : x - size);
    const x1 = Math.min(w, quadrant & 1 ? x + size + 1 : x + 1);
    const y0 = Math.max(0, quadrant & 2 ? y : y - size);
    const y1 = Math.min(h, quadrant & 2 ? y + size + 1 : y + 1);
    const a = (y0 * (w + 1) + x0) * 4;
    const b = (y0 * (w + 1) + x1) * 4;
    const c = (y1 * (w + 1) + x0) * 4;
    const d = (y1 * (w + 1) + x1) * 4;
    const area = (x1 - x0) * (y1 - y0);
    const red = ((sums[d] ?? 0) - (sums[b] ?? 0) - (sums[c] ?? 0) + (sums[a] ?? 0)) / area;
    const green = ((sums[d + 1] ?? 0) - (sums[b + 1] ?? 0) - (sums[c + 1] ?? 0) + (sums[a + 1] ?? 0)) / area;
    const blue = ((sums[d + 2] ?? 0) - (sums[b + 2] ?? 0) - (sums[c + 2] ?? 0) + (sums[a + 2] ?? 0)) / area;
    const squares =
      ((sums[d + 3] ?? 0) - (sums[b + 3] ?? 0) - (sums[c + 3] ?? 0) + (sums[a + 3] ?? 0)) / area;
    const spread = squares - (red * 0.3 + green * 0.59 + blue * 0.11) ** 2;
    if (spread >= least) continue;
    least = spread;
    calm[to] = red;
    calm[to + 1] = green;
    calm[to + 2] = blue;
  }
}
