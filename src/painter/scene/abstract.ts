import { hsl, mix, rgb, type Rgb } from '../colour.js';
import { clouds, sample } from '../noise-tiles.js';
import type { Random } from '../random.js';
import { randomFor, type Stage } from './stage.js';

/** For what the painter doesn't know: folded ribbons of colour in the prompt's mood. */
export function paintAbstract(stage: Stage): void {
  const { canvas } = stage;
  const { width, height, unit } = canvas;
  const random = randomFor(stage, 'abstract');
  const colours = palette(stage, random);
  const tile = clouds();
  const ox = random.range(0, 512);
  const oy = random.range(0, 512);
  const turn = random.range(0, Math.PI);
  const cos = Math.cos(turn);
  const sin = Math.sin(turn);
  const folds = random.range(2.2, 3.6);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const px = (x / unit) * 0.075;
      const py = (y / unit) * 0.075;
      const u = px * cos - py * sin;
      const v = px * sin + py * cos;
      const warp = sample(tile, u * 0.55 + ox, v * 0.55 + oy);
      const phase = v * 0.045 * folds + warp * folds * 1.7;
      const index = Math.floor(phase);
      const within = phase - index;
      const from = colours[((index % colours.length) + colours.length) % colours.length] ?? [200, 120, 90];
      const to = colours[(((index + 1) % colours.length) + colours.length) % colours.length] ?? from;
      const edge = Math.min(1, within * 26);
      const shade = 0.8 + 0.34 * Math.sin(within * Math.PI * 0.9) - (1 - edge) * 0.22;
      const colour = mix(from, to, within ** 3 * 0.65);
      canvas.blend(x, y, [colour[0] * shade, colour[1] * shade, colour[2] * shade], 1);
    }
  }
  const light = colours[colours.length - 1] ?? [255, 240, 220];
  for (let disc = 0; disc < 3; disc++) {
    const radius = random.range(60, 190) * unit;
    const x = random.range(0.15, 0.85) * width;
    const y = random.range(0.15, 0.85) * height;
    canvas.dab(x + 14 * unit, y + 18 * unit, radius, radius, 0, [10, 8, 20], 0.18);
    canvas.dab(x, y, radius, radius, 0, mix(light, colours[disc] ?? light, 0.4), 0.94);
    canvas.dab(
      x - radius * 0.16,
      y - radius * 0.18,
      radius * 0.74,
      radius * 0.74,
      0,
      mix(light, [255, 255, 255], 0.4),
      0.22,
    );
  }
}

function palette(stage: Stage, random: Random): readonly Rgb[] {
  const { understood } = stage;
  const hue = random.range(0, 360);
  const named = understood.palette.map(rgb);
  const mood = understood.mood;
  const saturation =
    mood === 'neon' || mood === 'bright' ? 0.78 : mood === 'calm' ? 0.34 : mood === 'vintage' ? 0.36 : 0.52;
  const lightness = mood === 'dark' ? 0.28 : mood === 'calm' ? 0.7 : 0.55;
  const made: Rgb[] = [0, 32, 168, 196, 348].map((step, index) =>
    hsl(hue + step, saturation, Math.min(0.88, lightness + (index % 3) * 0.1)),
  );
  if (named.length === 0) return [...made, mix(made[1] ?? [255, 240, 220], [255, 248, 235], 0.75)];
  const spread = named.flatMap((colour) => [
    colour,
    mix(colour, [255, 250, 240], 0.45),
    mix(colour, [20, 18, 40], 0.4),
  ]);
  return [...spread, mix(named[0] ?? [255, 240, 220], [255, 250, 240], 0.8)];
}
