import { useRef, useState, type PointerEvent } from 'react';
import {
  extendStroke,
  rectangleBetween,
  type MaskStep,
  type Rectangle,
  type Size,
  type Stroke,
} from './mask-steps.js';
import type { Tool } from './mask-tools.js';
import type { BoxView } from './use-box-view.js';
import { toPicture, type Point } from './view.js';

interface MaskPointerProps {
  readonly tool: Tool;
  /** Of the brush, in pixels of the picture. */
  readonly diameter: number;
  readonly picture: Size;
  readonly boxView: BoxView;
  /** Dragging moves the picture. */
  readonly pans: boolean;
  readonly onStep: (step: MaskStep) => void;
  /** A piece of a stroke that is being drawn. */
  readonly onPreview: (stroke: Stroke) => void;
  /** What was drawn is no stroke after all. */
  readonly onGivenUp: () => void;
}

type Gesture =
  | { readonly kind: 'stroke'; stroke: Stroke }
  | { readonly kind: 'rectangle'; readonly from: readonly [number, number] }
  | { readonly kind: 'pan' };

/** Painting, moving and zooming by mouse, pen and fingers: one finger paints, two move and zoom. */
export function useMaskPointer(props: MaskPointerProps) {
  const { tool, diameter, picture, boxView } = props;
  const [rectangle, setRectangle] = useState<Rectangle>();
  const fingers = useRef(new Map<number, Point>());
  const gesture = useRef<Gesture>(undefined);

  const placeOf = (event: PointerEvent<HTMLElement>): Point => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const giveUp = () => {
    gesture.current = undefined;
    setRectangle(undefined);
    props.onGivenUp();
  };

  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    if (event.button > 1) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const place = placeOf(event);
    fingers.current.set(event.pointerId, place);
    if (fingers.current.size > 1) {
      giveUp();
      return;
    }
    if (props.pans || event.button === 1) {
      gesture.current = { kind: 'pan' };
      return;
    }
    const { x, y } = toPicture(boxView.view, place);
    if (tool === 'rectangle') {
      gesture.current = { kind: 'rectangle', from: [x, y] };
      return;
    }
    const points = [Math.round(x), Math.round(y)];
    const stroke: Stroke = { kind: 'stroke', erases: tool === 'eraser', size: diameter, points };
    gesture.current = { kind: 'stroke', stroke };
    props.onPreview(stroke);
  };

  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    const before = fingers.current.get(event.pointerId);
    if (before === undefined) return;
    const place = placeOf(event);
    if (fingers.current.size > 1) {
      pinch(event.pointerId, before, place);
      return;
    }
    fingers.current.set(event.pointerId, place);
    const going = gesture.current;
    const { x, y } = toPicture(boxView.view, place);
    if (going?.kind === 'pan') boxView.move({ x: place.x - before.x, y: place.y - before.y });
    else if (going?.kind === 'rectangle') setRectangle(rectangleBetween(going.from, [x, y], picture));
    else if (going?.kind === 'stroke') {
      const { stroke } = going;
      going.stroke = extendStroke(stroke, x, y);
      if (going.stroke !== stroke) props.onPreview({ ...stroke, points: going.stroke.points.slice(-4) });
    }
  };

  /** Two fingers: the picture follows their middle, and grows as they part. */
  const pinch = (id: number, before: Point, place: Point) => {
    const other = [...fingers.current].find(([one]) => one !== id)?.[1];
    fingers.current.set(id, place);
    if (other === undefined) return;
    const distance = (a: Point) => Math.max(1, Math.hypot(a.x - other.x, a.y - other.y));
    boxView.move({ x: (place.x - before.x) / 2, y: (place.y - before.y) / 2 });
    boxView.zoom(distance(place) / distance(before), {
      x: (place.x + other.x) / 2,
      y: (place.y + other.y) / 2,
    });
  };

  const onPointerUp = (event: PointerEvent<HTMLElement>) => {
    if (!fingers.current.delete(event.pointerId)) return;
    const ended = gesture.current;
    gesture.current = undefined;
    if (ended?.kind === 'stroke') props.onStep(ended.stroke);
    else if (ended?.kind === 'rectangle') {
      const { x, y } = toPicture(boxView.view, placeOf(event));
      const drawn = rectangleBetween(ended.from, [x, y], picture);
      setRectangle(undefined);
      if (drawn.width > 0 && drawn.height > 0) props.onStep({ kind: 'rectangle', ...drawn });
    }
  };
  const onPointerCancel = (event: PointerEvent<HTMLElement>) => {
    fingers.current.delete(event.pointerId);
    giveUp();
  };

  return { rectangle, handlers: { onPointerDown, onPointerMove, onPointerUp, onPointerCancel } };
}
