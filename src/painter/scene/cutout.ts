import { drawCentred } from './centred.js';
import { findDrawing } from './drawings.js';
import { halfWidthOf } from '../place-subjects.js';
import { isPortrait, paintAnimals } from './portrait.js';
import { isTree, paintPlacement, type Stage } from './stage.js';

/** The subjects alone, on transparency. */
export function paintCutout(stage: Stage): void {
  const { canvas, composition } = stage;
  const { width, height, unit } = canvas;
  if (composition.placements.some((placement) => isPortrait(placement.kind))) paintAnimals(stage);
  const others = composition.placements
    .filter(
      (placement) =>
        !isPortrait(placement.kind) && (isTree(placement.kind) || findDrawing(placement.kind) !== undefined),
    )
    .slice(0, 6);
  others.forEach((placement, index) => {
    const room = width / others.length;
    const tall = Math.min(height * 0.78, (room * 0.9) / (2 * halfWidthOf(placement.kind)));
    const x = room * (index + 0.5);
    if (isTree(placement.kind))
      paintPlacement(stage, { ...placement, x: x / width, y: 0.92, size: tall / unit }, 0);
    else drawCentred(stage, placement, x, height / 2, tall, 0);
  });
}
