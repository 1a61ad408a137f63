import { hsl, mix, rgb, type Rgb } from '../colour.js';
import { clouds, ridges, sample } from '../noise-tiles.js';
import type { Random } from '../random.js';
import { drawCentred } from './centred.js';
import { randomFor, type Stage } from './stage.js';

/** Sunlit depths with sand, coral and small fry. */
export function paintUnderwater(stage: Stage): void {
  const { canvas, composition, understood } = stage;
  const { width, height, unit } = canvas;
  const random = randomFor(stage, 'water');
  const tile = clouds();
  const offset = random.range(0, 512);
  const tint =
    understood.palette[0] === undefined
      ? rgb('#1f8fb5')
      : mix(rgb(understood.palette[0]), rgb('#1f8fb5'), 0.5);
  const night = stage.light.dark ? 0.45 : 1;
  const top: Rgb = mix(tint, [190, 245, 240], 0.55);
  const deep: Rgb = mix(tint, [4, 24, 52], 0.8);
  const sunX = stage.sunX;
  for (let y = 0; y < height; y++) {
    const t = y / height;
    for (let x = 0; x < width; x++) {
      const angle = (x - sunX) / (y + 260 * unit);
      const ray = Math.max(0, sample(tile, angle * 95 + offset, 40) - 0.46) * 2.6 * Math.max(0, 1 - t * 1.05);
      const murk = (sample(tile, (x / unit) * 0.14 + offset, (y / unit) * 0.14) - 0.5) * 0.14;
      const colour = mix(mix(top, deep, Math.min(1, t * 1.08 + murk)), [225, 255, 250], ray * 0.55);
      canvas.blend(x, y, [colour[0] * night, colour[1] * night, colour[2] * night], 1);
    }
  }
  seabed(stage, offset, night, random.fork('bed'));
  school(stage, random.fork('school'));
  const swimmers = composition.placements;
  swimmers.forEach((placement, index) => {
    const share = swimmers.length === 1 ? 1 : 0.62;
    const size = Math.min(width / 2.6, placement.size * unit * 1.5 * share, height * 0.8);
    const own = randomFor(stage, `swim/${placement.key}`);
    drawCentred(
      stage,
      placement,
      width *
        (swimmers.length === 1
          ? 0.5 + own.range(-0.05, 0.05)
          : 0.22 + (0.56 * index) / Math.max(1, swimmers.length - 1)),
      height * (0.45 + own.range(-0.09, 0.09) + (index % 2) * 0.14),
      size,
      own.range(-7, 4),
    );
  });
  for (let bubble = 0; bubble < 46; bubble++) {
    const radius = random.range(1.5, 9) * unit;
    const x = random.next() * width;
    const y = random.next() * height;
    canvas.dab(x, y, radius, radius, 0, [220, 250, 255], 0.22);
    canvas.dab(x - radius * 0.3, y - radius * 0.3, radius * 0.35, radius * 0.35, 0, [255, 255, 255], 0.8);
  }
}

function seabed(stage: Stage, offset: number, night: number, random: Random): void {
  const { canvas } = stage;
  const { width, height, unit } = canvas;
  const soft = clouds();
  const sharp = ridges();
  for (let x = 0; x < width; x++) {
    const rim = height * 0.86 + (sample(soft, (x / unit) * 0.2 + offset, offset) - 0.5) * 110 * unit;
    for (let y = Math.floor(Math.max(0, rim)); y < height; y++) {
      const down = (y - rim) / (height - rim + 1);
      const caustic = Math.max(0, sample(sharp, (x / unit) * 0.7, (y / unit) * 1.8 + offset) - 0.55) * 1.4;
      const sand = mix([46, 108, 128], [176, 172, 138], down * 0.8 + caustic * 0.5);
      canvas.blend(
        x,
        y,
        [sand[0] * night, sand[1] * night, sand[2] * night],
        Math.min(1, (y - rim + 1) / (12 * unit)),
      );
    }
  }
  const hues = [350, 18, 285, 38, 325] as const;
  for (let plant = 0; plant < 16; plant++) {
    const x = (plant < 9 ? random.range(-0.02, 0.3) : random.range(0.68, 1.02)) * width;
    const y = height * random.range(0.9, 1.02);
    const coral = random.chance(0.5);
    const tone = hsl(random.pick(hues), 0.6, 0.5);
    for (let arm = 0; arm < (coral ? 16 : 9); arm++) {
      const lean = random.range(-0.75, 0.75);
      if (coral)
        canvas.strand(
          x,
          y,
          -Math.PI / 2 + lean,
          random.range(60, 150) * unit,
          lean * 0.3,
          15 * unit,
          mix([tone[0] * night, tone[1] * night, tone[2] * night], deepBlue, random.range(0.05, 0.4)),
          1,
        );
      else
        canvas.strand(
          x + random.range(-26, 26) * unit,
          y,
          -Math.PI / 2 + lean * 0.35,
          random.range(140, 330) * unit,
          random.range(-0.35, 0.35),
          12 * unit,
          mix([58 * night, 132 * night, 74 * night], deepBlue, random.range(0, 0.5)),
          0.95,
        );
    }
  }
}

const deepBlue: Rgb = [16, 66, 96];

function school(stage: Stage, random: Random): void {
  const { canvas, understood } = stage;
  if (understood.avoid.includes('fish')) return;
  const { width, height, unit } = canvas;
  const cx = random.range(0.2, 0.8) * width;
  const cy = random.range(0.2, 0.34) * height;
  for (let fish = 0; fish < 26; fish++) {
    const x = cx + random.bell() * 120 * unit;
    const y = cy + random.bell() * 46 * unit;
    const size = random.range(7, 13) * unit;
    canvas.dab(x, y, size, size * 0.36, 0.1, [34, 92, 122], 0.75);
    canvas.strand(x - size * 0.8, y, Math.PI - 0.5, size * 0.7, 0, 3 * unit, [34, 92, 122], 0.8);
    canvas.strand(x - size * 0.8, y, Math.PI + 0.5, size * 0.7, 0, 3 * unit, [34, 92, 122], 0.8);
  }
}
