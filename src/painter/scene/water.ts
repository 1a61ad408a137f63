import type { Canvas } from '../canvas.js';
import { mix, rgb, scale, type Rgb } from '../colour.js';
import type { Light } from '../light.js';
import { clouds, sample } from '../noise-tiles.js';
import type { Random } from '../random.js';

export interface WaterBody {
  /** Row of the far shore, around which the world above is mirrored. */
  readonly top: number;
  readonly bottom: number;
  /** How much of a pixel is water, 0 to 1. */
  readonly coverage: (x: number, y: number) => number;
  /** 0 is a mirror, 1 a choppy sea. */
  readonly rough: number;
  readonly horizon: number;
}

const ice: Rgb = [214, 226, 238];

/** Mirrors what is painted above the far shore, broken by ripples that grow towards the viewer. */
export function paintWater(
  canvas: Canvas,
  light: Light,
  body: WaterBody,
  frozen: boolean,
  sunX: number,
  random: Random,
): void {
  const { width, height, data } = canvas;
  const tile = clouds();
  const source = data.slice(0, Math.max(0, Math.ceil(body.top)) * width * 4);
  const lastRow = Math.max(0, Math.ceil(body.top) - 1);
  const offset = random.range(0, 512);
  const deep = frozen ? ice : mix(light.tone(rgb('#1f4a5c'), 0.1), light.skyMiddle, 0.22);
  const glint = mix(light.skyLow, light.key, 0.4);
  const amplitude = (frozen ? 0.25 : 0.5 + body.rough * 2.4) * canvas.unit;
  for (let y = Math.max(0, Math.floor(body.top)); y < Math.min(height, body.bottom); y++) {
    const below = (y - body.top) / Math.max(1, height - body.top);
    const near = 0.06 + (y - body.horizon) / (900 * canvas.unit);
    const rowScale = 1 / Math.max(0.04, near);
    const v = offset + rowScale * 60;
    for (let x = 0; x < width; x++) {
      const cover = body.coverage(x, y);
      if (cover <= 0) continue;
      const u = offset + ((x - width / 2) / canvas.unit) * 0.028 * rowScale * 0.55;
      const wave = sample(tile, u, v) - 0.5;
      const chop = sample(tile, u * 3.3, v * 2.7) - 0.5;
      const lift = (wave * 26 + chop * 22) * amplitude * Math.min(1, near * 2.2 + 0.15);
      const fromX = Math.min(width - 1, Math.max(0, Math.round(x + lift * 1.1)));
      const fromY = Math.min(lastRow, Math.max(0, Math.round(2 * body.top - y + lift * 3)));
      const at = (fromY * width + fromX) * 4;
      const mirror = frozen ? 0.34 : 0.9 - below * 0.34 - Math.max(0, chop) * body.rough * 0.7;
      const shade = 1 - below * 0.16;
      const target = (y * width + x) * 4;
      const sparkle = frozen
        ? 0
        : Math.max(0, wave + chop * 0.9 - 0.24) *
          (1.1 + body.rough) *
          (0.35 + 0.65 * Math.exp(-(((x - sunX) / (width * 0.3)) ** 2)));
      for (let part = 0; part < 3; part++) {
        const reflected = (source[at + part] ?? 0) * shade;
        let value = reflected * mirror + (deep[part] ?? 0) * (1 - mirror);
        value += ((glint[part] ?? 0) - value) * Math.min(0.75, sparkle);
        if (frozen) value += (250 - value) * Math.max(0, Math.min(0.75, (wave + 0.08) * 2.4)) * 0.55;
        data[target + part] = value * cover + (data[target + part] ?? 0) * (1 - cover);
      }
    }
  }
}

/** Lays a thing that stands in water, and its broken mirror image under `base`. */
export function layReflected(
  canvas: Canvas,
  sheet: Uint8Array,
  base: number,
  strength: number,
  rough: number,
  coverage: (x: number, y: number) => number,
): void {
  const { width, height } = canvas;
  const tile = clouds();
  const tall = Math.min(height, base * 2);
  for (let y = Math.max(0, Math.ceil(base)); y < tall; y++) {
    const away = (y - base) / canvas.unit;
    const fade = strength * Math.exp(-away / 420);
    for (let x = 0; x < width; x++) {
      const wave = sample(tile, (x / canvas.unit) * 0.12, (y / canvas.unit) * 1.5) - 0.5;
      const lift = wave * (6 + away * 0.16) * (0.5 + rough) * canvas.unit;
      const fromX = Math.round(x + lift);
      const fromY = Math.round(2 * base - y + lift * 0.6);
      if (fromX < 0 || fromX >= width || fromY < 0 || fromY >= height) continue;
      const at = (fromY * width + fromX) * 4;
      const alpha = (sheet[at + 3] ?? 0) / 255;
      if (alpha === 0) continue;
      const cover = coverage(x, y);
      if (cover === 0) continue;
      const colour: Rgb = [
        (sheet[at] ?? 0) / alpha,
        (sheet[at + 1] ?? 0) / alpha,
        (sheet[at + 2] ?? 0) / alpha,
      ];
      canvas.blend(x, y, scale(colour, 0.82), alpha * fade * cover);
    }
  }
  canvas.lay(sheet, 1);
}

/** A wind-driven sea seen as a moving relief: crests catch light and foam. */
export function paintStormSea(canvas: Canvas, light: Light, horizon: number, random: Random): void {
  const { width, height } = canvas;
  const tile = clouds();
  const focal = 1000 * canvas.unit;
  const offset = random.range(0, 512);
  const swell = (x: number, z: number): number =>
    Math.sin(z * 1.5 + x * 0.35 + sample(tile, x * 9 + offset, z * 9) * 9) * 0.1 +
    sample(tile, x * 26, z * 30 + offset) * 0.32 -
    0.2;
  const deep = light.tone(rgb('#1b3d4a'), 0.1);
  const bright = mix(light.skyLow, light.tone(rgb('#6b939d'), 0.5), 0.55);
  const white = light.tone(rgb('#e9f0f2'), 0.6);
  for (let column = 0; column < width; column++) {
    const slope = (column - width / 2) / focal;
    let top = height;
    for (let z = 1.5; z < 70; z *= 1.011) {
      const x = slope * z;
      const h = swell(x, z);
      const row = Math.max(horizon, horizon + ((1 - h) * focal) / z);
      if (row >= top) continue;
      const rise = (swell(x, z + 0.05) - h) / 0.05;
      const lean = Math.min(1, Math.max(0, 0.5 - rise * 0.45));
      const water = mix(deep, bright, lean * 0.85);
      const foam = Math.max(0, h - 0.045) * 9 * Math.max(0, sample(tile, x * 90, z * 60) * 2.4 - 0.8);
      const colour = mix(mix(water, white, Math.min(0.9, foam)), light.haze, Math.min(0.75, z / 80));
      const first = Math.ceil(row);
      for (let y = first; y < top; y++) canvas.blend(column, y, colour, 1);
      top = first;
      if (top <= horizon) break;
    }
  }
}
