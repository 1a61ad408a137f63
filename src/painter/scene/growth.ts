import { rgb } from '../colour.js';
import type { Random } from '../random.js';
import { isTree, type Stage } from './stage.js';
import { paintTree, type TreeKind } from './trees.js';
import type { WaterBody } from './water.js';

const blades = {
  spring: ['#5f8f38', '#8fbb4c', '#b9d873'],
  summer: ['#4c7a34', '#7a9e42', '#b3c064'],
  autumn: ['#7d6a30', '#b08c3e', '#d9b661'],
  winter: ['#8d8468', '#b5ab8c', '#dcdccf'],
} as const;
const petals = ['#e8563f', '#f2c84b', '#f6f2ea', '#b58be0', '#e88fb2'] as const;

function mainTree(stage: Stage): TreeKind {
  const { understood, composition } = stage;
  const named = understood.subjects.map((subject) => subject.kind).find(isTree);
  if (named !== undefined) return named;
  if (composition.ground === 'sand') return 'palm';
  return understood.settings.includes('mountain') || understood.settings.includes('snowfield')
    ? 'pine'
    : 'broadleaf';
}

function treesAvoided(stage: Stage): boolean {
  return stage.understood.avoid.includes(mainTree(stage)) || stage.understood.avoid.includes('forest');
}

/** Low growth along the far shore, so that land meets water softly. */
export function paintShoreGrowth(stage: Stage, body: WaterBody | undefined, random: Random): void {
  const { canvas, light, composition } = stage;
  if (body === undefined || composition.water === 'sea' || composition.backdrop === 'city') return;
  const kind = mainTree(stage) === 'palm' ? 'broadleaf' : mainTree(stage);
  const count = Math.round(canvas.width / (34 * canvas.unit));
  for (let index = 0; index < count; index++) {
    const x = (index + random.next()) * (canvas.width / count);
    const tall = random.range(26, 74) * canvas.unit * (1 + Math.abs(x / canvas.width - 0.5) * 1.1);
    const skip = random.chance(0.24);
    const branch = random.fork(`${index}`);
    if (skip || treesAvoided(stage)) continue;
    paintTree(
      canvas,
      light,
      random.chance(0.4) ? 'pine' : kind === 'bamboo' ? 'broadleaf' : kind,
      {
        x,
        y: body.top + 3 * canvas.unit,
        tall,
        depth: Math.min(0.7, 0.42 * light.fog),
        sunSide: stage.sunX < x ? -1 : 1,
        tint: undefined,
      },
      branch,
    );
  }
}

/** A few trees and bushes in the middle distance, so that open country isn't bare. */
export function paintScatter(stage: Stage, random: Random): void {
  const { canvas, light, horizon, composition } = stage;
  if (
    composition.ground !== 'grass' ||
    composition.forest ||
    composition.backdrop === 'city' ||
    treesAvoided(stage)
  )
    return;
  const kind = mainTree(stage) === 'bamboo' ? 'broadleaf' : mainTree(stage);
  const room = composition.water === 'none' ? 0.2 : 0.05;
  for (let index = 0; index < 15; index++) {
    const own = random.fork(`${index}`);
    const near = own.next() ** 1.6;
    const x = (0.5 + own.sign() * own.range(0.1, 0.52)) * canvas.width;
    const tall = (34 + near * 130) * own.range(0.7, 1.2) * canvas.unit;
    const spot = {
      x,
      y: horizon + (14 * canvas.unit + near * room * (canvas.height - horizon)),
      tall,
      depth: Math.min(0.7, (0.46 - near * 0.26) * light.fog),
      sunSide: stage.sunX < x ? -1 : 1,
      tint: undefined,
    };
    paintTree(canvas, light, own.chance(0.3) ? 'pine' : kind, spot, own.fork('tree'));
  }
}

const woodRows = [
  { y: 0.02, gap: 52 },
  { y: 0.09, gap: 84 },
  { y: 0.22, gap: 150 },
  { y: 0.42, gap: 260 },
] as const;

/** A forest: rows of trunks receding into the haze, opening towards the middle. */
export function paintWoods(stage: Stage, random: Random): void {
  const { canvas, light, horizon, composition } = stage;
  if (treesAvoided(stage)) return;
  const kind = mainTree(stage);
  const open = composition.water === 'none';
  for (let row = 0; row < 4; row++) {
    const y = horizon + (open ? canvas.height - horizon : 50 * canvas.unit) * (woodRows[row]?.y ?? 0);
    const count = Math.round((canvas.width / canvas.unit / (woodRows[row]?.gap ?? 100)) * 1.1);
    for (let index = 0; index < count; index++) {
      const x = ((index + random.range(0.1, 0.9)) / count) * canvas.width;
      const clearing = Math.abs(x / canvas.width - 0.5) < 0.07 + row * 0.075;
      const tall = canvas.unit * (230 + row * 165) * random.range(0.75, 1.25);
      const tree = random.fork(`${row}/${index}`);
      if (clearing) continue;
      paintTree(
        canvas,
        light,
        kind,
        {
          x,
          y,
          tall,
          depth: Math.min(0.8, (0.62 - row * 0.17) * light.fog),
          sunSide: stage.sunX < x ? -1 : 1,
          tint: undefined,
        },
        tree,
      );
    }
  }
}

