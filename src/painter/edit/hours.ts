import type { Canvas } from '../canvas.js';
import { mix, type Rgb } from '../colour.js';
import type { Light } from '../light.js';
import { blurPlane } from '../styles/planes.js';
import { ramp } from './grid.js';
import { RowSampler } from './spread.js';
import type { Survey } from './survey.js';

/**
 * Takes the hour out of a picture: brightness brought to a mean day and the cast of the light mostly removed, so that
 * any hour can be laid over it. Lamps and the sky keep their colours.
 */
export function removeHour(canvas: Canvas, survey: Survey): void {
  const { data } = canvas;
  const [red, green, blue] = survey.mean;
  const level = Math.min(0.9, Math.max(0.02, (red * 0.3 + green * 0.59 + blue * 0.11) / 255));
  const gamma = Math.min(1.25, Math.max(0.55, Math.log(0.44) / Math.log(level)));
  const even = (part: number): number =>
    Math.min(1.35, Math.max(0.75, ((level * 255) / Math.max(6, part)) ** 0.6));
  const curve = (part: number): Uint8ClampedArray =>
    Uint8ClampedArray.from(
      { length: 256 },
      (_unused, value) => 255 * Math.min(1, (value / 255) * even(part)) ** gamma,
    );
  const [reds, greens, blues] = [curve(red), curve(green), curve(blue)];
  const { sky, glow } = survey;
  for (let index = 0, at = 0; at < data.length; index++, at += 4) {
    const change = 1 - Math.max(sky[index] ?? 0, glow[index] ?? 0);
    if (change <= 0) continue;
    const first = data[at] ?? 0;
    const second = data[at + 1] ?? 0;
    const third = data[at + 2] ?? 0;
    data[at] = first + ((reds[first] ?? 0) - first) * change;
    data[at + 1] = second + ((greens[second] ?? 0) - second) * change;
    data[at + 2] = third + ((blues[third] ?? 0) - third) * change;
  }
}

/** Lays the light of an hour over everything but the sky and what glows by itself. */
export function layHour(canvas: Canvas, survey: Survey, light: Light): void {
  const { width, height, data } = canvas;
  const { ambient, key } = light;
  const [hazeRed, hazeGreen, hazeBlue] = light.haze;
  const power = light.dark ? 0.66 : 1;
  const shades = lightCurve(light, power);
  const keepGlow = light.lampsLit ? 1 : 0.35;
  const hazeReach = Math.max(1, height - survey.horizon);
  const hazePower = light.time === 'day' || light.dark ? 0.1 : 0.26;
  for (let y = 0; y < height; y++) {
    const away = y < survey.horizon ? 0.75 : Math.max(0, 1 - (y - survey.horizon) / hazeReach) ** 2;
    const veil = away * hazePower;
    for (let x = 0; x < width; x++) {
      const index = y * width + x;
      const sky = survey.sky[index] ?? 0;
      if (sky > 0.995) continue;
      const at = index * 4;
      const red = data[at] ?? 0;
      const green = data[at + 1] ?? 0;
      const blue = data[at + 2] ?? 0;
      const step = Math.min(255, red * 0.3 + green * 0.59 + blue * 0.11) | 0;
      const change = 1 - Math.max(sky, (survey.glow[index] ?? 0) * keepGlow);
      const dense = veil * (0.35 + (0.65 * step) / 255);
      const litRed = red * (shades[step * 3] ?? 1);
      const litGreen = green * (shades[step * 3 + 1] ?? 1);
      const litBlue = blue * (shades[step * 3 + 2] ?? 1);
      data[at] = red + (litRed + (hazeRed - litRed) * dense - red) * change;
      data[at + 1] = green + (litGreen + (hazeGreen - litGreen) * dense - green) * change;
      data[at + 2] = blue + (litBlue + (hazeBlue - litBlue) * dense - blue) * change;
    }
  }
  if (survey.hasSky) paintHeavens(canvas, survey, light);
  mirrorHeavens(canvas, survey, light, mix(ambient, key, 0.5));
}

/** Share of its colour that each brightness gives back: bright surfaces are taken to face it, dark ones to lie in shade. */
function lightCurve(light: Light, power: number): Float32Array {
  const curve = new Float32Array(256 * 3);
  for (let step = 0; step < 256; step++) {
    const lit = 0.12 + ramp(step, 20, 235) * 0.98;
    for (let part = 0; part < 3; part++)
      curve[step * 3 + part] = (((light.ambient[part] ?? 0) + (light.key[part] ?? 0) * lit) * power) / 255;
  }
  return curve;
}

