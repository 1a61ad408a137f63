import { Canvas } from '../canvas.js';
import { css, mix, rgb, type Rgb } from '../colour.js';
import { rect } from '../scene/sketch.js';
import type { EditRequest } from '../edit-request.js';
import type { Raster } from '../encode.js';
import { paintRaster } from '../paint-full.js';
import { blurPlane, type Plane } from '../styles/planes.js';
import { hourOf } from './change-picture.js';
import { layCutout, paintSubjects } from './cutouts.js';
import { fillFromAround } from './fill.js';
import { loadSource, resizePixels, toCanvas } from './load-source.js';
import { boxOf, type Box } from './masks.js';
import type { Instruction } from './read-instruction.js';
import { surveyPicture } from './survey.js';

/** Paints a new scene into a region: the one described, else the second source, else a plain ground. */
export async function repaintScene(
  canvas: Canvas,
  region: Plane,
  instruction: Instruction,
  request: EditRequest,
): Promise<void> {
  const scene = await sceneFor(canvas, instruction, request);
  matchBorder(canvas, scene, region);
  const { data } = canvas;
  for (let index = 0, at = 0; at < data.length; index++, at += 4) {
    const share = (region[index] ?? 0) > 0.02 ? 1 : 0;
    if (share === 0) continue;
    for (let part = 0; part < 3; part++) data[at + part] = scene.data[at + part] ?? 0;
  }
}

/** Puts the named subject into the region's box; around it the region closes with what surrounds it. */
export async function repaintSubject(
  canvas: Canvas,
  region: Plane,
  instruction: Instruction,
  seed: number,
): Promise<void> {
  const box = boxOf(region, canvas.width);
  if (box === undefined) return;
  const time = hourOf(instruction, surveyPicture(canvas));
  const cutout = paintSubjects(instruction.subjects, { ...instruction, time }, seed);
  fillFromAround(canvas, region);
  if (cutout !== undefined) await layCutout(canvas, cutout, fitInto(box, cutout.width / cutout.height));
}

/** As large as fits, standing on the lower border of the box. */
function fitInto(box: Box, ratio: number): Box {
  const height = Math.min(box.height * 0.96, (box.width * 0.96) / ratio);
  const width = height * ratio;
  return {
    left: box.left + (box.width - width) / 2,
    top: box.top + box.height * 0.98 - height,
    width,
    height,
  };
}

async function sceneFor(canvas: Canvas, instruction: Instruction, request: EditRequest): Promise<Canvas> {
  const { width, height } = canvas;
  const described =
    instruction.settings.length > 0 ||
    instruction.subjects.length > 0 ||
    instruction.time !== undefined ||
    instruction.season !== undefined ||
    instruction.weather.length > 0 ||
    instruction.sky.length > 0;
  const content = request.sources[1];
  if (!described && content !== undefined) {
    const pixels = await loadSource(content, width, height, 'second source');
    return toCanvas(pixels, width, height);
  }
  if (!described) return plainGround(canvas, instruction.palette[0]);
  const raster = paintRaster(
    {
      ...request,
      prompt: instruction.wish,
      label: undefined,
      transparent: false,
      xmp: undefined,
      width: request.width,
      height: request.height,
    },
    instruction,
  );
  return fromRaster(raster, width, height);
}

function plainGround(canvas: Canvas, colour: string | undefined): Canvas {
  const sheet = new Canvas(canvas.width, canvas.height);
  const base: Rgb = colour === undefined ? [244, 244, 242] : rgb(colour);
  sheet.svg(
    `<defs><radialGradient id="ground" cx=".5" cy=".42" r=".8"><stop offset="0" stop-color="${css(mix(base, [255, 255, 255], 0.12))}"/><stop offset="1" stop-color="${css(mix(base, [0, 0, 0], 0.1))}"/></radialGradient></defs>${rect(0, 0, canvas.width, canvas.height, 'url(#ground)')}`,
  );
  return sheet;
}

async function fromRaster(raster: Raster, width: number, height: number): Promise<Canvas> {
  const four = new Uint8ClampedArray(raster.width * raster.height * 4);
  for (let from = 0, to = 0; to < four.length; from += raster.channels, to += 4) {
    four[to] = raster.data[from] ?? 0;
    four[to + 1] = raster.data[from + 1] ?? 0;
    four[to + 2] = raster.data[from + 2] ?? 0;
    four[to + 3] = 255;
  }
  const canvas = new Canvas(width, height);
  const same = raster.width === width && raster.height === height;
  canvas.data.set(same ? four : await resizePixels(four, raster, width, height, 'cubic'));
  return canvas;
}

/** Draws a scene's colours towards the source's along their common border, fading away from it. */
function matchBorder(canvas: Canvas, scene: Canvas, region: Plane): void {
  const { width, height, unit } = canvas;
  const soft = blurPlane(region, width, height, Math.max(2, 24 * unit));
  const outside: [number, number, number, number] = [0, 0, 0, 0.001];
  const inside: [number, number, number, number] = [0, 0, 0, 0.001];
  for (let index = 0; index < region.length; index++) {
    const near = soft[index] ?? 0;
    if (near < 0.08 || near > 0.92) continue;
    const kept = (region[index] ?? 0) < 0.5;
    const sum = kept ? outside : inside;
    const data = kept ? canvas.data : scene.data;
    sum[0] += data[index * 4] ?? 0;
    sum[1] += data[index * 4 + 1] ?? 0;
    sum[2] += data[index * 4 + 2] ?? 0;
    sum[3] += 1;
  }
  if (outside[3] < 1 || inside[3] < 1) return;
  const { data } = scene;
  for (let index = 0; index < region.length; index++) {
    const share = 0.12 + 0.26 * (1 - Math.abs((soft[index] ?? 0) * 2 - 1));
    for (let part = 0; part < 3; part++) {
      const shift = (outside[part] ?? 0) / outside[3] - (inside[part] ?? 0) / inside[3];
      data[index * 4 + part] = (data[index * 4 + part] ?? 0) + Math.max(-60, Math.min(60, shift)) * share;
    }
  }
}
