/** What the emulated service knows of each model (protocol notes §1, §3, §4, §5). */
import type { PixelSize } from '../shared/emulator-picture.js';

/** `third`: 3.0 and 2.1. `second`: 2.0. The others are the legacy page's: from text, edits, and the first edit model. */
export type Family = 'third' | 'second' | 'text' | 'edit' | 'first-edit';

export interface EmulatedModel {
  readonly id: string;
  readonly family: Family;
  /** Other names that a scripted outcome may call the model by. */
  readonly names: readonly string[];
  readonly minImages: number;
  readonly maxImages: number;
  readonly maxCount: number;
  /** On the older asynchronous path. */
  readonly legacyTasks: boolean;
  readonly negativePrompt: boolean;
  /** Beyond it a prompt is cut without a word. */
  readonly promptLimit: { readonly unit: 'characters' | 'tokens'; readonly max: number };
}

const LEGACY_LIMIT = { unit: 'characters', max: 800 } as const;
const SECOND_LIMIT = { unit: 'tokens', max: 1_300 } as const;
/** That of 2.1-pro is not known and taken to be the same. */
const THIRD_LIMIT = { unit: 'tokens', max: 4_500 } as const;

/** The only sizes of the legacy models that draw from text. */
export const CLOSED_SIZES: readonly PixelSize[] = [
  { width: 1664, height: 928 },
  { width: 1472, height: 1104 },
  { width: 1328, height: 1328 },
  { width: 1104, height: 1472 },
  { width: 928, height: 1664 },
];

function third(id: string, maxImages = 3): EmulatedModel {
  return {
    id,
    family: 'third',
    names: [id],
    minImages: 0,
    maxImages,
    maxCount: 6,
    legacyTasks: false,
    // Documented as possibly refused by 2.1-pro; an emulator that took it would hide the trap.
    negativePrompt: id !== 'qwen-image-2.1-pro',
    promptLimit: THIRD_LIMIT,
  };
}

function second(id: string): EmulatedModel {
  return {
    ...third(id),
    family: 'second',
    promptLimit: SECOND_LIMIT,
  };
}

function text(id: string, legacyTasks: boolean): EmulatedModel {
  return {
    ...third(id, 0),
    family: 'text',
    maxCount: 1,
    legacyTasks,
    promptLimit: LEGACY_LIMIT,
  };
}

function edit(id: string, family: 'edit' | 'first-edit' = 'edit'): EmulatedModel {
  return {
    ...third(id),
    family,
    // One public model draws with the one and edits with the other.
    names: [id, 'qwen-image'],
    minImages: 1,
    maxCount: family === 'edit' ? 6 : 1,
    promptLimit: LEGACY_LIMIT,
  };
}

const models: readonly EmulatedModel[] = [
  third('qwen-image-3.0-pro'),
  third('qwen-image-3.0'),
  third('qwen-image-2.1-pro', 10),
  ...['', '-2026-03-03', '-2026-04-22', '-2026-06-22'].map((date) => second(`qwen-image-2.0-pro${date}`)),
  ...['', '-2026-03-03'].map((date) => second(`qwen-image-2.0${date}`)),
  ...['', '-2025-12-30'].map((date) => text(`qwen-image-max${date}`, false)),
  text('qwen-image-plus', true),
  text('qwen-image-plus-2026-01-09', false),
  text('qwen-image', true),
  ...['', '-2026-01-16'].map((date) => edit(`qwen-image-edit-max${date}`)),
  ...['', '-2025-10-30', '-2025-12-15'].map((date) => edit(`qwen-image-edit-plus${date}`)),
  edit('qwen-image-edit', 'first-edit'),
];

export function findEmulatedModel(id: string): EmulatedModel | undefined {
  return models.find((model) => model.id === id);
}

/** The part of a prompt that the model reads, and how much was lost. */
export function cutPrompt(
  prompt: string,
  limit: EmulatedModel['promptLimit'],
): { readonly kept: string; readonly lostChars: number } {
  const characters = Array.from(prompt);
  let used = 0;
  let end = 0;
  for (const character of characters) {
    // The tokenizer is not public: a sign of Chinese or the like counts whole, of other writing four make a token.
    used += limit.unit === 'characters' || character > '\u2e7f' ? 1 : 1 / 4;
    if (used > limit.max) break;
    end += 1;
  }
  return { kept: characters.slice(0, end).join(''), lostChars: characters.length - end };
}
