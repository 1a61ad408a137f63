import type { Size } from './mask-steps.js';

/** Where a picture lies in its box, in CSS pixels; `scale` is CSS pixels per pixel of the picture. */
export interface View {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

const MARGIN = 16;
const MAX_SCALE = 16;

/** The whole picture in the middle, as large as the box allows; small ones at most twice their size. */
export function fitView(box: Size, picture: Size): View {
  const room = { width: Math.max(1, box.width - 2 * MARGIN), height: Math.max(1, box.height - 2 * MARGIN) };
  const scale = Math.min(room.width / picture.width, room.height / picture.height, 2);
  return {
    scale,
    x: (box.width - picture.width * scale) / 2,
    y: (box.height - picture.height * scale) / 2,
  };
}

/** Nearer or farther by a factor; what lies under `at` stays there. */
export function zoomView(view: View, factor: number, at: Point, least: number): View {
  const scale = Math.min(MAX_SCALE, Math.max(least, view.scale * factor));
  const grown = scale / view.scale;
  return { scale, x: at.x - (at.x - view.x) * grown, y: at.y - (at.y - view.y) * grown };
}

/** Moved, but never so far that nothing of the picture is to be seen. */
export function moveView(view: View, by: Point, box: Size, picture: Size): View {
  const keep = 48;
  const within = (value: number, length: number, room: number) =>
    Math.min(room - keep, Math.max(keep - length * view.scale, value));
  return {
    ...view,
    x: within(view.x + by.x, picture.width, box.width),
    y: within(view.y + by.y, picture.height, box.height),
  };
}

/** A place in the box as pixels of the picture. */
export function toPicture(view: View, { x, y }: Point): Point {
  return { x: (x - view.x) / view.scale, y: (y - view.y) / view.scale };
}
