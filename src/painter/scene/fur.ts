import type { Canvas } from '../canvas.js';
import { filterBy, mix, type Rgb } from '../colour.js';
import type { Light } from '../light.js';
import type { Random } from '../random.js';

/** Hair points along `angle` near this point; several anchors blend by nearness. Local coordinates. */
export interface HairAnchor {
  readonly x: number;
  readonly y: number;
  readonly angle: number;
  /** Hair length in local units. */
  readonly length: number;
}

/** A furry part: its flat colours on a sheet, its form for lighting and how its hair lies. */
export interface FurPart {
  /** Premultiplied pixels as rendered from SVG, the size of the canvas. */
  readonly sheet: Uint8Array;
  readonly originX: number;
  readonly originY: number;
  /** Pixels per local unit. */
  readonly scale: number;
  readonly box: {
    readonly left: number;
    readonly top: number;
    readonly right: number;
    readonly bottom: number;
  };
  /** Outward direction of the surface at a local point, not normalised. */
  readonly normal: (x: number, y: number) => readonly [number, number];
  readonly anchors: readonly HairAnchor[];
  readonly density: number;
  readonly thickness: number;
}

const gridStep = 12;

export function paintFur(canvas: Canvas, light: Light, part: FurPart, sunSide: number, random: Random): void {
  lightSheet(canvas, light, part, sunSide);
  canvas.lay(part.sheet, 1);
  const field = buildField(part);
  const { box, scale } = part;
  const area = ((box.right - box.left) * (box.bottom - box.top)) / (gridStep * gridStep);
  const count = Math.min(46_000, Math.round(area * part.density * 9 * Math.min(1, 1.5 / scale)));
  const high = mix(light.key, [255, 255, 255], 0.5);
  for (let hair = 0; hair < count; hair++) {
    const lx = random.range(box.left, box.right);
    const ly = box.top + (box.bottom - box.top) * ((hair + random.next()) / count);
    const roll = random.next();
    const wobble = random.bell() * 0.16;
    const x = part.originX + lx * scale;
    const y = part.originY + ly * scale;
    const root = sheetColour(canvas, part.sheet, x, y);
    if (root === undefined) continue;
    const flow = fieldAt(field, part, lx, ly);
    const [nx, ny] = part.normal(lx, ly);
    const facing = nx * sunSide * 0.75 - ny * 0.55;
    const bright = (roll - 0.5) * 0.55;
    const colour =
      bright > 0
        ? mix(root, filterBy(mix(root, [255, 255, 255], 0.5), high), bright * (0.9 + Math.max(0, facing)))
        : mix(root, [12, 10, 16], -bright * 0.85);
    canvas.strand(
      x,
      y,
      flow.angle + wobble,
      flow.length * scale * (0.65 + roll * 0.6),
      wobble * 1.6,
      part.thickness * scale,
      colour,
      0.72,
    );
  }
}

/** Replaces the flat colours by how they look in the scene's light. */
function lightSheet(canvas: Canvas, light: Light, part: FurPart, sunSide: number): void {
  const { sheet, scale } = part;
  const { width, height } = canvas;
  const left = Math.max(0, Math.floor(part.originX + part.box.left * scale));
  const right = Math.min(width, Math.ceil(part.originX + part.box.right * scale));
  const bottom = Math.min(height, Math.ceil(part.originY + part.box.bottom * scale));
  for (let y = Math.max(0, Math.floor(part.originY + part.box.top * scale)); y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const at = (y * width + x) * 4;
      const alpha = sheet[at + 3] ?? 0;
      if (alpha === 0) continue;
      const [nx, ny] = part.normal((x - part.originX) / scale, (y - part.originY) / scale);
      const facing = nx * sunSide * 0.85 - ny * 0.6 + 0.12;
      const cover = alpha / 255;
      const shown = light.tone(
        [(sheet[at] ?? 0) / cover, (sheet[at + 1] ?? 0) / cover, (sheet[at + 2] ?? 0) / cover],
        Math.min(1, Math.max(-1, facing * 1.25)),
      );
      sheet[at] = Math.min(255, shown[0]) * cover;
      sheet[at + 1] = Math.min(255, shown[1]) * cover;
      sheet[at + 2] = Math.min(255, shown[2]) * cover;
    }
  }
}

function sheetColour(canvas: Canvas, sheet: Uint8Array, x: number, y: number): Rgb | undefined {
  const px = Math.round(x);
  const py = Math.round(y);
  if (px < 0 || py < 0 || px >= canvas.width || py >= canvas.height) return undefined;
  const at = (py * canvas.width + px) * 4;
  if ((sheet[at + 3] ?? 0) < 200) return undefined;
  return [sheet[at] ?? 0, sheet[at + 1] ?? 0, sheet[at + 2] ?? 0];
}

interface Field {
  readonly columns: number;
  readonly cos: Float32Array;
  readonly sin: Float32Array;
  readonly length: Float32Array;
}

/** Hair direction on a coarse grid: every anchor weighs by the inverse cube of its distance. */
function buildField(part: FurPart): Field {
  const { box } = part;
  const columns = Math.ceil((box.right - box.left) / gridStep) + 1;
  const rows = Math.ceil((box.bottom - box.top) / gridStep) + 1;
  const cos = new Float32Array(columns * rows);
  const sin = new Float32Array(columns * rows);
  const length = new Float32Array(columns * rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const x = box.left + column * gridStep;
      const y = box.top + row * gridStep;
      let total = 0;
      const at = row * columns + column;
      for (const anchor of part.anchors) {
        const away = Math.hypot(anchor.x - x, anchor.y - y) + 6;
        const weight = 1 / (away * away * away);
        cos[at] = (cos[at] ?? 0) + Math.cos(anchor.angle) * weight;
        sin[at] = (sin[at] ?? 0) + Math.sin(anchor.angle) * weight;
        length[at] = (length[at] ?? 0) + anchor.length * weight;
        total += weight;
      }
      length[at] = (length[at] ?? 0) / (total || 1);
    }
  }
  return { columns, cos, sin, length };
}

function fieldAt(
  field: Field,
  part: FurPart,
  x: number,
  y: number,
): { readonly angle: number; readonly length: number } {
  const column = Math.round((x - part.box.left) / gridStep);
  const row = Math.round((y - part.box.top) / gridStep);
  const at = row * field.columns + column;
  return { angle: Math.atan2(field.sin[at] ?? 1, field.cos[at] ?? 0), length: field.length[at] ?? 10 };
}

/** Anchors come in mirrored pairs: one is given, its twin follows. */
export function mirrored(
  anchors: readonly (readonly [x: number, y: number, degrees: number, length: number])[],
): readonly HairAnchor[] {
  return anchors.flatMap(([x, y, degrees, length]) => {
    const angle = (degrees * Math.PI) / 180;
    const given: HairAnchor = { x, y, angle, length };
    return x === 0 ? [given] : [given, { x: -x, y, angle: Math.PI - angle, length }];
  });
}
