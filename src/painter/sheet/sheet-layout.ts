import { lineWidth } from '../lettering.js';
import type { Sheet, SheetBlock, SheetCell, SheetLabel, SheetRow } from './sheet.js';
import { wrapText } from './wrap-text.js';

/** Lengths in the sheet's own unit; a sheet that would be larger than allowed is drawn smaller as a whole. */
const MARGIN = 64;
const COLUMN_GAP = 22;
const ROW_GAP = 30;
const BLOCK_GAP = 58;
const GUTTER_GAP = 28;
const MAX_GUTTER = 230;
const MIN_TEXT_WIDTH = 560;
/** Of a box that says why there is no picture. */
const MIN_MISSING = 96;

/** How letters are set. */
export const TYPE = {
  title: { size: 36, weight: 700, spacing: -6, lead: 1.22 },
  facts: { size: 18, weight: 400, spacing: 4, lead: 1.4 },
  name: { size: 13, weight: 520, spacing: 70, lead: 1.5 },
  constant: { size: 18, weight: 400, spacing: 2, lead: 1.42 },
  heading: { size: 21, weight: 600, spacing: 0, lead: 1.34 },
  column: { size: 17, weight: 620, spacing: 0, lead: 1.3 },
  row: { size: 16, weight: 560, spacing: 0, lead: 1.34 },
  caption: { size: 15, weight: 480, spacing: 4, lead: 1.3 },
  note: { size: 13, weight: 400, spacing: 4, lead: 1.36 },
  missing: { size: 15, weight: 620, spacing: 2, lead: 1.3 },
  reason: { size: 14, weight: 400, spacing: 2, lead: 1.42 },
  footer: { size: 14, weight: 400, spacing: 4, lead: 1.3 },
} as const;
export type TypeName = keyof typeof TYPE;

/** One line of letters; `y` is its baseline. */
export interface PlacedText {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly type: TypeName;
  readonly tone: 'ink' | 'muted' | 'missingInk' | 'missingText';
}

export interface PlacedBox {
  readonly kind: 'picture' | 'missing' | 'rule';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly thumbnail: Uint8Array | undefined;
}

/** Where everything stands. */
export interface SheetLayout {
  readonly width: number;
  readonly height: number;
  readonly texts: readonly PlacedText[];
  readonly boxes: readonly PlacedBox[];
}

/** Collects what is placed, in one coordinate system. */
interface Canvas {
  readonly texts: PlacedText[];
  readonly boxes: PlacedBox[];
}

/** Places everything of a sheet. */
export function layOutSheet(sheet: Sheet): SheetLayout {
  const columns = Math.max(1, ...sheet.blocks.map((block) => block.columns.length));
  const cellWidth = cellWidthFor(columns);
  const gutter = gutterOf(sheet.blocks);
  const blockWidth = gutter + columns * cellWidth + (columns - 1) * COLUMN_GAP;
  const heights = sheet.blocks.map((block) =>
    placeBlock(block, { x: 0, y: 0, cellWidth, gutter, width: blockWidth }, emptyCanvas()),
  );
  const across = blocksAcross(heights, blockWidth);
  const inner = Math.max(MIN_TEXT_WIDTH, across * blockWidth + (across - 1) * BLOCK_GAP);
  const canvas = emptyCanvas();
  let y = placeHead(sheet, inner, canvas);
  for (let start = 0; start < sheet.blocks.length; start += across) {
    const line = sheet.blocks.slice(start, start + across);
    const ends = line.map((block, index) =>
      placeBlock(
        block,
        { x: MARGIN + index * (blockWidth + BLOCK_GAP), y, cellWidth, gutter, width: blockWidth },
        canvas,
      ),
    );
    y = Math.max(y, ...ends) + BLOCK_GAP;
  }
  y += 2 - BLOCK_GAP + 34;
  canvas.boxes.push({ kind: 'rule', x: MARGIN, y, width: inner, height: 1, thumbnail: undefined });
  y = placeLines(
    sheet.footer,
    inner,
    { x: MARGIN, y: y + 18, type: 'footer', tone: 'muted', maxLines: 2 },
    canvas,
  );
  return { width: inner + 2 * MARGIN, height: Math.ceil(y + MARGIN * 0.7), ...canvas };
}

