import { mix, rgb, type Rgb } from '../colour.js';
import { clouds, ridges, sample } from '../noise-tiles.js';
import type { Random } from '../random.js';
import type { Stage } from './stage.js';

/** The ground an animal sits on, in focus: rock, snow, sand or grass, as the setting has it. */
export function paintLedge(stage: Stage, ground: number, random: Random): void {
  const { canvas, light, composition, understood } = stage;
  const { width, height, unit } = canvas;
  const rocky =
    composition.ground === 'rock' ||
    composition.ground === 'canyon' ||
    understood.settings.includes('mountain');
  const sharp = ridges();
  const soft = clouds();
  const offset = random.range(0, 512);
  const stones: readonly [Rgb, Rgb] = [rgb('#5f5a57'), rgb('#aea79d')];
  const earth: readonly [Rgb, Rgb] =
    composition.ground === 'sand' || composition.ground === 'desert'
      ? [rgb('#b58f57'), rgb('#dcbd87')]
      : light.season === 'autumn'
        ? [rgb('#6b4322'), rgb('#b9762f')]
        : [rgb('#44592c'), rgb('#75873f')];
  const base = rocky ? stones : earth;
  const sunSide = stage.sunX < width / 2 ? -1 : 1;
  for (let x = 0; x < width; x++) {
    const rim =
      ground -
      8 * unit +
      (sample(sharp, (x / unit) * (rocky ? 0.24 : 0.16) + offset, offset) - 0.5) * (rocky ? 120 : 26) * unit -
      (rocky ? Math.abs(x / width - 0.5) ** 2 * 420 * unit : 0);
    for (let y = Math.max(0, Math.floor(rim)); y < height; y++) {
      const down = (y - rim) / unit;
      const u = (x / unit) * 0.36 + sample(soft, (x / unit) * 0.15, (y / unit) * 0.15) * 50;
      const v = (y / unit) * 0.5 + offset;
      const here = sample(sharp, u, v);
      const relief = (sample(sharp, u + sunSide * 4, v - 5) - here) * (rocky ? -10 : -2.5);
      const crack = rocky ? Math.max(0, 0.5 - here) * 2.6 : 0;
      let colour = mix(base[0], base[1], sample(soft, u * 1.7, v * 1.7));
      const snow = light.snowy ? Math.min(1, Math.max(0, (44 - down) / 24 + sample(soft, u, v) - 0.4)) : 0;
      if (snow > 0) colour = mix(colour, [240, 244, 250], snow);
      const lit = 0.5 - Math.min(1.1, down / (rocky ? 330 : 130)) + relief * (1 - snow * 0.5) - crack;
      canvas.blend(x, y, light.tone(colour, lit), Math.min(1, y - rim + 0.3));
    }
  }
  if (rocky || composition.ground !== 'grass') return;
  const blades =
    light.season === 'autumn'
      ? ['#8d5a26', '#c98a35', '#5f4a22']
      : light.snowy
        ? ['#b9b097', '#d9d6c8', '#8f8a72']
        : ['#5c8035', '#86a548', '#3f6129'];
  const count = Math.round((width / unit) * 2.4);
  for (let blade = 0; blade < count; blade++) {
    const y = ground + random.range(-6, 70) * unit;
    const lean = random.range(-0.4, 0.4);
    canvas.strand(
      random.next() * width,
      y,
      -Math.PI / 2 + lean,
      random.range(24, 80) * unit,
      lean * 0.6,
      2.6 * unit,
      light.tone(rgb(blades[random.int(0, 2)] ?? '#5c8035'), random.range(-0.5, 0.6)),
      0.9,
    );
  }
}
