import type { Canvas } from '../canvas.js';
import { mix, rgb, type Rgb } from '../colour.js';
import type { Light } from '../light.js';
import type { Random } from '../random.js';
import { paintBamboo, paintPalm, paintPine } from './trees-slender.js';
import { limb, type TreeKind, type TreeSpot } from './tree-limbs.js';

export type { TreeKind, TreeSpot } from './tree-limbs.js';

const leaves = {
  spring: ['#4f8a3c', '#8fbf4e', '#c6df7a'],
  summer: ['#2f6234', '#558a3f', '#9dbd56'],
  autumn: ['#8f3f1f', '#d07a26', '#f2bd4a'],
  winter: ['#dfe6ef', '#eef3f8', '#ffffff'],
} as const;
const blossoms = ['#c46a8c', '#eda6bd', '#fde0e6'] as const;
const birchGold = ['#a8842a', '#dcb23c', '#f5dd74'] as const;

export function paintTree(
  canvas: Canvas,
  light: Light,
  kind: TreeKind,
  spot: TreeSpot,
  random: Random,
): void {
  castShadow(canvas, spot);
  switch (kind) {
    case 'pine': {
      paintPine(canvas, light, spot, random);
      return;
    }
    case 'palm': {
      paintPalm(canvas, light, spot, random);
      return;
    }
    case 'bamboo': {
      paintBamboo(canvas, light, spot, random);
      return;
    }
    case 'broadleaf':
    case 'cherry':
    case 'birch': {
      paintCrowned(canvas, light, kind, spot, random);
      return;
    }
  }
}

function castShadow(canvas: Canvas, spot: TreeSpot): void {
  if (spot.depth > 0.5) return;
  canvas.dab(
    spot.x - spot.sunSide * spot.tall * 0.12,
    spot.y,
    spot.tall * 0.26,
    spot.tall * 0.03,
    0,
    [20, 26, 34],
    0.22 * (1 - spot.depth),
  );
}

function paintCrowned(
  canvas: Canvas,
  light: Light,
  kind: 'broadleaf' | 'cherry' | 'birch',
  spot: TreeSpot,
  random: Random,
): void {
  const { x, y, tall, depth } = spot;
  const slim = kind === 'birch';
  const bark = rgb(kind === 'birch' ? '#e4e0d6' : kind === 'cherry' ? '#4b3530' : '#5c4632');
  const tips: (readonly [number, number])[] = [];
  const lean = random.range(-0.12, 0.12);
  const grow = (
    bx: number,
    by: number,
    angle: number,
    length: number,
    thick: number,
    level: number,
  ): void => {
    const lit = light.tone(bark, 0.35, depth);
    const shadow = light.tone(bark, -0.8, depth);
    const bend = random.range(-0.12, 0.12);
    limb(canvas, bx, by, angle, length, thick, lit, shadow, spot.sunSide);
    const ex = bx + Math.cos(angle) * length;
    const ey = by + Math.sin(angle) * length;
    if (level >= 1) tips.push([ex, ey]);
    if (level === (light.season === 'winter' ? 5 : 3)) return;
    const forks = level === 0 ? (slim ? 3 : 4) : 2;
    for (let fork = 0; fork < forks; fork++) {
      const fan = (slim ? 0.42 : 0.62) * (fork - (forks - 1) / 2) * (level === 0 ? 0.72 : 1);
      const next = angle + fan + bend + random.range(-0.16, 0.16) + (slim ? 0 : Math.cos(angle) * 0.1);
      grow(
        ex,
        ey,
        next,
        length * random.range(0.62, 0.78) * (level === 0 ? 0.72 : 1),
        thick * 0.62,
        level + 1,
      );
    }
  };
  const trunk = tall * (slim ? 0.46 : kind === 'cherry' ? 0.3 : 0.34);
  grow(x, y, -Math.PI / 2 + lean, trunk, tall * (slim ? 0.026 : kind === 'cherry' ? 0.06 : 0.055), 0);
  if (slim) markBirch(canvas, light, spot, trunk, lean, random);
  const bareWinter = light.season === 'winter';
  if (bareWinter) {
    if (light.snowy)
      for (const [tx, ty] of tips)
        canvas.dab(
          tx,
          ty - 1,
          tall * 0.014,
          tall * 0.006,
          random.range(-0.4, 0.4),
          light.tone(rgb('#f4f7fb'), 0.4, depth),
          0.85,
        );
    if (kind !== 'cherry') return;
  }
  const shades = (
    kind === 'cherry'
      ? blossoms
      : kind === 'birch' && light.season === 'autumn'
        ? birchGold
        : leaves[light.season]
  ).map(rgb);
  const palette: readonly Rgb[] =
    spot.tint === undefined ? shades : shades.map((shade) => mix(shade, spot.tint ?? shade, 0.7));
  foliage(canvas, light, spot, tips, palette, bareWinter ? 0.35 : 1, kind, random);
}

