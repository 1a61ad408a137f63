import type { ImageWish } from '../api/images.js';
import type { Model } from '../api/models.js';

/** Settings that are chosen from a list, in the order of the form. */
export const CHOICES = [
  'quality',
  'style',
  'background',
  'output_format',
  'moderation',
  'person_generation',
  'complexity',
] as const;
export type Choice = (typeof CHOICES)[number];

/** What can be chosen besides prompt, size and number: by one model, or by several alike. */
export type SettingsOffer = Pick<
  Model['allowedParams'],
  Choice | 'output_compression' | 'seed' | 'prompt_revision'
>;

/** Settings by their names, as texts; what is absent is the model's own. */
export type Settings = Readonly<Record<string, string>>;

/** What is offered for a setting; empty where there is none. */
export function choicesOf(offer: SettingsOffer, setting: Choice): readonly string[] {
  return (offer[setting] ?? []).map(String);
}

/** Formats whose strength of compression can be chosen. */
export function isLossy(format: string | undefined): boolean {
  return format === 'jpeg' || format === 'webp' || format === 'avif';
}

/** The fields of a request that settings are. What is not offered is left out. */
export function settingsOfWish(settings: Settings, offer: SettingsOffer): Partial<ImageWish> {
  const chosen = CHOICES.flatMap((setting) => {
    const value = settings[setting];
    return value !== undefined && choicesOf(offer, setting).includes(value)
      ? [[setting, value] as const]
      : [];
  });
  const seed = wholeNumber(settings['seed']);
  const compression = wholeNumber(settings['output_compression']);
  return {
    ...Object.fromEntries(chosen),
    ...(compression !== undefined &&
    offer.output_compression !== undefined &&
    isLossy(settings['output_format'])
      ? { output_compression: compression }
      : {}),
    ...(seed !== undefined && offer.seed !== undefined ? { seed } : {}),
    ...(settings['prompt_revision'] === 'false' && offer.prompt_revision.length > 1
      ? { prompt_revision: false }
      : {}),
  };
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : undefined;
}
