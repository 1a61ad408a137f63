import sharp from 'sharp';
import { hsl, type Rgb } from '../colour.js';
import { EditSourceError, type EditRequest } from '../edit-request.js';
import { encodeRaster } from '../encode.js';
import { drawLabel } from '../plain.js';
import { writePalettePng } from '../palette-png.js';
import { hashText, Random } from '../random.js';
import { buildXmp } from '../../pixels/xmp.js';
import { loadMask, loadSource } from './load-source.js';

/** Cells along the longer edge: enough to recognise the source, few enough to cost nothing. */
const cells = 128;
const levels = [6, 7, 6] as const;
const ink = 252;
const clear = 253;

/**
 * A cheap edit for tests: the source in coarse cells, tinted by instruction and seed where the mask allows it. Throws
 * EditSourceError like the full edit.
 */
export async function editPlain(request: EditRequest): Promise<Uint8Array> {
  const { width, height } = request;
  const [first] = request.sources;
  if (first === undefined) throw new EditSourceError('An edit needs a picture to start from.');
  const factor = Math.min(1, cells / Math.max(width, height));
  const columns = Math.max(1, Math.round(width * factor));
  const rows = Math.max(1, Math.round(height * factor));
  const source = await loadSource(first, columns, rows, 'source');
  const mask = request.mask === undefined ? undefined : await loadMask(request.mask, columns, rows);
  for (const [order, bytes] of request.sources.slice(1).entries())
    await loadSource(bytes, 1, 1, `source ${order + 2}`);
  tint(source.data, mask, request);
  if (request.format === 'png') return palettePng(source.data, columns, rows, request);
  const hasAlpha = source.hasAlpha || request.transparent;
  const enlarged = await sharp(source.data, { raw: { width: columns, height: rows, channels: 4 } })
    .resize(width, height, { fit: 'fill', kernel: 'nearest' })
    .raw()
    .toBuffer();
  return encodeRaster(
    { data: enlarged, width, height, channels: 4, hardEdges: true },
    { ...request, transparent: hasAlpha },
  );
}

/** Pulls all colours towards one of the prompt's and seed's, by at least an amount that tests can see. */
function tint(data: Uint8ClampedArray, mask: Float32Array | undefined, request: EditRequest): void {
  const random = new Random(`edit/plain/${request.seed}/${hashText(request.prompt)}/${request.prompt}`);
  const colour = hsl(random.range(0, 360), 0.85, 0.5);
  const strength = random.range(0.26, 0.4);
  const gain = random.pick([0.8, 0.86, 1.1, 1.16] as const);
  const curves = colour.map((part) =>
    Uint8ClampedArray.from({ length: 256 }, (_unused, was) => was * gain * (1 - strength) + part * strength),
  );
  for (let index = 0, at = 0; at < data.length; index++, at += 4) {
    if ((mask?.[index] ?? 1) < 0.5) continue;
    for (let part = 0; part < 3; part++) {
      const was = data[at + part] ?? 0;
      data[at + part] = curves[part]?.[was] ?? was;
    }
  }
}

/** An encoder for true colour would spend most of the time budget, so the cells get a palette of 252 even steps. */
function palettePng(
  data: Uint8ClampedArray,
  columns: number,
  rows: number,
  request: EditRequest,
): Uint8Array {
  const { width, height } = request;
  const [reds, greens, blues] = levels;
  const palette: Rgb[] = [];
  for (let index = 0; index < reds * greens * blues; index++) {
    palette.push([
      (Math.floor(index / (greens * blues)) * 255) / (reds - 1),
      ((Math.floor(index / blues) % greens) * 255) / (greens - 1),
      ((index % blues) * 255) / (blues - 1),
    ]);
  }
  palette.push([28, 30, 36], [255, 255, 255]);
  const small = new Uint8Array(columns * rows);
  for (let index = 0, at = 0; index < small.length; index++, at += 4) {
    const step = (part: number, count: number): number =>
      Math.round(((data[at + part] ?? 0) / 255) * (count - 1));
    small[index] =
      (data[at + 3] ?? 255) < 128
        ? clear
        : (step(0, reds) * greens + step(1, greens)) * blues + step(2, blues);
  }
  const across = Uint16Array.from({ length: width }, (_unused, x) => Math.floor((x / width) * columns));
  const indexes = new Uint8Array(width * height);
  let drawn = -1;
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y / height) * rows);
    const start = y * width;
    if (row === drawn) indexes.copyWithin(start, start - width, start);
    else for (let x = 0; x < width; x++) indexes[start + x] = small[row * columns + (across[x] ?? 0)] ?? 0;
    drawn = row;
  }
  if (request.label !== undefined) drawLabel(indexes, request, request.label, ink);
  const xmp = request.xmp === undefined ? undefined : buildXmp(request.xmp);
  return writePalettePng({ indexes, width, height, palette, bits: 8, clearIndex: clear, xmp });
}
