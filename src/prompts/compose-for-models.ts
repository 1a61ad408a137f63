import type { Catalogue } from '../catalogue/catalogue.js';
import { entryFor } from '../catalogue/operation-entry.js';
import { composePrompt } from './compose-prompt.js';
import { explainComposition } from './explain.js';
import { countChars } from './language.js';
import type { StructuredPrompt } from './structured-prompt.js';

/** What is to be worded, and for what kind of call. */
export interface ComposeWish {
  readonly prompt: StructuredPrompt;
  readonly negativePrompt: string | undefined;
  /** The call will ask for the prompt to be kept as it stands, which takes room on some models. */
  readonly keepPrompt: boolean;
  readonly mayShorten: boolean;
  readonly operation: 'generate' | 'edit';
}

/** A wording for one model, or why there is none. */
export interface Rendering {
  /** Slug of the model. */
  readonly model: string;
  /** undefined where the model has no room for it, whatever is left out. */
  readonly prompt: string | undefined;
  readonly negativePrompt: string | undefined;
  readonly leftOut: readonly string[];
  readonly chars: number;
  readonly maxChars: number;
  readonly explanation: readonly string[];
}

/**
 * Words a prompt for several models, exactly as a call would send it.
 * @param names slugs or aliases
 * @throws AppError model_not_found
 */
export function composeForModels(
  wish: ComposeWish,
  names: readonly string[],
  catalogue: Catalogue,
): readonly Rendering[] {
  return names.map((name) => {
    const { slug, params } = entryFor(catalogue.get(name).entry, wish.operation);
    const composed = composePrompt(wish.prompt, { ...wish, params });
    if ('tooLong' in composed) {
      const { chars, maxChars } = composed;
      const explanation = [
        `Too long even at its shortest: ${chars} characters, and ${slug} takes ${maxChars}.`,
      ];
      return {
        model: slug,
        prompt: undefined,
        negativePrompt: undefined,
        leftOut: [],
        chars,
        maxChars,
        explanation,
      };
    }
    const { prompt, negativePrompt, leftOut, maxChars } = composed;
    return {
      model: slug,
      prompt,
      negativePrompt,
      leftOut,
      chars: countChars(prompt),
      maxChars,
      explanation: explainComposition(composed, wish.prompt, slug),
    };
  });
}
