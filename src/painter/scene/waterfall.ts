import { mix, rgb, type Rgb } from '../colour.js';
import { clouds, ridges, sample } from '../noise-tiles.js';
import type { Random } from '../random.js';
import type { Stage } from './stage.js';

/** A rock wall across the middle distance with white water falling into the river before it. */
export function paintWaterfall(stage: Stage, random: Random): void {
  const { canvas, light, horizon, composition } = stage;
  const { width, height, unit } = canvas;
  const sharp = ridges();
  const soft = clouds();
  const offset = random.range(0, 512);
  const middle = width * (0.5 + composition.side * 0.04);
  const foot = horizon + (height - horizon) * 0.12;
  const top = Math.max(40 * unit, horizon - 430 * unit);
  const half = 74 * unit;
  const rock: readonly [Rgb, Rgb] = [rgb('#55524c'), rgb('#948b7d')];
  const turf = light.snowy ? rgb('#eef2f7') : light.season === 'autumn' ? rgb('#a5802f') : rgb('#5f8a3c');
  const sunSide = stage.sunX < middle ? -1 : 1;
  for (let x = 0; x < width; x++) {
    const away = Math.abs(x - middle) / unit;
    const crest =
      top +
      Math.max(0, away - 90) * 0.34 * unit +
      (sample(sharp, (x / unit) * 0.3, offset) - 0.5) * 90 * unit;
    for (let y = Math.max(0, Math.floor(crest)); y < foot; y++) {
      const down = (y - crest) / unit;
      const u = (x / unit) * 0.5 + sample(soft, (x / unit) * 0.2, (y / unit) * 0.2) * 40;
      const v = (y / unit) * 0.2 + offset;
      const here = sample(sharp, u, v);
      const relief = (sample(sharp, u + sunSide * 4, v - 4) - here) * -6;
      const moss = Math.max(0, sample(soft, u * 1.4, v * 3) - 0.45) * 2.4 + (down < 26 ? 0.9 : 0);
      const colour = mix(mix(rock[0], rock[1], sample(soft, u * 2, v * 2)), turf, Math.min(0.95, moss));
      canvas.blend(
        x,
        y,
        light.tone(colour, relief + 0.1 - Math.max(0, 0.42 - here) * 1.6, 0.1 * light.fog),
        Math.min(1, y - crest + 0.4),
      );
    }
    const inside = half * (1 + ((x & 7) - 3) * 0.01) - Math.abs(x - middle);
    if (inside < 0) continue;
    for (let y = Math.max(0, Math.floor(crest)); y < foot; y++) {
      const fall = (y - crest) / Math.max(1, foot - crest);
      const streak =
        sample(soft, (x / unit) * 2.6, (y / unit) * 0.1 + offset) * 0.7 +
        sample(sharp, (x / unit) * 6, (y / unit) * 0.25) * 0.5;
      const edge = Math.min(1, inside / (16 * unit + fall * 14 * unit));
      canvas.blend(
        x,
        y,
        light.tone(mix([150, 190, 208], [255, 255, 255], streak), 0.45),
        Math.min(1, edge * (0.55 + streak * 0.6)),
      );
    }
  }
  for (let puff = 0; puff < 40; puff++) {
    const mist = light.tone([245, 250, 252], 0.4);
    canvas.glow(
      middle + random.bell() * 90 * unit,
      foot + random.range(-50, 20) * unit,
      random.range(50, 130) * unit,
      mist,
      0.2,
    );
  }
}
