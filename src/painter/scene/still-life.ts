import { css, filterBy, mix, rgb, type Rgb } from '../colour.js';
import type { Light } from '../light.js';
import { halfWidthOf, type Placement } from '../place-subjects.js';
import { clouds, ridges, sample } from '../noise-tiles.js';
import type { Random } from '../random.js';
import { familyOf } from '../vocabulary/subjects.js';
import { findDrawing } from './drawings.js';
import { rect, Sketch } from './sketch.js';
import { randomFor, type Stage } from './stage.js';
import { steam } from './still-objects.js';

/** A wooden table by a wall that a window lights from the side. */
export function paintStillLife(outside: Stage): void {
  const stage = { ...outside, light: indoors(outside.light) };
  const { canvas, composition } = stage;
  const edge = canvas.height * (composition.horizon + 0.02);
  const sunSide = stage.sunX < canvas.width / 2 ? -1 : 1;
  paintWall(stage, edge, sunSide, randomFor(stage, 'wall'));
  paintTable(stage, edge, sunSide, randomFor(stage, 'table'));
  const things = composition.placements.filter(
    (placement) => familyOf(placement.kind) === 'still' || findDrawing(placement.kind) !== undefined,
  );
  arrange(stage, things, edge, sunSide);
}

/** After dark a room is lit by lamps: dim, warm and from no far away. */
function indoors(light: Light): Light {
  if (!light.dark) return light;
  return {
    ...light,
    tone: (base, shade = 0) => filterBy(base, [118 + shade * 62, 88 + shade * 46, 66 + shade * 32]),
  };
}

function paintWall(stage: Stage, edge: number, sunSide: number, random: Random): void {
  const { canvas, light, understood } = stage;
  const { width, unit } = canvas;
  const tile = clouds();
  const base =
    understood.palette[0] === undefined
      ? rgb(light.dark ? '#4d5a63' : '#b9b3a2')
      : mix(rgb(understood.palette[0]), [225, 220, 208], 0.35);
  const offset = random.range(0, 512);
  const tilt = random.range(0.16, 0.3);
  for (let y = 0; y < edge; y++) {
    for (let x = 0; x < width; x++) {
      const towards = sunSide < 0 ? 1 - x / width : x / width;
      const plaster = (sample(tile, (x / unit) * 0.3 + offset, (y / unit) * 0.3) - 0.5) * 0.3;
      const skew = x / unit + sunSide * (y / unit) * tilt * 1.6;
      const pane = light.dark ? 0 : windowPane(skew + 300, y / unit + 60);
      canvas.blend(x, y, light.tone(base, -0.75 + towards * 0.75 + plaster + pane * 0.8), 1);
    }
  }
}

/** Brightness of window light thrown on a wall: soft-edged panes. */
function windowPane(x: number, y: number): number {
  const column = soft(x % 220, 26, 196);
  const row = soft(y % 250, 22, 232);
  const within = soft(x, 300, 960) * soft(y, 60, 560);
  return column * row * within;
}

function soft(value: number, from: number, to: number): number {
  const rise = Math.min(1, Math.max(0, (value - from) / 26));
  const fall = Math.min(1, Math.max(0, (to - value) / 26));
  return rise * fall;
}

function paintTable(stage: Stage, edge: number, sunSide: number, random: Random): void {
  const { canvas, light } = stage;
  const { width, height, unit } = canvas;
  const soft1 = clouds();
  const sharp = ridges();
  const offset = random.range(0, 512);
  const wood: readonly [Rgb, Rgb] = [rgb('#6f4325'), rgb('#b57f4c')];
  for (let y = Math.floor(edge); y < height; y++) {
    const near = (y - edge) / unit;
    const depth = 420 / (near + 300);
    for (let x = 0; x < width; x++) {
      const across = ((x - width / 2) / unit) * depth;
      const plank = Math.floor(across / 170 + 50);
      const within = across / 170 + 50 - plank;
      const seam = Math.min(1, Math.min(within, 1 - within) * 60);
      const along = depth * 900 + plank * 137;
      const fibre =
        sample(sharp, across * 1.5 + offset + plank * 77, along * 0.16) * 0.6 +
        sample(soft1, across * 5.5 + plank * 31, along * 0.1) * 0.5;
      const towards = sunSide < 0 ? 1 - x / width : x / width;
      const sheen = Math.exp(-((near - 150) ** 2) / 30000) * towards * 0.35;
      const colour = mix(wood[0], wood[1], fibre * 0.95 - 0.12 + ((plank * 7) % 5) * 0.05);
      canvas.blend(
        x,
        y,
        light.tone(colour, -0.35 + towards * 0.75 + sheen - (1 - seam) * 0.9 + (near < 10 ? -0.3 : 0)),
        1,
      );
    }
  }
  canvas.svg(rect(0, edge - 2 * unit, width, 3 * unit, css(light.tone(wood[0], -0.9)), 'fill-opacity=".6"'));
}

