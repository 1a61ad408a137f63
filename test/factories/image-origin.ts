import type { ImageOrigin } from '../../src/images/image-origin.js';

/** A generated picture that was passed on as it came. */
export function createOrigin(given: Partial<ImageOrigin> = {}): ImageOrigin {
  return {
    treatment: 'untouched',
    sourceType: 'trainedAlgorithmicMedia',
    recipeHash: undefined,
    original: undefined,
    ...given,
  };
}
