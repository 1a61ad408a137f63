import { placeSubjects, type Placement } from './place-subjects.js';
import { hashText, Random } from './random.js';
import type { Backdrop, Ground, SceneKind, Water } from './stage.js';
import type { Understood } from './understood.js';
import { familyOf } from './vocabulary/subjects.js';
import type { Setting } from './vocabulary/scenery.js';

/**
 * Where things stand. It follows from subjects, settings, framing and seed alone, never from season, hour, weather or
 * colours, so that a picture keeps its composition when only those change.
 */
export interface Composition {
  readonly kind: SceneKind;
  /** Fractions of the height and width. */
  readonly horizon: number;
  readonly sunX: number;
  readonly peak: number;
  readonly ground: Ground;
  readonly backdrop: Backdrop;
  readonly water: Water;
  readonly forest: boolean;
  readonly waterfall: boolean;
  /** The shore or cliff the scene is seen from rises on this side. */
  readonly side: 1 | -1;
  readonly placements: readonly Placement[];
  /** Names the random choices of this composition. */
  readonly key: string;
}

export function compose(
  understood: Understood,
  prompt: string,
  width: number,
  height: number,
  seed: number,
): Composition {
  const { subjects, settings } = understood;
  const names = [...subjects.map((subject) => `${subject.kind}${subject.count}`), ...settings];
  const kind = sceneKind(understood);
  const key = `${seed}/${names.length === 0 && kind === 'abstract' ? hashText(prompt) : names.join('+')}`;
  const random = new Random(`composition/${key}`);
  const has = (setting: Setting): boolean => settings.includes(setting);
  const families = subjects.map((subject) => familyOf(subject.kind));
  const kinds = subjects.map((subject) => subject.kind);
  const lift = random.range(-0.025, 0.025);
  const base = understood.fromBelow
    ? 0.7
    : kinds.includes('balloon') || kinds.includes('airplane') || kinds.includes('eagle')
      ? 0.68
      : understood.shot === 'wide'
        ? 0.54
        : 0.58;
  const water: Water =
    has('sea') || has('beach') || kinds.includes('lighthouse') || kinds.includes('ship')
      ? 'sea'
      : has('pond')
        ? 'pond'
        : has('lake') ||
            families.includes('boat') ||
            kinds.includes('suspension-bridge') ||
            (has('skyline') && !has('street'))
          ? 'lake'
          : has('river') || has('waterfall') || families.includes('bridge')
            ? 'river'
            : 'none';
  const ground: Ground = has('canyon')
    ? 'canyon'
    : has('desert')
      ? 'desert'
      : has('beach') ||
          (water === 'sea' &&
            families.some((family) => family === 'walker' || family === 'figure' || family === 'vehicle'))
        ? 'sand'
        : has('cliff')
          ? 'rock'
          : 'grass';
  const backdrop: Backdrop = has('fuji')
    ? 'fuji'
    : has('mountain') || has('snowfield') || (has('cliff') && water === 'none')
      ? 'mountains'
      : has('skyline') || kinds.includes('skyscraper') || kinds.includes('suspension-bridge')
        ? 'city'
        : water === 'sea' || ground === 'desert' || ground === 'canyon'
          ? 'none'
          : 'hills';
  const side = random.sign();
  const sunX = 0.5 - side * random.range(0.12, 0.3);
  const horizon = base + lift;
  const partial = { kind, horizon, sunX, ground, backdrop, water, side };
  return {
    ...partial,
    peak: random.range(0.3, 0.7),
    forest: has('forest'),
    waterfall: has('waterfall'),
    placements: placeSubjects(understood, partial, width / height, random.fork('places')),
    key,
  };
}

const outdoors: readonly Setting[] = [
  'mountain',
  'fuji',
  'hill',
  'desert',
  'canyon',
  'forest',
  'meadow',
  'beach',
  'cliff',
  'snowfield',
  'sea',
  'lake',
  'pond',
  'river',
  'waterfall',
  'skyline',
  'street',
  'space',
  'underwater',
];

function sceneKind(understood: Understood): SceneKind {
  const { subjects, settings, style, shot } = understood;
  const outside = settings.some((setting) => outdoors.includes(setting));
  const first = subjects[0];
  if (first === undefined) {
    if (settings.includes('space')) return 'space';
    if (settings.includes('underwater')) return 'underwater';
    if (settings.includes('street')) return 'street';
    if (settings.includes('table') && !outside) return 'still';
    if (settings.includes('studio')) return 'abstract';
    const elsewhere =
      outside ||
      understood.time !== undefined ||
      understood.season !== undefined ||
      understood.sky.length > 0 ||
      understood.weather.length > 0;
    return elsewhere ? 'landscape' : 'abstract';
  }
  const family = familyOf(first.kind);
  if (style === 'icon') return 'emblem';
  if (
    settings.includes('underwater') ||
    (family === 'swimmer' && !settings.includes('sea') && !settings.includes('lake'))
  )
    return 'underwater';
  if (family === 'portrait') return shot === 'wide' && subjects.length > 1 ? 'landscape' : 'portrait';
  if (family === 'space' || settings.includes('space') || (first.kind === 'rocket' && !outside))
    return 'space';
  if (family === 'product' || settings.includes('studio')) return 'studio';
  if (family === 'still' && (!outside || settings.includes('table'))) return 'still';
  if (settings.includes('table') && subjects.some((subject) => familyOf(subject.kind) === 'still'))
    return 'still';
  if (settings.includes('street') && family !== 'building' && family !== 'bridge') return 'street';
  return 'landscape';
}