/** Few pictures are shown large, many small. */
function cellWidthFor(columns: number): number {
  if (columns <= 1) return 460;
  if (columns === 2) return 400;
  if (columns <= 4) return 330;
  return columns <= 6 ? 290 : 250;
}

/** As wide as the labels of rows need it. */
function gutterOf(blocks: readonly SheetBlock[]): number {
  const labels = blocks
    .flatMap(({ rows }) => rows.map(({ label }) => label))
    .filter((one) => one !== undefined);
  if (labels.length === 0) return 0;
  const { size, spacing } = TYPE.row;
  const names = labels.map(({ name }) => lineWidth(name.toUpperCase(), TYPE.name.spacing) * TYPE.name.size);
  const widest = Math.max(...labels.map(({ text }) => lineWidth(text, spacing) * size), ...names);
  return Math.min(MAX_GUTTER, Math.max(90, Math.ceil(widest))) + GUTTER_GAP;
}

/** How many blocks stand side by side, so that the sheet is a little wider than high. */
function blocksAcross(heights: readonly number[], width: number): number {
  let best = 1;
  let bestMiss = Infinity;
  for (let across = 1; across <= heights.length; across += 1) {
    let height = 0;
    for (let start = 0; start < heights.length; start += across) {
      height += Math.max(...heights.slice(start, start + across)) + BLOCK_GAP;
    }
    const empty = Math.ceil(heights.length / across) * across - heights.length;
    // A line that is not full looks like something is missing.
    const miss =
      Math.abs(Math.log((across * (width + BLOCK_GAP)) / height / 1.3)) + (1.5 * empty) / heights.length;
    if (miss < bestMiss - 0.01) [best, bestMiss] = [across, miss];
  }
  return best;
}

/** @returns where it ends */
function placeHead(sheet: Sheet, width: number, canvas: Canvas): number {
  let y = MARGIN - 6;
  y = placeLines(sheet.title, width, { x: MARGIN, y, type: 'title', tone: 'ink', maxLines: 2 }, canvas);
  y = placeLines(
    sheet.facts,
    width,
    { x: MARGIN, y: y + 6, type: 'facts', tone: 'muted', maxLines: 2 },
    canvas,
  );
  for (const label of sheet.constants) {
    y = placeLabel(
      label,
      Math.min(width, 1100),
      { x: MARGIN, y: y + 18, type: 'constant', maxLines: 4 },
      canvas,
    );
  }
  return y + 44;
}

interface BlockPlace {
  readonly x: number;
  readonly y: number;
  readonly cellWidth: number;
  readonly gutter: number;
  readonly width: number;
}

/** @returns where it ends */
function placeBlock(block: SheetBlock, place: BlockPlace, canvas: Canvas): number {
  const { x, cellWidth, gutter, width } = place;
  let { y } = place;
  for (const heading of block.headings) {
    y = placeLabel(heading, Math.min(width, 1300), { x, y, type: 'heading', maxLines: 3 }, canvas) + 12;
  }
  if (block.headings.length > 0) y += 10;
  const left = (column: number) => x + gutter + column * (cellWidth + COLUMN_GAP);
  const ends = block.columns.map((label, column) =>
    placeLabel(label, cellWidth, { x: left(column), y, type: 'column', maxLines: 3 }, canvas),
  );
  y = Math.max(y, ...ends) + (block.columns.length > 0 ? 14 : 0);
  for (const [index, row] of block.rows.entries()) {
    const top = y + (index === 0 ? 0 : ROW_GAP);
    const height = rowHeight(row, cellWidth);
    const labelEnd =
      row.label === undefined
        ? top
        : placeLabel(row.label, gutter - GUTTER_GAP, { x, y: top, type: 'row', maxLines: 8 }, canvas);
    const cellEnds = row.cells.map((cell, column) =>
      placeCell(cell, { x: left(column), y: top, width: cellWidth, height }, canvas),
    );
    y = Math.max(labelEnd, ...cellEnds);
  }
  return y;
}

