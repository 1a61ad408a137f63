import { useEffect, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import type { ListedPicture } from '../../api/pictures.js';
import { beside, justify, lineOf, linesWithin, type Direction, type Grid } from './justify.js';
import { onScroll, scrollPosition, scrollTo, stretchInSight } from './scroller.js';
import { endOf, Tile, type TileActions } from './tile.js';
import { dayWords } from './time-words.js';

const GAP = 6;
const HEADING_HEIGHT = 52;
/** What is drawn above and below of what is in sight, in pixels. */
const MARGIN = 700;
/** More is loaded once so little is left below, in pixels. */
const LOAD_BEFORE = 3_000;
/** What lies over the upper and the lower edge of the grid, in pixels. */
const COVERED = { top: 130, bottom: 90 };

interface PictureGridProps {
  readonly pictures: readonly ListedPicture[];
  readonly hasMore: boolean;
  readonly onNearEnd: () => void;
  readonly selected: ReadonlySet<string>;
  /** Id of the one that has the focus, or gets it by Tab. */
  readonly active: string | undefined;
  readonly now: number;
  readonly modelNames: ReadonlyMap<string, string>;
  readonly actions: TileActions & {
    readonly onKeep: (id: string) => void;
    readonly onSelectAll: () => void;
    readonly onSelectNone: () => void;
  };
}

const DIRECTIONS: Readonly<Record<string, Direction>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
};

/** Pictures by day, in rows; only what is in sight and somewhat around it is in the page. */
export function PictureGrid(props: PictureGridProps) {
  const { pictures, hasMore, onNearEnd, selected, active, now, modelNames, actions } = props;
  const place = useRef<HTMLDivElement>(null);
  const width = useWidth(place);
  const rowHeight = width < 640 ? 132 : 224;
  const grid = useMemo<Grid>(
    () =>
      width === 0
        ? { lines: [], height: 0 }
        : justify(pictures, { width, rowHeight, gap: GAP, headingHeight: HEADING_HEIGHT, open: hasMore }),
    [pictures, width, rowHeight, hasMore],
  );
  const [start, end] = useLinesInSight(place, grid, hasMore ? onNearEnd : undefined);

  const found = pictures.findIndex(({ id }) => id === active);
  const activeIndex = Math.max(0, found);
  const activeLine = lineOf(grid, activeIndex);

  const focusOn = (index: number) => {
    const picture = pictures[index];
    const line = grid.lines[lineOf(grid, index) ?? -1];
    if (picture === undefined || line === undefined || place.current === null) return;
    bringIntoSight(place.current, line.top, line.height);
    actions.onFocus(picture.id);
    focusSoon(picture.id);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const picture = pictures[activeIndex];
    if (picture === undefined || !(event.target instanceof HTMLElement) || !event.target.dataset['picture'])
      return;
    const key = event.key.toLowerCase();
    const direction = DIRECTIONS[event.key];
    const command = event.ctrlKey || event.metaKey;
    if (event.altKey) return;
    if (direction !== undefined) {
      const next = beside(grid, activeIndex, direction);
      const other = next === undefined ? undefined : pictures[next];
      if (next !== undefined) focusOn(next);
      if (event.shiftKey && other !== undefined) {
        if (selected.size === 0) actions.onSelect(picture.id, false);
        actions.onSelect(other.id, true);
      }
    } else if (event.key === 'Home') focusOn(0);
    else if (event.key === 'End') focusOn((grid.lines.at(-1)?.until ?? 0) - 1);
    else if (event.key === ' ') actions.onSelect(picture.id, event.shiftKey);
    else if (event.key === 'Enter' && !command) actions.onOpen(picture.id);
    else if (key === 'k' && !command) actions.onKeep(picture.id);
    else if (key === 'a' && command) actions.onSelectAll();
    else if (event.key === 'Escape' && selected.size > 0) actions.onSelectNone();
    else return;
    event.preventDefault();
  };

  const places = Array.from({ length: Math.max(0, end - start) }, (_, offset) => start + offset);
  // Whatever has the focus stays in the page.
  if (activeLine !== undefined && (activeLine < start || activeLine >= end)) places.push(activeLine);
  const today = new Date(now * 1000);
  return (
    <div ref={place} onKeyDown={onKeyDown} className="relative" style={{ height: grid.height }}>
      {places.map((at) => {
        const line = grid.lines[at];
        if (line === undefined) return null;
        return (
          <div
            key={line.key}
            className="absolute inset-x-0 top-0"
            style={{ transform: `translateY(${line.top}px)`, height: line.height }}
          >
            {line.day !== undefined && (
              <h2 className="flex h-full items-end pb-2.5 font-serif text-lg">{dayWords(line.day, today)}</h2>
            )}
            {line.tiles.map((tile) => {
              const picture = pictures[tile.index];
              return picture === undefined ? null : (
                <Tile
                  key={picture.id}
                  picture={picture}
                  left={tile.left}
                  width={tile.width}
                  height={line.height}
                  isSelected={selected.has(picture.id)}
                  isSelecting={selected.size > 0}
                  isActive={tile.index === activeIndex}
                  ends={endOf(picture, now)}
                  modelName={modelNames.get(picture.model) ?? picture.model}
                  actions={actions}
                />
              );
            })}
          </div>
        );
      })}
    </div>
  );
}

