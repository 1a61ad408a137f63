import { useEffect, useState, type RefObject } from 'react';
import type { Size } from './mask-steps.js';
import { fitView, moveView, zoomView, type Point, type View } from './view.js';

export interface BoxView {
  readonly view: View;
  readonly fit: () => void;
  /** @param at in the box; its middle when absent */
  readonly zoom: (factor: number, at?: Point) => void;
  readonly move: (by: Point) => void;
}

/** Zoom and place of a picture in its box, which may change its size. Until somebody moves it, it fits. */
export function useBoxView(box: RefObject<HTMLElement | null>, picture: Size): BoxView {
  const [size, setSize] = useState<Size>({ width: 1, height: 1 });
  const [chosen, setChosen] = useState<View>();
  const fitted = fitView(size, picture);
  const view = chosen ?? fitted;
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => {
      setSize({ width: element.clientWidth, height: element.clientHeight });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, [box]);
  const { width, height } = picture;
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    // React listens passively to wheels, and then the page would scroll as well.
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const { left, top } = element.getBoundingClientRect();
      const at = { x: event.clientX - left, y: event.clientY - top };
      const least = fitView(size, { width, height });
      setChosen((before) => zoomView(before ?? least, Math.exp(-event.deltaY / 400), at, least.scale / 2));
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => {
      element.removeEventListener('wheel', onWheel);
    };
  }, [box, size, width, height]);
  return {
    view,
    fit: () => {
      setChosen(undefined);
    },
    zoom: (factor, at = { x: size.width / 2, y: size.height / 2 }) => {
      setChosen((before) => zoomView(before ?? fitted, factor, at, fitted.scale / 2));
    },
    move: (by) => {
      setChosen((before) => moveView(before ?? fitted, by, size, picture));
    },
  };
}
