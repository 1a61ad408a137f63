import type { Canvas } from '../canvas.js';
import type { Plane } from '../styles/planes.js';
import { resizePixels, type Pixels } from './load-source.js';

/** What of the edited sheet goes into the delivered picture. */
export interface Share {
  /** How much is changed per pixel of the edited sheet, feathered; undefined changes everything. */
  readonly weight: Plane | undefined;
  /** The mask at the delivered size: 0 keeps a pixel exactly. */
  readonly mask: Plane | undefined;
  /** How much of the source's fine detail is carried over when the edit was made on a smaller sheet, 0 to 1. */
  readonly detail: number;
  readonly hardEdges: boolean;
}

/**
 * Brings an edited sheet into the full picture, in place. Where the sheet is smaller, only the difference to the
 * equally reduced source is enlarged, so that the source's own detail survives.
 */
export async function mergeEdited(full: Pixels, before: Canvas, edited: Canvas, share: Share): Promise<void> {
  const larger = full.width > edited.width || full.height > edited.height;
  if (larger) {
    addDifference(full, before, edited, share);
    return;
  }
  const same = full.width === edited.width && full.height === edited.height;
  const sheet = same
    ? edited.data
    : await resizePixels(edited.data, edited, full.width, full.height, share.hardEdges ? 'nearest' : 'cubic');
  const { data, width } = full;
  if (share.weight === undefined) {
    for (let at = 0; at < data.length; at += 4) {
      data[at] = sheet[at] ?? 0;
      data[at + 1] = sheet[at + 1] ?? 0;
      data[at + 2] = sheet[at + 2] ?? 0;
    }
    return;
  }
  for (let index = 0, at = 0; at < data.length; index++, at += 4) {
    const weight = weightAt(share, edited, full, index % width, Math.floor(index / width), index);
    if (weight <= 0) continue;
    for (let part = 0; part < 3; part++) {
      const was = data[at + part] ?? 0;
      data[at + part] =
        weight >= 1 ? (sheet[at + part] ?? 0) : was + ((sheet[at + part] ?? 0) - was) * weight;
    }
  }
}

function weightAt(share: Share, sheet: Canvas, full: Pixels, x: number, y: number, index: number): number {
  if (share.weight === undefined) return 1;
  const kept = share.mask?.[index] ?? 1;
  if (kept < 0.5) return 0;
  const column = Math.min(sheet.width - 1, Math.floor((x / full.width) * sheet.width));
  const row = Math.min(sheet.height - 1, Math.floor((y / full.height) * sheet.height));
  return share.weight[row * sheet.width + column] ?? 0;
}

function addDifference(full: Pixels, before: Canvas, edited: Canvas, share: Share): void {
  const difference = new Float32Array(edited.width * edited.height * 3);
  for (let index = 0, at = 0; at < edited.data.length; index += 3, at += 4) {
    for (let part = 0; part < 3; part++)
      difference[index + part] = (edited.data[at + part] ?? 0) - share.detail * (before.data[at + part] ?? 0);
  }
  const { data, width, height } = full;
  const scaleX = edited.width / width;
  const scaleY = edited.height / height;
  const soften = share.hardEdges ? 0 : 1;
  for (let y = 0; y < height; y++) {
    const gy = Math.min(edited.height - 1, Math.max(0, (y + 0.5) * scaleY - 0.5 * soften));
    const top = gy | 0;
    const fy = (gy - top) * soften;
    const upper = top * edited.width;
    const lower = Math.min(edited.height - 1, top + 1) * edited.width;
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 4;
      const weight = weightAt(share, edited, full, x, y, y * width + x);
      if (weight <= 0) continue;
      const gx = Math.min(edited.width - 1, Math.max(0, (x + 0.5) * scaleX - 0.5 * soften));
      const left = gx | 0;
      const fx = (gx - left) * soften;
      const right = left + 1 < edited.width ? left + 1 : left;
      for (let part = 0; part < 3; part++) {
        const above =
          (difference[(upper + left) * 3 + part] ?? 0) * (1 - fx) +
          (difference[(upper + right) * 3 + part] ?? 0) * fx;
        const below =
          (difference[(lower + left) * 3 + part] ?? 0) * (1 - fx) +
          (difference[(lower + right) * 3 + part] ?? 0) * fx;
        const was = data[at + part] ?? 0;
        const now = above * (1 - fy) + below * fy + was * share.detail;
        data[at + part] = was + (now - was) * weight;
      }
    }
  }
}
