import type { Canvas } from '../canvas.js';
import type { Rgb } from '../colour.js';

export type TreeKind = 'broadleaf' | 'pine' | 'cherry' | 'birch' | 'palm' | 'bamboo';

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

/** A tapering limb, lit on the side of the sun. */
export function limb(
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
