/**
 * The arithmetic of a masked edit, on plain arrays: how much of the result shows at every pixel, and the mixing. Runs on a
 * thread of its own, see `composite-worker.ts`.
 */

export interface BlendJob {
  readonly width: number;
  readonly height: number;
  /** RGBA, four bytes per pixel; `source` is written into. */
  readonly source: Uint8Array;
  readonly result: Uint8Array;
  /** 255 keep, 0 repaint; one byte per pixel. */
  readonly alpha: Uint8Array;
}

/** Distances count in sixths of a pixel, so that a diagonal step (8) is nearly right and halves are whole. */
const STRAIGHT = 6;
const DIAGONAL = 8;
const MAX_FEATHER_PIXELS = 24;

/** Columns and rows that hold something to repaint, with one kept pixel around where the picture goes on. */
interface Area {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Width of the soft inner edge in pixels: 1 % of the shorter edge, 1 to 24. */
export function featherPixels(width: number, height: number): number {
  return Math.min(MAX_FEATHER_PIXELS, Math.max(1, Math.round(Math.min(width, height) / 100)));
}

/**
 * Lays the result onto the source in place. Pixels with mask value 255 are not touched. @returns whether all is opaque
 */
export function blendMasked(job: BlendJob): boolean {
  const area = findArea(job);
  if (area !== undefined) mixArea(job, area);
  // One `and` over all pixels; which of its bytes is the alpha depends on nothing but the order in memory.
  let common = -1;
  for (const pixel of asPixels(job.source)) common &= pixel;
  return new Uint8Array(Int32Array.of(common).buffer)[3] === 255;
}

function mixArea(job: BlendJob, area: Area): void {
  const { source, result, alpha } = job;
  const [below, above] = [asPixels(source), asPixels(result)];
  const feather = featherPixels(job.width, job.height) * STRAIGHT;
  // A ring of one cell around, so that no neighbour needs a bounds check.
  const stride = area.width + 2;
  const depth = measureDepth(job, area, stride, feather);
  const reach = measureReach(depth, stride, feather);
  const curve = drawCurve(feather);
  for (let y = 0; y < area.height; y += 1) {
    let cell = (y + 1) * stride + 1;
    let at = (area.top + y) * job.width + area.left;
    for (const end = at + area.width; at < end; at += 1, cell += 1) {
      const allowed = 255 - (alpha[at] ?? 255);
      if (allowed === 0) continue;
      const soft = curve[(reach[cell] ?? 0) * (feather + 1) + (depth[cell] ?? 0)] ?? 0;
      const weight = soft < allowed ? soft : allowed;
      if (weight === 255) below[at] = above[at] ?? 0;
      else if (weight > 0) mixPixel(source, result, at * 4, weight);
    }
  }
}

/** Distance of every masked pixel to the nearest kept one, up to the feather's width; the picture's own edge is no border. */
function measureDepth(job: BlendJob, area: Area, stride: number, feather: number): Uint8Array {
  const depth = new Uint8Array(stride * (area.height + 2)).fill(feather);
  for (let y = 0; y < area.height; y += 1) {
    let cell = (y + 1) * stride + 1;
    let at = (area.top + y) * job.width + area.left;
    for (const end = at + area.width; at < end; at += 1, cell += 1)
      if (job.alpha[at] === 255) depth[cell] = 0;
  }
  for (let row = 1; row <= area.height; row += 1) shrinkRow(depth, row * stride + 1, stride, 1);
  for (let row = area.height; row >= 1; row -= 1) shrinkRow(depth, (row + 1) * stride - 2, stride, -1);
  return depth;
}

/** One row of a distance sweep: the neighbours that the sweep (1: forwards, -1: backwards) has passed already count. */
function shrinkRow(depth: Uint8Array, start: number, stride: number, way: 1 | -1): void {
  const row = way * stride;
  let [corner, over, beside] = [
    depth[start - row - way] ?? 0,
    depth[start - row] ?? 0,
    depth[start - way] ?? 0,
  ];
  for (let cell = start, left = stride - 2; left > 0; left -= 1, cell += way) {
    const next = depth[cell - row + way] ?? 0;
    let least = depth[cell] ?? 0;
    if (least > 0) {
      if (beside + STRAIGHT < least) least = beside + STRAIGHT;
      if (over + STRAIGHT < least) least = over + STRAIGHT;
      if (corner + DIAGONAL < least) least = corner + DIAGONAL;
      if (next + DIAGONAL < least) least = next + DIAGONAL;
      depth[cell] = least;
    }
    beside = least;
    corner = over;
    over = next;
  }
}

/**
 * The depth at which a pixel's weight is full: the greatest depth of the masked pixels near it, falling by half a pixel per
 * pixel. So the middle of every separate region, however thin, is repainted in full, and wide ones get the whole feather.
 */
function measureReach(depth: Uint8Array, stride: number, feather: number): Uint8Array {
  const reach = Uint8Array.from(depth);
  clearRing(reach, stride);
  const rows = depth.length / stride - 2;
  for (let row = 1; row <= rows; row += 1) growRow(reach, row * stride + 1, stride, 1, feather);
  for (let row = rows; row >= 1; row -= 1) growRow(reach, (row + 1) * stride - 2, stride, -1, feather);
  return reach;
}

/** One row of the sweep that spreads reach. A kept pixel passes nothing on: separate regions don't know of each other. */
function growRow(reach: Uint8Array, start: number, stride: number, way: 1 | -1, feather: number): void {
  const row = way * stride;
  let [corner, over, beside] = [
    reach[start - row - way] ?? 0,
    reach[start - row] ?? 0,
    reach[start - way] ?? 0,
  ];
  for (let cell = start, left = stride - 2; left > 0; left -= 1, cell += way) {
    const next = reach[cell - row + way] ?? 0;
    let most = reach[cell] ?? 0;
    if (most > 0 && most < feather) {
      if (beside - STRAIGHT / 2 > most) most = beside - STRAIGHT / 2;
      if (over - STRAIGHT / 2 > most) most = over - STRAIGHT / 2;
      if (corner - DIAGONAL / 2 > most) most = corner - DIAGONAL / 2;
      if (next - DIAGONAL / 2 > most) most = next - DIAGONAL / 2;
      reach[cell] = most;
    }
    beside = most;
    corner = over;
    over = next;
  }
}

function clearRing(cells: Uint8Array, stride: number): void {
  cells.fill(0, 0, stride).fill(0, cells.length - stride);
  for (let start = 0; start < cells.length; start += stride) cells[start] = cells[start + stride - 1] = 0;
}

/** Weights by reach (rows) and depth (columns): 0 at the border, 255 where depth meets reach, soft at both ends. */
function drawCurve(feather: number): Uint8Array {
  const curve = new Uint8Array((feather + 1) ** 2);
  for (let reach = 1; reach <= feather; reach += 1) {
    for (let depth = 0; depth <= feather; depth += 1) {
      const part = Math.min(1, depth / reach);
      curve[reach * (feather + 1) + depth] = Math.round(255 * part * part * (3 - 2 * part));
    }
  }
  return curve;
}

/** Mixes one pixel into the source; colours count as much as they are opaque. */
function mixPixel(source: Uint8Array, result: Uint8Array, at: number, weight: number): void {
  const below = (source[at + 3] ?? 0) * (255 - weight);
  const above = (result[at + 3] ?? 0) * weight;
  const sum = below + above;
  if (sum === 0) {
    // Nothing shows either way; the colours follow the result.
    for (let channel = at; channel < at + 3; channel += 1) source[channel] = result[channel] ?? 0;
    source[at + 3] = 0;
    return;
  }
  const part = above / sum;
  for (let channel = at; channel < at + 3; channel += 1) {
    const old = source[channel] ?? 0;
    source[channel] = old + ((result[channel] ?? 0) - old) * part + 0.5;
  }
  source[at + 3] = sum / 255 + 0.5;
}

/** The same memory, four bytes at a time. */
function asPixels(bytes: Uint8Array): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

function findArea({ alpha, width, height }: BlendJob): Area | undefined {
  const isKept = (from: number, to: number) => {
    for (let at = from; at < to; at += 1) if (alpha[at] !== 255) return false;
    return true;
  };
  let top = 0;
  while (top < height && isKept(top * width, (top + 1) * width)) top += 1;
  if (top === height) return undefined;
  let bottom = height;
  while (isKept((bottom - 1) * width, bottom * width)) bottom -= 1;
  let left = width;
  let right = 0;
  for (let row = top; row < bottom; row += 1) {
    const start = row * width;
    let first = 0;
    while (first < left && alpha[start + first] === 255) first += 1;
    left = Math.min(left, first);
    let last = width;
    while (last > right && alpha[start + last - 1] === 255) last -= 1;
    right = Math.max(right, last);
  }
  const from = { left: Math.max(0, left - 1), top: Math.max(0, top - 1) };
  return {
    ...from,
    width: Math.min(width, right + 1) - from.left,
    height: Math.min(height, bottom + 1) - from.top,
  };
}
