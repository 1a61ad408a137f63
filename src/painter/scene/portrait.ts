import type { Canvas } from '../canvas.js';
import { css, mix, rgb, scale, type Rgb } from '../colour.js';
import type { Placement } from '../place-subjects.js';
import type { Random } from '../random.js';
import { renderSvg } from '../svg-raster.js';
import { faceDetails } from './animal-face.js';
import { bodyCoat, headCoat } from './animal-parts.js';
import { shapes, species, type PortraitKind, type Species } from './animal-species.js';
import { layBackdrop } from './backdrop.js';
import { mirrored, paintFur, type FurPart, type HairAnchor } from './fur.js';
import { paintLedge } from './ledge.js';
import { Sketch } from './sketch.js';
import { randomFor, type Stage } from './stage.js';
import { paintWeather } from './weather.js';

export function isPortrait(kind: string): kind is PortraitKind {
  return Object.hasOwn(species, kind);
}

/** An animal seen from the front before its blurred surroundings. */
export function paintPortrait(stage: Stage): void {
  layBackdrop(stage);
  const ground = paintAnimals(stage);
  paintLedge(stage, ground, randomFor(stage, 'ledge'));
  paintWeather(stage, randomFor(stage, 'weather'));
}

/** Paints the animals alone and tells the row where the ground in front of them begins. */
export function paintAnimals(stage: Stage): number {
  const animals = stage.composition.placements.filter((placement) => isPortrait(placement.kind));
  const sits = animals.map((placement, index) => seat(stage, placement, index, animals.length));
  for (const spot of sits.toSorted((one, other) => one.scale - other.scale)) paintAnimal(stage, spot);
  return Math.max(...sits.map((spot) => spot.ground));
}

interface Seat {
  readonly kind: Species;
  readonly key: string;
  readonly x: number;
  /** Row of the middle of the head. */
  readonly y: number;
  /** Pixels per local unit; the head is about two hundred units wide. */
  readonly scale: number;
  /** Row where the ledge in front begins. */
  readonly ground: number;
}

function seat(stage: Stage, placement: Placement, index: number, total: number): Seat {
  const { canvas, understood } = stage;
  const { width, height, unit } = canvas;
  const named = coloured(species[isPortrait(placement.kind) ? placement.kind : 'cat'], placement.colour);
  // Framed tightly the tail would only show as a stray tuft.
  const kind: Species =
    understood.shot === 'medium' || understood.shot === 'close-up' ? { ...named, tail: 'none' } : named;
  const tallEar = kind.build === 'rabbit' ? 260 : 170;
  const span =
    understood.shot === 'close-up'
      ? 300
      : understood.shot === 'medium'
        ? 430
        : understood.shot === 'wide'
          ? 900
          : tallEar + 500;
  const wide = (width * 0.94) / (total === 1 ? 420 : total * 310);
  const size = Math.min((height * 0.86) / span, wide, unit * 3.1);
  const own = randomFor(stage, `seat/${placement.key}`);
  const x =
    total === 1
      ? width * (0.5 + own.range(-0.07, 0.07))
      : width * ((index + 0.5 + own.range(-0.06, 0.06)) / total);
  const below = understood.shot === 'close-up' ? 178 : understood.shot === 'medium' ? 300 : 478;
  const ground =
    understood.shot === 'wide' || understood.shot === undefined
      ? height * 0.93
      : height * (understood.shot === 'medium' ? 0.9 : 1.03);
  return { kind, key: placement.key, x, y: ground - below * size, scale: size, ground };
}

/** A named coat colour repaints the coat and keeps its lights and darks apart. */
function coloured(kind: Species, colour: string | undefined): Species {
  if (colour === undefined) return kind;
  const coat = rgb(colour);
  const light = (coat[0] + coat[1] + coat[2]) / 765;
  return {
    ...kind,
    coat: colour,
    legs: css(mix(coat, rgb(kind.legs), 0.15)),
    pale: css(mix(coat, [255, 252, 246], light < 0.25 ? 0.16 : 0.65)),
    dark: css(scale(coat, 0.45)),
    eye: light < 0.25 ? '#d9b13a' : kind.eye,
  };
}

