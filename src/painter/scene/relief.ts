import type { Canvas } from '../canvas.js';
import { mix, type Rgb } from '../colour.js';
import type { Light } from '../light.js';

/**
 * A landscape as a height field. The eye stands at height 1 over the origin and looks along z; one unit at distance 1
 * covers a thousand canvas units, so flat ground at distance z lies `1000 / z` units under the horizon.
 */
export interface Relief {
  readonly height: (x: number, z: number) => number;
  /** Base colour of a point; `steep` runs from 0 (flat) to 1 (upright). */
  readonly colour: (height: number, steep: number, x: number, z: number) => Rgb;
  readonly far: number;
  /** Distance at which two thirds of the contrast are lost. */
  readonly hazeReach: number;
}

const near = 1.6;
const growth = 1.0095;

/** Draws from near to far, column by column, each point where it rises above what hides it. */
export function paintRelief(
  canvas: Canvas,
  light: Light,
  relief: Relief,
  horizon: number,
  sunX: number,
): void {
  const { width, height } = canvas;
  const focal = 1000 * canvas.unit;
  const side = sunX < width / 2 ? -1 : 1;
  const low = light.altitude < 0.3 ? 1 : 0;
  const lightX = side * (0.62 + 0.25 * low);
  const lightY = 0.7 - 0.28 * low;
  const distances = stepDistances(relief.far);
  for (let column = 0; column < width; column++) {
    const slope = (column - width / 2) / focal;
    let top = height;
    for (const z of distances) {
      const x = slope * z;
      const h = relief.height(x, z);
      const row = horizon + ((1 - h) * focal) / z;
      if (row >= top) continue;
      const reach = 0.022 * z + 0.04;
      const dx = (relief.height(x + reach, z) - h) / reach;
      const dz = (relief.height(x, z + reach) - h) / reach;
      const norm = 1 / Math.sqrt(1 + dx * dx + dz * dz);
      const facing = (-dx * lightX + lightY - dz * -0.35) * norm;
      const fog = 1 - Math.exp((-z * light.fog) / relief.hazeReach);
      const colour = light.tone(relief.colour(h, 1 - norm, x, z), facing * 2.1 - 0.85, fog * 0.94);
      top = fillColumn(canvas, column, row, top, colour);
      if (top <= 0) break;
    }
  }
}

function stepDistances(far: number): Float64Array {
  const count = Math.ceil(Math.log(far / near) / Math.log(growth));
  return Float64Array.from({ length: count }, (_unused, index) => near * growth ** index);
}

/** Fills upward to `row`; the topmost pixel is blended by how much of it is covered. */
function fillColumn(canvas: Canvas, column: number, row: number, top: number, colour: Rgb): number {
  const first = Math.max(0, Math.ceil(row));
  const { data, width } = canvas;
  for (let y = first; y < top; y++) {
    const at = (y * width + column) * 4;
    data[at] = colour[0];
    data[at + 1] = colour[1];
    data[at + 2] = colour[2];
    data[at + 3] = 255;
  }
  if (first > 0 && first > row) canvas.blend(column, first - 1, colour, first - row);
  return first;
}

/** Snow gathers on what is flat and high enough. */
export function snowOn(base: Rgb, height: number, steep: number, line: number, noise: number): Rgb {
  const cover = (height - line) * 0.35 + (noise - 0.5) * 2.2 + (0.42 - steep) * 2.2;
  return mix(base, [240, 244, 250], Math.min(1, Math.max(0, cover)));
}
