import type { Canvas } from '../canvas.js';
import { mix, rgb, type Rgb } from '../colour.js';
import type { Light } from '../light.js';
import type { Random } from '../random.js';

export interface TreeSpot {
  /** The foot and the height, in pixels. */
  readonly x: number;
  readonly y: number;
  readonly tall: number;
  readonly depth: number;
  /** -1 when light comes from the left. */
  readonly sunSide: number;
  readonly tint: Rgb | undefined;
}

export type TreeKind = 'broadleaf' | 'pine' | 'cherry' | 'birch' | 'palm' | 'bamboo';

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
    case 'pine':
      return paintPine(canvas, light, spot, random);
    case 'palm':
      return paintPalm(canvas, light, spot, random);
    case 'bamboo':
      return paintBamboo(canvas, light, spot, random);
    case 'broadleaf':
    case 'cherry':
    case 'birch':
      return paintCrowned(canvas, light, kind, spot, random);
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

/** A tapering limb, lit on the side of the sun. */
function limb(
  canvas: Canvas,
  x: number,
  y: number,
  angle: number,
  length: number,
  thick: number,
  lit: Rgb,
  shadow: Rgb,
  sunSide: number,
): void {
  const steps = Math.max(2, Math.ceil(length / Math.max(1, thick * 0.35)));
  for (let step = 0; step <= steps; step++) {
    const t = step / steps;
    const radius = Math.max(0.45, (thick / 2) * (1 - t * 0.38));
    const px = x + Math.cos(angle) * length * t;
    const py = y + Math.sin(angle) * length * t;
    canvas.dab(px, py, radius, radius, 0, shadow, 1);
    if (radius > 1.2) canvas.dab(px + sunSide * radius * 0.42, py, radius * 0.55, radius * 0.7, 0, lit, 0.75);
  }
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
  const size = Math.max(1.3, tall * (kind === 'cherry' ? 0.0095 : kind === 'birch' ? 0.0085 : 0.0125));
  const spread = tall * (kind === 'birch' ? 0.075 : 0.105);
  const count = Math.min(130, Math.round((amount * (spread * spread)) / (size * size) / 0.9));
  const middleX = tips.reduce((sum, tip) => sum + tip[0], 0) / Math.max(1, tips.length);
  const middleY = tips.reduce((sum, tip) => sum + tip[1], 0) / Math.max(1, tips.length);
  for (let pass = 0; pass < 3; pass++) {
    for (const [tx, ty] of tips) {
      const share = pass === 0 ? 0.4 : pass === 1 ? 0.4 : 0.28;
      for (let leaf = 0; leaf < (count * share * 20) / Math.max(20, tips.length); leaf++) {
        const px = tx + random.bell() * spread * 0.62;
        const py = ty + random.bell() * spread * 0.5 - pass * spread * 0.07;
        const out = ((px - middleX) * sunSide * 0.8 + (middleY - py) * 0.9) / (tall * 0.26);
        if (pass === 2 && out < -0.1) continue;
        const shade = pass === 0 ? -0.9 : out * 0.8 + random.range(-0.35, 0.35) + (pass === 2 ? 0.25 : -0.2);
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
          light.tone(base, shade, depth),
          pass === 0 ? 0.85 : 0.9,
        );
      }
    }
  }
}

function paintPine(canvas: Canvas, light: Light, spot: TreeSpot, random: Random): void {
  const { x, y, tall, depth, sunSide } = spot;
  limb(
    canvas,
    x,
    y,
    -Math.PI / 2,
    tall * 0.9,
    tall * 0.03,
    light.tone(rgb('#5e4735'), 0.2, depth),
    light.tone(rgb('#3e3026'), -0.6, depth),
    sunSide,
  );
  const tiers = Math.round(16 + Math.min(14, tall / 40));
  const needles = ['#1f3d2c', '#2f5a3a', '#5c8a52'].map((colour) =>
    spot.tint === undefined ? rgb(colour) : mix(rgb(colour), spot.tint, 0.6),
  );
  for (let tier = tiers; tier >= 0; tier--) {
    const t = tier / tiers;
    const ty = y - tall * (1 - t * 0.9);
    const half = tall * (0.012 + 0.235 * t ** 0.9) * random.range(0.82, 1.12);
    const boughs = 7 + Math.round(t * 12);
    for (let bough = 0; bough < boughs; bough++) {
      const reach = random.range(-1, 1);
      const length = half * (0.55 + 0.45 * Math.abs(reach));
      const droop = 0.34 + random.range(-0.1, 0.16);
      const angle = reach < 0 ? Math.PI - droop : droop;
      const shade = reach * sunSide * 0.8 + random.range(-0.4, 0.3) - 0.1;
      const base = needles[random.int(0, 2)] ?? [47, 90, 58];
      const bx = x + reach * half * 0.35;
      canvas.strand(
        bx,
        ty + random.range(-0.01, 0.02) * tall,
        angle,
        length,
        reach < 0 ? 0.12 : -0.12,
        tall * 0.019,
        light.tone(base, shade, depth),
        0.92,
      );
      if (light.snowy && random.chance(0.5)) {
        const along = length * random.range(0.3, 0.9);
        canvas.dab(
          bx + Math.cos(angle) * along,
          ty + Math.sin(angle) * along * 0.9 - tall * 0.006,
          length * 0.2,
          tall * 0.0065,
          reach < 0 ? -droop : droop,
          light.tone(rgb('#f2f6fb'), 0.35 + reach * sunSide * 0.5, depth),
          0.92,
        );
      }
    }
  }
}

