/** Servers that the operator lists: what each is, whether that can be true of its kind, and its model. */
import type { ModelEntry, Size } from '../model.js';
import { DIALECTS } from './dialects.js';
import type { DialectName } from './dialects.js';
import { describeModel, rangeOf } from './models.js';
import type { SizeBounds } from './models.js';

/** One server with one model, as the operator describes it. */
export interface OwnEndpoint {
  readonly slug: string;
  readonly name: string;
  /** Root of the server, with or without `/v1`. */
  readonly url: string;
  readonly dialect: DialectName;
  /** What the server calls the model. */
  readonly model: string;
  /** What it calls the model that edits, where that is another one. */
  readonly editModel: string | undefined;
  readonly apiKey: string | undefined;
  readonly weights: string;
  readonly licence: string;
  readonly size: SizeBounds | { readonly list: readonly Size[] };
  /** undefined: no edits. */
  readonly edit: { readonly maxInputImages: number; readonly mask: boolean } | undefined;
  readonly credits: number;
  /** ISO 3166-1 alpha-2 of where it stands, or `local`. */
  readonly country: string;
  readonly negativePrompt: boolean;
}

/** Something that a server of this kind can't do, at a place of its description. */
export interface EndpointProblem {
  readonly path: readonly string[];
  readonly message: string;
}

/** What is said of a server that its kind can't do. */
export function findEndpointProblems(endpoint: OwnEndpoint): readonly EndpointProblem[] {
  const { server, names, edit: form, maskedEdit } = DIALECTS[endpoint.dialect];
  const { edit } = endpoint;
  const problems: EndpointProblem[] = [];
  if (endpoint.negativePrompt && names.negative_prompt === undefined) {
    problems.push({
      path: ['negative_prompt'],
      message: `has to be false: ${server} takes none. What to leave out is told in the prompt instead`,
    });
  }
  if (edit === undefined) return problems;
  if (edit.mask && maskedEdit === undefined) {
    problems.push({
      path: ['edit', 'mask'],
      message: `has to be false: ${server} heeds no mask. The gateway keeps what is outside a mask by itself`,
    });
  }
  const most = (edit.mask ? maskedEdit : undefined)?.maxImages ?? form.maxImages;
  if (most !== undefined && edit.maxInputImages > most) {
    problems.push({
      path: ['edit', 'max_input_images'],
      message: `has to be at most ${most}: ${server} takes no more${edit.mask ? ' with a mask' : ''}`,
    });
  }
  return problems;
}

/** The entry of the endpoint's model. @param routeId unique among all routes */
export function describeOwnEndpoint(endpoint: OwnEndpoint, routeId: string): ModelEntry {
  const { slug, name, dialect, model, weights, licence, size, credits, edit, country } = endpoint;
  return describeModel({
    slug,
    name,
    aliases: [],
    upstream: { generate: model, edit: endpoint.editModel ?? model },
    dialect,
    weights: `Weights: ${weights}. Licence: ${licence}.`,
    strengths: ['runs on your own server'],
    size: 'list' in size ? { kind: 'list', sizes: size.list } : rangeOf(size),
    credits,
    priceSource: "the operator's price",
    edit,
    heedsNegatives: endpoint.negativePrompt,
    routeId,
    country,
  });
}
