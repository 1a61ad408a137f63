import type { Look } from './edit/looks.js';
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
  /** Only in answers to edits, whose subjects are the ones to add. */
  readonly edit?: UnderstoodEdit;
}

/** What an instruction says beyond a prompt. */
export interface UnderstoodEdit {
  /** Keys of what is named only to stay as it is. */
  readonly kept: readonly string[];
  /** Keys of what is to vanish. */
  readonly removed: readonly string[];
  /** True when something is to vanish, known by a key or not. */
  readonly removes: boolean;
  readonly looks: readonly Look[];
  /** A manner the picture is turned into; undefined leaves its own. */
  readonly style: Exclude<PaintStyle, 'photo' | 'icon'> | 'low-poly' | undefined;
  readonly recolour:
    | { readonly target: 'sky' | 'foliage' | 'water' | 'ground' | 'subject'; readonly colour: string }
    | undefined;
  /** The instruction speaks of the background. */
  readonly background: boolean;
  readonly place: {
    readonly across: 'left' | 'right' | 'centre' | undefined;
    readonly down: 'top' | 'front' | 'far' | undefined;
  };
  /** Nothing was understood; the picture gets a gentle change of its light. */
  readonly unread: boolean;
}
