import { css, hsl, mix, rgb } from '../colour.js';
import { clouds, sample } from '../noise-tiles.js';
import type { Random } from '../random.js';
import { drawCentred } from './centred.js';
import { randomFor, type Stage } from './stage.js';

/** Stars, gas, a world and whatever flies there. */
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
  planets.forEach((placement, index) => {
    planet(
      stage,
      width * (0.5 - side * 0.04 * (planets.length === 1 ? 1 : 9) + side * index * 0.42),
      height * (0.48 + index * 0.12),
      (planets.length === 1 ? 250 : 170) * unit,
      placement.colour,
      randomFor(stage, placement.key),
    );
  });
  const others = composition.placements.filter((placement) => placement.kind !== 'planet');
  others.forEach((placement, index) => {
    const flying = placement.kind === 'rocket';
    const titled = understood.poster || understood.lettering.length > 0;
    const size =
      Math.min(height * (titled ? 0.5 : 0.6), width * 0.9, placement.size * unit) *
      (others.length > 1 ? 0.7 : 1);
    if (flying) canvas.glow(width * 0.5, height * 0.62, size * 0.6, [255, 170, 80], 0.25);
    drawCentred(
      stage,
      placement,
      width * (0.5 - (others.length - 1) * 0.16 + index * 0.32),
      height * (titled ? 0.4 : 0.47),
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
