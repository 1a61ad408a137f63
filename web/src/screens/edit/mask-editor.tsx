import { useCallback, useEffect, useRef, useState, type KeyboardEvent } from 'react';
import { keyStep, middleRectangle, shifted } from './key-rectangle.js';
import { paintStep, paintSteps, type MaskStep, type Rectangle, type Stroke } from './mask-steps.js';
import { LEAST_SIZE, MaskTools, MOST_SIZE, type Tool } from './mask-tools.js';
import { Pixels } from '../../parts/pixels.js';
import { stripes } from './stripes.js';
import { useBoxView } from './use-box-view.js';
import { useMaskPointer } from './use-mask-pointer.js';

interface MaskEditorProps {
  readonly bitmap: ImageBitmap;
  readonly steps: readonly MaskStep[];
  readonly undone: readonly MaskStep[];
  readonly onChange: (steps: MaskStep[], undone: MaskStep[]) => void;
}

const ZOOM_STEP = 1.3;

/** The picture, and what of it is marked to be repainted. */
export function MaskEditor({ bitmap, steps, undone, onChange }: MaskEditorProps) {
  const [tool, setTool] = useState<Tool>('brush');
  const [size, setSize] = useState(60);
  const [keyed, setKeyed] = useState<Rectangle>();
  const [spoken, setSpoken] = useState('');
  const [space, setSpace] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const overlay = useRef<HTMLCanvasElement>(null);
  const boxView = useBoxView(box, bitmap);
  const { view } = boxView;
  const diameter = Math.max(1, Math.round((size * Math.max(bitmap.width, bitmap.height)) / 1000));

  const redraw = useCallback(() => {
    const context = overlay.current?.getContext('2d');
    if (context !== null && context !== undefined) paintSteps(context, steps, stripes(context));
  }, [steps]);
  useEffect(redraw, [redraw, bitmap]);

  const add = (step: MaskStep) => {
    onChange([...steps, step], []);
  };
  const undo = () => {
    const last = steps.at(-1);
    if (last !== undefined) onChange(steps.slice(0, -1), [...undone, last]);
  };
  const redo = () => {
    const next = undone.at(-1);
    if (next !== undefined) onChange([...steps, next], undone.slice(0, -1));
  };
  const preview = (stroke: Stroke) => {
    const context = overlay.current?.getContext('2d');
    if (context !== null && context !== undefined) paintStep(context, stroke, stripes(context));
  };
  const pointer = useMaskPointer({
    tool,
    diameter,
    picture: bitmap,
    boxView,
    pans: space,
    onStep: (step) => {
      setKeyed(undefined);
      add(step);
    },
    onPreview: preview,
    onGivenUp: redraw,
  });

  const onArrow = (event: KeyboardEvent, dx: number, dy: number) => {
    const by = keyStep(bitmap, event.altKey);
    if (keyed === undefined) {
      const first = middleRectangle(bitmap);
      setKeyed(first);
      say(first);
      return;
    }
    const next = shifted(keyed, { x: dx * by, y: dy * by }, event.shiftKey, bitmap);
    setKeyed(next);
    say(next);
  };
  const say = ({ x, y, width, height }: Rectangle) => {
    setSpoken(`${width} by ${height} pixels, ${x} from the left, ${y} from the top`);
  };
  const onEnter = () => {
    if (keyed === undefined) {
      setKeyed(middleRectangle(bitmap));
      return;
    }
    const { x, y, width, height } = keyed;
    if (tool === 'rectangle') add({ kind: 'rectangle', ...keyed });
    else {
      const points = [Math.round(x + width / 2), Math.round(y + height / 2)];
      add({ kind: 'stroke', erases: tool === 'eraser', size: diameter, points });
    }
    setSpoken(tool === 'eraser' ? 'Erased' : 'Marked');
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey) return;
    const actions: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => {
        onArrow(event, -1, 0);
      },
      ArrowRight: () => {
        onArrow(event, 1, 0);
      },
      ArrowUp: () => {
        onArrow(event, 0, -1);
      },
      ArrowDown: () => {
        onArrow(event, 0, 1);
      },
      Enter: onEnter,
      Escape: () => {
        setKeyed(undefined);
      },
      ' ': () => {
        setSpace(true);
      },
      '+': () => {
        boxView.zoom(ZOOM_STEP);
      },
      '=': () => {
        boxView.zoom(ZOOM_STEP);
      },
      '-': () => {
        boxView.zoom(1 / ZOOM_STEP);
      },
      '0': boxView.fit,
      '[': () => {
        setSize(Math.max(LEAST_SIZE, Math.round(size / 1.25)));
      },
      ']': () => {
        setSize(Math.min(MOST_SIZE, Math.round(size * 1.25)));
      },
      b: () => {
        setTool('brush');
      },
      e: () => {
        setTool('eraser');
      },
      r: () => {
        setTool('rectangle');
      },
      i: () => {
        add({ kind: 'invert' });
      },
    };
    const action = actions[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  };
  const onHistoryKey = (event: KeyboardEvent) => {
    if (!(event.ctrlKey || event.metaKey)) return;
    const key = event.key.toLowerCase();
    if (key !== 'z' && key !== 'y') return;
    event.preventDefault();
    if (key === 'y' || event.shiftKey) redo();
    else undo();
  };
  const shown = pointer.rectangle ?? keyed;
  const isDab = pointer.rectangle === undefined && tool !== 'rectangle';

  return (
    <div className="flex min-h-0 flex-1 flex-col" onKeyDown={onHistoryKey}>
      <MaskTools
        tool={tool}
        onTool={setTool}
        size={size}
        onSize={setSize}
        canUndo={steps.length > 0}
        canRedo={undone.length > 0}
        onUndo={undo}
        onRedo={redo}
        onInvert={() => {
          add({ kind: 'invert' });
        }}
        onClear={() => {
          add({ kind: 'clear' });
        }}
        onZoom={(step) => {
          if (step === 0) boxView.fit();
          else boxView.zoom(ZOOM_STEP ** step);
        }}
      />
      <div
        ref={box}
        role="application"
        tabIndex={0}
        aria-label="Mask over the picture"
        aria-describedby="mask-keys"
        onKeyDown={onKeyDown}
        onKeyUp={(event) => {
          if (event.key === ' ') setSpace(false);
        }}
        onBlur={() => {
          setSpace(false);
        }}
        {...pointer.handlers}
        // No taller than the picture where the page scrolls.
        style={{ aspectRatio: bitmap.width / bitmap.height }}
        className={`relative max-h-[58dvh] min-h-64 touch-none overflow-hidden bg-well -outline-offset-2 select-none lg:max-h-none lg:flex-1 ${space ? 'cursor-grab' : 'cursor-crosshair'}`}
      >
        <div
          className="absolute top-0 left-0 origin-top-left"
          style={{
            width: bitmap.width,
            height: bitmap.height,
            transform: `translate(${view.x}px, ${view.y}px) scale(${view.scale})`,
          }}
        >
          <Pixels bitmap={bitmap} label="Picture to be edited" className="absolute inset-0 shadow-raised" />
          <canvas
            ref={overlay}
            width={bitmap.width}
            height={bitmap.height}
            aria-hidden
            className="absolute inset-0 opacity-60"
          />
          {shown !== undefined && (
            <Outline rectangle={shown} round={isDab ? diameter : undefined} scale={view.scale} />
          )}
        </div>
      </div>
      <p id="mask-keys" className="border-t border-line px-4 py-1.5 text-xs text-soft sm:px-6">
        <span className="pointer-coarse:hidden">
          Space and drag to move, wheel to zoom. By keyboard: arrows to aim (Shift: size, Alt: finer), Enter
          to mark, B E R for the tools, Ctrl+Z to undo.
        </span>
        <span className="hidden pointer-coarse:inline">Two fingers move and zoom.</span>
      </p>
      <p role="status" className="sr-only">
        {spoken}
      </p>
    </div>
  );
}

interface OutlineProps {
  readonly rectangle: Rectangle;
  /** Diameter of a brush in its middle, in place of the rectangle. */
  readonly round: number | undefined;
  readonly scale: number;
}

function Outline({ rectangle: { x, y, width, height }, round, scale }: OutlineProps) {
  const edge = 2 / scale;
  const shape =
    round === undefined
      ? { left: x, top: y, width, height }
      : { left: x + (width - round) / 2, top: y + (height - round) / 2, width: round, height: round };
  return (
    <span
      aria-hidden
      className={`absolute box-border border-white ${round === undefined ? '' : 'rounded-full'}`}
      style={{
        ...shape,
        borderWidth: edge,
        borderStyle: 'dashed',
        outline: `${edge}px solid rgb(0 0 0 / 0.75)`,
      }}
    />
  );
}
