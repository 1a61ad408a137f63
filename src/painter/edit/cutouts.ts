import type { Canvas } from '../canvas.js';
import { paintRaster } from '../paint-full.js';
import type { Understood, UnderstoodSubject } from '../understood.js';
import { resizePixels } from './load-source.js';
import type { Box } from './masks.js';

/** A painted subject on transparency, cut to its outline. Straight RGBA. */
export interface Cutout {
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/** Paints subjects alone; undefined when the painter has no drawing of them. */
export function paintSubjects(
  subjects: readonly UnderstoodSubject[],
  understood: Understood,
  seed: number,
): Cutout | undefined {
  const edge = 900;
  const count = subjects.reduce((sum, subject) => sum + subject.count, 0);
  const raster = paintRaster(
    {
      prompt: '',
      avoid: [],
      width: Math.min(2400, edge * Math.max(1, Math.min(3, count))),
      height: edge,
      seed,
      detail: 'full',
      format: 'png',
      quality: undefined,
      label: undefined,
      transparent: true,
      xmp: undefined,
    },
    { ...understood, subjects, settings: [], style: 'photo', lettering: [], poster: false },
  );
  if (raster.channels !== 4) return undefined;
  return trim(new Uint8ClampedArray(raster.data), raster.width, raster.height);
}

function trim(data: Uint8ClampedArray, width: number, height: number): Cutout | undefined {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if ((data[(y * width + x) * 4 + 3] ?? 0) < 12) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  if (right < left) return undefined;
  const wide = right - left + 1;
  const tall = bottom - top + 1;
  const cut = new Uint8ClampedArray(wide * tall * 4);
  for (let y = 0; y < tall; y++) {
    const from = ((top + y) * width + left) * 4;
    cut.set(data.subarray(from, from + wide * 4), y * wide * 4);
  }
  return { data: cut, width: wide, height: tall };
}

/** Lays a cutout into a box of the canvas, stretched to it; parts outside the canvas are lost. */
export async function layCutout(canvas: Canvas, cutout: Cutout, box: Box): Promise<void> {
  const width = Math.max(1, Math.round(box.width));
  const height = Math.max(1, Math.round(box.height));
  const scaled = await resizePixels(cutout.data, cutout, width, height, 'cubic');
  const left = Math.round(box.left);
  const top = Math.round(box.top);
  for (let y = Math.max(0, -top); y < Math.min(height, canvas.height - top); y++) {
    for (let x = Math.max(0, -left); x < Math.min(width, canvas.width - left); x++) {
      const from = (y * width + x) * 4;
      const share = (scaled[from + 3] ?? 0) / 255;
      if (share > 0)
        canvas.blend(
          left + x,
          top + y,
          [scaled[from] ?? 0, scaled[from + 1] ?? 0, scaled[from + 2] ?? 0],
          share,
        );
    }
  }
}
