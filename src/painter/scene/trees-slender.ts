import type { Canvas } from '../canvas.js';
import { mix, rgb } from '../colour.js';
import type { Light } from '../light.js';
import type { Random } from '../random.js';
import { limb, type TreeSpot } from './tree-limbs.js';

export function paintPine(canvas: Canvas, light: Light, spot: TreeSpot, random: Random): void {
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

export function paintPalm(canvas: Canvas, light: Light, spot: TreeSpot, random: Random): void {
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

export function paintBamboo(canvas: Canvas, light: Light, spot: TreeSpot, random: Random): void {
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
