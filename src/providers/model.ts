/**
 * What a catalogue entry says about a model: data only, written in each provider's `models.ts`. The planner enforces
 * exactly this, and `GET /v1/models` shows exactly this, so that the two can't disagree.
 */

/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A size that a model really renders, with the provider's own words for it (e.g. an aspect ratio and a tier). */
export interface NativeSize extends Size {
  readonly native?: Readonly<Record<string, string>>;
}

/** Ordered from cheap to dear; equal steps of two vendors' scales share a rank in `catalogue/quality.ts`. */
export const QUALITIES = ['low', 'standard', 'medium', 'high', 'hd', 'xhigh', 'max'] as const;
export type Quality = (typeof QUALITIES)[number];

export const OUTPUT_FORMATS = ['png', 'jpeg', 'webp', 'avif'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

export const BACKGROUNDS = ['auto', 'transparent', 'opaque'] as const;
export type Background = (typeof BACKGROUNDS)[number];

/** Named resolution steps: the edge of the square picture with the same area, in units of 1,024 (512 is half). */
export const RESOLUTIONS = ['512', '1K', '2K', '4K'] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

/** Which pixel sizes a model renders by itself. */
export type SizeRule =
  | { readonly kind: 'list'; readonly sizes: readonly NativeSize[] }
  | {
      /** Any size within bounds. Both edges are multiples of `multipleOf`; ratio is width / height. */
      readonly kind: 'range';
      readonly multipleOf: number;
      readonly minEdge: number;
      readonly maxEdge: number;
      readonly minPixels: number;
      readonly maxPixels: number;
      readonly minRatio: number;
      readonly maxRatio: number;
      /** Sizes worth showing as choices; each obeys the rule. */
      readonly listed: readonly Size[];
    };

/** How far a model can be kept from rewriting the prompt (`prompt_revision: false`). */
export type PromptRevision =
  | { readonly kind: 'never' }
  /** Rewrites unless a documented switch is sent; `certain` is false where keeping the prompt is best effort. */
  | {
      readonly kind: 'switchable';
      readonly certain: boolean;
      readonly how: string;
      /** Characters that the switch itself takes of the prompt. */
      readonly addsChars?: number;
    }
  /** Rewrites (or may), and nothing documented keeps it from doing so. */
  | { readonly kind: 'unavoidable' };

export const PROMPT_SLOTS = ['subject', 'style', 'composition', 'lighting', 'details', 'mood'] as const;
/** The parts of a structured prompt that are said in words; `avoid` and `text` have rules of their own. */
export type PromptSlot = (typeof PROMPT_SLOTS)[number];

/** Scripts that a model is asked to letter. */
export type Script = 'latin' | 'han' | 'other';

/** How prompts are worded for a model: what the rendering of a structured prompt goes by. */
export interface PromptStyle {
  /**
   * `labels`: each slot but the subject under its name, for models that read with a language model. `phrases`: one run of
   * phrases, for text encoders, to which a label is one more thing to paint.
   */
  readonly form: 'labels' | 'phrases';
  /** All slots, in the order in which they are said. */
  readonly order: readonly PromptSlot[];
  /** Languages of prompts that the model is known to read, ISO 639-1; undefined: whatever its language model reads. */
  readonly languages: readonly string[] | undefined;
  /** What it letters in readable form as a rule, not by guarantee. */
  readonly lettering: { readonly scripts: readonly Script[]; readonly maxChars: number };
  /** The reason for form and order, in one sentence for people. */
  readonly why: string;
}

/** One entry per request parameter: what the provider takes natively. `undefined` means it has no such parameter. */
export interface ModelParams {
  readonly size: SizeRule;
  /** Images that one upstream call can give. */
  readonly maxPerCall: number;
  /** Longest prompt in Unicode characters, after all additions of ours. */
  readonly promptMaxChars: number;
  /** Native quality names, cheap to dear. */
  readonly quality: readonly Quality[] | undefined;
  /** What the model takes when no quality is asked; the quote uses it. */
  readonly defaultQuality: Quality | undefined;
  readonly style: readonly string[] | undefined;
  readonly background: readonly Background[] | undefined;
  /** Formats the provider can be asked for; undefined: it delivers what it likes and we convert. */
  readonly outputFormat: readonly OutputFormat[] | undefined;
  /** What a provider that can't be asked always delivers; asking for this format needs no conversion. */
  readonly deliveredFormat?: OutputFormat;
  /** Formats in which `output_compression` is native. */
  readonly outputCompression: readonly OutputFormat[] | undefined;
  readonly moderation: readonly string[] | undefined;
  readonly personGeneration: readonly string[] | undefined;
  readonly seed: { readonly min: number; readonly max: number } | undefined;
  /** Longest native negative prompt in characters. */
  readonly negativePrompt: { readonly maxChars: number } | undefined;
  readonly inputFidelity: readonly string[] | undefined;
  readonly complexity: readonly string[] | undefined;
  /** Most partial pictures that the provider streams; undefined: it streams none. */
  readonly partialImages: number | undefined;
  readonly promptRevision: PromptRevision;
  /** undefined: labels in the usual order. */
  readonly promptStyle?: PromptStyle;
}

export const INPUT_MIME_TYPES = ['image/png', 'image/jpeg', 'image/webp'] as const;
/** Types that every input is brought to before it is sent. */
export type InputMimeType = (typeof INPUT_MIME_TYPES)[number];

/** Which pictures a model takes as inputs; the gateway converts and scales what is outside. */
export interface InputRule {
  readonly types: readonly InputMimeType[];
  /** Largest encoded picture in bytes. */
  readonly maxBytes: number;
  readonly minEdge: number;
  readonly maxEdge: number;
  readonly maxPixels: number;
  /** Bounds of width / height; undefined: any. */
  readonly minRatio?: number;
  readonly maxRatio?: number;
  /** Every input has to be square. */
  readonly square?: boolean;
}

/** What a model's edits take, where they differ from generating. */
export interface EditSpec {
  readonly maxInputImages: number;
  /** The model itself takes a mask. Where it doesn't, the gateway composites the result onto the source. */
  readonly mask: boolean;
  /** It can do nothing without one. */
  readonly maskRequired?: true;
  readonly inputs: InputRule;
  /**
   * What the model makes of an edit without a size: `model` decides by itself (most keep the input's shape); with `input` the
   * gateway asks for the native size nearest to the first input.
   */
  readonly unsized: 'model' | 'input';
  /** Parameters of edits that differ from those of generating. */
  readonly params?: Partial<ModelParams>;
  /** Price of edits where it differs; see `inputCredits` for what each input adds. */
  readonly pricing?: Pricing;
}

/** What a picture costs the caller, in credits (1 credit = US$0.01); decimals up to six places. */
export type Pricing =
  | {
      readonly kind: 'per-image';
      /** First row whose conditions all match; the last row has none. Sizes are those sent to the provider. */
      readonly rows: readonly PriceRow[];
      /** Added for every input picture of an edit, for each picture made of it. */
      readonly inputCredits?: number;
      /** Promised to callers: holds whatever the provider says that a call cost. */
      readonly fixed?: true;
      readonly source: string;
    }
  | {
      /** Billed by the tokens that the answer reports. */
      readonly kind: 'tokens';
      readonly creditsPerMillion: {
        readonly textInput: number;
        readonly imageInput: number;
        readonly imageOutput: number;
      };
      /** Tokens that one input picture costs at most: what the quote of an edit reckons with. */
      readonly inputTokensPerImage?: number;
      /** Output tokens of a 1024x1024 picture by quality: what a quote is made of; scaled up by pixels, never down. */
      readonly outputTokensPerSquare: Readonly<Partial<Record<Quality, number>>>;
      readonly source: string;
    };

export interface PriceRow {
  readonly quality?: readonly Quality[];
  /** `WxH` of the native sizes this row covers. */
  readonly sizes?: readonly string[];
  readonly credits: number;
}

/** Dates are `YYYY-MM-DD`, UTC; a model is retired from the start of its retirement day on. */
export interface Lifecycle {
  readonly released?: string;
  readonly deprecatedOn?: string;
  readonly retiredOn?: string;
  /** Slug that takes over after retirement. */
  readonly successor?: string;
}

/** One place a model can run. `country` and `operatorCountry` are ISO 3166-1 alpha-2. */
export interface RouteSpec {
  /** Unique within the catalogue, e.g. `openai/gpt-image-2`. */
  readonly id: string;
  /** Upstream model id per operation; an operation without one can't run here. */
  readonly upstream: { readonly generate?: string; readonly edit?: string };
  readonly operator: string;
  readonly operatorCountry: string;
  /** Where the pictures are computed; `local` for this machine or the operator's own. */
  readonly country: string;
  /** Further countries where it may compute; a rule against one of them holds it back. Absent: none. */
  readonly alsoIn?: readonly string[];
}

export interface ModelEntry {
  readonly slug: string;
  readonly name: string;
  readonly aliases: readonly string[];
  readonly ownedBy: string;
  readonly strengths: readonly string[];
  readonly notes: string;
  readonly edit: EditSpec | undefined;
  readonly transparency: boolean;
  readonly params: ModelParams;
  readonly pricing: Pricing;
  readonly lifecycle: Lifecycle;
  readonly routes: readonly RouteSpec[];
  /** False for a painter that was programmed, not trained; its pictures are marked accordingly. */
  readonly trained?: false;
  /** Who refuses content: the provider's own policy, or nobody. */
  readonly contentPolicy: 'provider' | 'none';
  /** Longest wait for one call in milliseconds. */
  readonly timeoutMs: number;
}