function paintAnimal(stage: Stage, spot: Seat): void {
  const { canvas, light } = stage;
  const { kind } = spot;
  const random = randomFor(stage, `animal/${spot.key}`);
  const sunSide = stage.sunX < spot.x ? -1 : 1;
  const place = (markup: string): Uint8Array =>
    renderSvg(
      `<g transform="translate(${spot.x} ${spot.y}) scale(${spot.scale})">${markup}</g>`,
      canvas.width,
      canvas.height,
    );
  const common = { originX: spot.x, originY: spot.y, scale: spot.scale };
  const fur = kind.furLength * 0.66;
  const body: FurPart = {
    ...common,
    sheet: place(bodyCoat(kind, random.fork('body'))),
    box: { left: -290, top: 30, right: 290, bottom: 500 },
    density: 1.9,
    thickness: 1.15,
    normal: (x, y) => [
      x / 150 +
        (Math.abs(x) < 95 && y > 250 ? Math.sin(((Math.abs(x) - 46) / 46) * 1.4) * Math.sign(x) * 0.7 : 0),
      y > 440 ? -0.2 : (y - 120) / 900 - (y < 120 ? 0.35 - y / 340 : 0) + 0.25,
    ],
    anchors: mirrored([
      [0, 80, 90, 44 * fur],
      [0, 200, 90, 50 * fur],
      [60, 120, 70, 40 * fur],
      [120, 180, 62, 34 * fur],
      [140, 320, 70, 34 * fur],
      [46, 330, 90, 16],
      [46, 450, 92, 12],
      [160, 430, 80, 24],
      [240, 400, 30, 44 * fur],
      [230, 320, 300, 40 * fur],
      [0, 320, 90, 30 * fur],
    ]),
  };
  paintFur(canvas, light, body, sunSide, random.fork('body fur'));
  if (kind.markings === 'mane')
    paintFur(canvas, light, mane(spot, place, kind), sunSide, random.fork('mane'));
  shadeNeck(canvas, spot);
  const head: FurPart = {
    ...common,
    sheet: place(headCoat(kind, random.fork('head'))),
    box: { left: -150, top: kind.build === 'rabbit' ? -262 : -176, right: 150, bottom: 124 },
    density: 3.2,
    thickness: 0.95,
    normal: (x, y) => [x / 112, y / 210 + (y > 84 ? (y - 84) / 60 : 0)],
    anchors: headAnchors(kind),
  };
  paintFur(canvas, light, head, sunSide, random.fork('head fur'));
  const sketch = new Sketch(light, random, `face${spot.key}`, undefined, 0);
  const face = faceDetails(sketch, kind);
  canvas.svg(sketch.place(face, spot.x, spot.y, spot.scale, false));
  if (kind.build !== 'owl')
    whiskers(
      canvas,
      spot,
      random.fork('whiskers'),
      kind.build === 'cat' || kind.build === 'bigcat' ? 1 : kind.build === 'rabbit' ? 0.8 : 0.45,
    );
}

function headAnchors(kind: Species): readonly HairAnchor[] {
  const f = kind.furLength * 0.8;
  const shape = shapes[kind.build];
  const ear: readonly [number, number, number, number] = [
    shape.earsInFront ? 96 : 78,
    shape.earsInFront ? 10 : -120,
    shape.earsInFront ? 85 : 285,
    13,
  ];
  const long: readonly (readonly [number, number, number, number])[] =
    kind.build === 'rabbit' ? [[44, -200, 275, 13]] : [];
  return mirrored([
    [0, -60, 270, 16 * f],
    [0, -20, 270, 9],
    [30, -50, 290, 14 * f],
    [70, -50, 310, 17 * f],
    [shape.eyeX, shape.eyeY + 24, 60, 10],
    [26, shape.noseY + 10, 40, 11],
    [60, 30, 35, 20 * f],
    [96, 20, 25, 30 * f],
    [90, 56, 50, 38 * f],
    [60, 84, 68, 32 * f],
    [0, 96, 90, 28 * f],
    [0, 20, 270, 6],
    ear,
    ...long,
  ]);
}

