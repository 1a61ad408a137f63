/** What the emulated services know of each model (protocol notes §0, §2, §3, §7, §10). */
import type { JsonValue } from '../provider.js';

export type Tier = '512' | '1K' | '2K' | '4K';
export type ThinkingLevel = 'minimal' | 'low' | 'medium' | 'high';

export interface GeminiModel {
  readonly kind: 'gemini';
  readonly id: string;
  /** Other names that a scripted outcome may call the model by. */
  readonly names: readonly string[];
  /** Output tokens by size tier; undefined for the model without `imageSize`. */
  readonly tierTokens: Readonly<Partial<Record<Tier, number>>> | undefined;
  readonly extremeRatios: boolean;
  /** undefined: no thinking. */
  readonly thinking:
    | {
        readonly levels: readonly ThinkingLevel[];
        readonly default: ThinkingLevel;
        /** Thinks at every level. */
        readonly always: boolean;
      }
    | undefined;
  /** Final pictures carry signatures, which have to come back with them. */
  readonly signs: boolean;
  readonly mimeType: 'image/png' | 'image/jpeg';
  readonly inputImageTokens: number;
  readonly maxInputImages: number;
  /** Takes PDF and video beside pictures. */
  readonly documents: boolean;
  readonly search: boolean;
  /** Function calling and structured output. */
  readonly functions: boolean;
  /** Served by regional hosts of Vertex, not only by `global`, `us` and `eu`. */
  readonly regional: boolean;
  readonly inputTokenLimit: number;
  readonly listed: Readonly<Record<string, JsonValue>>;
}

export interface ImagenModel {
  readonly kind: 'imagen';
  readonly id: string;
  readonly names: readonly string[];
  readonly tiers: readonly ('1K' | '2K')[];
  readonly listed: Readonly<Record<string, JsonValue>>;
}

export type EmulatedModel = GeminiModel | ImagenModel;

/** A 2.5 picture counts so much at every ratio. */
export const TOKENS_2_5 = 1290;

const GEMINI_METHODS = ['generateContent', 'batchGenerateContent'];

const THIRD = {
  kind: 'gemini',
  signs: true,
  // Certain for Pro and Lite only; 2.1 and 3.1 flash are taken to do the same.
  mimeType: 'image/jpeg',
  inputImageTokens: 1120,
  maxInputImages: 14,
  documents: true,
  search: true,
  functions: true,
  regional: false,
} as const;

/** Previews that were shut down are missing and answer 404; retired Imagen and 2.5 still answer, for test keys. */
export const emulatedModels: readonly EmulatedModel[] = [
  {
    ...THIRD,
    id: 'gemini-nano-banana-2.1',
    names: ['nano-banana-2.1'],
    // 512 is refused as two of three sources say; 4K is computed from its price.
    tierTokens: { '1K': 1120, '2K': 1680, '4K': 3780 },
    extremeRatios: true,
    thinking: { levels: ['minimal', 'medium', 'high'], default: 'medium', always: false },
    functions: false,
    // Its limits are not known; those of the Pro model stand in.
    inputTokenLimit: 131_072,
    listed: describe('2.1', 'Nano Banana 2.1', 'Gemini Nano Banana 2.1', [131_072, 32_768]),
  },
  {
    ...THIRD,
    id: 'gemini-3-pro-image',
    names: ['nano-banana-pro'],
    tierTokens: { '1K': 1120, '2K': 1120, '4K': 2000 },
    extremeRatios: false,
    // Always thinks; a level is taken and changes nothing.
    thinking: { levels: ['minimal', 'low', 'medium', 'high'], default: 'high', always: true },
    inputImageTokens: 258,
    documents: false,
    inputTokenLimit: 131_072,
    listed: describe('3.0', 'Nano Banana Pro', 'Gemini 3 Pro Image', [131_072, 32_768]),
  },
  {
    ...THIRD,
    id: 'gemini-3.1-flash-image',
    names: ['nano-banana-2'],
    tierTokens: { '512': 747, '1K': 1120, '2K': 1680, '4K': 2520 },
    extremeRatios: true,
    thinking: { levels: ['minimal', 'high'], default: 'minimal', always: false },
    inputTokenLimit: 65_536,
    listed: describe('3.1', 'Nano Banana 2', 'Gemini 3.1 Flash Image', [65_536, 65_536]),
  },
  {
    ...THIRD,
    id: 'gemini-3.1-flash-lite-image',
    names: ['nano-banana-2-lite'],
    tierTokens: { '1K': 1120 },
    extremeRatios: true,
    thinking: { levels: ['minimal', 'high'], default: 'minimal', always: false },
    search: false,
    inputTokenLimit: 65_536,
    listed: describe('3.1', 'Nano Banana 2 Lite', 'Gemini 3.1 Flash Lite Image', [65_536, 65_536]),
  },
  {
    ...THIRD,
    id: 'gemini-2.5-flash-image',
    names: ['gemini-2-5-flash-image', 'nano-banana'],
    tierTokens: undefined,
    extremeRatios: false,
    thinking: undefined,
    signs: false,
    mimeType: 'image/png',
    inputImageTokens: 258,
    documents: false,
    regional: true,
    inputTokenLimit: 32_768,
    listed: describe('2.0', 'Nano Banana', 'Gemini 2.5 Flash Image', [32_768, 32_768], false),
  },
  imagen('imagen-4.0-generate-001', 'imagen-4', 'Imagen 4', ['1K', '2K']),
  imagen('imagen-4.0-fast-generate-001', 'imagen-4-fast', 'Imagen 4 Fast', ['1K']),
  imagen('imagen-4.0-ultra-generate-001', 'imagen-4-ultra', 'Imagen 4 Ultra', ['1K', '2K']),
];

export function findEmulatedModel(id: string): EmulatedModel | undefined {
  return emulatedModels.find((model) => model.id === id);
}

/** Every name a scripted outcome may use. */
export function namesOf(model: EmulatedModel): readonly string[] {
  const plain = [model.id, ...model.names];
  return [...plain, ...plain.map((name) => `google/${name}`)];
}

function describe(
  version: string,
  displayName: string,
  description: string,
  limits: readonly [number, number],
  thinking = true,
): GeminiModel['listed'] {
  return {
    version,
    displayName,
    description,
    inputTokenLimit: limits[0],
    outputTokenLimit: limits[1],
    supportedGenerationMethods: GEMINI_METHODS,
    temperature: 1,
    topP: 0.95,
    topK: 64,
    maxTemperature: 1,
    ...(thinking ? { thinking } : {}),
  };
}

function imagen(id: string, slug: string, displayName: string, tiers: ImagenModel['tiers']): ImagenModel {
  return {
    kind: 'imagen',
    id,
    names: [slug],
    tiers,
    listed: {
      version: '001',
      displayName,
      description: `Vertex served ${displayName.replace('Imagen 4', 'Imagen 4.0')} model`,
      inputTokenLimit: 480,
      outputTokenLimit: 8192,
      supportedGenerationMethods: ['predict'],
    },
  };
}
