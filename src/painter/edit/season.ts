import type { Canvas } from '../canvas.js';
import { mix, type Rgb } from '../colour.js';
import { clouds, sample } from '../noise-tiles.js';
import type { Random } from '../random.js';
import type { Season } from '../vocabulary/scenery.js';
import { ramp } from './grid.js';
import { NoiseRows } from './noise-rows.js';
import { laySnow } from './snow.js';
import type { Survey } from './survey.js';

/** Turns what grows and what lies open into a season's colours; forms stay where they are. */
export function changeSeason(canvas: Canvas, survey: Survey, season: Season, random: Random): void {
  switch (season) {
    case 'winter':
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

const autumnLeaves: readonly Rgb[] = [
  [1.42, 0.98, 0.26],
  [1.55, 0.78, 0.2],
  [1.5, 0.55, 0.22],
  [1.18, 0.82, 0.42],
];

/** Leaves to ochre, orange and red in patches, grass to straw. */
function turnLeaves(canvas: Canvas, survey: Survey, random: Random): void {
  const { width, height, data, unit } = canvas;
  const offset = random.range(0, 500);
  const patches = new NoiseRows(clouds(), width, 0.75 / unit, offset);
  const straw = autumnLeaves[3] ?? [1, 1, 1];
  for (let y = 0, index = 0; y < height; y++) {
    const places = patches.row((y / unit) * 0.75 + offset);
    for (let x = 0; x < width; x++, index++) {
      const at = index * 4;
      const open = 1 - Math.max(survey.sky[index] ?? 0, survey.glow[index] ?? 0);
      if (open <= 0) continue;
      const red = (data[at] ?? 0) * (1 + 0.12 * open);
      const green = data[at + 1] ?? 0;
      const blue = (data[at + 2] ?? 0) * (1 - 0.12 * open);
      const leaf = (survey.foliage[index] ?? 0) * open * 0.92;
      if (leaf <= 0.002) {
        data[at] = red;
        data[at + 2] = blue;
        continue;
      }
      const light = ((data[at] ?? 0) * 0.3 + green * 0.59 + (data[at + 2] ?? 0) * 0.11) * 1.06;
      const grass = (survey.ground[index] ?? 0) * 0.55;
      const pick = ramp(places[x] ?? 0, 0.25, 0.75) * 2.999;
      const one = autumnLeaves[pick | 0] ?? straw;
      const tint = mix(mix(one, autumnLeaves[(pick | 0) + 1] ?? one, pick - (pick | 0)), straw, grass);
      data[at] = red + (light * tint[0] - red) * leaf;
      data[at + 1] = green + (light * tint[1] - green) * leaf;
      data[at + 2] = blue + (light * tint[2] - blue) * leaf;
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
