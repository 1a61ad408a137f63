import type { Canvas } from '../canvas.js';
import { finishPhoto } from '../finish.js';
import { blurPlane } from '../styles/planes.js';
import { mapLuma } from './colours.js';
import type { Look } from './looks.js';

/** Applies finishes in the order that they were named. */
export function applyLooks(canvas: Canvas, looks: readonly Look[]): void {
  for (const look of looks) applyLook(canvas, look);
}

function applyLook(canvas: Canvas, look: Look): void {
  switch (look) {
    case 'sepia':
      mapLuma(
        canvas,
        [
          [30, 20, 12],
          [128, 96, 62],
          [224, 198, 156],
          [252, 242, 220],
        ],
        0.95,
      );
      finishPhoto(canvas, { grain: 12, vignette: 0.4, bloom: 0, contrast: 0.1 });
      return;
    case 'monochrome':
      mapLuma(
        canvas,
        [
          [4, 4, 5],
          [252, 252, 252],
        ],
        1,
      );
      finishPhoto(canvas, { grain: 6, vignette: 0.15, bloom: 0, contrast: 0.25 });
      return;
    case 'noir':
      mapLuma(
        canvas,
        [
          [2, 3, 5],
          [60, 62, 66],
          [250, 250, 248],
        ],
        1,
      );
      finishPhoto(canvas, { grain: 16, vignette: 0.75, bloom: 0.2, contrast: 0.85 });
      return;
    case 'pastel':
      adjust(canvas, { saturation: 0.72, gain: 0.62, lift: 96, tint: [3, 0, 4] });
      return;
    case 'muted':
      adjust(canvas, { saturation: 0.5, gain: 0.86, lift: 18, tint: [2, 2, 0] });
      return;
    case 'vivid':
      adjust(canvas, { saturation: 1.55, gain: 1.1, lift: -10, tint: [0, 0, 0] });
      return;
    case 'neon':
      mapLuma(
        canvas,
        [
          [10, 6, 34],
          [74, 20, 122],
          [236, 46, 158],
          [92, 232, 255],
          [250, 255, 255],
        ],
        0.6,
      );
      adjust(canvas, { saturation: 1.45, gain: 1.04, lift: -14, tint: [0, 0, 0] });
      finishPhoto(canvas, { grain: 4, vignette: 0.35, bloom: 0.7, contrast: 0.45 });
      return;
    case 'vintage':
      adjust(canvas, { saturation: 0.68, gain: 0.8, lift: 30, tint: [16, 6, -14] });
      finishPhoto(canvas, { grain: 20, vignette: 0.6, bloom: 0.1, contrast: 0.1 });
      return;
    case 'cinematic':
      mapLuma(
        canvas,
        [
          [4, 22, 34],
          [36, 92, 104],
          [214, 158, 110],
          [255, 238, 214],
        ],
        0.38,
      );
      finishPhoto(canvas, { grain: 7, vignette: 0.55, bloom: 0.35, contrast: 0.5 });
      return;
    case 'dramatic':
      adjust(canvas, { saturation: 0.86, gain: 0.86, lift: -6, tint: [-3, 0, 5] });
      finishPhoto(canvas, { grain: 4, vignette: 0.75, bloom: 0.2, contrast: 0.75 });
      return;
    case 'dreamy':
      soften(canvas, 12, 0.5);
      adjust(canvas, { saturation: 0.95, gain: 0.9, lift: 26, tint: [5, 0, 5] });
      finishPhoto(canvas, { grain: 0, vignette: 0.1, bloom: 0.75, contrast: 0 });
      return;
    case 'warm':
      adjust(canvas, { saturation: 1.1, gain: 1, lift: 0, tint: [20, 6, -20] });
      return;
    case 'cool':
      adjust(canvas, { saturation: 0.96, gain: 1, lift: 0, tint: [-18, 0, 20] });
      return;
    case 'bright':
      adjust(canvas, { saturation: 1.05, gain: 1.14, lift: 20, tint: [0, 0, 0] });
      return;
    case 'dark':
      adjust(canvas, { saturation: 0.95, gain: 0.66, lift: -4, tint: [0, 0, 3] });
      return;
    case 'contrast':
      finishPhoto(canvas, { grain: 0, vignette: 0, bloom: 0, contrast: 1 });
      return;
    case 'blurred':
      soften(canvas, 9, 1);
      return;
    case 'sharper':
      soften(canvas, 2.2, -0.9);
      return;
  }
}

interface Adjustment {
  readonly saturation: number;
  readonly gain: number;
  readonly lift: number;
  readonly tint: readonly [number, number, number];
}

function adjust(canvas: Canvas, change: Adjustment): void {
  const { data } = canvas;
  for (let at = 0; at < data.length; at += 4) {
    const luma = (data[at] ?? 0) * 0.3 + (data[at + 1] ?? 0) * 0.59 + (data[at + 2] ?? 0) * 0.11;
    for (let part = 0; part < 3; part++) {
      const coloured = luma + ((data[at + part] ?? 0) - luma) * change.saturation;
      data[at + part] = coloured * change.gain + change.lift + (change.tint[part] ?? 0);
    }
  }
}

/** Mixes in a blurred likeness; a negative share sharpens. `reach` is in canvas units. */
function soften(canvas: Canvas, reach: number, share: number): void {
  const { width, height, data, unit } = canvas;
  for (let part = 0; part < 3; part++) {
    const plane = Float32Array.from(
      { length: width * height },
      (_unused, index) => data[index * 4 + part] ?? 0,
    );
    const blurred = blurPlane(plane, width, height, reach * unit);
    for (let index = 0; index < plane.length; index++) {
      const was = plane[index] ?? 0;
      data[index * 4 + part] = was + ((blurred[index] ?? 0) - was) * share;
    }
  }
}
