import { nearestName, type Catalogue, type CatalogueModel } from '../catalogue/catalogue.js';
import { AppError } from '../errors.js';
import type { Adjustment, NativeRequest } from '../providers/provider.js';
import type { ImageRequest } from './request.js';

/** @throws AppError unknown_parameter for options of a provider that there is not */
export function refuseUnknownProviders(request: ImageRequest, catalogue: Catalogue): void {
  const known = [...new Set(catalogue.models.map((model) => model.provider.id))];
  const unknown = Object.keys(request.providerOptions).find((id) => !known.includes(id));
  if (unknown === undefined) return;
  const nearest = nearestName(unknown, known);
  const param = `provider_options.${unknown.slice(0, 100)}`;
  throw new AppError('unknown_parameter', {
    message: `\`${param}\` names no provider.${nearest === undefined ? '' : ` Did you mean \`${nearest}\`?`}`,
    param,
    facts: { allowed: known, ...(nearest === undefined ? {} : { nearest }) },
  });
}

/** Options of providers that the model does not run on. @throws AppError unsupported_parameter under `strict` */
export function reportForeignOptions(request: ImageRequest, model: CatalogueModel): readonly Adjustment[] {
  return Object.keys(request.providerOptions)
    .filter((id) => id !== model.provider.id)
    .map((id) => {
      const reason = `${model.entry.slug} runs on the provider ${model.provider.id}`;
      if (request.adapt === 'strict') {
        throw new AppError('unsupported_parameter', {
          message: `\`provider_options.${id}\` does not apply: ${reason}.`,
          param: `provider_options.${id}`,
          facts: { allowed: [model.provider.id] },
        });
      }
      return { param: `provider_options.${id}`, reason };
    });
}

/** The options of the model's own provider. @throws AppError unknown_parameter, invalid_request */
export function parseOptions(request: ImageRequest, model: CatalogueModel): NativeRequest['options'] {
  const given = request.providerOptions[model.provider.id];
  if (given === undefined) return {};
  const parsed = model.provider.optionsSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  const path = ['provider_options', model.provider.id, ...(issue?.path ?? []), ...unknown]
    .map(String)
    .join('.');
  throw new AppError(issue?.code === 'unrecognized_keys' ? 'unknown_parameter' : 'invalid_request', {
    message: `\`${path}\`: ${issue?.message ?? 'is not valid'}.`,
    param: path,
  });
}
