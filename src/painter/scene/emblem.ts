import { renderSvg } from '../svg-raster.js';
import { faceDetails } from './animal-face.js';
import { headCoat } from './animal-parts.js';
import { species } from './animal-species.js';
import { drawCentred, emblemGround } from './elsewhere.js';
import { findDrawing } from './drawings.js';
import { isPortrait } from './portrait.js';
import { Sketch } from './sketch.js';
import { isTree, paintPlacement, randomFor, type Stage } from './stage.js';

/** One subject, frontal and plain, on a tile. */
export function paintEmblem(stage: Stage): void {
  const { canvas, composition, light } = stage;
  const { width, height } = canvas;
  emblemGround(stage);
  const first = composition.placements[0];
  if (first === undefined) return;
  const side = Math.min(width, height);
  if (isPortrait(first.kind)) {
    const kind = species[first.kind];
    const scale = (side * 0.3) / 120;
    const y = height / 2 + (kind.build === 'rabbit' ? 70 : 22) * scale;
    const random = randomFor(stage, 'head');
    canvas.lay(
      renderSvg(
        `<g transform="translate(${width / 2} ${y}) scale(${scale})">${headCoat(kind, random)}</g>`,
        width,
        height,
      ),
      1,
    );
    const sketch = new Sketch(light, random, 'face', undefined, 0);
    canvas.svg(sketch.place(faceDetails(sketch, kind), width / 2, y, scale, false));
    return;
  }
  if (isTree(first.kind)) {
    paintPlacement(
      stage,
      { ...first, x: 0.5, y: 0.5 + (side * 0.32) / height, size: (side * 0.62) / canvas.unit },
      0,
    );
    return;
  }
  const footing = findDrawing(first.kind)?.footing ?? 0.3;
  drawCentred(
    stage,
    first,
    width / 2,
    height / 2,
    Math.min(side * 0.58, (side * 0.66) / Math.max(0.5, footing * 2.1)),
    0,
  );
}
