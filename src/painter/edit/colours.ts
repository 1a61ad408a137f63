import type { Canvas } from '../canvas.js';
import { luminance, mix, rgb, saturate, type Rgb } from '../colour.js';
import type { Random } from '../random.js';
import { ramp } from './grid.js';
import type { Survey } from './survey.js';

/** Draws a picture into one colour, or into two or more from its shadows to its lights. */
export function layPalette(canvas: Canvas, palette: readonly string[]): void {
  const pigments = palette.map(rgb).sort((one, other) => luminance(one) - luminance(other));
  const first = pigments[0];
  if (first === undefined) return;
  const steps: readonly Rgb[] =
    pigments.length === 1
      ? [mix(first, [8, 10, 18], 0.82), first, mix(first, [255, 255, 255], 0.86)]
      : [mix(first, [6, 8, 16], 0.7), ...pigments, mix(pigments.at(-1) ?? first, [255, 252, 244], 0.8)];
  const strength = pigments.length === 1 ? 0.82 : 0.66;
  mapLuma(canvas, steps, strength);
}

/** Replaces colours by those of a scale from dark to light, leaving `1 - strength` of the own. */
export function mapLuma(canvas: Canvas, steps: readonly Rgb[], strength: number): void {
  const { data } = canvas;
  const curve = new Float32Array(256 * 3);
  for (let level = 0; level < 256; level++) {
    const place = (level / 255) * (steps.length - 1);
    const from = steps[Math.floor(place)] ?? [0, 0, 0];
    const to = steps[Math.ceil(place)] ?? from;
    const colour = mix(from, to, place - Math.floor(place));
    curve.set(colour, level * 3);
  }
  for (let at = 0; at < data.length; at += 4) {
    const level =
      Math.min(255, (data[at] ?? 0) * 0.3 + (data[at + 1] ?? 0) * 0.59 + (data[at + 2] ?? 0) * 0.11) | 0;
    for (let part = 0; part < 3; part++) {
      const was = data[at + part] ?? 0;
      data[at + part] = was + ((curve[level * 3 + part] ?? was) - was) * strength;
    }
  }
}

/** Gives one region a colour and keeps its light and shade. */
export function recolourRegion(
  canvas: Canvas,
  survey: Survey,
  target: 'sky' | 'foliage' | 'water' | 'ground' | 'subject',
  colour: string,
): void {
  const { data } = canvas;
  const region = target === 'subject' ? subjectRegion(canvas) : survey[target];
  const pigment = rgb(colour);
  const own = Math.max(0.12, luminance(pigment));
  const mean = meanLuma(canvas, region);
  for (let index = 0, at = 0; at < data.length; index++, at += 4) {
    const share = region[index] ?? 0;
    if (share < 0.01) continue;
    const luma = (data[at] ?? 0) * 0.3 + (data[at + 1] ?? 0) * 0.59 + (data[at + 2] ?? 0) * 0.11;
    // Brightness moves half way to the pigment's, so that black and white are reached without losing the form.
    const level = luma * (1 + ((own * 255) / mean - 1) * 0.55);
    for (let part = 0; part < 3; part++) {
      const full = ((pigment[part] ?? 0) / own / 255) * level;
      const glare = ramp(level, 170, 255);
      const was = data[at + part] ?? 0;
      data[at + part] = was + (full + (level - full) * glare * 0.7 - was) * share * 0.94;
    }
  }
}

function meanLuma(canvas: Canvas, region: Float32Array): number {
  const { data } = canvas;
  let [sum, count] = [0, 0.001];
  for (let index = 0; index < region.length; index += 3) {
    const share = region[index] ?? 0;
    if (share < 0.1) continue;
    const at = index * 4;
    sum += ((data[at] ?? 0) * 0.3 + (data[at + 1] ?? 0) * 0.59 + (data[at + 2] ?? 0) * 0.11) * share;
    count += share;
  }
  return Math.max(24, sum / count);
}

