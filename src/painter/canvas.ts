import type { Rgb } from './colour.js';
import { renderSvg } from './svg-raster.js';

/**
 * The sheet everything is painted on: RGBA with alpha multiplied in, row by row. Vector shapes come through `svg`,
 * natural textures (fur, leaves, grass, light) through the brushes.
 */
export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
  /** One thousandth of the edge that sizes things: the shorter one, relaxed for extreme ratios. */
  readonly unit: number;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.data = new Uint8ClampedArray(width * height * 4);
    const short = Math.min(width, height);
    this.unit = Math.min(short * 1.2, Math.sqrt(width * height)) / 1000;
  }

  svg(markup: string): void {
    if (markup !== '') this.lay(renderSvg(markup, this.width, this.height), 1);
  }

  /** Lays another sheet of the same size over this one. */
  lay(sheet: Uint8Array | Uint8ClampedArray, opacity: number): void {
    const { data } = this;
    const share = Math.round(opacity * 256);
    for (let at = 0; at < data.length; at += 4) {
      const alpha = ((sheet[at + 3] ?? 0) * share) >> 8;
      if (alpha === 0) continue;
      const rest = 255 - alpha;
      for (let part = 0; part < 4; part++) {
        data[at + part] = (((sheet[at + part] ?? 0) * share) >> 8) + ((data[at + part] ?? 0) * rest) / 255;
      }
    }
  }

  blend(x: number, y: number, colour: Rgb, alpha: number): void {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return;
    const at = (y * this.width + x) * 4;
    const { data } = this;
    const rest = 1 - alpha;
    data[at] = colour[0] * alpha + (data[at] ?? 0) * rest;
    data[at + 1] = colour[1] * alpha + (data[at + 1] ?? 0) * rest;
    data[at + 2] = colour[2] * alpha + (data[at + 2] ?? 0) * rest;
    data[at + 3] = 255 * alpha + (data[at + 3] ?? 0) * rest;
  }

  /** A hair or blade of grass: thick at its root, bent sideways by `bend`, ending in a point. */
  strand(
    x: number,
    y: number,
    angle: number,
    length: number,
    bend: number,
    thickness: number,
    colour: Rgb,
    alpha: number,
  ): void {
    const steps = Math.max(2, Math.ceil(length / Math.max(1, thickness * 0.3)));
    const dx = Math.cos(angle);
    const dy = Math.sin(angle);
    for (let step = 0; step <= steps; step++) {
      const t = step / steps;
      const side = bend * t * t * length;
      const px = x + dx * length * t - dy * side;
      const py = y + dy * length * t + dx * side;
      const width = thickness * (1 - t);
      const strength = alpha * (1 - t * 0.6);
      if (width > 1.6) this.#spot(px, py, width / 2, colour, strength);
      else this.#splat(px, py, colour, strength * Math.min(1, width + 0.25));
    }
  }

  /** A leaf, petal or brush touch: a soft-edged ellipse. */
  dab(x: number, y: number, along: number, across: number, angle: number, colour: Rgb, alpha: number): void {
    const reach = Math.max(along, across) + 1;
    const cos = Math.cos(angle);
    const sin = Math.sin(angle);
    const right = Math.min(this.width - 1, Math.floor(x + reach));
    const bottom = Math.min(this.height - 1, Math.floor(y + reach));
    const soft = Math.max(0.3, Math.min(along, across));
    for (let py = Math.max(0, Math.ceil(y - reach)); py <= bottom; py++) {
      for (let px = Math.max(0, Math.ceil(x - reach)); px <= right; px++) {
        const u = ((px - x) * cos + (py - y) * sin) / along;
        const v = (-(px - x) * sin + (py - y) * cos) / across;
        const edge = (1 - Math.sqrt(u * u + v * v)) * soft + 0.5;
        if (edge > 0) this.blend(px, py, colour, alpha * Math.min(1, edge));
      }
    }
  }

  /** Light added around a point, fading to nothing at `radius`. */
  glow(x: number, y: number, radius: number, colour: Rgb, strength: number): void {
    const { data, width } = this;
    const right = Math.min(width - 1, Math.floor(x + radius));
    const bottom = Math.min(this.height - 1, Math.floor(y + radius));
    const left = Math.max(0, Math.ceil(x - radius));
    const inverse = 1 / (radius * radius);
    for (let py = Math.max(0, Math.ceil(y - radius)); py <= bottom; py++) {
      let at = (py * width + left) * 4;
      for (let px = left; px <= right; px++, at += 4) {
        const fall = 1 - ((px - x) ** 2 + (py - y) ** 2) * inverse;
        if (fall <= 0) continue;
        const power = fall * fall * fall * strength;
        const cover = (data[at + 3] ?? 0) / 255;
        for (let part = 0; part < 3; part++) {
          const was = data[at + part] ?? 0;
          data[at + part] = was + (255 - was) * Math.min(1, ((colour[part] ?? 0) / 255) * power) * cover;
        }
      }
    }
  }

  /** The colour at a point, clamped into the sheet. */
  colourAt(x: number, y: number): Rgb {
    const px = Math.min(this.width - 1, Math.max(0, Math.round(x)));
    const py = Math.min(this.height - 1, Math.max(0, Math.round(y)));
    const at = (py * this.width + px) * 4;
    return [this.data[at] ?? 0, this.data[at + 1] ?? 0, this.data[at + 2] ?? 0];
  }

  #spot(x: number, y: number, radius: number, colour: Rgb, alpha: number): void {
    const right = Math.floor(x + radius + 0.5);
    const bottom = Math.floor(y + radius + 0.5);
    for (let py = Math.ceil(y - radius - 0.5); py <= bottom; py++) {
      for (let px = Math.ceil(x - radius - 0.5); px <= right; px++) {
        const edge = radius + 0.5 - Math.hypot(px - x, py - y);
        if (edge > 0) this.blend(px, py, colour, alpha * Math.min(1, edge));
      }
    }
  }

  #splat(x: number, y: number, colour: Rgb, alpha: number): void {
    const left = Math.floor(x);
    const top = Math.floor(y);
    const fx = x - left;
    const fy = y - top;
    this.blend(left, top, colour, alpha * (1 - fx) * (1 - fy));
    this.blend(left + 1, top, colour, alpha * fx * (1 - fy));
    this.blend(left, top + 1, colour, alpha * (1 - fx) * fy);
    this.blend(left + 1, top + 1, colour, alpha * fx * fy);
  }
}
