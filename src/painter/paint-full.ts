import { Canvas } from './canvas.js';
import { letterLabel, letterTexts } from './captions.js';
import { compose } from './compose.js';
import { encodeRaster, type Raster } from './encode.js';
import { finishPhoto } from './finish.js';
import { lightFor } from './light.js';
import type { PaintRequest } from './paint-request.js';
import { paintAbstract } from './scene/abstract.js';
import { paintCutout } from './scene/cutout.js';
import { paintEmblem } from './scene/emblem.js';
import { paintLandscape } from './scene/landscape.js';
import { paintPortrait } from './scene/portrait.js';
import { paintSpace } from './scene/space.js';
import type { Stage } from './scene/stage.js';
import { paintStillLife } from './scene/still-life.js';
import { paintStreet } from './scene/street.js';
import { paintStudio } from './scene/studio.js';
import { paintUnderwater } from './scene/underwater.js';
import { oilPaint } from './styles/oil.js';
import { flatColour, pixelArt, woodblock } from './styles/prints.js';
import { inkWash, lineDrawing, watercolour } from './styles/wet.js';
import type { Understood } from './understood.js';

/** More is enlarged from a smaller painting, less is painted larger and reduced, so that detail stays fine. */
const mostPainted = 1_600_000;
const leastPainted = 400_000;

export async function paintFull(request: PaintRequest, understood: Understood): Promise<Uint8Array> {
  return encodeRaster(paintRaster(request, understood), request);
}

/** The painting before it is brought to size and encoded. */
export function paintRaster(request: PaintRequest, understood: Understood): Raster {
  const { width, height } = paintedSize(request.width, request.height);
  const composition = compose(understood, request.prompt, width, height, request.seed);
  const canvas = new Canvas(width, height);
  const stage: Stage = {
    canvas,
    light: lightFor(understood),
    understood,
    composition,
    sunX: composition.sunX * width,
    horizon: composition.horizon * height,
  };
  const cutout = request.transparent && composition.placements.length > 0;
  if (cutout) paintCutout(stage);
  else paintScene(stage);
  const finished = cutout ? canvas : applyStyle(stage);
  letterTexts(stage, finished);
  if (request.label !== undefined && request.label.trim() !== '') letterLabel(finished, request.label);
  return toRaster(finished, cutout, understood.style === 'pixel');
}

function paintScene(stage: Stage): void {
  switch (stage.composition.kind) {
    case 'portrait': {
      paintPortrait(stage);
      return;
    }
    case 'still': {
      paintStillLife(stage);
      return;
    }
    case 'street': {
      paintStreet(stage);
      return;
    }
    case 'studio': {
      paintStudio(stage);
      return;
    }
    case 'underwater': {
      paintUnderwater(stage);
      return;
    }
    case 'space': {
      paintSpace(stage);
      return;
    }
    case 'emblem': {
      paintEmblem(stage);
      return;
    }
    case 'abstract': {
      paintAbstract(stage);
      return;
    }
    case 'landscape': {
      paintLandscape(stage);
      return;
    }
  }
}

/** Turns the painted scene into the asked manner; pixel art comes back as a smaller sheet. */
function applyStyle(stage: Stage): Canvas {
  const { canvas, understood, composition } = stage;
  switch (understood.style) {
    case 'photo':
      finishPhoto(
        canvas,
        composition.kind === 'abstract'
          ? { grain: 5, vignette: 0.15, bloom: 0, contrast: 0.1 }
          : { grain: 7, vignette: 0.34, bloom: 0.32, contrast: 0.3 },
      );
      return canvas;
    case 'watercolour':
      watercolour(canvas);
      return canvas;
    case 'ink':
      inkWash(canvas);
      return canvas;
    case 'flat':
      flatColour(canvas, 22);
      return canvas;
    case 'woodblock':
      woodblock(canvas);
      return canvas;
    case 'oil':
      finishPhoto(canvas, { grain: 0, vignette: 0.2, bloom: 0.25, contrast: 0.3 });
      oilPaint(canvas);
      return canvas;
    case 'line':
      lineDrawing(canvas);
      return canvas;
    case 'icon':
      return canvas;
    case 'pixel':
      finishPhoto(canvas, { grain: 0, vignette: 0, bloom: 0.2, contrast: 0.45 });
      return enlarged(pixelArt(canvas), canvas);
  }
}

/** Square dots enlarged by copying, so that lettering over them stays sharp. */
export function enlarged(small: Canvas, like: Canvas): Canvas {
  const { width, height } = like;
  const from = new Uint32Array(small.data.buffer);
  const to = new Uint32Array(like.data.buffer);
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y / height) * small.height) * small.width;
    for (let x = 0; x < width; x++)
      to[y * width + x] = from[row + Math.floor((x / width) * small.width)] ?? 0;
  }
  return like;
}

/** The size a picture of this size is painted at. */
export function paintedSize(
  width: number,
  height: number,
): { readonly width: number; readonly height: number } {
  const area = width * height;
  const factor =
    area > mostPainted
      ? Math.sqrt(mostPainted / area)
      : area < leastPainted
        ? Math.min(4, Math.sqrt(leastPainted / area))
        : 1;
  return { width: Math.max(8, Math.round(width * factor)), height: Math.max(8, Math.round(height * factor)) };
}

function toRaster(canvas: Canvas, transparent: boolean, hardEdges: boolean): Raster {
  const { width, height, data } = canvas;
  const channels = transparent ? 4 : 3;
  const flat = new Uint8Array(width * height * channels);
  for (let from = 0, to = 0; from < data.length; from += 4) {
    const alpha = data[from + 3] ?? 0;
    const lift = transparent && alpha > 0 ? 255 / alpha : 1;
    flat[to++] = Math.min(255, (data[from] ?? 0) * lift);
    flat[to++] = Math.min(255, (data[from + 1] ?? 0) * lift);
    flat[to++] = Math.min(255, (data[from + 2] ?? 0) * lift);
    if (transparent) flat[to++] = alpha;
  }
  return { data: flat, width, height, channels, hardEdges };
}
