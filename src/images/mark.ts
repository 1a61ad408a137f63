import { formatSize } from '../catalogue/size-rules.js';
import type { XmpFacts } from '../pixels/xmp.js';
import { recipeHash } from '../provenance/recipe-hash.js';
import type { Candidate } from './plan-types.js';
import type { ImageRequest } from './request.js';

/**
 * What a picture says of itself where the gateway may write: how it came about, by which model, and of which recipe. No ids
 * and no times, so that the same request gives the same bytes.
 * @param seed of this picture; undefined where the model has none
 */
export function markOf(request: ImageRequest, { entry }: Candidate, seed: number | undefined): XmpFacts {
  const [edited, made] =
    entry.trained === false
      ? (['algorithmicallyEnhanced', 'algorithmicMedia'] as const)
      : (['compositeWithTrainedAlgorithmicMedia', 'trainedAlgorithmicMedia'] as const);
  const [first] = request.inputs;
  return {
    digitalSourceType: request.operation === 'edit' ? edited : made,
    creatorTool: 'Atelier',
    model: entry.slug,
    recipeHash: recipeHash(recipeOf(request, entry.slug, seed)),
    derivedFrom: first === undefined ? undefined : { sha256: first.sha256 },
  };
}

/**
 * The request as it is hashed (docs/provenance.md): everything that decides the picture, under the names of the API, and the
 * picture's own seed. What only decides how many there are, for whom and at what price is left out.
 */
export function recipeOf(request: ImageRequest, model: string, seed: number | undefined): object {
  const { size, aspectRatio, inputs, mask, providerOptions } = request;
  return {
    operation: request.operation,
    model,
    prompt: request.prompt,
    size: size === undefined ? undefined : formatSize(size),
    aspect_ratio: aspectRatio === undefined ? undefined : `${aspectRatio.width}:${aspectRatio.height}`,
    resolution: request.resolution,
    quality: request.quality,
    style: request.style,
    background: request.background,
    output_format: request.outputFormat,
    output_compression: request.outputCompression,
    moderation: request.moderation,
    person_generation: request.personGeneration,
    negative_prompt: request.negativePrompt,
    seed,
    prompt_revision: request.promptRevision,
    input_fidelity: request.inputFidelity,
    complexity: request.complexity,
    frame_count: request.frameCount,
    frame_duration_ms: request.frameDurationMs,
    provider_options: Object.keys(providerOptions).length === 0 ? undefined : providerOptions,
    images: inputs.length === 0 ? undefined : inputs.map(({ sha256 }) => sha256),
    mask: mask?.sha256,
  };
}
