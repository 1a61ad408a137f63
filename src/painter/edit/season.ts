import type { Canvas } from '../canvas.js';
import { mix, type Rgb } from '../colour.js';
import { clouds, grain, pointSample, sample } from '../noise-tiles.js';
import type { Random } from '../random.js';
import { blurPlane } from '../styles/planes.js';
import type { Season } from '../vocabulary/scenery.js';
import { ramp } from './grid.js';
import { RowSampler } from './spread.js';
import { snowCaps } from './snow-caps.js';
import type { Survey } from './survey.js';

/** Turns what grows and what lies open into a season's colours; forms stay where they are. */
export function changeSeason(canvas: Canvas, survey: Survey, season: Season, random: Random): void {
  switch (season) {
    case 'winter':
      bareLeaves(canvas, survey);
      laySnow(canvas, survey, random);
      return;
    case 'autumn':
      turnLeaves(canvas, survey, random);
      return;
    case 'spring':
      recolourLeaves(canvas, survey, [1.02, 1.16, 0.72], 0.72);
      scatterBlossom(canvas, survey, random);
      return;
    case 'summer':
      recolourLeaves(canvas, survey, [0.9, 1.12, 0.5], 0.62);
      warmUp(canvas, survey);
      return;
  }
}

/** Greens lose their colour and turn to the browns of bare twigs and old grass. */
function bareLeaves(canvas: Canvas, survey: Survey): void {
  const { data } = canvas;
  for (let index = 0, at = 0; at < data.length; index++, at += 4) {
    const sky = survey.sky[index] ?? 0;
    const keep = Math.max(sky, survey.glow[index] ?? 0);
    const red = data[at] ?? 0;
    const green = data[at + 1] ?? 0;
    const blue = data[at + 2] ?? 0;
    const luma = red * 0.3 + green * 0.59 + blue * 0.11;
    const leaf = (survey.foliage[index] ?? 0) * 0.9 * (1 - keep);
    const dull = (1 - leaf) * 0.16 * (1 - keep);
    const grey = leaf + dull;
    data[at] = red + (luma * (1 + 0.06 * leaf) - red) * grey;
    data[at + 1] = green + (luma * 0.98 - green) * grey;
    data[at + 2] = blue + (luma * (1 + 0.02 * leaf) - blue) * grey;
  }
}

/** Snow on ground and foliage, thin on stone courses, thick along whatever faces up. */
function laySnow(canvas: Canvas, survey: Survey, random: Random): void {
  const { width, height, data, unit } = canvas;
  const { grid } = survey;
  const wide = Math.max(2, Math.round((14 * unit) / grid.cell));
  const near = new RowSampler(blurPlane(grid.luma, grid.columns, grid.rows, wide), grid, width);
  const region = new RowSampler(
    blurPlane(grid.luma, grid.columns, grid.rows, Math.max(3, Math.round((75 * unit) / grid.cell))),
    grid,
    width,
  );
  const caps = snowCaps(canvas, survey, random);
  const drift = clouds();
  const fine = grain();
  const offset = random.range(0, 500);
  const white: Rgb = [240, 245, 252];
  const blue: Rgb = [158, 178, 212];
  for (let y = 0; y < height; y++) {
    const broad = near.row(y);
    const around = region.row(y);
    for (let x = 0; x < width; x++) {
      const index = y * width + x;
      if ((survey.sky[index] ?? 0) > 0.97) continue;
      const open = 1 - Math.max(survey.sky[index] ?? 0, survey.water[index] ?? 0, survey.glow[index] ?? 0);
      const heap = sample(drift, (x / unit) * 0.35 + offset, (y / unit) * 0.8 + offset);
      const speck = pointSample(fine, x + offset, y) - 0.5;
      const here = survey.luma[index] ?? 0;
      const local = here / Math.max(10, broad[x] ?? 1);
      // Trees and bushes are darker than the ground they stand on, over more than a tuft's width.
      const standing = ramp(0.86 - here / Math.max(10, around[x] ?? 1), 0, 0.24) * (here < 90 ? 1 : 0.4);
      const bare = Math.max(ramp(0.62 - local, -0.1, 0.32) * 0.75, standing * 0.9);
      const ground = (survey.ground[index] ?? 0) * (1 - bare) * ramp(heap + 0.45, 0.45, 0.7);
      const leaf = (survey.foliage[index] ?? 0) * ramp(local + (heap - 0.5) * 0.5, 0.85, 1.35) * 0.85;
      const dust = ramp(local, 1.02, 1.4) * 0.22;
      const cap = caps[index] ?? 0;
      const cover = Math.min(1, Math.max(ground * 0.97, leaf, dust, cap)) * open;
      if (cover < 0.01) continue;
      const form = Math.min(1, Math.max(0, 0.5 + (local - 1) * 0.55 + (heap - 0.5) * 0.5 + cap * 0.35));
      const at = index * 4;
      const snow = mix(blue, white, form);
      for (let part = 0; part < 3; part++) {
        const was = data[at + part] ?? 0;
        data[at + part] = was + ((snow[part] ?? 0) + speck * 14 - was) * cover;
      }
    }
  }
}

