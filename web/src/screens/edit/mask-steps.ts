import * as z from 'zod/mini';

const stroke = z.object({
  kind: z.literal('stroke'),
  erases: z.boolean(),
  /** Diameter. */
  size: z.number(),
  /** x and y in turn. */
  points: z.array(z.number()),
});
const rectangle = z.object({
  kind: z.literal('rectangle'),
  x: z.number(),
  y: z.number(),
  width: z.number(),
  height: z.number(),
});

export const maskStepSchema = z.discriminatedUnion('kind', [
  stroke,
  rectangle,
  z.object({ kind: z.literal('invert') }),
  z.object({ kind: z.literal('clear') }),
]);
/** One thing that was done to a mask. All numbers are pixels of the picture. */
export type MaskStep = z.output<typeof maskStepSchema>;
export type Rectangle = Omit<z.output<typeof rectangle>, 'kind'>;
export type Stroke = z.output<typeof stroke>;

export interface Size {
  readonly width: number;
  readonly height: number;
}

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Does one step. What is painted is opaque, everything else transparent. @param paint what is painted with */
export function paintStep(context: Context, step: MaskStep, paint: CanvasPattern | string): void {
  const { width, height } = context.canvas;
  context.save();
  context.fillStyle = paint;
  context.strokeStyle = paint;
  switch (step.kind) {
    case 'stroke':
      paintStroke(context, step);
      break;
    case 'rectangle':
      context.fillRect(step.x, step.y, step.width, step.height);
      break;
    case 'invert':
      context.globalCompositeOperation = 'source-out';
      context.fillRect(0, 0, width, height);
      break;
    case 'clear':
      context.clearRect(0, 0, width, height);
      break;
  }
  context.restore();
}

/** Whether anything can be marked: what is erased again is only known to the pixels. */
export function isMarked(steps: readonly MaskStep[]): boolean {
  return steps.length > 0 && steps.at(-1)?.kind !== 'clear';
}

/** Paints a mask anew from its steps. */
export function paintSteps(
  context: Context,
  steps: readonly MaskStep[],
  paint: CanvasPattern | string,
): void {
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
  const begin = steps.findLastIndex(({ kind }) => kind === 'clear') + 1;
  for (const step of steps.slice(begin)) paintStep(context, step, paint);
}

function paintStroke(context: Context, { erases, size, points }: Stroke): void {
  const [x = 0, y = 0] = points;
  if (erases) context.globalCompositeOperation = 'destination-out';
  context.lineCap = 'round';
  context.lineJoin = 'round';
  context.lineWidth = size;
  context.beginPath();
  if (points.length === 2) {
    context.arc(x, y, size / 2, 0, 2 * Math.PI);
    context.fill();
    return;
  }
  context.moveTo(x, y);
  for (let at = 2; at < points.length; at += 2) context.lineTo(points[at] ?? 0, points[at + 1] ?? 0);
  context.stroke();
}

/** A stroke with one more point, unless it lies so near that nobody would see it. */
export function extendStroke(before: Stroke, x: number, y: number): Stroke {
  const { points, size } = before;
  const distance = Math.hypot(x - (points.at(-2) ?? 0), y - (points.at(-1) ?? 0));
  if (distance < Math.max(1, size / 12)) return before;
  return { ...before, points: [...points, Math.round(x), Math.round(y)] };
}

/** The rectangle between two corners, within the picture. */
export function rectangleBetween(
  a: readonly [number, number],
  b: readonly [number, number],
  { width, height }: Size,
): Rectangle {
  const within = (value: number, most: number) => Math.round(Math.min(most, Math.max(0, value)));
  const x = within(Math.min(a[0], b[0]), width);
  const y = within(Math.min(a[1], b[1]), height);
  return {
    x,
    y,
    width: within(Math.max(a[0], b[0]), width) - x,
    height: within(Math.max(a[1], b[1]), height) - y,
  };
}

/**
 * The mask as the API takes it: a PNG of the size of the picture, transparent where it is to be repainted and black
 * elsewhere, with nothing in between.
 * @returns undefined when nothing is marked, so that the whole picture is edited
 */
export async function exportMask(
  steps: readonly MaskStep[],
  { width, height }: Size,
): Promise<Blob | undefined> {
  if (steps.length === 0) return undefined;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('The browser has no memory for a mask of this size.');
  paintSteps(context, steps, 'black');
  const pixels = context.getImageData(0, 0, width, height);
  const { data } = pixels;
  let marked = false;
  for (let at = 0; at < data.length; at += 4) {
    const repaint = (data[at + 3] ?? 0) >= 128;
    marked ||= repaint;
    data[at] = 0;
    data[at + 1] = 0;
    data[at + 2] = 0;
    data[at + 3] = repaint ? 0 : 255;
  }
  if (!marked) return undefined;
  context.putImageData(pixels, 0, 0);
  return canvas.convertToBlob({ type: 'image/png' });
}
