import { hsl, type Rgb } from './colour.js';
import { encodeRaster } from './encode.js';
import { fitText, letterLines } from './lettering.js';
import type { PaintRequest } from './paint-request.js';
import { writePalettePng } from './palette-png.js';
import { hashText, Random } from './random.js';
import { renderSvg } from './svg-raster.js';
import { buildXmp } from '../pixels/xmp.js';

const bands = 10;
const ink = 14;
const clear = 15;

interface Disc {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly index: number;
}

/**
 * A cheap picture for tests: a banded gradient, three discs and the label, in sixteen colours of the prompt and seed.
 * It costs a few milliseconds where a full painting costs hundreds.
 */
export async function paintPlain(request: PaintRequest): Promise<Uint8Array> {
  const { width, height } = request;
  const random = new Random(`plain/${request.seed}/${hashText(request.prompt)}/${request.prompt}`);
  const palette = choosePalette(random);
  const indexes = drawBands(request, random);
  for (let count = 0; count < 3; count++) {
    const radius = Math.min(width, height) * random.range(0.08, 0.22);
    drawDisc(indexes, request, {
      x: random.range(0.2, 0.8) * width,
      y: random.range(0.2, 0.8) * height,
      radius,
      index: bands + count,
    });
  }
  if (request.label !== undefined) drawLabel(indexes, request, request.label, ink);
  if (request.format === 'png') {
    const xmp = request.xmp === undefined ? undefined : buildXmp(request.xmp);
    return writePalettePng({
      indexes,
      width,
      height,
      palette,
      bits: 4,
      clearIndex: request.transparent ? clear : undefined,
      xmp,
    });
  }
  const channels = request.transparent ? 4 : 3;
  return encodeRaster(
    { data: expand(indexes, palette, channels), width, height, channels, hardEdges: true },
    request,
  );
}

function choosePalette(random: Random): readonly Rgb[] {
  const hue = random.range(0, 360);
  const palette: Rgb[] = [];
  for (let band = 0; band < bands; band++) palette.push(hsl(hue + band * 5, 0.42, 0.86 - band * 0.05));
  for (let disc = 0; disc < 4; disc++)
    palette.push(hsl(hue + 140 + disc * 40 + random.range(0, 20), 0.55, 0.5));
  palette.push([28, 30, 36], [255, 255, 255]);
  return palette;
}

function drawBands(request: PaintRequest, random: Random): Uint8Array {
  const { width, height } = request;
  const indexes = new Uint8Array(width * height);
  const tilt = random.range(-0.4, 0.4);
  for (let y = 0; y < height; y++) {
    const level = request.transparent
      ? clear
      : Math.min(bands - 1, Math.max(0, Math.floor((y / height) * bands + tilt)));
    indexes.fill(level, y * width, (y + 1) * width);
  }
  return indexes;
}

function drawDisc(indexes: Uint8Array, request: PaintRequest, disc: Disc): void {
  const { width, height } = request;
  const top = Math.max(0, Math.ceil(disc.y - disc.radius));
  const bottom = Math.min(height - 1, Math.floor(disc.y + disc.radius));
  for (let y = top; y <= bottom; y++) {
    const half = Math.sqrt(Math.max(0, disc.radius ** 2 - (y - disc.y) ** 2));
    const from = Math.max(0, Math.round(disc.x - half));
    const to = Math.min(width, Math.round(disc.x + half));
    indexes.fill(disc.index, y * width + from, y * width + Math.max(from, to));
  }
}

/** Letters a label in the lower left corner with one palette index. */
export function drawLabel(
  indexes: Uint8Array,
  request: Pick<PaintRequest, 'width' | 'height'>,
  label: string,
  index: number,
): void {
  const size = Math.max(7, Math.min(22, request.width / 24));
  const sheetWidth = Math.min(request.width, Math.ceil(size * 16));
  const sheetHeight = Math.min(request.height, Math.ceil(size * 1.8));
  const fitted = fitText(label.slice(0, 60), sheetWidth - size, size, 0);
  const markup = letterLines(
    { lines: [fitted.lines.join(' ')], size: Math.min(size, fitted.size) },
    size / 2,
    sheetHeight / 2,
    'start',
    {
      fill: '#000',
      weight: 500,
      spacing: 0,
    },
  );
  const pixels = renderSvg(markup, sheetWidth, sheetHeight);
  for (let y = 0; y < sheetHeight; y++) {
    const row = (request.height - sheetHeight + y) * request.width;
    for (let x = 0; x < sheetWidth; x++) {
      if ((pixels[(y * sheetWidth + x) * 4 + 3] ?? 0) > 110) indexes[row + x] = index;
    }
  }
}

function expand(indexes: Uint8Array, palette: readonly Rgb[], channels: 3 | 4): Uint8Array {
  const data = new Uint8Array(indexes.length * channels);
  const flat = Uint8Array.from(palette.flat());
  for (let index = 0, at = 0; index < indexes.length; index++) {
    const entry = indexes[index] ?? 0;
    data[at++] = flat[entry * 3] ?? 0;
    data[at++] = flat[entry * 3 + 1] ?? 0;
    data[at++] = flat[entry * 3 + 2] ?? 0;
    if (channels === 4) data[at++] = entry === clear ? 0 : 255;
  }
  return data;
}