/** A row without any picture need not be as high as one. */
function rowHeight({ cells }: SheetRow, width: number): number {
  const pictures = cells.filter(({ missing }) => missing === undefined);
  const height = Math.max(
    0,
    ...(pictures.length === 0 ? cells : pictures).map(({ ratio }) => heightOf(ratio, width)),
  );
  return pictures.length === 0 ? Math.min(height, Math.round(width * 0.45)) : height;
}

/** Very high pictures are shown narrower than their column. */
function heightOf(ratio: number, width: number): number {
  return Math.round(Math.min(width * 1.5, Math.max(width * 0.3, width / ratio)));
}

/** @returns where it ends */
function placeCell(
  { ratio, thumbnail, caption, note, missing }: SheetCell,
  {
    x,
    y,
    width,
    height,
  }: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
  canvas: Canvas,
): number {
  const shown = Math.min(width, Math.round(height * ratio));
  const high = Math.min(height, Math.round(shown / ratio));
  const tall = missing === undefined ? high : Math.max(Math.min(height, heightOf(ratio, width)), MIN_MISSING);
  if (missing === undefined) {
    canvas.boxes.push({ kind: 'picture', x, y, width: shown, height: high, thumbnail });
  } else {
    canvas.boxes.push({ kind: 'missing', x, y, width, height: tall, thumbnail: undefined });
    const { reason } = TYPE;
    const room = tall - 36 - TYPE.missing.size * TYPE.missing.lead - 6;
    const maxLines = Math.max(1, Math.floor(room / (reason.size * reason.lead)));
    const below = placeLines(
      missing.title,
      width - 36,
      { x: x + 18, y: y + 16, type: 'missing', tone: 'missingInk', maxLines: 1 },
      canvas,
    );
    const inset = { x: x + 18, y: below + 4, type: 'reason', tone: 'missingText', maxLines } as const;
    placeLines(missing.reason, width - 36, inset, canvas);
  }
  const bottom = y + tall;
  const end = placeLines(
    caption,
    width,
    { x, y: bottom + 9, type: 'caption', tone: missing === undefined ? 'ink' : 'muted', maxLines: 2 },
    canvas,
  );
  if (note === undefined) return end;
  return placeLines(note, width, { x, y: end + 1, type: 'note', tone: 'muted', maxLines: 2 }, canvas);
}

interface LabelPlace {
  readonly x: number;
  readonly y: number;
  readonly type: TypeName;
  readonly maxLines: number;
}

/** The name small above its value. @returns where it ends */
function placeLabel({ name, text }: SheetLabel, width: number, place: LabelPlace, canvas: Canvas): number {
  const { x, y, type, maxLines } = place;
  const below = placeLines(
    name.toUpperCase(),
    width,
    { x, y, type: 'name', tone: 'muted', maxLines: 1 },
    canvas,
  );
  return placeLines(text, width, { x, y: below, type, tone: 'ink', maxLines }, canvas);
}

/** @returns where they end */
function placeLines(
  text: string,
  width: number,
  place: LabelPlace & { readonly tone: PlacedText['tone'] },
  canvas: Canvas,
): number {
  const { x, y, type, tone, maxLines } = place;
  if (text.trim() === '') return y;
  const { size, spacing, lead } = TYPE[type];
  const lines = wrapText(text, width, { size, spacing, maxLines });
  for (const [index, line] of lines.entries()) {
    canvas.texts.push({ text: line, x, y: y + index * size * lead + size * (0.5 * lead + 0.36), type, tone });
  }
  return y + lines.length * size * lead;
}

function emptyCanvas(): Canvas {
  return { texts: [], boxes: [] };
}