/** Gives a picture the focus once it is in the page. */
export function focusSoon(id: string): void {
  requestAnimationFrame(() => {
    requestAnimationFrame(() => {
      document
        .querySelector<HTMLElement>(`[data-picture="${CSS.escape(id)}"]`)
        ?.focus({ preventScroll: true });
    });
  });
}

function bringIntoSight(element: Element, top: number, height: number): void {
  const { from, to } = stretchInSight(element);
  const above = from + COVERED.top - top;
  const below = top + height - (to - COVERED.bottom);
  if (above > 0) scrollTo(scrollPosition() - above);
  else if (below > 0) scrollTo(scrollPosition() + below);
}

function useWidth(place: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = place.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => {
      setWidth(element.clientWidth);
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, [place]);
  return width;
}

/** Which lines are to be drawn. Rendered anew only when others are. */
function useLinesInSight(
  place: React.RefObject<HTMLElement | null>,
  grid: Grid,
  onNearEnd: (() => void) | undefined,
): readonly [number, number] {
  const [range, setRange] = useState<readonly [number, number]>([0, 0]);
  useLayoutEffect(() => {
    let frame: number | undefined;
    const look = () => {
      frame = undefined;
      if (place.current === null) return;
      const { from, to } = stretchInSight(place.current);
      const next = linesWithin(grid, from - MARGIN, to + MARGIN);
      setRange((before) => (before[0] === next[0] && before[1] === next[1] ? before : next));
      if (to + LOAD_BEFORE > grid.height) onNearEnd?.();
    };
    look();
    const stop = onScroll(() => {
      frame ??= requestAnimationFrame(look);
    });
    return () => {
      stop();
      if (frame !== undefined) cancelAnimationFrame(frame);
    };
  }, [place, grid, onNearEnd]);
  // A grid that became shorter has not been looked at yet.
  return range;
}

/** Remembers how far somebody scrolled under a name, and brings them back there once so much is loaded. */
export function useScrollMemory(
  name: string,
  isReady: boolean,
  height: () => number,
  loadMore: () => void,
): void {
  const goal = useRef<number | undefined>(undefined);
  useEffect(() => {
    const stored = Number(sessionStorage.getItem(`atelier.scroll.${name}`) ?? '0');
    goal.current = Number.isFinite(stored) && stored > 0 ? stored : undefined;
  }, [name]);
  useEffect(() => {
    if (!isReady || goal.current === undefined) return;
    if (height() > goal.current) {
      scrollTo(goal.current);
      goal.current = undefined;
    } else loadMore();
  });
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = onScroll(() => {
      timer ??= setTimeout(() => {
        timer = undefined;
        if (goal.current === undefined)
          sessionStorage.setItem(`atelier.scroll.${name}`, String(scrollPosition()));
      }, 150);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [name]);
}