const autumnLeaves: readonly Rgb[] = [
  [1.42, 0.98, 0.26],
  [1.55, 0.78, 0.2],
  [1.5, 0.55, 0.22],
  [1.18, 0.82, 0.42],
];

/** Leaves to ochre, orange and red in patches, grass to straw. */
function turnLeaves(canvas: Canvas, survey: Survey, random: Random): void {
  const { width, height, data, unit } = canvas;
  const patches = clouds();
  const offset = random.range(0, 500);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const index = y * width + x;
      const at = index * 4;
      const keep = Math.max(survey.sky[index] ?? 0, survey.glow[index] ?? 0);
      const warm = 0.12 * (1 - keep);
      const leaf = (survey.foliage[index] ?? 0) * (1 - keep);
      const red = data[at] ?? 0;
      const green = data[at + 1] ?? 0;
      const blue = data[at + 2] ?? 0;
      const luma = red * 0.3 + green * 0.59 + blue * 0.11;
      const place = sample(patches, (x / unit) * 0.75 + offset, (y / unit) * 0.75 + offset);
      const grass = (survey.ground[index] ?? 0) * 0.55;
      const pick = ramp(place, 0.25, 0.75) * 2.999;
      const one = autumnLeaves[Math.floor(pick)] ?? [1, 1, 1];
      const next = autumnLeaves[Math.floor(pick) + 1] ?? one;
      const straw = autumnLeaves[3] ?? one;
      const tint = mix(mix(one, next, pick - Math.floor(pick)), straw, grass);
      for (let part = 0; part < 3; part++) {
        const was = part === 0 ? red : part === 1 ? green : blue;
        const warmed = was * (part === 0 ? 1 + warm : part === 2 ? 1 - warm : 1);
        const turned = luma * 1.06 * (tint[part] ?? 1);
        data[at + part] = warmed + (turned - warmed) * leaf * 0.92;
      }
    }
  }
}

function recolourLeaves(canvas: Canvas, survey: Survey, tint: Rgb, strength: number): void {
  const { data } = canvas;
  for (let index = 0, at = 0; at < data.length; index++, at += 4) {
    const leaf = (survey.foliage[index] ?? 0) * strength;
    if (leaf < 0.01) continue;
    const luma = (data[at] ?? 0) * 0.3 + (data[at + 1] ?? 0) * 0.59 + (data[at + 2] ?? 0) * 0.11;
    for (let part = 0; part < 3; part++) {
      const was = data[at + part] ?? 0;
      data[at + part] = was + (Math.min(245, luma * 1.12) * (tint[part] ?? 1) - was) * leaf;
    }
  }
}

/** Clusters of petals on foliage, loose ones on the ground. */
function scatterBlossom(canvas: Canvas, survey: Survey, random: Random): void {
  const { width, height, unit } = canvas;
  const petals: readonly [Rgb, Rgb, Rgb] = [
    [250, 214, 226],
    [244, 176, 202],
    [255, 240, 244],
  ];
  const tile = clouds();
  for (let count = 0; count < 5200; count++) {
    const x = random.next() * width;
    const y = random.next() * height;
    const index = Math.floor(y) * width + Math.floor(x);
    const leaf = survey.foliage[index] ?? 0;
    const clump = sample(tile, (x / unit) * 0.9, (y / unit) * 0.9);
    const onGround = (survey.ground[index] ?? 0) > 0.5;
    if (random.next() > leaf * ramp(clump, 0.42, 0.62) * (onGround ? 0.35 : 1)) continue;
    const size = Math.max(0.7, random.range(1.8, 4.4) * unit);
    canvas.dab(x, y, size, size * 0.7, random.range(0, 3), random.pick(petals), 0.9);
  }
}

function warmUp(canvas: Canvas, survey: Survey): void {
  const { data } = canvas;
  for (let index = 0, at = 0; at < data.length; index++, at += 4) {
    const share = 1 - (survey.sky[index] ?? 0) * 0.6;
    const red = data[at] ?? 0;
    const green = data[at + 1] ?? 0;
    const blue = data[at + 2] ?? 0;
    const luma = red * 0.3 + green * 0.59 + blue * 0.11;
    data[at] = luma + (red - luma) * (1 + 0.22 * share) + 9 * share;
    data[at + 1] = luma + (green - luma) * (1 + 0.22 * share) + 4 * share;
    data[at + 2] = luma + (blue - luma) * (1 + 0.22 * share) - 8 * share;
  }
}
