import type { Canvas } from '../canvas.js';
import { rgb } from '../colour.js';
import type { Composition } from '../compose.js';
import type { Light } from '../light.js';
import type { Placement } from '../place-subjects.js';
import { Random } from '../random.js';
import type { Understood } from '../understood.js';
import type { SubjectKind } from '../vocabulary/subjects.js';
import { findDrawing } from './drawings.js';
import { Sketch } from './sketch.js';
import { paintTree, type TreeKind } from './trees.js';

/** Everything a scene is painted from. */
export interface Stage {
  readonly canvas: Canvas;
  readonly light: Light;
  readonly understood: Understood;
  readonly composition: Composition;
  /** Column of the sun, in pixels. */
  readonly sunX: number;
  /** Row of the horizon, in pixels. */
  readonly horizon: number;
}

export function randomFor(stage: Stage, name: string): Random {
  return new Random(`${stage.composition.key}/${name}`);
}

const treeKinds: readonly SubjectKind[] = ['broadleaf', 'pine', 'cherry', 'birch', 'palm', 'bamboo'];

export function isTree(kind: SubjectKind): kind is TreeKind {
  return treeKinds.includes(kind);
}

/** SVG of a placed thing, or nothing for what isn't drawn as vectors. */
export function sketchOf(stage: Stage, placement: Placement, depth: number): string {
  const drawing = findDrawing(placement.kind);
  if (drawing === undefined) return '';
  const { canvas } = stage;
  const x = placement.x * canvas.width;
  const y = placement.y * canvas.height;
  const sketch = new Sketch(
    stage.light,
    randomFor(stage, placement.key),
    placement.key,
    placement.colour,
    depth,
  );
  const flip = drawing.facing === 'sun' ? stage.sunX > x : placement.flip;
  return sketch.place(drawing.draw(sketch), x, y, (placement.size * canvas.unit) / 100, flip);
}

/** Puts a thing on the canvas, whatever it is drawn with. */
export function paintPlacement(stage: Stage, placement: Placement, depth: number): void {
  const { canvas, light } = stage;
  const x = placement.x * canvas.width;
  const y = placement.y * canvas.height;
  const tall = placement.size * canvas.unit;
  if (isTree(placement.kind)) {
    const tint = placement.colour === undefined ? undefined : rgb(placement.colour);
    paintTree(
      canvas,
      light,
      placement.kind,
      { x, y, tall, depth, sunSide: stage.sunX < x ? -1 : 1, tint },
      randomFor(stage, placement.key),
    );
    return;
  }
  if (placement.layer === 'ground') {
    const wide = tall * (findDrawing(placement.kind)?.footing ?? 0.3);
    canvas.dab(
      x + (stage.sunX < x ? 1 : -1) * wide * 0.35,
      y,
      wide * 1.25,
      Math.max(1.5, wide * 0.12),
      0,
      [16, 20, 30],
      0.34,
    );
  }
  canvas.svg(sketchOf(stage, placement, depth));
  shine(stage, placement);
}

/** Light that lamps, beacons and burners throw around them. */
export function shine(stage: Stage, placement: Placement): void {
  const { canvas, light, composition } = stage;
  if (!light.lampsLit) return;
  const x = placement.x * canvas.width;
  const y = placement.y * canvas.height;
  const tall = placement.size * canvas.unit;
  const strength = light.dark ? 1 : light.time === 'evening' ? 0.85 : 0.5;
  switch (placement.kind) {
    case 'paper-lantern':
      canvas.glow(x, y, tall * 2.3, [255, 150, 60], 0.5 * strength);
      canvas.glow(x, y, tall * 0.7, [255, 214, 130], 0.42 * strength);
      return;
    case 'street-lantern':
      canvas.glow(x, y - tall * 0.88, tall * 0.75, [255, 190, 100], 0.55 * strength);
      canvas.glow(x, y - tall * 0.88, tall * 0.16, [255, 235, 180], 0.8 * strength);
      return;
    case 'lighthouse':
      beam(stage, x, y - tall * 0.9, composition.side);
      canvas.glow(x, y - tall * 0.9, tall * 0.8, [255, 235, 170], 0.6 * strength);
      canvas.glow(x, y - tall * 0.9, tall * 0.17, [255, 252, 225], 1);
      return;
    case 'house':
    case 'cottage':
    case 'church':
    case 'castle':
    case 'pagoda':
      canvas.glow(x, y - tall * 0.3, tall * 0.85, [255, 180, 90], 0.22 * strength);
      return;
    case 'balloon':
      canvas.glow(x, y + tall * 0.25, tall * 0.5, [255, 190, 100], 0.25 * strength);
      return;
    default:
  }
}

function beam(stage: Stage, x: number, y: number, side: 1 | -1): void {
  const { canvas } = stage;
  const reach = canvas.width * 1.1;
  const ray = (direction: number, spread: number, opacity: number): string => {
    const id = `beam${direction + 1}${Math.round(spread * 100)}`;
    return `<linearGradient id="${id}" gradientUnits="userSpaceOnUse" x1="${x}" y1="0" x2="${x + direction * reach}" y2="0"><stop offset="0" stop-color="#fff2c0" stop-opacity="${opacity}"/><stop offset="1" stop-color="#fff2c0" stop-opacity="0"/></linearGradient><path d="M${x} ${y}L${x + direction * reach} ${y - reach * (0.12 + spread)}L${x + direction * reach} ${y - reach * (0.12 - spread)}Z" fill="url(#${id})"/>`;
  };
  canvas.svg(ray(-side, 0.06, 0.55) + ray(-side, 0.1, 0.25) + ray(side, 0.05, 0.25));
}