/** Everything of the hue that dominates the middle: what a picture is of usually stands there. */
function subjectRegion(canvas: Canvas): Float32Array {
  const { width, height, data } = canvas;
  const votes = new Float32Array(36);
  for (let y = 0; y < height; y += 2) {
    const down = ((y / height - 0.55) / 0.34) ** 2;
    for (let x = 0; x < width; x += 2) {
      const weight = Math.exp(-down - ((x / width - 0.5) / 0.34) ** 2);
      const [hue, chroma] = hueOf(data, (y * width + x) * 4);
      const bin = Math.floor(hue / 10) % 36;
      votes[bin] = (votes[bin] ?? 0) + chroma * chroma * weight;
    }
  }
  let best = 0;
  const around = (bin: number): number =>
    (votes[(bin + 35) % 36] ?? 0) + (votes[bin] ?? 0) * 1.5 + (votes[(bin + 1) % 36] ?? 0);
  for (let bin = 1; bin < 36; bin++) if (around(bin) > around(best)) best = bin;
  const centre = best * 10 + 5;
  const region = new Float32Array(width * height);
  for (let index = 0; index < region.length; index++) {
    const [hue, chroma] = hueOf(data, index * 4);
    const away = Math.abs(((hue - centre + 540) % 360) - 180);
    region[index] = (1 - ramp(away, 20, 36)) * ramp(chroma, 0.1, 0.24);
  }
  return region;
}

/** Hue in degrees and chroma from 0 to 1. */
function hueOf(data: Uint8ClampedArray, at: number): readonly [number, number] {
  const red = data[at] ?? 0;
  const green = data[at + 1] ?? 0;
  const blue = data[at + 2] ?? 0;
  const most = Math.max(red, green, blue);
  const reach = most - Math.min(red, green, blue);
  if (reach === 0) return [0, 0];
  const turn =
    most === red
      ? (green - blue) / reach
      : most === green
        ? 2 + (blue - red) / reach
        : 4 + (red - green) / reach;
  return [(turn * 60 + 360) % 360, reach / 255];
}

/** Brings mean and spread of the colours towards another picture's. */
export function borrowColours(canvas: Canvas, other: Canvas, strength: number): void {
  const own = spread(canvas);
  const lent = spread(other);
  const { data } = canvas;
  const gains = own.map((part, index) =>
    Math.min(1.8, Math.max(0.5, (lent[index]?.deviation ?? 1) / Math.max(4, part.deviation))),
  );
  for (let at = 0; at < data.length; at += 4) {
    for (let part = 0; part < 3; part++) {
      const was = data[at + part] ?? 0;
      const moved = (was - (own[part]?.mean ?? 0)) * (gains[part] ?? 1) + (lent[part]?.mean ?? 0);
      data[at + part] = was + (moved - was) * strength;
    }
  }
}

function spread(canvas: Canvas): readonly { readonly mean: number; readonly deviation: number }[] {
  const { data } = canvas;
  return [0, 1, 2].map((part) => {
    let [sum, squares, count] = [0, 0, 0];
    for (let at = part; at < data.length; at += 28) {
      const value = data[at] ?? 0;
      sum += value;
      squares += value * value;
      count += 1;
    }
    const mean = sum / Math.max(1, count);
    return { mean, deviation: Math.sqrt(Math.max(0, squares / Math.max(1, count) - mean * mean)) };
  });
}

/** A gentle, visible change of light for an instruction that says nothing the painter knows. */
export function regrade(canvas: Canvas, random: Random): void {
  const tints: readonly [Rgb, Rgb, Rgb, Rgb, Rgb] = [
    [22, 34, 64],
    [52, 26, 44],
    [16, 48, 52],
    [50, 38, 20],
    [38, 24, 62],
  ];
  const lights: readonly [Rgb, Rgb, Rgb, Rgb, Rgb] = [
    [255, 238, 206],
    [226, 244, 255],
    [255, 226, 214],
    [240, 255, 226],
    [255, 246, 190],
  ];
  const dark = random.pick(tints);
  const bright = random.pick(lights);
  mapLuma(canvas, [dark, saturate(mix(dark, bright, 0.5), 1.25), bright], random.range(0.26, 0.36));
  const { data } = canvas;
  const gain = random.sign() * random.range(0.05, 0.1);
  for (let at = 0; at < data.length; at += 4) {
    for (let part = 0; part < 3; part++) {
      const was = data[at + part] ?? 0;
      data[at + part] = was + gain * 4 * was * (1 - was / 255);
    }
  }
}
