/** Models on an operator's own ComfyUI servers (protocol notes §B0, §B1). */
import type { EditSpec, ModelEntry, SizeRule } from '../model.js';
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
import { KONTEXT_SIZES } from './families.js';
import type { DialectName, Family } from './families.js';
import { familyOf } from './own-endpoint.js';
import type { OwnComfyUi } from './own-endpoint.js';

/** Pictures that a model is shown cost memory like those that it paints. */
const MAX_REFERENCE_PIXELS = 1536 * 1024;

/** Route of the server at FLUX_BASE_URL. */
export const FLUX_ROUTE_ID = 'comfyui/flux-1-pro';

/** The model of FLUX_BASE_URL. */
export function describeFlux(dialect: DialectName): ModelEntry {
  const size = rangeOf(FLUX_BOUNDS);
  const family = familyOf(dialect);
  return describeServedModel({
    ...FLUX_MODEL_FACTS,
    upstream: { generate: 'flux-1', edit: 'flux-1' },
    size,
    edit: describeEdits(family, size, {
      maxInputImages: family?.maxInputImages ?? 1,
      mask: true,
    }),
    params: paramsOf(false),
    routeId: FLUX_ROUTE_ID,
  });
}

/** The entry of a listed server's model. @param routeId unique among all routes */
export function describeOwnModel(server: OwnComfyUi, routeId: string): ModelEntry {
  const facts = describeOwnServer(server);
  const family = familyOf(server.dialect);
  const model = server.model ?? family?.model ?? server.slug;
  return describeServedModel({
    ...facts,
    upstream: { generate: model, edit: model },
    edit: server.edit === undefined ? undefined : describeEdits(family, facts.size, server.edit),
    params: paramsOf(server.negativePrompt),
    routeId,
  });
}

function paramsOf(heedsNegatives: boolean): ServedModel['params'] {
  return {
    // Each picture is a job of its own, with a seed that it can be made again from.
    maxPerCall: 1,
    seed: SEEDS,
    negativePrompt: heedsNegatives ? NEGATIVE_PROMPT : undefined,
    partialImages: 3,
  };
}

function describeEdits(
  family: Family | undefined,
  size: SizeRule,
  edit: NonNullable<OwnComfyUi['edit']>,
): EditSpec {
  const inputs = inputRuleOf(size);
  const spec: EditSpec = { ...edit, inputs, unsized: 'input' };
  if (family?.edits !== 'reference') return spec;
  return {
    ...spec,
    inputs: { ...inputs, maxPixels: Math.min(inputs.maxPixels, MAX_REFERENCE_PIXELS) },
    ...(family.generation === 1 ? { params: { size: { kind: 'list', sizes: KONTEXT_SIZES } } } : {}),
  };
}
