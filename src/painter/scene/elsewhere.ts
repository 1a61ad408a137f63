import { css, hsl, mix, rgb, type Rgb } from '../colour.js';
import { clouds, ridges, sample } from '../noise-tiles.js';
import type { Placement } from '../place-subjects.js';
import type { Random } from '../random.js';
import { findDrawing } from './drawings.js';
import { ellipse, rect, Sketch } from './sketch.js';
import { randomFor, type Stage } from './stage.js';

/** Draws a thing by its middle, so that it can float. */
export function drawCentred(
  stage: Stage,
  placement: Placement,
  x: number,
  y: number,
  tall: number,
  turn: number,
): void {
  const drawing = findDrawing(placement.kind);
  if (drawing === undefined) return;
  const sketch = new Sketch(stage.light, randomFor(stage, placement.key), placement.key, placement.colour, 0);
  const markup = drawing.draw(sketch);
  const floating =
    placement.kind === 'fish' ||
    placement.kind === 'whale' ||
    placement.kind === 'butterfly' ||
    placement.kind === 'balloon' ||
    placement.kind === 'airplane' ||
    placement.kind === 'eagle' ||
    placement.kind === 'bird' ||
    placement.kind === 'paper-lantern';
  const lift = floating ? 0 : tall / 2;
  stage.canvas.svg(
    `<g transform="rotate(${turn} ${x} ${y})">${sketch.place(markup, x, y + lift, tall / 100, drawing.facing === 'free' && placement.flip)}</g>`,
  );
}

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

export function paintSpace(stage: Stage): void {
  const { canvas, composition, understood } = stage;
  const { width, height, unit } = canvas;
  const random = randomFor(stage, 'space');
  const tile = clouds();
  const offset = random.range(0, 512);
  const hue = random.range(200, 330);
  const first = understood.palette[0] === undefined ? hsl(hue, 0.7, 0.5) : rgb(understood.palette[0]);
  const second = understood.palette[1] === undefined ? hsl(hue + 90, 0.65, 0.5) : rgb(understood.palette[1]);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const u = (x / unit) * 0.17 + offset;
      const v = (y / unit) * 0.17;
      const band = Math.exp(-(((y / height - 0.5 + (x / width - 0.5) * 0.5) * 3) ** 2));
      const gas = Math.max(0, sample(tile, u + sample(tile, u * 2, v * 2) * 30, v) - 0.36) * 1.8 * band;
      const other = Math.max(0, sample(tile, v + 200, u * 1.2) - 0.45) * 1.7 * band;
      canvas.blend(
        x,
        y,
        [
          7 + first[0] * gas * 0.8 + second[0] * other * 0.7,
          8 + first[1] * gas * 0.8 + second[1] * other * 0.7,
          22 + first[2] * gas * 0.8 + second[2] * other * 0.7,
        ],
        1,
      );
    }
  }
  for (let star = 0; star < (width * height) / (unit * unit) / 1500; star++) {
    const bright = random.next() ** 5;
    const x = random.next() * width;
    const y = random.next() * height;
    canvas.dab(
      x,
      y,
      0.5 + bright * 2 * unit,
      0.5 + bright * 2 * unit,
      0,
      mix([255, 225, 200], [190, 215, 255], random.next()),
      0.35 + bright * 0.65,
    );
    if (bright > 0.5) canvas.glow(x, y, 16 * unit, [190, 210, 255], 0.6);
  }
  const planets = composition.placements.filter((placement) => placement.kind === 'planet');
  const side = composition.side;
  if (planets.length === 0 && !understood.avoid.includes('planet'))
    planet(stage, width * (0.5 + side * 0.34), height * 0.8, 250 * unit, undefined, random.fork('world'));
  planets.forEach((placement, index) =>
    planet(
      stage,
      width * (0.5 - side * 0.04 * (planets.length === 1 ? 1 : 9) + side * index * 0.42),
      height * (0.48 + index * 0.12),
      (planets.length === 1 ? 250 : 170) * unit,
      placement.colour,
      randomFor(stage, placement.key),
    ),
  );
  const others = composition.placements.filter((placement) => placement.kind !== 'planet');
  others.forEach((placement, index) => {
    const flying = placement.kind === 'rocket';
    const size = Math.min(height * 0.6, width * 0.9, placement.size * unit) * (others.length > 1 ? 0.7 : 1);
    if (flying) canvas.glow(width * 0.5, height * 0.62, size * 0.6, [255, 170, 80], 0.25);
    drawCentred(
      stage,
      placement,
      width * (0.5 - (others.length - 1) * 0.16 + index * 0.32),
      height * (understood.poster || understood.lettering.length > 0 ? 0.43 : 0.47),
      size,
      flying ? side * 14 : 0,
    );
  });
}

