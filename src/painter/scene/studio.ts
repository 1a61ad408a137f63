import { hsl, mix, rgb } from '../colour.js';
import { halfWidthOf } from '../place-subjects.js';
import { findDrawing } from './drawings.js';
import { drawCentred } from './centred.js';
import { randomFor, type Stage } from './stage.js';

/** A product before a seamless paper sweep. */
export function paintStudio(stage: Stage): void {
  const { canvas, composition, understood } = stage;
  const { width, height, unit } = canvas;
  const random = randomFor(stage, 'studio');
  const hue = random.range(0, 360);
  const tone =
    understood.palette[0] === undefined
      ? hsl(hue, 0.24, 0.78)
      : mix(rgb(understood.palette[0]), [255, 255, 255], 0.35);
  const dim = stage.light.dark || understood.mood === 'dark' ? 0.32 : 1;
  const floor = height * 0.72;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const halo = Math.exp(-(((x / width - 0.5) * 1.9) ** 2) - ((y / height - 0.42) * 1.9) ** 2);
      const bend = y > floor ? 0.1 * Math.min(1, (y - floor) / (90 * unit)) : 0;
      const colour = mix(mix(tone, [30, 28, 36], 0.3), mix(tone, [255, 255, 255], 0.7), halo - bend);
      canvas.blend(x, y, [colour[0] * dim, colour[1] * dim, colour[2] * dim], 1);
    }
  }
  const items = composition.placements;
  items.forEach((placement, index) => {
    const drawing = findDrawing(placement.kind);
    if (drawing === undefined) return;
    const share = items.length === 1 ? 1 : 1.6 / items.length;
    const flat =
      placement.kind === 'shoe' ||
      placement.kind === 'car' ||
      placement.kind === 'book' ||
      placement.kind === 'train';
    const tall =
      Math.min(
        (flat ? 330 : 620) * unit,
        height * (flat ? 0.4 : 0.64),
        (width * 0.84) / (2 * halfWidthOf(placement.kind)),
      ) * Math.min(1, share);
    const x = width * (items.length === 1 ? 0.5 : (index + 0.5) / items.length);
    const y = height * 0.8;
    const wide = Math.max(0.2, drawing.footing) * tall;
    for (let ring = 0; ring < 9; ring++)
      canvas.dab(
        x + 12 * unit,
        y,
        wide * (1.45 - ring * 0.08),
        wide * (0.2 - ring * 0.016),
        0,
        [20, 16, 26],
        0.075,
      );
    drawCentred(stage, placement, x, y - tall / 2, tall, 0);
  });
}
