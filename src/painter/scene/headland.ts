import { mix, rgb, type Rgb } from '../colour.js';
import { clouds, ridges, sample } from '../noise-tiles.js';
import type { Random } from '../random.js';
import type { Stage } from './stage.js';

const turfs = { spring: '#8fbb4c', summer: '#7a9e42', autumn: '#b08c3e', winter: '#b5ab8c' } as const;

/** A rocky headland rising from the water on the composition's side. */
export function paintHeadland(stage: Stage, random: Random): void {
  const { canvas, light, composition, horizon } = stage;
  const { width, height, unit } = canvas;
  const sharp = ridges();
  const soft = clouds();
  const offset = random.range(0, 512);
  const side = composition.side;
  const top = horizon - 0.055 * height;
  const rock: readonly [Rgb, Rgb] = [rgb('#625c58'), rgb('#a0968a')];
  const turf = light.snowy ? rgb('#eef2f7') : rgb(turfs[light.season]);
  const sunSide = stage.sunX < width * (0.5 + side * 0.3) ? -1 : 1;
  for (let x = 0; x < width; x++) {
    const across = side > 0 ? x / width : 1 - x / width;
    if (across < 0.36) continue;
    const rise = Math.min(
      1,
      Math.max(0, (across - 0.5 + (sample(soft, offset, across * 300) - 0.5) * 0.06) / 0.12),
    );
    if (rise <= 0) continue;
    const shape = rise * rise * (3 - 2 * rise);
    const foot = horizon + (height - horizon) * (0.5 + 0.35 * across);
    const crest =
      foot +
      (top - foot) * shape -
      (sample(sharp, (x * 0.4) / unit, offset) - 0.5) * 46 * unit * (shape * 0.6 + 0.1) * 0.6;
    const base =
      foot +
      (height - foot) * Math.min(1, Math.max(0, (across - 0.42) / 0.3)) +
      (sample(sharp, (x / unit) * 0.3, offset + 90) - 0.3) * 60 * unit;
    if (base <= crest) continue;
    for (let y = Math.max(0, Math.floor(crest)); y < Math.min(height, base); y++) {
      const down = (y - crest) / unit;
      const u = (x / unit) * 0.42 + sample(soft, (x / unit) * 0.2, (y / unit) * 0.2) * 40;
      const v = (y / unit) * 0.24 + offset;
      const here = sample(sharp, u, v);
      const relief = (sample(sharp, u + sunSide * 5, v - 4) - here) * -5.5;
      const crack = Math.max(0, 0.4 - here) * 1.6;
      const base0 = mix(rock[0], rock[1], sample(soft, u * 2.2, v * 2.2));
      const grassy =
        down < 16 + sample(soft, (x / unit) * 1.3, 40) * 40 && shape > 0.55
          ? Math.min(1, (56 - down) / 30)
          : 0;
      const colour = mix(base0, turf, grassy * 0.9);
      const wet = Math.min(1, Math.max(0, 1 - (base - y) / (70 * unit))) * 0.4;
      canvas.blend(
        x,
        y,
        light.tone(
          colour,
          relief * (1 - grassy * 0.6) - crack - wet + 0.28 + (1 - Math.min(1, down / 500)) * 0.2,
        ),
        Math.min(1, y - crest + 0.5),
      );
    }
  }
}

/** White water where a swell breaks on the rock's foot. */
export function paintSurf(stage: Stage, random: Random): void {
  const { canvas, light, composition, horizon, understood } = stage;
  const { width, height, unit } = canvas;
  if (composition.water !== 'sea') return;
  const wild = understood.weather.includes('storm') ? 1 : 0.35;
  for (let splash = 0; splash < 900 * wild; splash++) {
    const t = random.next();
    const across = 0.44 + t * 0.26;
    const foot = horizon + (height - horizon) * (0.5 + 0.35 * across);
    const x = (composition.side > 0 ? across : 1 - across) * width + random.bell() * 22 * unit;
    const y = foot + t * (height - foot) + random.bell() * 12 * unit - random.next() ** 3 * 130 * unit * wild;
    const size = random.range(1, 4.5) * unit;
    canvas.dab(x, y, size * 1.5, size, random.range(0, 3), light.tone(rgb('#eef4f6'), 0.5), 0.5);
  }
}
