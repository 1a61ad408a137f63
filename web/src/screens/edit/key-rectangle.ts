import type { Rectangle, Size } from './mask-steps.js';
import type { Point } from './view.js';

/** Where aiming by keyboard begins. */
export function middleRectangle({ width, height }: Size): Rectangle {
  return {
    x: Math.round(width * 0.35),
    y: Math.round(height * 0.35),
    width: Math.max(1, Math.round(width * 0.3)),
    height: Math.max(1, Math.round(height * 0.3)),
  };
}

/** How far one key moves, in pixels of the picture. */
export function keyStep({ width, height }: Size, finer: boolean): number {
  return finer ? 1 : Math.max(1, Math.round(Math.max(width, height) / 32));
}

/** Moved, or with another size at its right and lower edge; always within the picture. */
export function shifted(before: Rectangle, by: Point, resizes: boolean, { width, height }: Size): Rectangle {
  const within = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value));
  return resizes
    ? {
        ...before,
        width: within(before.width + by.x, 1, width - before.x),
        height: within(before.height + by.y, 1, height - before.y),
      }
    : {
        ...before,
        x: within(before.x + by.x, 0, width - before.width),
        y: within(before.y + by.y, 0, height - before.height),
      };
}
