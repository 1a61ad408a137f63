/** Which fields each route of the API takes, as data (protocol notes §A3, §A4). */

/** A range that an option has to lie in, both ends included. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

export interface Dialect {
  /**
   * `pixels`: width and height; `ratio`: a ratio in words; `tier`: a ratio and a resolution in words; `input`: none, the
   * answer has the pixels of the picture.
   */
  readonly size: 'pixels' | 'ratio' | 'tier' | 'input';
  /**
   * Where an edit's pictures go: `numbered` is `input_image`, `input_image_2` and so on, `list` is `images`, `masked` is one
   * `image` with the `mask` of what is repainted.
   */
  readonly pictures?: 'numbered' | 'list' | 'masked';
  readonly seed: boolean;
  readonly outputFormat: boolean;
  /** Highest `safety_tolerance`; 0 is the strictest. */
  readonly maxTolerance: number;
  /** The same beside pictures, where it is lower. */
  readonly maxToleranceOfEdits?: number;
  /** Whether prompts can be rewritten, and what the service does unless told. */
  readonly upsampling: 'on' | 'off' | 'none';
  readonly raw?: true;
  readonly steps?: Bounds;
  readonly guidance?: Bounds;
  /** The service may search the web for the picture, and does unless told not to. */
  readonly grounding?: true;
}

const FLUX_1: Dialect = {
  size: 'pixels',
  seed: true,
  outputFormat: true,
  maxTolerance: 6,
  upsampling: 'off',
};
const KONTEXT: Dialect = { ...FLUX_1, size: 'ratio', pictures: 'numbered', maxToleranceOfEdits: 2 };
const FLUX_2: Dialect = { ...FLUX_1, maxTolerance: 5, upsampling: 'none', pictures: 'numbered' };
/** Unknown fields are refused here, `seed` and `output_format` among them. */
const FLUX_3: Dialect = {
  size: 'tier',
  pictures: 'list',
  seed: false,
  outputFormat: false,
  maxTolerance: 4,
  upsampling: 'none',
  grounding: true,
};

const DIALECTS: Readonly<Record<string, Dialect>> = {
  'flux-pro-1.1': FLUX_1,
  'flux-dev': { ...FLUX_1, steps: { min: 1, max: 50 }, guidance: { min: 1.5, max: 5 } },
  'flux-pro-1.1-ultra': { ...FLUX_1, size: 'ratio', upsampling: 'none', raw: true },
  'flux-pro-1.0-fill': {
    ...FLUX_1,
    size: 'input',
    pictures: 'masked',
    upsampling: 'none',
    steps: { min: 15, max: 50 },
    guidance: { min: 1.5, max: 100 },
  },
  'flux-kontext-pro': KONTEXT,
  'flux-kontext-max': KONTEXT,
  'flux-2-pro': FLUX_2,
  'flux-2-max': FLUX_2,
  'flux-2-flex': {
    ...FLUX_2,
    upsampling: 'on',
    steps: { min: 1, max: 50 },
    guidance: { min: 1.5, max: 10 },
  },
  'flux-2-klein-4b': FLUX_2,
  'flux-2-klein-9b': FLUX_2,
  'flux-3-image': FLUX_3,
  'flux-3-image-klein': FLUX_3,
};

/** The dialect of an upstream model; undefined for one that the catalogue does not have. */
export function findDialect(model: string): Dialect | undefined {
  return DIALECTS[model];
}