/** A banded globe with a lit limb and, by chance, a ring. */
function planet(
  stage: Stage,
  cx: number,
  cy: number,
  radius: number,
  colour: string | undefined,
  random: Random,
): void {
  const { canvas } = stage;
  const tile = clouds();
  const offset = random.range(0, 512);
  const hue = random.range(0, 360);
  const base = colour === undefined ? hsl(hue, 0.5, 0.52) : rgb(colour);
  const other = mix(base, random.chance(0.5) ? [245, 225, 190] : [40, 40, 70], 0.6);
  const ringed = random.chance(0.6);
  const tilt = random.range(-0.4, 0.4);
  const ring = (front: boolean): void => {
    if (!ringed) return;
    const markup = [1.5, 1.68, 1.86, 2.02]
      .map(
        (reach, index) =>
          `<ellipse rx="${radius * reach}" ry="${radius * reach * 0.28}" fill="none" stroke="${css(mix(base, [250, 235, 210], 0.4 + index * 0.12))}" stroke-width="${radius * 0.1}" stroke-opacity="${0.8 - index * 0.15}"/>`,
      )
      .join('');
    const half = `<clipPath id="ring${front ? 'f' : 'b'}"><rect x="${-radius * 2.3}" y="${front ? 0 : -radius * 2.3}" width="${radius * 4.6}" height="${radius * 2.3}"/></clipPath>`;
    canvas.svg(
      `<defs>${half}</defs><g transform="translate(${cx} ${cy}) rotate(${(tilt * 180) / Math.PI})"><g clip-path="url(#ring${front ? 'f' : 'b'})">${markup}</g></g>`,
    );
  };
  canvas.glow(cx, cy, radius * 1.5, mix(base, [160, 200, 255], 0.5), 0.4);
  ring(false);
  for (let y = Math.floor(-radius); y <= radius; y++) {
    for (let x = Math.floor(-radius); x <= radius; x++) {
      const d = Math.sqrt(x * x + y * y) / radius;
      if (d > 1) continue;
      const z = Math.sqrt(Math.max(0, 1 - d * d));
      const along = y * Math.cos(tilt) - x * Math.sin(tilt);
      const bands = sample(
        tile,
        (x / radius) * 20 + offset,
        (along / radius) * 110 + sample(tile, (x / radius) * 60, (y / radius) * 60) * 34,
      );
      const lit = Math.max(0.03, (-x / radius) * 0.55 - (y / radius) * 0.45 + z * 0.65);
      const colourAt = mix(mix(base, other, bands * 1.6 - 0.3), [255, 255, 255], (1 - z) ** 4 * 0.35);
      canvas.blend(
        Math.round(cx + x),
        Math.round(cy + y),
        [colourAt[0] * lit * 1.15, colourAt[1] * lit * 1.15, colourAt[2] * lit * 1.15],
        Math.min(1, (1 - d) * radius),
      );
    }
  }
  ring(true);
}

/** A product before a seamless paper sweep. */
export function paintStudio(stage: Stage): void {
  const { canvas, composition, understood } = stage;
  const { width, height, unit } = canvas;
  const random = randomFor(stage, 'studio');
  const hue = random.range(0, 360);
  const tone =
    understood.palette[0] === undefined
      ? hsl(hue, 0.24, 0.78)
      : mix(rgb(understood.palette[0]), [255, 255, 255], 0.35);
  const dim = stage.light.dark || understood.mood === 'dark' ? 0.32 : 1;
  const floor = height * 0.72;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const halo = Math.exp(-(((x / width - 0.5) * 1.9) ** 2) - ((y / height - 0.42) * 1.9) ** 2);
      const bend = y > floor ? 0.1 * Math.min(1, (y - floor) / (90 * unit)) : 0;
      const colour = mix(mix(tone, [30, 28, 36], 0.3), mix(tone, [255, 255, 255], 0.7), halo - bend);
      canvas.blend(x, y, [colour[0] * dim, colour[1] * dim, colour[2] * dim], 1);
    }
  }
  const items = composition.placements;
  items.forEach((placement, index) => {
    const drawing = findDrawing(placement.kind);
    if (drawing === undefined) return;
    const share = items.length === 1 ? 1 : 1.6 / items.length;
    const flat =
      placement.kind === 'shoe' ||
      placement.kind === 'car' ||
      placement.kind === 'book' ||
      placement.kind === 'train';
    const tall =
      Math.min(
        (flat ? 330 : 620) * unit,
        height * (flat ? 0.4 : 0.64),
        (width * 0.84) / Math.max(0.9, drawing.footing * 2.2),
      ) * Math.min(1, share);
    const x = width * (items.length === 1 ? 0.5 : (index + 0.5) / items.length);
    const y = height * 0.8;
    const wide = Math.max(0.2, drawing.footing) * tall;
    for (let ring = 0; ring < 9; ring++)
      canvas.dab(
        x + 12 * unit,
        y,
        wide * (1.45 - ring * 0.08),
        wide * (0.2 - ring * 0.016),
        0,
        [20, 16, 26],
        0.075,
      );
    drawCentred(stage, placement, x, y - tall / 2, tall, 0);
  });
}

/** A rounded tile with one clear figure, as app icons and badges are made. */
export function emblemGround(stage: Stage): void {
  const { canvas, understood } = stage;
  const { width, height } = canvas;
  const random = randomFor(stage, 'emblem');
  const hue = random.range(0, 360);
  const from =
    understood.palette[0] === undefined
      ? hsl(hue, 0.62, 0.62)
      : mix(rgb(understood.palette[0]), [255, 255, 255], 0.2);
  const to =
    understood.palette[1] === undefined
      ? mix(hsl(hue + 42, 0.68, 0.42), [20, 20, 60], 0.12)
      : rgb(understood.palette[1]);
  const side = Math.min(width, height) * 0.86;
  const left = (width - side) / 2;
  const top = (height - side) / 2;
  canvas.svg(
    `<defs><linearGradient id="tile" x1="0" y1="0" x2="0.7" y2="1"><stop offset="0" stop-color="${css(from)}"/><stop offset="1" stop-color="${css(to)}"/></linearGradient></defs>${rect(0, 0, width, height, '#f4f2ee')}${rect(left, top + side * 0.02, side, side, '#00000030', `rx="${side * 0.23}"`)}${rect(left, top, side, side, 'url(#tile)', `rx="${side * 0.23}"`)}${ellipse(width / 2, top + side * 0.5, side * 0.36, side * 0.36, '#ffffff', 'fill-opacity=".14"')}`,
  );
}