function mane(spot: Seat, place: (markup: string) => Uint8Array, kind: Species): FurPart {
  const outline =
    'M0 -150C90 -158 162 -96 172 0C186 110 128 230 40 284Q0 304 -40 284C-128 230 -186 110 -172 0C-162 -96 -90 -158 0 -150Z';
  const dark = css(mix(rgb(kind.dark), rgb(kind.coat), 0.18));
  const gold = css(mix(rgb(kind.dark), rgb(kind.coat), 0.62));
  const markup = `<defs><radialGradient id="mane" gradientUnits="userSpaceOnUse" cx="0" cy="10" r="210"><stop offset="0.4" stop-color="${gold}"/><stop offset="1" stop-color="${dark}"/></radialGradient></defs><path d="${outline}" fill="url(#mane)"/>`;
  const anchors: HairAnchor[] = [];
  for (let turn = 0; turn < 14; turn++) {
    const angle = (turn / 14) * Math.PI * 2;
    anchors.push({
      x: Math.cos(angle) * 140,
      y: 20 + Math.sin(angle) * 160,
      angle: angle + (Math.PI / 2 - angle) * 0.12,
      length: 66,
    });
  }
  return {
    originX: spot.x,
    originY: spot.y,
    scale: spot.scale,
    sheet: place(markup),
    box: { left: -190, top: -165, right: 190, bottom: 300 },
    density: 1.5,
    thickness: 2.2,
    normal: (x, y) => [x / 170, y / 220],
    anchors,
  };
}

/** The head throws a soft shadow on the chest. */
function shadeNeck(canvas: Canvas, spot: Seat): void {
  const dark: Rgb = [14, 10, 14];
  for (let ring = 0; ring < 7; ring++) {
    canvas.dab(
      spot.x,
      spot.y + (96 + ring * 3) * spot.scale,
      (84 - ring * 9) * spot.scale,
      (44 - ring * 5) * spot.scale,
      0,
      dark,
      0.07,
    );
  }
}

function whiskers(canvas: Canvas, spot: Seat, random: Random, share: number): void {
  const shape = shapes[spot.kind.build];
  const [wide, y] = shape.muzzle;
  for (const side of [-1, 1]) {
    for (let hair = 0; hair < 11; hair++) {
      const row = hair % 4;
      const x = side * (wide * 0.3 + random.range(0, wide * 0.62));
      const lift = (row - 1.6) * 0.17 + random.range(-0.07, 0.07);
      const angle = side > 0 ? lift : Math.PI - lift;
      const length = random.range(90, 150) * share;
      for (let thread = 0; thread < 2; thread++) {
        canvas.strand(
          spot.x + x * spot.scale,
          spot.y + (y - 12 + row * 8.5) * spot.scale + thread * 0.5,
          angle,
          length * spot.scale,
          side * (0.2 + lift * 0.3 + random.range(-0.06, 0.1)),
          Math.max(0.8, 0.85 * spot.scale),
          [250, 248, 242],
          0.7,
        );
      }
    }
    for (let brow = 0; brow < 4; brow++) {
      canvas.strand(
        spot.x + side * (shape.eyeX - 6 + brow * 4) * spot.scale,
        spot.y + (shape.eyeY - shape.eyeSize - 8) * spot.scale,
        -Math.PI / 2 + side * (0.35 + brow * 0.16),
        62 * share * spot.scale,
        side * 0.2,
        Math.max(0.8, 1.2 * spot.scale),
        [250, 248, 242],
        0.55,
      );
    }
  }
}
