import { move, transferableSymbol, valueSymbol } from 'piscina';
import sharp, { type OverlayOptions } from 'sharp';
import { letterLine } from '../lettering.js';
import { renderSvg } from '../svg-raster.js';
import type { DrawnSheet, Sheet } from './sheet.js';
import { layOutSheet, TYPE, type PlacedBox, type PlacedText } from './sheet-layout.js';
import { PALETTES, type Palette } from './themes.js';

const ROUNDING = 7;
const WEBP_QUALITY = 86;

/** Entry of the thread that draws contact sheets. The bytes are handed over to the caller, not copied. */
export async function drawSheet(sheet: Sheet): Promise<unknown> {
  const layout = layOutSheet(sheet);
  const palette = PALETTES[sheet.theme];
  const scale = Math.min(1, sheet.maxEdge / Math.max(layout.width, layout.height));
  const width = Math.floor(layout.width * scale);
  const height = Math.floor(layout.height * scale);
  const markup =
    `<rect width="100%" height="100%" fill="${palette.paper}"/><g transform="scale(${scale.toFixed(5)})">` +
    layout.boxes.map((box) => boxMarkup(box, palette)).join('') +
    layout.texts.map((text) => textMarkup(text, palette)).join('') +
    '</g>';
  const ground = renderSvg(markup, width, height);
  const pictures: OverlayOptions[] = [];
  for (const box of layout.boxes) {
    if (box.thumbnail !== undefined) pictures.push(await overlay(box, box.thumbnail, scale));
  }
  const picture = sharp(ground, { raw: { width, height, channels: 4 } })
    .composite(pictures)
    .removeAlpha();
  const { buffer, byteLength } = await (
    sheet.format === 'png'
      ? picture.png({ compressionLevel: 8 })
      : picture.webp({ quality: WEBP_QUALITY, effort: 5, smartSubsample: true })
  )
    .toUint8Array()
    .then(({ data }) => data);
  const drawn: DrawnSheet = {
    bytes: new Uint8Array(buffer, 0, byteLength),
    mimeType: `image/${sheet.format}`,
    width,
    height,
  };
  return move({ [transferableSymbol]: [drawn.bytes.buffer], [valueSymbol]: drawn });
}

/** A picture at its place, in whole pixels and with rounded corners. */
async function overlay(box: PlacedBox, thumbnail: Uint8Array, scale: number): Promise<OverlayOptions> {
  const width = Math.max(1, Math.round(box.width * scale));
  const height = Math.max(1, Math.round(box.height * scale));
  const mask = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="${width}" height="${height}" rx="${ROUNDING * scale}"/></svg>`;
  const input = await sharp(thumbnail)
    .resize(width, height, { fit: 'cover', kernel: 'lanczos3' })
    .ensureAlpha()
    .composite([{ input: Buffer.from(mask), blend: 'dest-in' }])
    .png({ compressionLevel: 1 })
    .toBuffer();
  return { input, left: Math.round(box.x * scale), top: Math.round(box.y * scale) };
}

function boxMarkup({ kind, x, y, width, height }: PlacedBox, palette: Palette): string {
  const rect = (fill: string, more: string) =>
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${fill}" ${more}/>`;
  switch (kind) {
    case 'rule':
      return rect(palette.hairline, '');
    case 'missing':
      return rect(palette.missingPaper, `rx="${ROUNDING}" stroke="${palette.hairline}"`);
    case 'picture':
      return rect(palette.mat, `rx="${ROUNDING}" stroke="${palette.hairline}"`);
  }
}

function textMarkup({ text, x, y, type, tone }: PlacedText, palette: Palette): string {
  const { size, weight, spacing } = TYPE[type];
  return letterLine(text, x, y, size, { fill: palette[tone], weight, spacing });
}
