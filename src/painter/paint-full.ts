import { Canvas } from './canvas.js';
import { compose, type Composition } from './compose.js';
import { encodeRaster, type Raster } from './encode.js';
import { finishPhoto } from './finish.js';
import { lightFor } from './light.js';
import type { PaintRequest } from './paint-request.js';
import { paintAbstract } from './scene/abstract.js';
import { paintSpace, paintStudio, paintUnderwater } from './scene/elsewhere.js';
import { paintEmblem } from './scene/emblem.js';
import { paintLandscape } from './scene/landscape.js';
import { paintPortrait } from './scene/portrait.js';
import { paintStreet } from './scene/street.js';
import { paintStillLife } from './scene/still-life.js';
import type { Stage } from './scene/stage.js';
import type { Understood } from './understood.js';

/** More is enlarged from a smaller painting, less is painted larger and reduced, so that detail stays fine. */
const mostPainted = 1_600_000;
const leastPainted = 400_000;

export async function paintFull(request: PaintRequest, understood: Understood): Promise<Uint8Array> {
  const { width, height } = paintedSize(request.width, request.height);
  const composition = compose(understood, request.prompt, width, height, request.seed);
  const canvas = new Canvas(width, height);
  const light = lightFor(understood);
  const stage: Stage = {
    canvas,
    light,
    understood,
    composition,
    sunX: composition.sunX * width,
    horizon: composition.horizon * height,
  };
  paintScene(stage, composition);
  finishPhoto(canvas, { grain: 9, vignette: 0.55, bloom: 0.35, contrast: 0.35 });
  return encodeRaster(toRaster(canvas), request);
}

function paintScene(stage: Stage, composition: Composition): void {
  switch (composition.kind) {
    case 'portrait':
      paintPortrait(stage);
      return;
    case 'still':
      paintStillLife(stage);
      return;
    case 'street':
      paintStreet(stage);
      return;
    case 'studio':
      paintStudio(stage);
      return;
    case 'underwater':
      paintUnderwater(stage);
      return;
    case 'space':
      paintSpace(stage);
      return;
    case 'emblem':
      paintEmblem(stage);
      return;
    case 'abstract':
      paintAbstract(stage);
      return;
    case 'landscape':
      paintLandscape(stage);
  }
}

function paintedSize(width: number, height: number): { readonly width: number; readonly height: number } {
  const area = width * height;
  const factor =
    area > mostPainted
      ? Math.sqrt(mostPainted / area)
      : area < leastPainted
        ? Math.min(4, Math.sqrt(leastPainted / area))
        : 1;
  return { width: Math.max(8, Math.round(width * factor)), height: Math.max(8, Math.round(height * factor)) };
}

function toRaster(canvas: Canvas): Raster {
  const { width, height, data } = canvas;
  const flat = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; from < data.length; from += 4) {
    flat[to++] = data[from] ?? 0;
    flat[to++] = data[from + 1] ?? 0;
    flat[to++] = data[from + 2] ?? 0;
  }
  return { data: flat, width, height, channels: 3, hardEdges: false };
}
