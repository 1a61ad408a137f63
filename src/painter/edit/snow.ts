import type { Canvas } from '../canvas.js';
import { clouds, grain, pointSample } from '../noise-tiles.js';
import type { Random } from '../random.js';
import { blurPlane } from '../styles/planes.js';
import { ramp } from './grid.js';
import { NoiseRows } from './noise-rows.js';
import { snowCaps } from './snow-caps.js';
import { RowSampler } from './spread.js';
import type { Survey } from './survey.js';

/**
 * Winter: greens turn to the browns of bare twigs and old grass, and snow lies on ground and foliage, thin on stone
 * courses, thick along whatever faces up.
 */
export function laySnow(canvas: Canvas, survey: Survey, random: Random): void {
  const { width, height, data, unit } = canvas;
  const { grid, sky, glow } = survey;
  const nearby = (reach: number): RowSampler =>
    new RowSampler(blurPlane(grid.luma, grid.columns, grid.rows, reach), grid, width);
  const near = nearby(Math.max(2, Math.round((14 * unit) / grid.cell)));
  const region = nearby(Math.max(3, Math.round((75 * unit) / grid.cell)));
  const caps = snowCaps(canvas, survey, random);
  const offset = random.range(0, 500);
  const heaps = new NoiseRows(clouds(), width, 0.35 / unit, offset);
  const fine = grain();
  for (let y = 0, index = 0; y < height; y++) {
    const broad = near.row(y);
    const around = region.row(y);
    const cap = caps.row(y);
    const heap = heaps.row((y / unit) * 0.8 + offset);
    for (let x = 0; x < width; x++, index++) {
      const open = 1 - Math.max(sky[index] ?? 0, glow[index] ?? 0);
      if (open <= 0) continue;
      const at = index * 4;
      bareLeaf(data, at, survey.foliage[index] ?? 0, open);
      if ((sky[index] ?? 0) > 0.97) continue;
      const local = (survey.luma[index] ?? 0) / Math.max(10, broad[x] ?? 1);
      const free = Math.min(open, 1 - (survey.water[index] ?? 0));
      const depth = Math.max(cap[x] ?? 0, coverAt(survey, index, local, around[x] ?? 1, heap[x] ?? 0));
      const cover = Math.min(1, depth) * free;
      if (cover < 0.01) continue;
      const form = 0.5 + (local - 1) * 0.55 + ((heap[x] ?? 0) - 0.5) * 0.5 + (cap[x] ?? 0) * 0.35;
      const lit = Math.min(1, Math.max(0, form));
      const speck = (pointSample(fine, x + offset, y) - 0.5) * 14;
      const red = data[at] ?? 0;
      const green = data[at + 1] ?? 0;
      const blue = data[at + 2] ?? 0;
      data[at] = red + (158 + 82 * lit + speck - red) * cover;
      data[at + 1] = green + (178 + 67 * lit + speck - green) * cover;
      data[at + 2] = blue + (212 + 40 * lit + speck - blue) * cover;
    }
  }
}

/** Takes most of the colour out of a green pixel, and a little out of any other. */
function bareLeaf(data: Uint8ClampedArray, at: number, foliage: number, open: number): void {
  const red = data[at] ?? 0;
  const green = data[at + 1] ?? 0;
  const blue = data[at + 2] ?? 0;
  const luma = red * 0.3 + green * 0.59 + blue * 0.11;
  const leaf = foliage * 0.9 * open;
  const grey = leaf + (1 - leaf) * 0.16 * open;
  data[at] = red + (luma * (1 + 0.06 * leaf) - red) * grey;
  data[at + 1] = green + (luma * 0.98 - green) * grey;
  data[at + 2] = blue + (luma * (1 + 0.02 * leaf) - blue) * grey;
}

/** How much snow lies on a surface. `local` is its brightness beside its surroundings', `around` that of a wider region. */
function coverAt(survey: Survey, index: number, local: number, around: number, heap: number): number {
  const dust = ramp(local, 1.02, 1.4) * 0.22;
  const green = survey.foliage[index] ?? 0;
  const leaf = green > 0 ? green * ramp(local + (heap - 0.5) * 0.5, 0.85, 1.35) * 0.85 : 0;
  const soil = survey.ground[index] ?? 0;
  if (soil === 0) return Math.max(leaf, dust);
  const here = survey.luma[index] ?? 0;
  // Trees and bushes are darker than the ground they stand on, over more than a tuft's width.
  const standing = ramp(0.86 - here / Math.max(10, around), 0, 0.24) * (here < 90 ? 1 : 0.4);
  const bare = Math.max(ramp(0.62 - local, -0.1, 0.32) * 0.75, standing * 0.9);
  return Math.max(soil * (1 - bare) * ramp(heap + 0.45, 0.45, 0.7) * 0.97, leaf, dust);
}
