import type { Backdrop, Ground, SceneKind, Water } from './stage.js';
import type { Random } from './random.js';
import type { Understood, UnderstoodSubject } from './understood.js';
import { familyOf, type SubjectFamily, type SubjectKind } from './vocabulary/subjects.js';

/** One thing and its place. */
export interface Placement {
  readonly kind: SubjectKind;
  /** Fraction of the width at the middle of the thing. */
  readonly x: number;
  /** Fraction of the height at its foot (its middle for things in the air). */
  readonly y: number;
  /** Height in canvas units, a thousand to the sizing edge. */
  readonly size: number;
  readonly flip: boolean;
  readonly colour: string | undefined;
  readonly layer: 'sky' | 'far' | 'water' | 'ground' | 'front';
  readonly key: string;
}

interface Stage {
  readonly kind: SceneKind;
  readonly horizon: number;
  readonly backdrop: Backdrop;
  readonly ground: Ground;
  readonly water: Water;
  readonly sunX: number;
  readonly side: 1 | -1;
}

const sizes: Readonly<Partial<Record<SubjectKind, number>>> = {
  lighthouse: 400,
  windmill: 400,
  pagoda: 520,
  castle: 430,
  skyscraper: 460,
  tower: 460,
  church: 380,
  house: 250,
  cottage: 230,
  temple: 270,
  torii: 380,
  elephant: 430,
  horse: 400,
  deer: 430,
  cow: 340,
  sheep: 260,
  penguin: 400,
  person: 340,
  robot: 520,
  car: 230,
  train: 250,
  bicycle: 290,
  rocket: 620,
  ship: 420,
  sailboat: 400,
  rowboat: 130,
  swan: 190,
  bird: 330,
  eagle: 230,
  butterfly: 330,
  balloon: 330,
  airplane: 200,
  bamboo: 760,
  pine: 480,
  palm: 560,
};
const familySizes: Readonly<Record<SubjectFamily, number>> = {
  portrait: 380,
  walker: 400,
  flyer: 240,
  swimmer: 300,
  tree: 470,
  building: 330,
  bridge: 330,
  lantern: 240,
  boat: 300,
  still: 240,
  vehicle: 260,
  figure: 340,
  product: 420,
  space: 520,
};

/** Half widths relative to the height, for things much wider than tall. */
const halfWidths: Readonly<Partial<Record<SubjectKind, number>>> = {
  car: 1.4,
  train: 2.2,
  elephant: 0.95,
  horse: 0.75,
  cow: 0.78,
  sheep: 0.66,
  deer: 0.62,
  bicycle: 0.9,
  rowboat: 1,
  eagle: 1.4,
  airplane: 1,
  swan: 0.9,
  whale: 1.3,
  fish: 1.1,
  bird: 1,
  butterfly: 0.7,
  temple: 0.6,
  castle: 0.62,
  teapot: 0.96,
  cup: 0.92,
  book: 1.8,
  shoe: 1.32,
  fruit: 0.88,
  cottage: 0.58,
  house: 0.54,
  pagoda: 0.36,
  torii: 0.58,
  ship: 0.7,
  windmill: 0.5,
  'stone-bridge': 1.6,
  'wooden-bridge': 1.75,
  'suspension-bridge': 1.9,
  balloon: 0.4,
};

/** Half the width a thing needs for one unit of height. */
export function halfWidthOf(kind: SubjectKind): number {
  return halfWidths[kind] ?? 0.35;
}

/** Places every subject: the first where the eye goes, the others around it, groups receding. */
export function placeSubjects(
  understood: Understood,
  stage: Stage,
  ratio: number,
  random: Random,
): readonly Placement[] {
  const placed: Placement[] = [];
  const centred = ratio < 0.8 || understood.poster;
  const first = centred ? 0.5 : 0.5 + stage.side * random.range(0.08, 0.17);
  const slots = [
    first,
    0.5 - stage.side * 0.26,
    0.5 + stage.side * 0.34,
    0.5 - stage.side * 0.06,
    0.1,
    0.9,
    0.3,
    0.7,
  ];
  understood.subjects.forEach((subject, order) => {
    // Flowers named beside something else belong to the meadow, not to the stage.
    if (subject.kind === 'flower' && order > 0 && stage.kind === 'landscape') return;
    const family = familyOf(subject.kind);
    const own = random.fork(`${subject.kind}/${order}`);
    const closeness = understood.shot === 'close-up' ? 1.45 : understood.shot === 'wide' ? 0.72 : 1;
    const lead = order === 0 ? 1.12 : 0.9;
    const size = (sizes[subject.kind] ?? familySizes[family]) * closeness * lead;
    for (let copy = 0; copy < subject.count; copy++) {
      placed.push(
        placeOne({ subject, family, order, copy, size, slot: slots[order] ?? own.next() }, stage, ratio, own),
      );
    }
  });
  return placed;
}

