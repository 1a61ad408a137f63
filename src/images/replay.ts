import type { Catalogue } from '../catalogue/catalogue.js';
import { entryFor } from '../catalogue/operation-entry.js';
import { VERSION } from '../version.js';
import { servedModel } from './generation-result.js';
import type { Plan } from './plan-types.js';
import type { Recorded } from './replay-store.js';
import { generationBodySchema, type GenerationBody } from './request-body.js';

/** What making a picture again takes, and why it may not come out the same. */
export interface Recipe {
  readonly model: string;
  readonly route: string;
  /** The model as its provider calls it. */
  readonly upstreamModel: string;
  readonly provider: string;
  /** Version of the gateway whose adapter spoke to the provider; undefined for pictures from before it was recorded. */
  readonly adapterVersion: string | undefined;
  readonly seed: number | undefined;
  /** The request for this one picture. */
  readonly request: GenerationBody;
  /** Empty where the same request gives the same bytes. */
  readonly notReproducible: readonly string[];
}

/** Fields that decide nothing of how a picture looks. */
const NOT_LOOKS: ReadonlySet<string> = new Set([
  'n',
  'fallback',
  'response_format',
  'persist',
  'stream',
  'partial_images',
  'metadata',
  'dry_run',
  'recipe',
]);

/**
 * The recipe of a picture: the request for it alone, with the model and the seed that made it. Fallback models, the form of
 * the answer and the number of pictures are not part of how it looks.
 */
export function recipeOf(recorded: Recorded, catalogue: Catalogue): Recipe {
  const { image, body, result } = recorded;
  const { receipt } = result;
  const served = receipt.served?.find(({ images }) => images.includes(image.position + 1)) ?? receipt;
  const model = servedModel(receipt, image.position);
  const { seed } = image;
  const looks = Object.fromEntries(Object.entries(body).filter(([field]) => !NOT_LOOKS.has(field)));
  return {
    model,
    route: served.route,
    upstreamModel: served.upstream_model,
    provider: served.provider,
    adapterVersion: receipt.adapter_version,
    seed,
    request: generationBodySchema.parse({ ...looks, model, ...(seed === undefined ? {} : { seed }) }),
    notReproducible: reasonsOf(recorded, model, catalogue),
  };
}

/** What a plan made now differs in from what ran then. */
export function changesSince(recipe: Recipe, plan: Plan): readonly string[] {
  const [{ model, route, calls }] = plan.candidates;
  const { slug } = model.entry;
  if (slug !== recipe.model) return [`${recipe.model} is no longer served; ${slug} takes its place`];
  const upstream = route.upstream[calls[0]?.native.operation ?? 'generate'];
  return [
    ...(route.id === recipe.route ? [] : [`it ran on ${recipe.route} then and runs on ${route.id} now`]),
    ...(upstream === recipe.upstreamModel
      ? []
      : [`the provider's model was ${recipe.upstreamModel} then and is ${upstream ?? 'another'} now`]),
  ];
}

function reasonsOf(
  { image, body, result, pictures, edit }: Recorded,
  slug: string,
  catalogue: Catalogue,
): readonly string[] {
  const found = catalogue.find(slug);
  if (found === undefined) return [`${slug} is not in the catalogue any more`];
  const entry = entryFor(found.entry, edit === undefined ? 'generate' : 'edit');
  const { params, trained } = entry;
  const { adapter_version: version } = result.receipt;
  const reasons: string[] = [];
  if (params.seed === undefined) reasons.push(`${slug} takes no seed: it paints anew each time`);
  else if (image.seed === undefined) reasons.push('the seed that it was made with is not on record');
  else if (trained !== false) {
    reasons.push(`${slug} takes a seed, and its maker does not promise the same bytes for it`);
  }
  if (trained !== false && pictures > 1 && params.maxPerCall > 1) {
    reasons.push('it was made together with others in one call, which a call for one does not repeat');
  }
  const { promptRevision } = params;
  const kept =
    promptRevision.kind === 'never' ||
    (promptRevision.kind === 'switchable' && promptRevision.certain && body.prompt_revision === false);
  if (!kept) reasons.push(`${slug} may reword the prompt, and differently each time`);
  if (version === undefined) reasons.push('the version of the gateway that made it is not on record');
  else if (version !== VERSION)
    reasons.push(`it was made by version ${version} of the gateway; this is ${VERSION}`);
  return reasons;
}
