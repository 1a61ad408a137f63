import type { Placement } from '../place-subjects.js';
import { findDrawing } from './drawings.js';
import { Sketch } from './sketch.js';
import { randomFor, type Stage } from './stage.js';

/** Draws a thing by its middle, so that it can float. */
export function drawCentred(
  stage: Stage,
  placement: Placement,
  x: number,
  y: number,
  tall: number,
  turn: number,
): void {
  const drawing = findDrawing(placement.kind);
  if (drawing === undefined) return;
  const sketch = new Sketch(stage.light, randomFor(stage, placement.key), placement.key, placement.colour, 0);
  const markup = drawing.draw(sketch);
  const floating =
    placement.kind === 'fish' ||
    placement.kind === 'whale' ||
    placement.kind === 'butterfly' ||
    placement.kind === 'balloon' ||
    placement.kind === 'airplane' ||
    placement.kind === 'eagle' ||
    placement.kind === 'bird' ||
    placement.kind === 'paper-lantern';
  const lift = floating ? 0 : tall / 2;
  stage.canvas.svg(
    `<g transform="rotate(${turn} ${x} ${y})">${sketch.place(markup, x, y + lift, tall / 100, drawing.facing === 'free' && placement.flip)}</g>`,
  );
}
