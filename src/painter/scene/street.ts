import { css, mix, rgb, type Rgb } from '../colour.js';
import { fitText, letterLines } from '../lettering.js';
import type { Random } from '../random.js';
import { familyOf } from '../vocabulary/subjects.js';
import { paintSky } from './sky.js';
import { line, rect } from './sketch.js';
import { paintPlacement, randomFor, type Stage } from './stage.js';
import { paintWater } from './water.js';
import { paintWeather } from './weather.js';

const neon = ['#ff3d8b', '#2fe6ff', '#ffb02e', '#8a5bff', '#4dff9a', '#ff5a3c'] as const;

interface View {
  readonly vanishX: number;
  readonly eyeY: number;
  readonly focal: number;
}

interface Lamp {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly colour: Rgb;
}

const halfStreet = 4.6;
const kerb = 3.1;

/** A street running away between tall houses, with signs after dark and a mirror-wet road in the rain. */
export function paintStreet(stage: Stage): void {
  const { canvas, light, understood, composition } = stage;
  const { width, height, unit } = canvas;
  const random = randomFor(stage, 'street');
  const eyeY = height * Math.min(0.62, composition.horizon);
  const view: View = {
    vanishX: width * (0.5 + composition.side * random.range(0.02, 0.09)),
    eyeY,
    focal: 620 * unit,
  };
  paintSky(canvas, light, understood, { horizon: eyeY, sunX: view.vanishX }, randomFor(stage, 'sky'));
  const lamps: Lamp[] = [];
  canvas.svg(ground(stage, view) + buildings(stage, view, lamps, random.fork('houses')));
  if (light.lampsLit)
    canvas.glow(view.vanishX, eyeY, 420 * unit, light.dark ? [190, 120, 255] : [255, 190, 120], 0.3);
  for (const lamp of lamps) canvas.glow(lamp.x, lamp.y, lamp.radius, lamp.colour, 0.5);
  const wet = understood.weather.includes('rain') || understood.weather.includes('storm');
  if (wet || understood.mood === 'neon') wetRoad(stage, view);
  canvas.svg(traffic(stage, view, random.fork('traffic')));
  for (const placement of composition.placements) {
    const family = familyOf(placement.kind);
    if (family === 'figure' || family === 'vehicle' || family === 'walker')
      paintPlacement(stage, { ...placement, layer: 'ground', size: placement.size * 0.8 }, 0);
    else if (family === 'lantern') paintPlacement(stage, placement, 0);
  }
  paintWeather(stage, randomFor(stage, 'weather'));
}

function at(view: View, x: number, y: number, z: number): string {
  return `${(view.vanishX + (x * view.focal) / z).toFixed(1)} ${(view.eyeY - ((y - 1.7) * view.focal) / z).toFixed(1)}`;
}

function ground(stage: Stage, view: View): string {
  const { light, canvas } = stage;
  const road = rgb(light.snowy ? '#cfd5dc' : '#45474d');
  const near = 1.2;
  const far = 70;
  const strip = (left: number, right: number, colour: string): string =>
    `<path d="M${at(view, left, 0, near)}L${at(view, left, 0, far)}L${at(view, right, 0, far)}L${at(view, right, 0, near)}Z" fill="${colour}"/>`;
  let markup = rect(0, view.eyeY, canvas.width, canvas.height - view.eyeY, css(light.tone(road, -0.3)));
  markup +=
    strip(-halfStreet, -kerb, css(light.tone(rgb('#7b7a78'), -0.1))) +
    strip(kerb, halfStreet, css(light.tone(rgb('#7b7a78'), -0.1))) +
    strip(-kerb, kerb, css(light.tone(road, -0.2)));
  for (let z = 2; z < 40; z *= 1.5)
    markup += `<path d="M${at(view, -0.06, 0, z)}L${at(view, -0.06, 0, z * 1.22)}L${at(view, 0.06, 0, z * 1.22)}L${at(view, 0.06, 0, z)}Z" fill="${css(light.tone(rgb('#d9d4c0'), 0))}" fill-opacity=".7"/>`;
  return markup;
}

function buildings(stage: Stage, view: View, lamps: Lamp[], random: Random): string {
  const { light } = stage;
  const parts: { readonly z: number; readonly markup: string }[] = [];
  for (const side of [-1, 1] as const) {
    let z = 1.5;
    let index = 0;
    while (z < 64) {
      const long = random.range(3, 6.5) * (1 + z * 0.03);
      const own = random.fork(`${side}/${index}`);
      parts.push({
        z,
        markup: house(stage, view, { side, from: z, to: z + long, tall: own.range(9, 25) }, lamps, own),
      });
      z += long;
      index += 1;
    }
  }
  const end = css(light.tone(rgb('#4b5568'), -0.3, 0.6));
  return (
    rect(
      view.vanishX - 60 * stage.canvas.unit,
      view.eyeY - 190 * stage.canvas.unit,
      120 * stage.canvas.unit,
      190 * stage.canvas.unit,
      end,
    ) +
    parts
      .toSorted((one, other) => other.z - one.z)
      .map((part) => part.markup)
      .join('')
  );
}