interface Candidate {
  readonly subject: UnderstoodSubject;
  readonly family: SubjectFamily;
  readonly order: number;
  readonly copy: number;
  readonly size: number;
  readonly slot: number;
}

function placeOne(candidate: Candidate, stage: Stage, ratio: number, random: Random): Placement {
  const { subject, family, copy, order } = candidate;
  const jitter = random.range(-1, 1);
  const recede = copy === 0 ? 1 : 0.86 ** copy * random.range(0.7, 0.98);
  const spread =
    copy === 0 ? 0 : (copy % 2 === 0 ? 1 : -1) * stage.side * (0.16 + 0.13 * Math.ceil(copy / 2));
  const room = 1 - stage.horizon;
  const wide = halfWidthOf(subject.kind) * candidate.size * recede;
  // The canvas unit follows the shorter edge, so height and width in units follow from the ratio alone.
  const tallUnits = 1000 / Math.min(1.2 * Math.min(1, ratio), Math.sqrt(ratio));
  const half = Math.min(0.46, wide / (tallUnits * ratio));
  const lands =
    family === 'walker' ||
    family === 'figure' ||
    family === 'vehicle' ||
    (family === 'tree' && stage.ground === 'sand');
  const bank = lands && stage.kind === 'landscape' && stage.water !== 'none';
  const slot = bank ? 0.5 - stage.side * 0.33 : candidate.slot;
  const base = {
    kind: subject.kind,
    x: Math.min(1 - half, Math.max(half, slot + spread * (bank ? 0.35 : 1) + jitter * 0.025)),
    size: candidate.size * recede,
    flip: random.chance(0.5),
    colour: subject.colour,
    key: `${subject.kind}/${order}/${copy}`,
  };
  const below = (y: number): number => Math.min(base.size, y * tallUnits * 0.9);
  if (bank) {
    const y = stage.horizon + room * (stage.water === 'river' || stage.ground === 'sand' ? 0.72 : 0.94);
    return { ...base, y, size: below(y), layer: 'ground' };
  }
  switch (family) {
    case 'flyer':
      return {
        ...base,
        y: stage.horizon * Math.min(0.9, 0.44 + (copy === 0 ? 0 : random.range(-0.28, 0.3))),
        layer: 'sky',
      };
    case 'boat':
      return {
        ...base,
        y: stage.horizon + room * (subject.kind === 'ship' ? 0.24 : 0.42) * (0.45 + 0.55 * recede),
        layer: 'water',
      };
    case 'swimmer':
      return { ...base, y: stage.horizon + room * 0.4, layer: 'water' };
    case 'bridge':
      return {
        ...base,
        x: 0.5,
        y: stage.horizon + room * 0.24,
        size: Math.min(base.size, 400, stage.horizon * tallUnits * 0.8),
        layer: 'water',
      };
    case 'tree':
      return {
        ...base,
        x: Math.min(0.97, Math.max(0.03, candidate.slot + spread * 1.15)),
        y: stage.horizon + room * (0.2 + 0.3 * recede) * (stage.water === 'none' ? 1 : 0.12),
        layer: stage.water === 'none' ? 'ground' : 'far',
      };
    case 'building':
      return subject.kind === 'lighthouse'
        ? {
            ...base,
            x: 0.5 + stage.side * (ratio < 0.8 ? 0.16 : 0.24),
            y: stage.horizon - 0.05,
            size: below(stage.horizon - 0.05),
            layer: 'ground',
          }
        : {
            ...base,
            y: stage.horizon + room * (stage.water === 'none' ? 0.3 * recede : 0.05),
            size: below(stage.horizon),
            layer: stage.water === 'none' ? 'ground' : 'far',
          };
    case 'lantern':
      return subject.kind === 'paper-lantern'
        ? {
            ...base,
            x: 0.5 - stage.side * (0.29 - (copy % 3) * 0.14),
            y: 0.2 + 0.04 * jitter + 0.05 * copy,
            layer: 'front',
          }
        : {
            ...base,
            x: 0.5 - stage.side * 0.3 + spread,
            size: 560 * recede,
            y: stage.horizon + room * 0.8 * recede,
            layer: 'front',
          };
    case 'space':
      return { ...base, y: stage.horizon * 0.5, layer: 'sky' };
    default:
      return {
        ...base,
        y: stage.horizon + room * (0.42 + 0.32 * recede),
        size: below(stage.horizon + room * 0.6),
        layer: 'ground',
      };
  }
}
