import { Canvas } from '../canvas.js';
import { paintLandscape } from './landscape.js';
import type { Stage } from './stage.js';

/** Fills the canvas with the scene's surroundings out of focus, as a long lens shows them. */
export function layBackdrop(stage: Stage): void {
  const { canvas, composition } = stage;
  const soft = stage.understood.style === 'photo';
  const shrink = soft ? 5 : 2;
  const small = new Canvas(Math.ceil(canvas.width / shrink) + 2, Math.ceil(canvas.height / shrink) + 2);
  const understood = {
    ...stage.understood,
    weather: stage.understood.weather.filter((weather) => weather !== 'snow' && weather !== 'rain'),
  };
  paintLandscape({
    ...stage,
    understood,
    canvas: small,
    composition: {
      ...composition,
      water: composition.water === 'pond' ? 'none' : composition.water,
      placements: composition.placements.filter((placement) => placement.layer === 'far'),
    },
    sunX: stage.sunX / shrink,
    horizon: stage.horizon / shrink,
  });
  const first = blur(small.data, small.width, small.height, soft ? 3 : 1);
  enlarge(canvas, soft ? blur(first, small.width, small.height, 2) : first, small.width, shrink);
}

function blur(data: Uint8ClampedArray, width: number, height: number, radius: number): Uint8ClampedArray {
  return pass(pass(data, width, height, radius, 4, width * 4), height, width, radius, width * 4, 4);
}

function pass(
  data: Uint8ClampedArray,
  length: number,
  lines: number,
  radius: number,
  step: number,
  stride: number,
): Uint8ClampedArray {
  const result = new Uint8ClampedArray(data.length);
  for (let line = 0; line < lines; line++) {
    for (let part = 0; part < 4; part++) {
      const start = line * stride + part;
      const at = (index: number): number =>
        data[start + Math.min(length - 1, Math.max(0, index)) * step] ?? 0;
      let sum = 0;
      for (let index = -radius; index <= radius; index++) sum += at(index);
      for (let index = 0; index < length; index++) {
        result[start + index * step] = sum / (radius * 2 + 1);
        sum += at(index + radius + 1) - at(index - radius);
      }
    }
  }
  return result;
}

function enlarge(canvas: Canvas, source: Uint8ClampedArray, sourceWidth: number, shrink: number): void {
  const { width, height, data } = canvas;
  for (let y = 0; y < height; y++) {
    const gy = y / shrink;
    const top = gy | 0;
    const fy = gy - top;
    for (let x = 0; x < width; x++) {
      const gx = x / shrink;
      const left = gx | 0;
      const fx = gx - left;
      const from = (top * sourceWidth + left) * 4;
      const below = from + sourceWidth * 4;
      const to = (y * width + x) * 4;
      for (let part = 0; part < 4; part++) {
        const upper = (source[from + part] ?? 0) * (1 - fx) + (source[from + part + 4] ?? 0) * fx;
        const lower = (source[below + part] ?? 0) * (1 - fx) + (source[below + part + 4] ?? 0) * fx;
        data[to + part] = upper * (1 - fy) + lower * fy;
      }
    }
  }
}
