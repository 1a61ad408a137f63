import type { ImageRequest } from '../../src/images/request.js';

/** One picture of a red fox by `painter-1`, nothing else asked. */
export function createImageRequest(changes: Partial<ImageRequest> = {}): ImageRequest {
  return {
    operation: 'generate',
    model: 'painter-1',
    prompt: 'a red fox',
    promptParts: undefined,
    n: 1,
    size: undefined,
    aspectRatio: undefined,
    resolution: undefined,
    quality: undefined,
    style: undefined,
    background: undefined,
    outputFormat: undefined,
    outputCompression: undefined,
    moderation: undefined,
    personGeneration: undefined,
    negativePrompt: undefined,
    seed: undefined,
    promptRevision: undefined,
    inputFidelity: undefined,
    complexity: undefined,
    frameCount: undefined,
    frameDurationMs: undefined,
    partialImages: undefined,
    adapt: 'adapt',
    fallback: undefined,
    providerOptions: {},
    user: undefined,
    inputs: [],
    mask: undefined,
    ...changes,
  };
}