function arrange(stage: Stage, things: readonly Placement[], edge: number, sunSide: number): void {
  const { canvas, light, composition } = stage;
  const { width, height, unit } = canvas;
  const room = height - edge;
  const narrow = Math.min(1.25, (width / unit / 1000) * (things.length > 1 ? 1 : 1.3));
  const flat = things.filter((thing) => thing.kind === 'book');
  const upright = things.filter((thing) => thing.kind !== 'book');
  const spots = [
    ...upright.map((thing, index) => ({
      thing,
      x:
        width *
        (0.5 +
          composition.side *
            (upright.length === 1
              ? flat.length > 0
                ? 0.2
                : 0
              : 0.24 - (0.48 * index) / Math.max(1, upright.length - 1))),
      y: edge + room * (flat.length > 0 && upright.length === 1 ? 0.36 : 0.5 - (index % 2) * 0.22),
    })),
    ...flat.map((thing, index) => ({
      thing,
      x: width * (0.5 - composition.side * (upright.length > 0 ? 0.15 : 0)) + index * 40 * unit,
      y: edge + room * (0.68 - index * 0.1),
    })),
  ];
  for (const spot of spots.toSorted((one, other) => one.y - other.y)) {
    const drawing = findDrawing(spot.thing.kind);
    if (drawing === undefined) continue;
    const own = randomFor(stage, spot.thing.key);
    const sketch = new Sketch(light, own, spot.thing.key, spot.thing.colour, 0);
    const tall = stillSizes[spot.thing.kind] ?? 300;
    const size = (tall * unit * narrow * (spot.thing.size > 300 ? 1.12 : 1)) / 100;
    const reach = halfWidthOf(spot.thing.kind) * 100 * size;
    const x = Math.min(Math.max(spot.x, reach + 8 * unit), Math.max(width - reach - 8 * unit, width / 2));
    const footing = drawing.footing * 100 * size;
    for (let ring = 0; ring < 6; ring++)
      canvas.dab(
        x - sunSide * footing * (0.3 + ring * 0.12),
        spot.y - 2 * unit,
        footing * (1.35 - ring * 0.06),
        footing * (0.24 - ring * 0.018),
        0,
        [18, 10, 6],
        0.13,
      );
    canvas.svg(sketch.place(drawing.draw(sketch), x, spot.y, size, sunSide > 0));
    if (spot.thing.kind === 'cup') {
      const wisp = new Sketch(light, own, `${spot.thing.key}steam`, undefined, 0);
      canvas.svg(wisp.place(steam(wisp), x, spot.y, size, false));
    }
    if (spot.thing.kind === 'candle') {
      canvas.glow(x, spot.y - 84 * size, 520 * unit, [255, 180, 90], light.dark ? 0.6 : 0.3);
      canvas.glow(x, spot.y - 84 * size, 120 * unit, [255, 225, 150], 0.6);
    }
    if (spot.thing.kind === 'lamp')
      canvas.glow(x, spot.y - 60 * size, 620 * unit, [255, 205, 130], light.dark ? 0.6 : 0.3);
  }
}

const stillSizes: Readonly<Record<string, number>> = {
  cup: 250,
  book: 190,
  teapot: 330,
  vase: 620,
  fruit: 330,
  apple: 210,
  candle: 360,
  lamp: 560,
  flower: 520,
};