/** The hour's sky over the old one, whose clouds stay where they are. */
function paintHeavens(canvas: Canvas, survey: Survey, light: Light): void {
  const { width, height, data, unit } = canvas;
  const { grid } = survey;
  const broad = skyLevel(survey, Math.max(2, Math.round((60 * unit) / grid.cell)), width, height);
  const relief = light.dark ? 0.35 : 0.85;
  const tints: Rgb = [light.key[0] / 255, light.key[1] / 255, light.key[2] / 255];
  const nearSun = Float32Array.from({ length: width }, (_unused, x) =>
    light.altitude < 0.3 ? Math.exp(-(((x - width * 0.5) / (width * 0.42)) ** 2)) * 0.22 : 0,
  );
  for (let y = 0; y < height; y++) {
    const base = skyColour(light, y / Math.max(1, survey.horizon));
    const low = Math.exp(-(((y - survey.horizon) / (height * 0.2)) ** 2));
    const level = broad.row(y);
    for (let x = 0, index = y * width; x < width; x++, index++) {
      const sky = survey.sky[index] ?? 0;
      if (sky < 0.01) continue;
      const at = index * 4;
      const cloud = ((survey.luma[index] ?? 0) - (level[x] ?? 0)) * relief;
      const bulge = Math.min(70, Math.max(-40, cloud));
      const near = (nearSun[x] ?? 0) * low;
      const red = data[at] ?? 0;
      const green = data[at + 1] ?? 0;
      const blue = data[at + 2] ?? 0;
      data[at] = red + (skyPart(base[0], tints[0], near, bulge) - red) * sky;
      data[at + 1] = green + (skyPart(base[1], tints[1], near, bulge) - green) * sky;
      data[at + 2] = blue + (skyPart(base[2], tints[2], near, bulge) - blue) * sky;
    }
  }
}

/** One part of the sky's colour, warmed near the low sun and modelled by the old clouds. */
function skyPart(plain: number, tint: number, near: number, bulge: number): number {
  return plain + (255 * (0.55 + 0.45 * tint) - plain) * near + bulge * (0.45 + tint * 0.75);
}

/** Mean brightness of the sky around each pixel, blind to what stands before it. */
function skyLevel(survey: Survey, radius: number, width: number, height: number): RowSampler {
  const { grid } = survey;
  const cover = new Float32Array(grid.luma.length);
  const weighed = new Float32Array(grid.luma.length);
  for (let row = 0; row < grid.rows; row++) {
    for (let column = 0; column < grid.columns; column++) {
      const x = Math.min(width - 1, column * grid.cell + (grid.cell >> 1));
      const y = Math.min(height - 1, row * grid.cell + (grid.cell >> 1));
      const index = row * grid.columns + column;
      cover[index] = (survey.sky[y * width + x] ?? 0) > 0.9 ? 1 : 0.001;
      weighed[index] = (cover[index] ?? 0) * (grid.luma[index] ?? 0);
    }
  }
  const share = blurPlane(cover, grid.columns, grid.rows, radius);
  const sum = blurPlane(weighed, grid.columns, grid.rows, radius);
  const level = sum.map((value, index) => value / Math.max(0.0005, share[index] ?? 0));
  return new RowSampler(level, grid, width);
}

/** Colour of the open sky, 0 at the top to 1 at the horizon and 2 as far below, where water mirrors it. */
export function skyColour(light: Light, down: number): Rgb {
  const t = down <= 1 ? down : Math.max(0, 2 - down);
  const bent = Math.min(1, Math.max(0, t));
  return bent < 0.55
    ? mix(light.skyTop, light.skyMiddle, ramp(bent, 0, 0.55))
    : mix(light.skyMiddle, light.skyLow, ramp(bent, 0.5, 1));
}

function mirrorHeavens(canvas: Canvas, survey: Survey, light: Light, surface: Rgb): void {
  const { width, height, data } = canvas;
  const reach = Math.max(1, height - survey.horizon);
  const bright = 0.62 / Math.max(40, luma(survey.mean) * 1.35);
  for (let y = Math.max(0, Math.floor(survey.horizon)); y < height; y++) {
    const colour = mix(skyColour(light, 1 + ((y - survey.horizon) / reach) * 0.8), surface, 0.12);
    for (let x = 0; x < width; x++) {
      const index = y * width + x;
      const share = (survey.water[index] ?? 0) * 0.5;
      if (share < 0.01) continue;
      const at = index * 4;
      const depth = Math.min(1.12, 0.35 + (survey.luma[index] ?? 0) * bright);
      const red = data[at] ?? 0;
      const green = data[at + 1] ?? 0;
      const blue = data[at + 2] ?? 0;
      data[at] = red + (colour[0] * depth - red) * share;
      data[at + 1] = green + (colour[1] * depth - green) * share;
      data[at + 2] = blue + (colour[2] * depth - blue) * share;
    }
  }
}

function luma(colour: Rgb): number {
  return colour[0] * 0.3 + colour[1] * 0.59 + colour[2] * 0.11;
}
