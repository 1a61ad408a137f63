import { useState, type KeyboardEvent, type PointerEvent } from 'react';
import { Credits, formatCredits } from '../../parts/credits.js';
import { shortDay, wholeDay } from './day-words.js';
import type { UsageView } from './range.js';
import { ticksFor, type DayTotal, type Series } from './series.js';

interface ChartProps {
  readonly view: Pick<UsageView, 'show' | 'by'>;
  readonly mode: 'live' | 'test';
  readonly series: readonly Series[];
  readonly totals: readonly DayTotal[];
}

/** Of a day's width. */
const BAR = 0.74;
const STEPS: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  PageUp: -7,
  PageDown: 7,
};

/** Stacked bars, one for each day. Pointing at a day, or arrow keys, tell what it was made of. */
export function Chart({ view, mode, series, totals }: ChartProps) {
  const last = totals.length - 1;
  const [pointed, setPointed] = useState<number>();
  const place = pointed === undefined ? undefined : Math.min(pointed, last);
  const greatest = Math.max(...totals.map(({ sums }) => sums[view.show]));
  const ticks = ticksFor(greatest, view.show === 'images');
  const top = ticks.at(-1) ?? 0;

  const point = (event: PointerEvent<HTMLDivElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const share = (event.clientX - left) / width;
    setPointed(Math.max(0, Math.min(last, Math.floor(share * totals.length))));
  };
  const press = (event: KeyboardEvent<HTMLDivElement>) => {
    const from = place ?? last;
    const step = STEPS[event.key];
    const to =
      event.key === 'Home' ? 0 : event.key === 'End' ? last : step === undefined ? undefined : from + step;
    if (to === undefined) return;
    event.preventDefault();
    setPointed(Math.max(0, Math.min(last, to)));
  };
  const told = totals[place ?? last];
  const words = told === undefined ? '' : dayWords(told, series, place ?? last, view, mode);
  return (
    <div className="rounded-lg border border-line bg-sheet px-4 pt-3 pb-3">
      <div className="mb-4 min-h-11 text-sm">
        {place === undefined || told === undefined ? (
          <p className="text-soft">
            {greatest === 0
              ? emptyWords(view, totals)
              : 'Point at a day, or use the arrow keys on the chart.'}
          </p>
        ) : (
          <Told total={told} place={place} series={series} view={view} mode={mode} />
        )}
      </div>
      <div className="flex gap-2">
        <div aria-hidden className="relative h-56 w-12 shrink-0 text-right text-xs text-soft tabular-nums">
          {ticks.map((tick) => (
            <span
              key={tick}
              className="absolute right-0 translate-y-1/2"
              style={{ bottom: `${top === 0 ? 0 : (tick / top) * 100}%` }}
            >
              {formatCredits(tick)}
            </span>
          ))}
        </div>
        <div
          role="slider"
          tabIndex={0}
          aria-label={view.show === 'credits' ? 'Credits by day' : 'Pictures by day'}
          aria-valuemin={1}
          aria-valuemax={totals.length}
          aria-valuenow={(place ?? last) + 1}
          aria-valuetext={words}
          className="relative h-56 flex-1 touch-pan-y rounded-sm"
          onPointerMove={point}
          onPointerDown={point}
          onPointerLeave={() => {
            setPointed(undefined);
          }}
          onKeyDown={press}
          onBlur={() => {
            setPointed(undefined);
          }}
        >
          <svg
            aria-hidden
            viewBox={`0 0 ${totals.length} 100`}
            preserveAspectRatio="none"
            className="absolute inset-0 size-full overflow-visible"
          >
            {ticks.map((tick) => (
              <line
                key={tick}
                x1={0}
                x2={totals.length}
                y1={top === 0 ? 100 : 100 - (tick / top) * 100}
                y2={top === 0 ? 100 : 100 - (tick / top) * 100}
                stroke={tick === 0 ? 'var(--color-edge)' : 'var(--color-line)'}
                strokeWidth={1}
                vectorEffect="non-scaling-stroke"
              />
            ))}
            {place !== undefined && <rect x={place} y={0} width={1} height={100} fill="var(--color-hover)" />}
            <Bars series={series} days={totals.length} top={top} />
          </svg>
        </div>
      </div>
      <div aria-hidden className="mt-2 ml-14 flex justify-between text-xs text-soft">
        {labelled(totals).map((day) => (
          <span key={day}>{shortDay(day)}</span>
        ))}
      </div>
    </div>
  );
}

