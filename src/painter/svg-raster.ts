import { Resvg } from '@resvg/resvg-js';

/** Renders SVG markup on a transparent sheet; the pixels are RGBA with alpha multiplied in. */
export function renderSvg(markup: string, width: number, height: number): Uint8Array {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${markup}</svg>`;
  return new Resvg(svg, { font: { loadSystemFonts: false } }).render().pixels;
}