function markBirch(
  canvas: Canvas,
  light: Light,
  spot: TreeSpot,
  trunk: number,
  lean: number,
  random: Random,
): void {
  for (let mark = 0; mark < 16; mark++) {
    const t = random.next();
    const px = spot.x + Math.sin(lean) * trunk * t + random.range(-0.006, 0.006) * spot.tall;
    canvas.dab(
      px,
      spot.y - trunk * t,
      spot.tall * random.range(0.003, 0.009),
      spot.tall * 0.0022,
      0,
      light.tone(rgb('#2b2725'), 0, spot.depth),
      0.85,
    );
  }
}

function foliage(
  canvas: Canvas,
  light: Light,
  spot: TreeSpot,
  tips: readonly (readonly [number, number])[],
  palette: readonly Rgb[],
  amount: number,
  kind: TreeKind,
  random: Random,
): void {
  const { tall, depth, sunSide } = spot;
  const size = Math.max(1.3, tall * (kind === 'cherry' ? 0.0085 : kind === 'birch' ? 0.0085 : 0.0125));
  const spread = tall * (kind === 'birch' ? 0.075 : 0.105);
  const count = Math.min(130, Math.round((amount * (spread * spread)) / (size * size) / 0.9));
  const middleX = tips.reduce((sum, tip) => sum + tip[0], 0) / Math.max(1, tips.length);
  const middleY = tips.reduce((sum, tip) => sum + tip[1], 0) / Math.max(1, tips.length);
  const mass = palette[kind === 'cherry' ? 1 : 0] ?? [60, 100, 50];
  for (const [tx, ty] of amount === 1 ? tips : []) {
    const out = ((tx - middleX) * sunSide * 0.8 + (middleY - ty) * 0.9) / (tall * 0.26);
    for (let clump = 0; clump < 5; clump++) {
      const reach = spread * random.range(0.28, 0.5);
      canvas.dab(
        tx + random.bell() * spread * 0.4,
        ty + random.bell() * spread * 0.32,
        reach,
        reach * 0.8,
        0,
        light.tone(
          mass,
          Math.max(kind === 'cherry' ? 0 : -1, out * 0.5 - 0.55) + random.range(-0.15, 0.15),
          depth,
        ),
        0.5,
      );
    }
  }
  for (let pass = 0; pass < 3; pass++) {
    for (const [tx, ty] of tips) {
      const share = pass === 0 ? 0.4 : pass === 1 ? 0.4 : 0.28;
      for (let leaf = 0; leaf < (count * share * 20) / Math.max(20, tips.length); leaf++) {
        const px = tx + random.bell() * spread * 0.62;
        const py = ty + random.bell() * spread * 0.5 - pass * spread * 0.07;
        const out = ((px - middleX) * sunSide * 0.8 + (middleY - py) * 0.9) / (tall * 0.26);
        if (pass === 2 && out < -0.1) continue;
        const shade =
          pass === 0
            ? kind === 'cherry'
              ? -0.5
              : -0.85
            : out * 0.8 + random.range(-0.35, 0.35) + (pass === 2 ? 0.25 : -0.2);
        const base = palette[
          Math.min(2, Math.max(0, pass + (random.chance(0.25) ? 1 : 0) - (random.chance(0.25) ? 1 : 0)))
        ] ?? [90, 130, 60];
        const grow = pass === 0 ? 1.9 : 1;
        canvas.dab(
          px,
          py,
          size * grow * random.range(0.8, 1.4),
          size * grow * random.range(0.5, 0.8),
          random.range(0, 3.14),
          light.tone(base, Math.max(kind === 'cherry' ? -0.05 : -1, shade), depth),
          pass === 0 ? 0.85 : 0.9,
        );
      }
    }
  }
}