interface House {
  readonly side: 1 | -1;
  readonly from: number;
  readonly to: number;
  readonly tall: number;
}

function house(stage: Stage, view: View, box: House, lamps: Lamp[], random: Random): string {
  const { light } = stage;
  const depth = Math.min(0.75, (box.from / 60) * light.fog);
  const wall = rgb(random.pick(['#6d5f5a', '#53606e', '#7a6a58', '#5d5a6b', '#86756a']));
  const x = box.side * halfStreet;
  const face = (
    x1: number,
    z1: number,
    x2: number,
    z2: number,
    y1: number,
    y2: number,
    fill: string,
    more = '',
  ): string =>
    `<path d="M${at(view, x1, y1, z1)}L${at(view, x2, y1, z2)}L${at(view, x2, y2, z2)}L${at(view, x1, y2, z1)}Z" fill="${fill}" ${more}/>`;
  let markup = face(
    x,
    box.from,
    x,
    box.to,
    0,
    box.tall,
    css(light.tone(wall, box.side * (stage.sunX < view.vanishX ? 1 : -1) * 0.45 - 0.2, depth)),
  );
  markup += face(x, box.from, x + box.side * 9, box.from, 0, box.tall, css(light.tone(wall, -0.75, depth)));
  const columns = Math.max(2, Math.round((box.to - box.from) / 1.15));
  const step = (box.to - box.from) / columns;
  for (let y = 4; y < box.tall - 1.4; y += 2.1) {
    for (let column = 0; column < columns; column++) {
      const z = box.from + (column + 0.22) * step;
      const on = light.lampsLit && random.chance(light.dark ? 0.52 : 0.32);
      const warm = random.chance(0.72);
      const glass = on
        ? mix(rgb(warm ? '#ffcf7d' : '#a9d8ff'), light.haze, depth * 0.7)
        : light.tone(rgb('#3c4d5c'), 0.2, depth);
      markup += face(x, z, x, z + step * 0.56, y, y + 1.3, css(glass), on ? '' : 'fill-opacity=".85"');
    }
  }
  const shop = random.chance(0.7) && light.lampsLit;
  markup += face(
    x,
    box.from + 0.3,
    x,
    box.to - 0.3,
    0.4,
    2.7,
    css(
      shop
        ? mix(rgb(random.pick(['#ffdf9e', '#9be8ff', '#ffb3d4'])), light.haze, depth * 0.6)
        : light.tone(rgb('#2f3a44'), 0, depth),
    ),
  );
  for (let z = box.from + 0.3; z < box.to - 0.5; z += (box.to - box.from) / 5) {
    const goods = css(light.tone(rgb(random.pick(['#5a3b2a', '#2f4a52', '#6a2f3a', '#3b3f5c'])), 0, depth));
    markup += face(x, z, x, z + 0.09, 0.4, 2.7, css(light.tone(wall, -0.8, depth)));
    markup += face(x, z + 0.2, x, z + 0.7, 0.4, random.range(0.9, 1.9), goods);
  }
  markup += face(x, box.from, x, box.to, 2.8, 3.4, css(light.tone(rgb(random.pick(neon)), 0.1, depth)));
  return markup + sign(stage, view, box, lamps, random);
}

const signWords = [
  'BAR',
  'HOTEL',
  'CAFE',
  'OPEN',
  'JAZZ',
  '24H',
  'MOON',
  '食堂',
  '酒',
  '茶',
  'ラーメン',
  '夜市',
] as const;