/** From the ground up, the greatest series lowest. */
function Bars({
  series,
  days,
  top,
}: Pick<ChartProps, 'series'> & { readonly days: number; readonly top: number }) {
  if (top === 0) return null;
  const heights = Array.from({ length: days }, () => 0);
  return series.flatMap(({ id, colour, values }) =>
    values.flatMap((value, place) => {
      if (value <= 0) return [];
      const height = (value / top) * 100;
      const ground = heights[place] ?? 0;
      heights[place] = ground + height;
      return (
        <rect
          key={`${id} ${place}`}
          x={place + (1 - BAR) / 2}
          y={100 - ground - height}
          width={BAR}
          height={height}
          fill={colour}
          stroke="var(--color-sheet)"
          strokeWidth={1}
          vectorEffect="non-scaling-stroke"
        />
      );
    }),
  );
}

function emptyWords({ show }: ChartProps['view'], totals: readonly DayTotal[]): string {
  if (show === 'images') return 'No day of these brought a picture.';
  const free = totals.some(({ sums }) => sums.images > 0);
  return `No day of these cost anything.${free ? ' Choose Pictures above to see what was free.' : ''}`;
}

interface ToldProps extends Omit<ChartProps, 'totals'> {
  readonly total: DayTotal;
  readonly place: number;
}

function Told({ total, place, series, view, mode }: ToldProps) {
  return (
    <>
      <p>
        <span className="font-medium">{wholeDay(total.day)}</span>{' '}
        <span className="tabular-nums">
          · <Credits amount={total.sums.credits} mode={mode} /> · {countWords(total.sums.images)}
        </span>
      </p>
      <p className="flex flex-wrap gap-x-4 text-soft tabular-nums">
        {series
          .filter(({ values }) => (values[place] ?? 0) > 0)
          .map(({ id, name, colour, values }) => (
            <span key={id} className="inline-flex items-center gap-1.5">
              <span aria-hidden className="size-2.5 rounded-sm" style={{ backgroundColor: colour }} />
              {name} {formatCredits(values[place] ?? 0)}
            </span>
          ))}
        {series.every(({ values }) => (values[place] ?? 0) === 0) &&
          (total.sums.generations === 0 ? 'No requests' : view.show === 'credits' ? 'Free' : 'No pictures')}
      </p>
    </>
  );
}

/** The same for those who don't see it. */
function dayWords(
  total: DayTotal,
  series: readonly Series[],
  place: number,
  view: ChartProps['view'],
  mode: 'live' | 'test',
): string {
  const unit = view.show === 'credits' ? (mode === 'test' ? 'test credits' : 'credits') : 'pictures';
  const parts = series
    .filter(({ values }) => (values[place] ?? 0) > 0)
    .map(({ name, values }) => `${name} ${formatCredits(values[place] ?? 0)}`);
  return [`${wholeDay(total.day)}: ${formatCredits(total.sums[view.show])} ${unit}`, ...parts].join(', ');
}

function countWords(images: number): string {
  return images === 1 ? 'one picture' : `${images.toLocaleString('en')} pictures`;
}

/** The days that stand below the chart: first, middle and last. */
function labelled(totals: readonly DayTotal[]): readonly string[] {
  const places = totals.length < 3 ? totals.keys() : [0, Math.floor(totals.length / 2), totals.length - 1];
  return [...places].flatMap((place) => totals[place]?.day ?? []);
}
