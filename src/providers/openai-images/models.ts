/** Models on an operator's own servers that speak the OpenAI images protocol (protocol notes §B0). */
import type { EditSpec, ModelEntry, Size, SizeRule } from '../model.js';
import {
  describeOwnServer,
  describeServedModel,
  FLUX_BOUNDS,
  FLUX_MODEL_FACTS,
  inputRuleOf,
  NEGATIVE_PROMPT,
  rangeOf,
  SEEDS,
} from '../shared/own-server.js';
import type { ServedModel } from '../shared/own-server.js';
import { DIALECTS } from './dialects.js';
import type { DialectName } from './dialects.js';
import type { OwnEndpoint } from './own-endpoint.js';

/** The model of FLUX_BASE_URL. @param dialect of the server there, because edits depend on it */
export function describeFlux(dialect: DialectName): ModelEntry {
  const size = rangeOf(FLUX_BOUNDS);
  // LocalAI's masks cost its edits every other size; the gateway keeps what is outside a mask by itself.
  const mask = dialect !== 'localai' && DIALECTS[dialect].maskedEdit !== undefined;
  return describeServedModel({
    ...FLUX_MODEL_FACTS,
    upstream: { generate: 'flux-1', edit: 'flux-1' },
    size,
    edit: describeEdits(dialect, size, { maxInputImages: 1, mask }),
    params: paramsOf(dialect, false),
    routeId: 'openai-images/flux-1-pro',
  });
}

/** The entry of a listed server's model. @param routeId unique among all routes */
export function describeOwnEndpoint(endpoint: OwnEndpoint, routeId: string): ModelEntry {
  const { dialect, model, edit, negativePrompt } = endpoint;
  const facts = describeOwnServer(endpoint);
  return describeServedModel({
    ...facts,
    upstream: { generate: model, edit: endpoint.editModel ?? model },
    edit: edit === undefined ? undefined : describeEdits(dialect, facts.size, edit),
    params: paramsOf(dialect, negativePrompt),
    routeId,
  });
}

/** @param heedsNegatives whether the weights do: those that run without guidance don't */
function paramsOf(dialect: DialectName, heedsNegatives: boolean): ServedModel['params'] {
  const { names } = DIALECTS[dialect];
  return {
    maxPerCall: 4,
    seed: names.seed === undefined ? undefined : SEEDS,
    negativePrompt: heedsNegatives && names.negative_prompt !== undefined ? NEGATIVE_PROMPT : undefined,
    partialImages: undefined,
  };
}

/**
 * Edits of the configured server. Servers that name no default size paint at some fixed one, and those that follow the
 * input would take one of any size into their memory: so a size is always asked for.
 */
function describeEdits(
  dialect: DialectName,
  size: SizeRule,
  edit: NonNullable<OwnEndpoint['edit']>,
): EditSpec {
  const { maskedEdit } = DIALECTS[dialect];
  const fixed = edit.mask ? sizeOf(maskedEdit?.fixedSize) : undefined;
  const spec: EditSpec = { ...edit, inputs: inputRuleOf(size), unsized: 'input' };
  if (fixed === undefined) return spec;
  return {
    ...spec,
    // Other shapes would be squeezed into the only size.
    inputs: { ...spec.inputs, square: true },
    params: { size: { kind: 'list', sizes: [fixed] }, maxPerCall: 1, seed: undefined },
  };
}

function sizeOf(text: string | undefined): Size | undefined {
  const [width, height] = (text ?? '').split('x').map(Number);
  return width === undefined || height === undefined ? undefined : { width, height };
}
