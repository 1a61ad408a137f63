import type { Canvas } from '../canvas.js';
import { mix, type Rgb } from '../colour.js';
import type { Light } from '../light.js';
import { clouds, sample } from '../noise-tiles.js';
import type { Random } from '../random.js';
import { blurPlane, type Plane } from '../styles/planes.js';
import type { Understood } from '../understood.js';
import { ramp } from './grid.js';
import { RowSampler } from './spread.js';
import type { Survey } from './survey.js';

/** Halo around what glows by itself, wide and warm in the dark, faint by day. */
export function bloomLamps(canvas: Canvas, survey: Survey, light: Light): void {
  const power = light.dark ? 1.15 : light.lampsLit ? 0.6 : 0.12;
  const { width, height, data, unit } = canvas;
  const { grid } = survey;
  const sources = gatherGlow(canvas, survey);
  if (sources === undefined) return;
  const halo = sources.map((plane) => {
    const near = blurPlane(plane, grid.columns, grid.rows, Math.max(1, (16 * unit) / grid.cell));
    const wide = blurPlane(plane, grid.columns, grid.rows, Math.max(2, (70 * unit) / grid.cell));
    const both = near.map((value, index) => {
      const share = ((value * 0.55 + (wide[index] ?? 0) * 1.5) / 255) * power;
      // Less than a third of a grey level, which spares the rows that hold nothing else.
      return share < 0.001 ? 0 : share;
    });
    return new RowSampler(both, grid, width);
  });
  const [reds, greens, blues] = halo;
  if (reds === undefined || greens === undefined || blues === undefined) return;
  for (let y = 0; y < height; y++) {
    if (reds.isEmpty(y)) continue;
    const red = reds.row(y);
    const green = greens.row(y);
    const blue = blues.row(y);
    for (let x = 0, index = y * width; x < width; x++, index++) {
      const most = Math.max(red[x] ?? 0, green[x] ?? 0, blue[x] ?? 0);
      if (most < 0.001) continue;
      // The lamp itself keeps its drawing; only what is around it takes the light.
      const open = 1 - (survey.glow[index] ?? 0) * 0.85;
      addLight(data, index * 4, Math.min(1, red[x] ?? 0) * open);
      addLight(data, index * 4 + 1, Math.min(1, green[x] ?? 0) * open);
      addLight(data, index * 4 + 2, Math.min(1, blue[x] ?? 0) * open);
    }
  }
}

function addLight(data: Uint8ClampedArray, at: number, share: number): void {
  const was = data[at] ?? 0;
  data[at] = was + (255 - was) * share;
}

/** Colours of the glowing places in the cells of the grid; undefined where nothing glows. */
function gatherGlow(canvas: Canvas, survey: Survey): readonly [Plane, Plane, Plane] | undefined {
  const { width, data } = canvas;
  const { cell, columns, rows } = survey.grid;
  const planes: readonly [Plane, Plane, Plane] = [
    new Float32Array(columns * rows),
    new Float32Array(columns * rows),
    new Float32Array(columns * rows),
  ];
  const share = 1 / (cell * cell);
  let total = 0;
  for (let index = 0; index < survey.glow.length; index++) {
    const glow = survey.glow[index] ?? 0;
    if (glow < 0.02) continue;
    total += glow;
    const x = index % width;
    const to = Math.floor((index - x) / width / cell) * columns + Math.floor(x / cell);
    for (let part = 0; part < 3; part++) {
      const plane = planes[part];
      if (plane !== undefined) plane[to] = (plane[to] ?? 0) + (data[index * 4 + part] ?? 0) * glow * share;
    }
  }
  return total < 3 ? undefined : planes;
}

/** Stars, moon and northern lights, in the open sky only. */
export function lightHeavens(
  canvas: Canvas,
  survey: Survey,
  understood: Understood,
  light: Light,
  random: Random,
): void {
  if (!survey.hasSky) return;
  const { sky, weather } = understood;
  const veiled = weather.some(
    (kind) => kind === 'rain' || kind === 'storm' || kind === 'fog' || kind === 'cloudy' || kind === 'snow',
  );
  if (sky.includes('aurora')) drawAurora(canvas, survey, random.fork('aurora'));
  if (sky.includes('stars') || (light.dark && !veiled)) drawStars(canvas, survey, random.fork('stars'));
  if (sky.includes('moon')) drawDisc(canvas, survey, random.fork('moon'), [238, 240, 232], [150, 175, 225]);
  if (sky.includes('sun')) drawDisc(canvas, survey, random.fork('sun'), [255, 246, 214], light.key);
}

function drawStars(canvas: Canvas, survey: Survey, random: Random): void {
  const { width, unit } = canvas;
  const rows = Math.max(1, survey.horizon);
  const count = Math.round((width * rows * 620) / (unit * unit * 1e6));
  for (let star = 0; star < count; star++) {
    const x = random.next() * width;
    const y = random.next() * rows;
    const bright = random.next() ** 4;
    const height = 1 - y / rows;
    if ((survey.sky[Math.floor(y) * width + Math.floor(x)] ?? 0) < 0.97) continue;
    const colour = mix([255, 244, 226], [206, 222, 255], random.next());
    canvas.dab(
      x,
      y,
      Math.max(0.55, (0.6 + bright * 1.5) * unit),
      Math.max(0.55, (0.6 + bright * 1.5) * unit),
      0,
      colour,
      (0.35 + bright * 0.6) * ramp(height, 0, 0.5),
    );
  }
}

function drawDisc(canvas: Canvas, survey: Survey, random: Random, face: Rgb, halo: Rgb): void {
  const { width, height, unit } = canvas;
  const radius = Math.max(1.5, 34 * unit);
  for (let attempt = 0; attempt < 24; attempt++) {
    const x = random.range(0.12, 0.88) * width;
    const y = random.range(0.1, 0.6) * survey.horizon;
    const clear = [-1, 0, 1].every((across) =>
      [-1, 0, 1].every((down) => {
        const px = Math.round(Math.min(width - 1, Math.max(0, x + across * radius * 1.5)));
        const py = Math.round(Math.min(height - 1, Math.max(0, y + down * radius * 1.5)));
        return (survey.sky[py * width + px] ?? 0) > 0.9;
      }),
    );
    if (!clear) continue;
    canvas.glow(x, y, radius * 6, halo, 0.5);
    canvas.dab(x, y, radius, radius, 0, face, 1);
    return;
  }
}

function drawAurora(canvas: Canvas, survey: Survey, random: Random): void {
  const { width, data, unit } = canvas;
  const tile = clouds();
  const offset = random.range(0, 500);
  const rows = Math.floor(survey.horizon);
  for (let x = 0; x < width; x++) {
    const wave = sample(tile, (x / unit) * 0.16 + offset, 20);
    const foot = rows * (0.35 + wave * 0.45);
    const power = ramp(sample(tile, (x / unit) * 0.9 + offset, 200), 0.25, 0.7);
    for (let y = 0; y < rows; y++) {
      const index = y * width + x;
      const rise = foot - y;
      const curtain = rise < 0 ? Math.exp(rise / (9 * unit)) : Math.exp(-rise / (rows * 0.24));
      const share = curtain * power * (survey.sky[index] ?? 0) * 0.7;
      if (share < 0.01) continue;
      const colour = mix([70, 240, 150], [150, 70, 210], Math.min(1, Math.max(0, rise / (rows * 0.45))));
      for (let part = 0; part < 3; part++) {
        const was = data[index * 4 + part] ?? 0;
        data[index * 4 + part] = was + (255 - was) * ((colour[part] ?? 0) / 255) * share;
      }
    }
  }
}
