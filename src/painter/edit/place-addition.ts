import type { Random } from '../random.js';
import { familyOf, type SubjectFamily, type SubjectKind } from '../vocabulary/subjects.js';
import type { UnderstoodEdit } from '../understood.js';
import type { Cutout } from './cutouts.js';
import type { Box } from './masks.js';
import type { Survey } from './survey.js';

interface Sheet {
  readonly width: number;
  readonly height: number;
}

/** Heights relative to the picture's shorter edge. */
const heights: Readonly<Record<SubjectFamily, number>> = {
  portrait: 0.42,
  walker: 0.36,
  flyer: 0.2,
  swimmer: 0.16,
  tree: 0.56,
  building: 0.4,
  bridge: 0.34,
  lantern: 0.3,
  boat: 0.26,
  still: 0.24,
  vehicle: 0.2,
  figure: 0.34,
  product: 0.32,
  space: 0.26,
};

/** Where an added subject goes: where the words say, else where such things are and the picture has room. */
export function placeAddition(
  kind: SubjectKind,
  cutout: Cutout,
  place: UnderstoodEdit['place'],
  survey: Survey,
  sheet: Sheet,
  random: Random,
): Box {
  const family = familyOf(kind);
  const realm = realmOf(kind, family, place);
  const far = place.down === 'far';
  const ratio = cutout.width / cutout.height;
  const asked = heights[family] * Math.min(sheet.width, sheet.height) * (far ? 0.5 : 1);
  const tall = Math.min(asked, (sheet.width * 0.9) / ratio);
  const wide = tall * ratio;
  const top = topOf(realm, family, tall, far, survey, sheet);
  const margin = Math.min(0.5, (wide / sheet.width) * 0.5 + 0.02);
  const x =
    place.across === undefined
      ? roomiest(realm, { top, wide, tall, margin }, survey, sheet, random)
      : place.across === 'left'
        ? Math.max(margin, 0.2)
        : place.across === 'right'
          ? Math.min(1 - margin, 0.8)
          : 0.5;
  return { left: x * sheet.width - wide / 2, top, width: wide, height: tall };
}

/** Whether a thing stands on the ground, and so throws a shadow there. */
export function stands(kind: SubjectKind, place: UnderstoodEdit['place']): boolean {
  return realmOf(kind, familyOf(kind), place) === 'ground' && familyOf(kind) !== 'portrait';
}

type Realm = 'sky' | 'water' | 'ground' | 'hanging';

function realmOf(kind: SubjectKind, family: SubjectFamily, place: UnderstoodEdit['place']): Realm {
  if (kind === 'paper-lantern') return place.down === 'front' ? 'ground' : 'hanging';
  if (family === 'flyer' || family === 'space') return 'sky';
  if (family === 'boat' || family === 'swimmer') return 'water';
  return 'ground';
}

function topOf(
  realm: Realm,
  family: SubjectFamily,
  tall: number,
  far: boolean,
  survey: Survey,
  sheet: Sheet,
): number {
  const below = sheet.height - survey.horizon;
  switch (realm) {
    case 'hanging':
      return -tall * 0.04;
    case 'sky':
      return Math.max(sheet.height * 0.04, survey.horizon * 0.4 - tall / 2);
    case 'water':
      return survey.horizon + below * (far ? 0.14 : 0.46) - tall * (family === 'swimmer' ? 0.4 : 0.96);
    case 'ground': {
      if (family === 'portrait') return sheet.height - tall * 0.98;
      const deep = family === 'building' || family === 'tree' || family === 'bridge' ? 0.42 : 0.8;
      return survey.horizon + below * (far ? 0.16 : deep) - tall;
    }
  }
}

/** Of a few columns the one whose surroundings suit best; the seed decides between equals. */
function roomiest(
  realm: Realm,
  box: { readonly top: number; readonly wide: number; readonly tall: number; readonly margin: number },
  survey: Survey,
  sheet: Sheet,
  random: Random,
): number {
  const wanted = realm === 'water' ? survey.water : realm === 'ground' ? survey.ground : survey.sky;
  let best = 0.5;
  let most = -Infinity;
  for (const column of [0.2, 0.35, 0.5, 0.65, 0.8]) {
    const x = Math.min(1 - box.margin, Math.max(box.margin, column));
    let [fit, detail] = [0, 0];
    for (let step = 0; step < 49; step++) {
      const px = clampTo(x * sheet.width + ((step % 7) / 6 - 0.5) * box.wide, sheet.width);
      const py = clampTo(box.top + (Math.floor(step / 7) / 6) * box.tall, sheet.height);
      const foot = realm === 'sky' || realm === 'hanging' || step >= 35 ? 1 : 0;
      fit += (wanted[py * sheet.width + px] ?? 0) * foot;
      const cell = Math.min(survey.grid.rows - 1, Math.floor(py / survey.grid.cell)) * survey.grid.columns;
      detail +=
        survey.grid.texture[cell + Math.min(survey.grid.columns - 1, Math.floor(px / survey.grid.cell))] ?? 0;
      detail += (survey.glow[py * sheet.width + px] ?? 0) * 60;
    }
    const score = fit - detail / 160 + random.next() * 2.5;
    if (score > most) {
      most = score;
      best = x;
    }
  }
  return best;
}

function clampTo(value: number, size: number): number {
  return Math.min(size - 1, Math.max(0, Math.round(value)));
}