/** Grass on the near ground, thicker and taller towards the viewer; flowers when it's their season. */
export function paintGrass(stage: Stage, body: WaterBody | undefined, random: Random): void {
  const { canvas, light, composition, horizon, understood } = stage;
  if (composition.ground !== 'grass') return;
  const { width, height, unit } = canvas;
  const shades = blades[light.season].map(rgb);
  const thin = light.snowy ? 0.22 : 1;
  const count = Math.round((width * (height - horizon)) / (unit * unit) / 70);
  const flowers =
    (light.season === 'spring' || light.season === 'summer') && !understood.avoid.includes('flower');
  const meadow =
    understood.settings.includes('meadow') ||
    understood.subjects.some((subject) => subject.kind === 'flower');
  const from = horizon + (height - horizon) * 0.34;
  for (let index = 0; index < count; index++) {
    const near = Math.sqrt(index / count);
    const y = from + (height * 1.02 - from) * near + random.range(-6, 6) * unit;
    const x = random.range(-0.02, 1.02) * width;
    const pick = random.int(0, 2);
    const roll = random.next();
    const lean = random.range(-0.35, 0.35);
    const tall = random.range(9, 34) * (0.18 + near * near * 1.2) * unit;
    if (roll > thin || (body !== undefined && body.coverage(x, y) > 0.25)) continue;
    const colour = light.tone(
      shades[pick] ?? [100, 130, 60],
      (pick - 1) * 0.5 + random.range(-0.4, 0.3),
      (1 - near) * 0.25,
    );
    canvas.strand(x, y, -Math.PI / 2 + lean, tall, lean, Math.max(0.8, 2.6 * near * unit), colour, 0.85);
    if (flowers && roll < (meadow ? 0.07 : 0.014) && near > 0.2) {
      const size = (1.6 + 4.4 * near * near) * unit;
      const petal = light.tone(rgb(petals[(index + pick) % 5] ?? '#ffffff'), 0.45);
      for (let leaf = 0; leaf < 5; leaf++)
        canvas.dab(
          x + Math.cos(leaf * 1.257) * size * 0.8,
          y - tall + Math.sin(leaf * 1.257) * size * 0.55,
          size * 0.6,
          size * 0.42,
          leaf * 1.257,
          petal,
          0.95,
        );
      canvas.dab(x, y - tall, size * 0.4, size * 0.32, 0, light.tone(rgb('#e9b63a'), 0.5), 1);
    }
  }
}

/** Reeds and stones where near water meets land. */
export function paintBank(stage: Stage, body: WaterBody, random: Random): void {
  const { canvas, light, composition } = stage;
  if (composition.water === 'sea') return;
  const { width, height, unit } = canvas;
  const shades = blades[light.season].map(rgb);
  for (let tuft = 0; tuft < 46; tuft++) {
    const x = random.next() * width;
    const own = random.fork(`${tuft}`);
    let y = height * 1.01;
    while (y > body.top && body.coverage(x, y) < 0.4) y -= 5 * unit;
    if (y <= body.top + 20 * unit || y > height) continue;
    const near = (y - body.top) / (height - body.top);
    if (tuft % 3 === 0) stone(stage, x, y + 7 * unit * near, (12 + own.next() * 26) * near * unit, own);
    for (let blade = 0; blade < 26; blade++) {
      const lean = own.range(-0.4, 0.4);
      const colour = light.tone(shades[own.int(0, 2)] ?? [100, 120, 60], own.range(-0.7, 0.5));
      canvas.strand(
        x + own.bell() * 15 * unit * near,
        y + own.range(0, 12) * unit * near,
        -Math.PI / 2 + lean,
        own.range(24, 84) * near * unit,
        lean * 0.7,
        3 * near * unit,
        colour,
        0.9,
      );
    }
  }
}

function stone(stage: Stage, x: number, y: number, radius: number, random: Random): void {
  const { canvas, light } = stage;
  const grey = rgb(random.chance(0.5) ? '#8b857c' : '#6f6d6b');
  const side = stage.sunX < x ? -1 : 1;
  canvas.dab(x, y, radius * 1.1, radius * 0.62, 0, light.tone(grey, -0.8), 1);
  canvas.dab(
    x + side * radius * 0.16,
    y - radius * 0.13,
    radius * 0.86,
    radius * 0.44,
    0,
    light.tone(grey, 0.1),
    1,
  );
  canvas.dab(
    x + side * radius * 0.3,
    y - radius * 0.26,
    radius * 0.5,
    radius * 0.2,
    0,
    light.tone(light.snowy ? rgb('#f2f5fa') : grey, 0.8),
    0.9,
  );
}
