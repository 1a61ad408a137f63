/** What sets the servers apart that speak the OpenAI images protocol (protocol notes §B2 to §B5, §B7, §C). */

export const dialectIds = ['sd-server', 'localai', 'vllm-omni', 'sglang', 'xinference', 'nim'] as const;
export type DialectId = (typeof dialectIds)[number];

/** Where a picture is put: base64, an absolute link, a path of the server's address, its bytes alone, a file name. */
export type ResultForm = 'base64' | 'link' | 'relative' | 'file' | 'path';

export interface Dialect {
  readonly id: DialectId;
  /** The shape of its own refusals. */
  readonly errors: 'text' | 'object' | 'detail';
  /** Where steps, seed and the like are told. */
  readonly extras: 'fields' | 'prompt-block' | 'kwargs' | 'steps-only';
  readonly stepsNames: readonly string[];
  readonly guidanceName: string;
  /** Results by `response_format`; `''` is what is given without one. Undefined: the field is not looked at. */
  readonly results: Readonly<Record<string, ResultForm>> | undefined;
  readonly defaultSize: number;
  /** A size that can't be read is ignored instead of refused. */
  readonly ignoresBadSize: boolean;
  readonly maxCount: number;
  /** A count beyond the limits is moved into them instead of refused. */
  readonly clampsCount: boolean;
  readonly modelRequired: boolean;
  readonly format: 'png' | 'jpeg';
  /** Formats of `output_format`; empty: the field is not looked at. */
  readonly formats: readonly string[];
  /** Paths below `/v1/images` that take pictures as forms. */
  readonly forms: readonly FormRoute[];
  /** Pictures inside JSON of generations. */
  readonly jsonImages: readonly string[];
}

export interface FormRoute {
  readonly path: string;
  readonly imageFields: readonly string[];
  /** Fields that hold addresses of pictures. */
  readonly urlFields: readonly string[];
  /** Undefined: a mask is not looked at. */
  readonly maskField: string | undefined;
  readonly maskRequired: boolean;
  /** Which of a mask's pixels are repainted: the transparent ones, or the white ones. */
  readonly maskMeans: 'alpha' | 'white';
  /** Pixels where no size is given: those of the first picture, or always the same. */
  readonly size: 'first-picture' | 'fixed';
  /** Overrides the dialect's forms of results. */
  readonly result: ResultForm | undefined;
  /** Overrides the dialect's name for steps. */
  readonly stepsNames: readonly string[] | undefined;
  readonly formats: readonly string[];
}

const EDITS: FormRoute = {
  path: '/edits',
  imageFields: ['image', 'image[]'],
  urlFields: [],
  maskField: 'mask',
  maskRequired: false,
  maskMeans: 'white',
  size: 'first-picture',
  result: undefined,
  stepsNames: undefined,
  formats: [],
};

const PLAIN = {
  extras: 'fields',
  stepsNames: ['num_inference_steps'],
  guidanceName: 'guidance_scale',
  defaultSize: 1024,
  ignoresBadSize: false,
  maxCount: 10,
  clampsCount: false,
  modelRequired: false,
  format: 'png',
  formats: [],
  jsonImages: [],
} as const;

const dialects: Readonly<Record<DialectId, Dialect>> = {
  'sd-server': {
    ...PLAIN,
    id: 'sd-server',
    errors: 'text',
    extras: 'prompt-block',
    results: undefined,
    defaultSize: 512,
    ignoresBadSize: true,
    // The limit of its own asynchronous form.
    maxCount: 8,
    formats: ['png', 'jpeg', 'webp'],
    forms: [{ ...EDITS, formats: ['png', 'jpeg'] }],
  },
  localai: {
    ...PLAIN,
    id: 'localai',
    errors: 'object',
    extras: 'steps-only',
    stepsNames: ['step'],
    results: { '': 'link', url: 'link', b64_json: 'base64' },
    defaultSize: 512,
    ignoresBadSize: true,
    forms: [
      {
        ...EDITS,
        path: '/inpainting',
        imageFields: ['image'],
        maskRequired: true,
        size: 'fixed',
        result: 'link',
        stepsNames: ['steps'],
      },
    ],
    jsonImages: ['file', 'files', 'ref_images'],
  },
  'vllm-omni': {
    ...PLAIN,
    id: 'vllm-omni',
    errors: 'detail',
    results: { '': 'base64', b64_json: 'base64', file: 'file' },
    forms: [
      {
        ...EDITS,
        imageFields: ['image'],
        urlFields: ['url'],
        maskField: 'mask_image',
        formats: ['png', 'jpg', 'jpeg', 'webp'],
      },
    ],
  },
  sglang: {
    ...PLAIN,
    id: 'sglang',
    errors: 'detail',
    // The default changed between versions; the one that shows what happens to those who don't ask.
    results: { '': 'relative', url: 'relative', b64_json: 'base64' },
    clampsCount: true,
    formats: ['png', 'jpeg', 'webp'],
    // A mask is taken and not used.
    forms: [
      {
        ...EDITS,
        urlFields: ['url', 'url[]'],
        maskField: undefined,
        formats: ['png', 'jpeg', 'webp'],
      },
    ],
  },
  xinference: {
    ...PLAIN,
    id: 'xinference',
    errors: 'detail',
    extras: 'kwargs',
    results: { '': 'path', url: 'path', b64_json: 'base64' },
    modelRequired: true,
    forms: [
      { ...EDITS, path: '/variations', imageFields: ['image'], maskField: undefined },
      // The name of the mask's field is from memory.
      {
        ...EDITS,
        path: '/inpainting',
        imageFields: ['image'],
        maskField: 'mask_image',
        maskRequired: true,
      },
    ],
  },
  nim: {
    ...PLAIN,
    id: 'nim',
    errors: 'detail',
    // Only that this form exists is documented: the names of its own route and the usual one are both taken.
    stepsNames: ['steps', 'num_inference_steps'],
    guidanceName: 'cfg_scale',
    results: { '': 'base64', b64_json: 'base64' },
    format: 'jpeg',
    forms: [{ ...EDITS, maskMeans: 'alpha' }],
  },
};

export function dialectOf(id: DialectId): Dialect {
  return dialects[id];
}
