import { dayOf } from './time-words.js';

/** What the layout has to know of a picture. Its proportions come from its pixels. */
export interface Laid {
  readonly id: string;
  /** Unix seconds. */
  readonly created: number;
  readonly width: number;
  readonly height: number;
}

/** Where a picture lies in its row; pixels of the page. */
export interface Tile {
  /** In the list of pictures. */
  readonly index: number;
  readonly left: number;
  readonly width: number;
}

/** A line of the grid: the heading of a day, or pictures of one height. */
export interface Line {
  /** Names it for as long as its first picture is the same. */
  readonly key: string;
  readonly top: number;
  readonly height: number;
  /** Unix seconds, of a heading. */
  readonly day: number | undefined;
  readonly tiles: readonly Tile[];
  /** How many pictures lie in this line and those above it. */
  readonly until: number;
}

export interface Grid {
  readonly lines: readonly Line[];
  readonly height: number;
}

interface GridWish {
  /** Of the page, in pixels. */
  readonly width: number;
  /** What rows should be high; full ones are as high as fills the width. */
  readonly rowHeight: number;
  readonly gap: number;
  readonly headingHeight: number;
  /** More pictures will follow: a row that they could still change is not shown. */
  readonly open: boolean;
}

/**
 * Lays pictures out in rows that fill the width, each at its own proportions, with a heading for every day. The same pictures
 * lie at the same place whatever follows them, so that nothing moves when more are loaded.
 */
export function justify(pictures: readonly Laid[], wish: GridWish): Grid {
  const { width, rowHeight, gap, headingHeight, open } = wish;
  const lines: Line[] = [];
  let top = 0;
  let row: { index: number; ratio: number }[] = [];
  let sum = 0;
  let day: string | undefined;

  const endRow = (full: boolean) => {
    const first = row[0];
    const picture = first === undefined ? undefined : pictures[first.index];
    if (picture === undefined) return;
    const filling = (width - gap * (row.length - 1)) / sum;
    const height = Math.round(full ? filling : Math.min(filling, rowHeight));
    let left = 0;
    const tiles = row.map(({ index, ratio }, place) => {
      // The last one takes what rounding left over.
      const last = full && place === row.length - 1;
      const tile = { index, left, width: last ? width - left : Math.round(height * ratio) };
      left += tile.width + gap;
      return tile;
    });
    const until = (row.at(-1)?.index ?? 0) + 1;
    lines.push({ key: picture.id, top, height, day: undefined, tiles, until });
    top += height + gap;
    row = [];
    sum = 0;
  };

  pictures.forEach((picture, index) => {
    const itsDay = dayOf(picture.created);
    if (itsDay !== day) {
      endRow(false);
      lines.push({ key: itsDay, top, height: headingHeight, day: picture.created, tiles: [], until: index });
      top += headingHeight;
      day = itsDay;
    }
    const ratio = picture.width / picture.height;
    const heightOf = (ratios: number, count: number) => (width - gap * (count - 1)) / ratios;
    const withIt = heightOf(sum + ratio, row.length + 1);
    const withoutIt = row.length === 0 ? Infinity : heightOf(sum, row.length);
    // Rather somewhat too high than far too low.
    const isBetterWithout = withIt < rowHeight && withoutIt - rowHeight < rowHeight - withIt;
    if (isBetterWithout) endRow(true);
    row.push({ index, ratio });
    sum += ratio;
    if (heightOf(sum, row.length) <= rowHeight) endRow(true);
  });
  if (!open) endRow(false);
  return { lines, height: top };
}

/** The lines that a stretch of the page shows, as places in the list; the end is the first one behind it. */
export function linesWithin({ lines }: Grid, from: number, to: number): readonly [number, number] {
  const start = firstWhere(lines, (line) => line.top + line.height > from);
  const end = firstWhere(lines, (line) => line.top >= to);
  return [start, end];
}

/** @param holds false for all lines up to some place, true from there on */
function firstWhere(lines: readonly Line[], holds: (line: Line) => boolean): number {
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const line = lines[middle];
    if (line !== undefined && holds(line)) high = middle;
    else low = middle + 1;
  }
  return low;
}

export type Direction = 'left' | 'right' | 'up' | 'down';

/** The picture beside one: in its row, or the nearest of the row above or below. undefined at the edge. */
export function beside(grid: Grid, index: number, direction: Direction): number | undefined {
  if (direction === 'left' || direction === 'right') {
    const next = index + (direction === 'left' ? -1 : 1);
    return lineOf(grid, next) === undefined ? undefined : next;
  }
  const at = lineOf(grid, index);
  const line = at === undefined ? undefined : grid.lines[at];
  const tile = line?.tiles.find((one) => one.index === index);
  if (at === undefined || tile === undefined) return undefined;
  const step = direction === 'up' ? -1 : 1;
  let other = at + step;
  while (grid.lines[other]?.tiles.length === 0) other += step;
  const middle = tile.left + tile.width / 2;
  const distance = ({ left, width }: Tile) => Math.abs(left + width / 2 - middle);
  return grid.lines[other]?.tiles.reduce((best, one) => (distance(one) < distance(best) ? one : best)).index;
}

/** Which line a picture lies in, as a place in the list. */
export function lineOf({ lines }: Grid, index: number): number | undefined {
  const at = firstWhere(lines, (line) => line.until > index);
  return index >= 0 && at < lines.length ? at : undefined;
}
