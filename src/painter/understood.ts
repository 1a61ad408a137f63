import type { SubjectKind } from './vocabulary/subjects.js';
import type {
  Mood,
  PaintStyle,
  Season,
  Setting,
  Shot,
  SkyFeature,
  TimeOfDay,
  Weather,
} from './vocabulary/scenery.js';

export interface UnderstoodSubject {
  readonly kind: SubjectKind;
  readonly count: number;
  /** A colour as #rrggbb when the prompt gives the subject one ("red boat"). */
  readonly colour: string | undefined;
}

/** What a prompt asks for, in the painter's own words. Undefined means the prompt doesn't say. */
export interface Understood {
  readonly subjects: readonly UnderstoodSubject[];
  readonly settings: readonly Setting[];
  readonly season: Season | undefined;
  readonly time: TimeOfDay | undefined;
  readonly weather: readonly Weather[];
  readonly sky: readonly SkyFeature[];
  readonly style: PaintStyle;
  readonly shot: Shot | undefined;
  readonly fromBelow: boolean;
  readonly mood: Mood | undefined;
  readonly poster: boolean;
  /** Colours named for the whole picture, as #rrggbb. */
  readonly palette: readonly string[];
  readonly lettering: readonly string[];
  /** What must not be drawn, as read; kinds listed here appear in no other field. */
  readonly avoid: readonly string[];
}