/** A vertical neon board that stands out from the wall. */
function sign(stage: Stage, view: View, box: House, lamps: Lamp[], random: Random): string {
  const { light, understood, canvas } = stage;
  const z = box.from + random.range(0.3, 1.2);
  const colour = random.pick(neon);
  const word = random.pick(signWords);
  const base = random.range(3.8, 5.4);
  const tall = random.range(2.6, 5.4);
  if (z > 30 || (!light.lampsLit && random.chance(0.5))) return '';
  const perUnit = view.focal / z;
  const wide = 1.15 * perUnit;
  const left = view.vanishX + box.side * halfStreet * perUnit - (box.side > 0 ? wide : 0);
  const top = view.eyeY - (base + tall - 1.7) * perUnit;
  const high = tall * perUnit;
  if (left > canvas.width || left + wide < 0 || top + high < 0) return '';
  const lit = light.lampsLit;
  const board =
    rect(
      left,
      top,
      wide,
      high,
      lit ? css(mix(rgb(colour), [8, 8, 18], 0.82)) : css(light.tone(rgb(colour), 0.2)),
      `rx="${wide * 0.08}"`,
    ) +
    line(`M${left} ${top}h${wide}v${high}h${-wide}Z`, lit ? colour : '#ffffff', Math.max(0.8, wide * 0.05));
  const letters = understood.avoid.includes('lettering') ? [] : Array.from(word);
  const size = Math.min(wide * 0.72, (high / Math.max(1, letters.length)) * 0.82);
  const text = letters
    .map((letter, index) =>
      letterLines(
        fitText(letter, size * 1.1, size * 0.8, 0),
        left + wide / 2,
        top + (high * (index + 0.5)) / letters.length,
        'middle',
        { fill: lit ? css(mix(rgb(colour), [255, 255, 255], 0.62)) : '#ffffff', weight: 700, spacing: 0 },
      ),
    )
    .join('');
  if (lit) lamps.push({ x: left + wide / 2, y: top + high / 2, radius: high * 0.95, colour: rgb(colour) });
  return board + text;
}

function wetRoad(stage: Stage, view: View): void {
  const { canvas, light } = stage;
  const top = view.eyeY + 6 * canvas.unit;
  paintWater(
    canvas,
    { ...light, skyMiddle: mix(light.skyMiddle, [12, 12, 20], 0.5) },
    {
      top,
      bottom: canvas.height,
      rough: 0.55,
      horizon: view.eyeY,
      coverage: (x, y) =>
        0.8 *
        Math.min(
          1,
          Math.max(0, (halfStreet * (y - view.eyeY)) / 1.7 - Math.abs(x - view.vanishX)) / (6 * canvas.unit),
        ),
    },
    false,
    view.vanishX,
    randomFor(stage, 'wet'),
  );
}

/** Far cars as pairs of lights, and walkers under umbrellas. */
function traffic(stage: Stage, view: View, random: Random): string {
  const { light, understood } = stage;
  let markup = '';
  if (!understood.avoid.includes('car')) {
    for (const z of [26, 15, 9]) {
      const x = random.sign() * random.range(0.9, 2);
      const towards = x < 0;
      const spot = (offset: number): string => {
        const [sx = '0', sy = '0'] = at(view, x + offset, 0.7, z).split(' ');
        const r = (0.16 * view.focal) / z;
        return `<circle cx="${sx}" cy="${sy}" r="${r * 3}" fill="${towards ? '#fff3cf' : '#ff3a2a'}" fill-opacity="${light.lampsLit ? 0.25 : 0}"/><circle cx="${sx}" cy="${sy}" r="${r}" fill="${towards ? '#fffbe8' : '#ff5a46'}"/>`;
      };
      const body = `<path d="M${at(view, x - 0.95, 0.25, z)}L${at(view, x - 0.9, 0.95, z)}L${at(view, x - 0.65, 1.5, z)}L${at(view, x + 0.65, 1.5, z)}L${at(view, x + 0.9, 0.95, z)}L${at(view, x + 0.95, 0.25, z)}Z" fill="${css(light.tone(rgb('#2b3038'), -0.2))}"/>`;
      markup += body + spot(-0.65) + spot(0.65);
    }
  }
  if (understood.avoid.includes('person')) return markup;
  const wet = understood.weather.includes('rain');
  for (let walker = 0; walker < 5; walker++) {
    const z = random.range(6, 20);
    const x = random.sign() * random.range(kerb + 0.2, halfStreet - 0.4);
    const coat = css(light.tone(rgb(random.pick(['#23262e', '#3a2f3a', '#2b3a44', '#4a2f2b'])), -0.3));
    markup += `<path d="M${at(view, x - 0.22, 0, z)}L${at(view, x - 0.28, 1.35, z)}L${at(view, x + 0.28, 1.35, z)}L${at(view, x + 0.22, 0, z)}Z" fill="${coat}"/>`;
    const [hx = '0', hy = '0'] = at(view, x, 1.56, z).split(' ');
    markup += `<circle cx="${hx}" cy="${hy}" r="${(0.15 * view.focal) / z}" fill="${coat}"/>`;
    if (wet)
      markup += `<path d="M${at(view, x - 0.75, 1.75, z)}Q${at(view, x, 2.75, z)} ${at(view, x + 0.75, 1.75, z)}Z" fill="${css(light.tone(rgb(random.pick(neon)), 0.1))}"/>`;
  }
  return markup;
}