function paintPalm(canvas: Canvas, light: Light, spot: TreeSpot, random: Random): void {
  const { x, y, tall, depth } = spot;
  const lean = random.range(0.12, 0.3) * random.sign();
  const topX = x + lean * tall;
  const topY = y - tall * 0.8;
  for (let step = 0; step <= 60; step++) {
    const t = step / 60;
    const px = x + lean * tall * t * t;
    const radius = tall * (0.02 - t * 0.009);
    canvas.dab(
      px,
      y - tall * 0.8 * t,
      radius,
      radius,
      0,
      light.tone(rgb('#6e553c'), step % 4 === 0 ? -0.8 : -0.2, depth),
      1,
    );
    canvas.dab(
      px + spot.sunSide * radius * 0.4,
      y - tall * 0.8 * t,
      radius * 0.5,
      radius * 0.6,
      0,
      light.tone(rgb('#a58a66'), 0.5, depth),
      0.7,
    );
  }
  for (let frond = 0; frond < 13; frond++) {
    const angle = -Math.PI / 2 + (frond - 6) * 0.42 + random.range(-0.12, 0.12);
    const length = tall * random.range(0.3, 0.42);
    const down = Math.cos(angle) >= 0 ? 1 : -1;
    for (let step = 2; step < 34; step++) {
      const t = step / 34;
      const px = topX + Math.cos(angle) * length * t;
      const py = topY + Math.sin(angle) * length * t + t * t * length * 0.62;
      const shade = Math.sin(angle) * -0.5 + random.range(-0.3, 0.4);
      const colour = light.tone(rgb(random.chance(0.4) ? '#6f9a48' : '#3d6e3a'), shade, depth);
      const leaf = tall * 0.085 * Math.sin(Math.PI * Math.min(1, t + 0.12));
      canvas.strand(
        px,
        py,
        Math.PI / 2 - down * (0.5 - t * 0.3),
        leaf,
        0.15 * down,
        tall * 0.006,
        colour,
        0.95,
      );
      canvas.strand(px, py, angle + down * 0.75 * t, leaf * 0.8, 0.2 * down, tall * 0.006, colour, 0.9);
    }
  }
}

function paintBamboo(canvas: Canvas, light: Light, spot: TreeSpot, random: Random): void {
  const { tall, depth } = spot;
  for (let cane = 0; cane < 7; cane++) {
    const x = spot.x + random.range(-0.22, 0.22) * tall;
    const lean = random.range(-0.06, 0.06);
    const thick = tall * random.range(0.011, 0.02);
    const high = tall * random.range(0.8, 1.15);
    const far = Math.min(0.7, depth + random.range(0, 0.28));
    for (let joint = 0; joint < 11; joint++) {
      const from = joint / 11;
      const px = x + lean * high * from;
      const py = spot.y - high * from;
      limb(
        canvas,
        px,
        py,
        -Math.PI / 2 + lean,
        high / 11 - thick * 0.3,
        thick,
        light.tone(rgb('#9fc06a'), 0.7, far),
        light.tone(rgb('#4f7d3c'), -0.2, far),
        spot.sunSide,
      );
      canvas.dab(px, py, thick * 0.62, thick * 0.16, 0, light.tone(rgb('#dfe8b4'), 0.2, far), 0.9);
      if (joint < 4) continue;
      for (let leaf = 0; leaf < 7; leaf++) {
        const angle = random.chance(0.5) ? random.range(0.1, 0.9) : Math.PI - random.range(0.1, 0.9);
        canvas.strand(
          px + Math.cos(angle) * thick,
          py,
          angle,
          tall * random.range(0.05, 0.1),
          0.2,
          tall * 0.009,
          light.tone(rgb(random.chance(0.5) ? '#5f9444' : '#93b95c'), random.range(-0.6, 0.7), far),
          0.9,
        );
      }
    }
  }
}
