import type { Canvas } from '../canvas.js';
import { grain, pointSample } from '../noise-tiles.js';
import type { Plane } from '../styles/planes.js';

interface Level {
  readonly width: number;
  readonly height: number;
  readonly colours: Float32Array;
  readonly weights: Float32Array;
}

/** Closes a region with what surrounds it: known colours are averaged to ever coarser levels and drawn back into the gap. */
export function fillFromAround(canvas: Canvas, region: Plane): void {
  const { width, height, data } = canvas;
  const colours = new Float32Array(width * height * 3);
  const weights = new Float32Array(width * height);
  for (let index = 0; index < weights.length; index++) {
    const known = (region[index] ?? 0) < 0.02 ? 1 : 0;
    weights[index] = known;
    for (let part = 0; part < 3; part++) colours[index * 3 + part] = (data[index * 4 + part] ?? 0) * known;
  }
  const levels: Level[] = [{ width, height, colours, weights }];
  for (
    let level = levels.at(-1);
    level !== undefined && Math.max(level.width, level.height) > 1;
    level = levels.at(-1)
  )
    levels.push(halve(level));
  for (let depth = levels.length - 2; depth >= 0; depth--) {
    const fine = levels[depth];
    const coarse = levels[depth + 1];
    if (fine !== undefined && coarse !== undefined) drawBack(fine, coarse);
  }
  const tooth = grain();
  for (let index = 0; index < weights.length; index++) {
    const share = region[index] ?? 0;
    if (share <= 0) continue;
    const speck = (pointSample(tooth, index % width, Math.floor(index / width)) - 0.5) * 9;
    for (let part = 0; part < 3; part++) {
      const was = data[index * 4 + part] ?? 0;
      data[index * 4 + part] =
        was + ((colours[index * 3 + part] ?? 0) + speck - was) * Math.min(1, share * 4);
    }
  }
}

function halve(from: Level): Level {
  const width = Math.max(1, from.width >> 1);
  const height = Math.max(1, from.height >> 1);
  const colours = new Float32Array(width * height * 3);
  const weights = new Float32Array(width * height);
  for (let y = 0; y < from.height; y++) {
    const row = Math.min(height - 1, y >> 1) * width;
    for (let x = 0; x < from.width; x++) {
      const at = y * from.width + x;
      const to = row + Math.min(width - 1, x >> 1);
      weights[to] = (weights[to] ?? 0) + (from.weights[at] ?? 0) / 4;
      for (let part = 0; part < 3; part++)
        colours[to * 3 + part] = (colours[to * 3 + part] ?? 0) + (from.colours[at * 3 + part] ?? 0) / 4;
    }
  }
  return { width, height, colours, weights };
}

/** Gives every unknown place the smoothly enlarged colour of the coarser level. */
function drawBack(fine: Level, coarse: Level): void {
  for (let y = 0; y < fine.height; y++) {
    const gy = Math.min(coarse.height - 1, Math.max(0, y / 2 - 0.25));
    const top = gy | 0;
    const low = Math.min(coarse.height - 1, top + 1);
    const fy = gy - top;
    for (let x = 0; x < fine.width; x++) {
      const at = y * fine.width + x;
      const missing = 1 - Math.min(1, fine.weights[at] ?? 0);
      if (missing <= 0) continue;
      const gx = Math.min(coarse.width - 1, Math.max(0, x / 2 - 0.25));
      const left = gx | 0;
      const right = Math.min(coarse.width - 1, left + 1);
      const fx = gx - left;
      const corners: readonly (readonly [number, number])[] = [
        [top * coarse.width + left, (1 - fx) * (1 - fy)],
        [top * coarse.width + right, fx * (1 - fy)],
        [low * coarse.width + left, (1 - fx) * fy],
        [low * coarse.width + right, fx * fy],
      ];
      for (let part = 0; part < 3; part++) {
        let value = 0;
        for (const [corner, share] of corners) {
          const weight = Math.max(0.0001, coarse.weights[corner] ?? 0);
          value += ((coarse.colours[corner * 3 + part] ?? 0) / weight) * share;
        }
        fine.colours[at * 3 + part] = (fine.colours[at * 3 + part] ?? 0) + value * missing;
      }
      fine.weights[at] = 1;
    }
  }
}
