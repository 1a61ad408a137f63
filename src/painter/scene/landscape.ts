import type { Placement } from '../place-subjects.js';
import { renderSvg } from '../svg-raster.js';
import { familyOf } from '../vocabulary/subjects.js';
import { paintSkyline } from './city.js';
import { paintBank, paintGrass, paintScatter, paintShoreGrowth, paintWoods } from './growth.js';
import { paintHeadland, paintSurf } from './headland.js';
import { paintOverhang } from './overhang.js';
import { paintSky } from './sky.js';
import { isTree, paintPlacement, randomFor, shine, sketchOf, type Stage } from './stage.js';
import { paintTerrain } from './terrain.js';
import { layReflected, paintStormSea, paintWater, type WaterBody } from './water.js';
import { waterBody } from './water-shapes.js';
import { paintWaterfall } from './waterfall.js';
import { paintFog, paintWeather } from './weather.js';

/** Sky, distance, water, near ground and everything that stands there, from far to near. */
export function paintLandscape(stage: Stage): void {
  const { canvas, light, understood, composition, horizon, sunX } = stage;
  paintSky(canvas, light, understood, { horizon, sunX }, randomFor(stage, 'sky'));
  paintTerrain(canvas, light, composition, randomFor(stage, 'terrain'));
  if (composition.backdrop === 'city') paintSkyline(stage, randomFor(stage, 'city'));
  for (const placement of composition.placements)
    if (placement.layer === 'sky') paintPlacement(stage, placement, depthOf(stage, placement));
  const body = waterBody(stage);
  paintShoreGrowth(stage, body, randomFor(stage, 'shore'));
  if (composition.water === 'none') paintScatter(stage, randomFor(stage, 'scatter'));
  if (composition.forest) paintWoods(stage, randomFor(stage, 'woods'));
  if (composition.waterfall) paintWaterfall(stage, randomFor(stage, 'waterfall'));
  paintLayer(stage, 'far');
  paintFog(stage, 0.6, randomFor(stage, 'fog'));
  if (body !== undefined) fillWater(stage, body);
  if (
    composition.placements.some((placement) => placement.kind === 'lighthouse') ||
    composition.ground === 'rock'
  ) {
    paintHeadland(stage, randomFor(stage, 'headland'));
    paintSurf(stage, randomFor(stage, 'surf'));
  }
  if (body !== undefined) paintBank(stage, body, randomFor(stage, 'bank'));
  paintLayer(stage, 'ground');
  paintGrass(stage, body, randomFor(stage, 'grass'));
  paintOverhang(stage, randomFor(stage, 'overhang'));
  paintLayer(stage, 'front');
  paintWeather(stage, randomFor(stage, 'weather'));
}

function fillWater(stage: Stage, body: WaterBody): void {
  const { canvas, light, understood, composition, sunX } = stage;
  const frozen =
    light.snowy &&
    composition.water !== 'sea' &&
    (understood.season === 'winter' || understood.settings.includes('snowfield'));
  if (composition.water === 'sea' && understood.weather.includes('storm'))
    paintStormSea(canvas, light, body.top, randomFor(stage, 'waves'));
  else paintWater(canvas, light, body, frozen, sunX, randomFor(stage, 'ripples'));
  for (const placement of byDistance(composition.placements, 'water')) {
    const sheet = renderSvg(
      sketchOf(stage, placement, depthOf(stage, placement)),
      canvas.width,
      canvas.height,
    );
    const base = placement.y * canvas.height;
    layReflected(canvas, sheet, base, frozen ? 0.3 : 0.62, body.rough, body.coverage);
    shine(stage, placement);
  }
  if (!light.lampsLit || frozen) return;
  for (const placement of composition.placements) {
    if (placement.kind !== 'paper-lantern') continue;
    const y = Math.max(body.top + 30 * canvas.unit, canvas.height * 0.86);
    for (let streak = 0; streak < 7; streak++) {
      canvas.glow(
        placement.x * canvas.width,
        y + (streak - 3) * 26 * canvas.unit,
        46 * canvas.unit,
        [255, 160, 80],
        0.12,
      );
    }
  }
}

function paintLayer(stage: Stage, layer: Placement['layer']): void {
  for (const placement of byDistance(stage.composition.placements, layer))
    paintPlacement(stage, placement, depthOf(stage, placement));
}

function byDistance(placements: readonly Placement[], layer: Placement['layer']): readonly Placement[] {
  return placements
    .filter((placement) => placement.layer === layer)
    .toSorted((one, other) => one.y - other.y);
}

/** Haze grows with distance: things near the horizon or small in the sky are far. */
function depthOf(stage: Stage, placement: Placement): number {
  const { light, horizon, canvas } = stage;
  const below = (placement.y * canvas.height - horizon) / Math.max(1, canvas.height - horizon);
  if (placement.layer === 'front') return 0;
  if (placement.layer === 'sky') return Math.min(0.6, Math.max(0, 0.42 - placement.size / 800) * light.fog);
  const base = isTree(placement.kind) || familyOf(placement.kind) === 'building' ? 0.22 : 0.12;
  return Math.min(0.6, Math.max(0, base * (1 - below * 1.6)) * light.fog);
}
