import { describe, expect, it } from 'vitest';
import { keyStep, middleRectangle, shifted } from './key-rectangle.js';
import { extendStroke, isMarked, rectangleBetween, type Stroke } from './mask-steps.js';
import { fitView, moveView, toPicture, zoomView } from './view.js';

const picture = { width: 400, height: 200 };

describe('a mask', () => {
  it('keeps rectangles within the picture, whichever corner they begin at', () => {
    const drawn = { x: 0, y: 150, width: 120, height: 50 };
    expect(rectangleBetween([120, 150], [-30, 900], picture)).toEqual(drawn);
    expect(rectangleBetween([-30, 900], [120, 150], picture)).toEqual(drawn);
  });

  it('leaves out points of a stroke that nobody would see', () => {
    const stroke: Stroke = { kind: 'stroke', erases: false, size: 24, points: [10, 10] };
    expect(extendStroke(stroke, 11, 10)).toBe(stroke);
    expect(extendStroke(stroke, 14.4, 10).points).toEqual([10, 10, 14, 10]);
  });

  it('marks nothing once it is cleared', () => {
    expect(isMarked([])).toBe(false);
    expect(isMarked([{ kind: 'invert' }])).toBe(true);
    expect(isMarked([{ kind: 'invert' }, { kind: 'clear' }])).toBe(false);
  });

  it('is aimed by keys up to the edge and no further', () => {
    const begun = middleRectangle(picture);
    const far = keyStep(picture, false) * 100;
    expect(shifted(begun, { x: far, y: -far }, false, picture)).toEqual({ ...begun, x: 280, y: 0 });
    expect(shifted(begun, { x: far, y: -far }, true, picture)).toEqual({ ...begun, width: 260, height: 1 });
  });
});

describe('a view', () => {
  const box = { width: 232, height: 332 };

  it('shows the whole picture in the middle', () => {
    expect(fitView(box, picture)).toEqual({ scale: 0.5, x: 16, y: 116 });
  });

  it('keeps what lies under the pointer while it zooms', () => {
    const view = fitView(box, picture);
    const at = { x: 100, y: 140 };
    const nearer = zoomView(view, 3, at, 0.25);
    expect(nearer.scale).toBe(1.5);
    expect(toPicture(nearer, at).x).toBeCloseTo(toPicture(view, at).x);
    expect(toPicture(nearer, at).y).toBeCloseTo(toPicture(view, at).y);
    expect(zoomView(view, 0.001, at, 0.25).scale).toBe(0.25);
  });

  it('never loses the picture', () => {
    const moved = moveView(fitView(box, picture), { x: 9_000, y: -9_000 }, box, picture);
    expect(moved.x).toBeLessThan(box.width);
    expect(moved.y + picture.height * moved.scale).toBeGreaterThan(0);
  });
});
