import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import { Button } from '../../parts/button.js';
import { CloseIcon } from '../../parts/icons.js';
import { moveStep, placeAt } from './move-step.js';

interface StepListProps {
  /** Slugs in order. */
  readonly steps: readonly string[];
  readonly nameOf: (slug: string) => string;
  readonly onChange: (steps: readonly string[]) => void;
}

/** Models in an order that dragging their handle changes, or arrow keys on it. */
export function StepList({ steps, nameOf, onChange }: StepListProps) {
  const list = useRef<HTMLOListElement>(null);
  const [dragged, setDragged] = useState<string>();
  const [told, setTold] = useState('');

  // On the window: an entry that changes its place in the page loses the pointer.
  useEffect(() => {
    if (dragged === undefined) return;
    const move = (event: PointerEvent) => {
      const from = steps.indexOf(dragged);
      const middles = [...(list.current?.children ?? [])].map((entry) => {
        const { top, height } = entry.getBoundingClientRect();
        return top + height / 2;
      });
      // Without the dragged one, whose own middle is not in the way.
      const to = placeAt(middles.filter((_, place) => place !== from).concat(Infinity), event.clientY);
      if (to !== from) onChange(moveStep(steps, from, to));
    };
    const end = () => {
      setDragged(undefined);
    };
    window.addEventListener('pointermove', move);
    window.addEventListener('pointerup', end);
    window.addEventListener('pointercancel', end);
    return () => {
      window.removeEventListener('pointermove', move);
      window.removeEventListener('pointerup', end);
      window.removeEventListener('pointercancel', end);
    };
  }, [dragged, steps, onChange]);

  const press = (event: KeyboardEvent<HTMLButtonElement>, place: number) => {
    const step = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const to = Math.max(0, Math.min(steps.length - 1, place + step));
    const slug = steps[place] ?? '';
    onChange(moveStep(steps, place, to));
    setTold(`${nameOf(slug)} is now ${to + 1} of ${steps.length}.`);
    const handle = event.currentTarget;
    // Moving an entry in the page takes the focus from it.
    requestAnimationFrame(() => {
      handle.focus();
    });
  };
  return (
    <>
      <ol ref={list} className="flex flex-col gap-1.5">
        {steps.map((slug, place) => (
          <li
            key={slug}
            className={`flex items-center gap-2 rounded-md border bg-paper pr-1.5 ${slug === dragged ? 'border-seal' : 'border-line'}`}
          >
            <button
              type="button"
              aria-label={`Move ${nameOf(slug)}, ${place + 1} of ${steps.length}: drag, or arrow up and down`}
              className="grid size-10 shrink-0 cursor-grab touch-none place-items-center rounded-md text-soft hover:text-ink"
              onPointerDown={(event) => {
                event.preventDefault();
                event.currentTarget.focus();
                setDragged(slug);
              }}
              onKeyDown={(event) => {
                press(event, place);
              }}
            >
              <svg aria-hidden viewBox="0 0 10 16" className="h-4 fill-current">
                {[2, 8, 14].flatMap((y) =>
                  [2, 8].map((x) => <circle key={`${x} ${y}`} cx={x} cy={y} r="1.4" />),
                )}
              </svg>
            </button>
            <span className="text-sm text-soft tabular-nums">{place + 1}.</span>
            <span className="min-w-0 flex-1 break-words">{nameOf(slug)}</span>
            <Button
              look="quiet"
              aria-label={`Take out ${nameOf(slug)}`}
              onClick={() => {
                onChange(steps.filter((one) => one !== slug));
                setTold(`${nameOf(slug)} is taken out.`);
              }}
            >
              <CloseIcon />
            </Button>
          </li>
        ))}
      </ol>
      <p aria-live="polite" className="sr-only">
        {told}
      </p>
    </>
  );
}
