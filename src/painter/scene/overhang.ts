import { mix, rgb } from '../colour.js';
import type { Random } from '../random.js';
import type { Stage } from './stage.js';

const leafColours = {
  spring: ['#7fb04a', '#a9cf63', '#eda6bd'],
  summer: ['#2f6234', '#55853f', '#86ab4c'],
  autumn: ['#b5501f', '#d98a2b', '#efc04e'],
  winter: ['#cfd8e3', '#eef3f8', '#ffffff'],
} as const;

/** A bough from the near edge that paper lanterns hang from. */
export function paintOverhang(stage: Stage, random: Random): void {
  const { canvas, light, composition } = stage;
  const { width, height, unit } = canvas;
  const lanterns = composition.placements.filter((placement) => placement.kind === 'paper-lantern');
  const first = lanterns[0];
  if (first === undefined) return;
  const fromLeft = first.x < 0.5;
  const reach =
    Math.max(...lanterns.map((lantern) => (fromLeft ? lantern.x : 1 - lantern.x))) * width + 150 * unit;
  const shades = leafColours[light.season].map(rgb);
  const bark = rgb('#3d2c22');
  for (let step = 0; step <= 90; step++) {
    const t = step / 90;
    const x = fromLeft ? -20 * unit + t * reach : width + 20 * unit - t * reach;
    const y = height * 0.015 + Math.sin(t * 2.1) * 58 * unit + (1 - t) * 24 * unit;
    const radius = (15 * (1 - t) + 2.4) * unit;
    canvas.dab(x, y, radius, radius, 0, light.tone(bark, -0.5), 1);
    canvas.dab(x, y - radius * 0.4, radius * 0.7, radius * 0.45, 0, light.tone(bark, 0.5), 0.6);
    if (light.snowy)
      canvas.dab(
        x,
        y - radius * 0.8,
        radius * 0.8 + 2 * unit,
        radius * 0.34 + 1.5 * unit,
        0,
        light.tone(rgb('#f2f6fb'), 0.4),
        0.9,
      );
    const own = random.fork(`${step}`);
    if (step < 6 || own.chance(0.3)) continue;
    const twig = own.range(30, 92) * unit;
    const angle = Math.PI / 2 + own.range(-0.9, 0.9);
    canvas.strand(x, y, angle, twig, own.range(-0.2, 0.2), 2.6 * unit, light.tone(bark, -0.2), 0.95);
    if (light.season === 'winter') continue;
    for (let leaf = 0; leaf < 9; leaf++) {
      const along = own.range(0.15, 1.1) * twig;
      const shade = shades[own.int(0, 2)] ?? [90, 130, 60];
      const lit = light.tone(light.lampsLit ? mix(shade, [255, 170, 90], 0.14) : shade, own.range(-0.7, 0.6));
      canvas.dab(
        x + Math.cos(angle) * along + own.bell() * 8 * unit,
        y + Math.sin(angle) * along + own.bell() * 6 * unit,
        9.5 * unit,
        4 * unit,
        angle + own.range(-0.8, 0.8),
        lit,
        0.94,
      );
    }
  }
}
