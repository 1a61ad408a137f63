import { css, hsl, mix, rgb } from '../colour.js';
import { halfWidthOf } from '../place-subjects.js';
import { renderSvg } from '../svg-raster.js';
import { faceDetails } from './animal-face.js';
import { headCoat } from './animal-parts.js';
import { species } from './animal-species.js';
import { drawCentred } from './centred.js';
import { isPortrait } from './portrait.js';
import { ellipse, rect, Sketch } from './sketch.js';
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
  drawCentred(
    stage,
    first,
    width / 2,
    height / 2,
    Math.min(side * 0.58, (side * 0.68) / (2 * halfWidthOf(first.kind))),
    0,
  );
}

/** A rounded tile with one clear figure, as app icons and badges are made. */
function emblemGround(stage: Stage): void {
  const { canvas, understood } = stage;
  const { width, height } = canvas;
  const random = randomFor(stage, 'emblem');
  const hue = random.range(0, 360);
  const from =
    understood.palette[0] === undefined
      ? hsl(hue, 0.62, 0.62)
      : mix(rgb(understood.palette[0]), [255, 255, 255], 0.2);
  const to =
    understood.palette[1] === undefined
      ? mix(hsl(hue + 42, 0.68, 0.42), [20, 20, 60], 0.12)
      : rgb(understood.palette[1]);
  const side = Math.min(width, height) * 0.86;
  const left = (width - side) / 2;
  const top = (height - side) / 2;
  canvas.svg(
    `<defs><linearGradient id="tile" x1="0" y1="0" x2="0.7" y2="1"><stop offset="0" stop-color="${css(from)}"/><stop offset="1" stop-color="${css(to)}"/></linearGradient></defs>${rect(0, 0, width, height, '#f4f2ee')}${rect(left, top + side * 0.02, side, side, '#00000030', `rx="${side * 0.23}"`)}${rect(left, top, side, side, 'url(#tile)', `rx="${side * 0.23}"`)}${ellipse(width / 2, top + side * 0.5, side * 0.36, side * 0.36, '#ffffff', 'fill-opacity=".14"')}`,
  );
}
