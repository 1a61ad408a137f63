/** Models on an operator's own servers of the A1111 family (protocol notes §B0, §B6). */
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
import { DIALECTS } from './dialects.js';
import type { DialectName } from './dialects.js';
import type { OwnSdapiServer } from './own-endpoint.js';

/** The model of FLUX_BASE_URL. */
export function describeFlux(dialect: DialectName): ModelEntry {
  const size = rangeOf(FLUX_BOUNDS);
  return describeServedModel({
    ...FLUX_MODEL_FACTS,
    upstream: { generate: 'flux-1', edit: 'flux-1' },
    size,
    edit: describeEdits(size, { maxInputImages: 1, mask: true }),
    params: paramsOf(dialect, false),
    routeId: 'sdapi/flux-1-pro',
  });
}

/** The entry of a listed server's model. @param routeId unique among all routes */
export function describeOwnModel(server: OwnSdapiServer, routeId: string): ModelEntry {
  const facts = describeOwnServer(server);
  const model = server.model ?? server.slug;
  return describeServedModel({
    ...facts,
    upstream: { generate: model, edit: model },
    edit: server.edit === undefined ? undefined : describeEdits(facts.size, server.edit),
    params: paramsOf(server.dialect, server.negativePrompt),
    routeId,
  });
}

function paramsOf(dialect: DialectName, heedsNegatives: boolean): ServedModel['params'] {
  return {
    maxPerCall: 4,
    seed: SEEDS,
    negativePrompt: heedsNegatives ? NEGATIVE_PROMPT : undefined,
    partialImages: DIALECTS[dialect].watched ? 3 : undefined,
  };
}

/** The servers paint at the size that they are told, 512x512 where none is: so a size is always asked for. */
function describeEdits(size: SizeRule, edit: NonNullable<OwnSdapiServer['edit']>): EditSpec {
  return { ...edit, inputs: inputRuleOf(size), unsized: 'input' };
}
