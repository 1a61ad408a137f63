import type { Canvas } from '../canvas.js';
import { blurPlane, type Plane } from '../styles/planes.js';
import { buildGrid, ramp } from './grid.js';
import { RowSampler } from './spread.js';

/**
 * Draws hairs and twigs that took the old background's colour into the background, so that it doesn't shine around the
 * subject when another comes behind it. Changes the region in place.
 */
export function takeFringe(canvas: Canvas, region: Plane): void {
  const { width, height, data, unit } = canvas;
  const { grid } = buildGrid(canvas);
  const { columns, rows, cell } = grid;
  const cover = new Float32Array(columns * rows);
  for (let row = 0; row < rows; row++) {
    const y = Math.min(height - 1, row * cell + (cell >> 1));
    for (let column = 0; column < columns; column++)
      cover[row * columns + column] =
        region[y * width + Math.min(width - 1, column * cell + (cell >> 1))] ?? 0;
  }
  const reach = Math.max(1, Math.round((14 * unit) / cell));
  const spread = (plane: Plane): Plane => blurPlane(plane, columns, rows, reach);
  const share = spread(cover);
  const mean = (plane: Plane): RowSampler =>
    new RowSampler(
      spread(plane.map((value, index) => value * (cover[index] ?? 0))).map(
        (value, index) => value / Math.max(0.001, share[index] ?? 0),
      ),
      grid,
      width,
    );
  const near = new RowSampler(share, grid, width);
  const [reds, greens, blues] = [mean(grid.red), mean(grid.green), mean(grid.blue)];
  for (let y = 0; y < height; y++) {
    const closeness = near.row(y);
    const [red, green, blue] = [reds.row(y), greens.row(y), blues.row(y)];
    for (let x = 0, index = y * width; x < width; x++, index++) {
      const was = region[index] ?? 0;
      const close = closeness[x] ?? 0;
      if (was >= 1 || close < 0.02) continue;
      const away = Math.max(
        Math.abs((data[index * 4] ?? 0) - (red[x] ?? 0)),
        Math.abs((data[index * 4 + 1] ?? 0) - (green[x] ?? 0)),
        Math.abs((data[index * 4 + 2] ?? 0) - (blue[x] ?? 0)),
      );
      region[index] = Math.max(was, (1 - ramp(away, 34, 84)) * ramp(close, 0.02, 0.2));
    }
  }
}
