import type { NativeRequest } from '../../src/providers/provider.js';

/** A request for one picture of a red fox with nothing else asked. */
export function createNativeRequest(changes: Partial<NativeRequest> = {}): NativeRequest {
  return {
    operation: 'generate',
    prompt: 'a red fox',
    count: 1,
    size: undefined,
    quality: undefined,
    style: undefined,
    background: undefined,
    outputFormat: undefined,
    outputCompression: undefined,
    moderation: undefined,
    personGeneration: undefined,
    negativePrompt: undefined,
    seed: undefined,
    keepPrompt: false,
    inputFidelity: undefined,
    complexity: undefined,
    partialImages: undefined,
    user: undefined,
    options: {},
    inputs: [],
    masked: false,
    ...changes,
  };
}
