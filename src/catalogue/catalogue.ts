import { nearestName } from '../config/nearest-name.js';
import { AppError, invariant } from '../errors.js';
import type { ModelEntry } from '../providers/model.js';
import type { Provider } from '../providers/provider.js';
import { isNativeSize, listedSizes } from './size-rules.js';

export { nearestName } from '../config/nearest-name.js';

/** Who runs the operator's own servers, as routes tell it. */
export const OWN_OPERATOR = 'you';

/** A model together with the provider that runs it. */
export interface CatalogueModel {
  readonly entry: ModelEntry;
  readonly provider: Provider;
  /**
   * The same model elsewhere, in the order in which it is tried after this one: set where the operator has bound its
   * slug to own servers. Their entries hold for them alone; one that is retired serves test keys only.
   */
  readonly elsewhere?: readonly CatalogueModel[];
}

/** Every model of every provider, by slug and alias. Built once; refuses contradictions at start. */
export class Catalogue {
  readonly models: readonly CatalogueModel[];
  readonly #byName = new Map<string, CatalogueModel>();

  constructor(providers: readonly Provider[]) {
    const all = providers.flatMap((provider) => provider.models.map((entry) => ({ entry, provider })));
    const bySlug = new Map<string, readonly CatalogueModel[]>();
    for (const model of all) {
      const { slug } = model.entry;
      bySlug.set(slug, [...(bySlug.get(slug) ?? []), model]);
    }
    this.models = [...bySlug.values()].map(bind);
    for (const model of this.models) {
      for (const name of [model.entry.slug, ...model.entry.aliases]) {
        invariant(!this.#byName.has(name), `the model name ${name} is given once`);
        this.#byName.set(name, model);
      }
    }
    const routeIds = new Set<string>();
    for (const model of all) {
      this.#check(model);
      for (const { id } of model.entry.routes) {
        invariant(!routeIds.has(id), `the route id ${id} is given once`);
        routeIds.add(id);
      }
    }
  }

  find(name: string): CatalogueModel | undefined {
    return this.#byName.get(name);
  }

  /** @throws AppError model_not_found naming the most similar model */
  get(name: string, param = 'model'): CatalogueModel {
    const found = this.find(name);
    if (found !== undefined) return found;
    const slugs = this.models.map((model) => model.entry.slug);
    const nearest = nearestName(name, [...this.#byName.keys()]);
    throw new AppError('model_not_found', {
      message:
        `There is no model \`${name.slice(0, 100)}\`.` +
        (nearest === undefined ? '' : ` Did you mean \`${nearest}\`?`) +
        ' GET /v1/models lists all of them.',
      param,
      facts: { allowed: slugs, ...(nearest === undefined ? {} : { nearest }) },
    });
  }

  #leadsBack(entry: ModelEntry): boolean {
    const seen = new Set([entry.slug]);
    for (let next = entry.lifecycle.successor; next !== undefined;) {
      if (seen.has(next)) return true;
      seen.add(next);
      next = this.find(next)?.entry.lifecycle.successor;
    }
    return false;
  }

  #check({ entry, provider }: CatalogueModel): void {
    const what = `model ${entry.slug}`;
    invariant(entry.routes.length > 0, `${what} has a route`);
    for (const route of entry.routes)
      invariant(route.id.startsWith(`${provider.id}/`), `${what}: route ids name the provider`);
    for (const size of listedSizes(entry.params.size)) {
      invariant(
        isNativeSize(entry.params.size, size),
        `${what}: listed size ${size.width}x${size.height} obeys its rule`,
      );
    }
    const { successor, retiredOn } = entry.lifecycle;
    if (retiredOn !== undefined) invariant(successor !== undefined, `${what} retires and has a successor`);
    if (successor !== undefined) {
      const next = this.find(successor);
      invariant(next !== undefined && next.entry.slug === successor, `${what}: its successor is a slug`);
      invariant(!this.#leadsBack(entry), `${what} is not among its own successors`);
    }
    if (entry.pricing.kind === 'per-image') {
      const last = entry.pricing.rows.at(-1);
      invariant(
        last !== undefined && last.quality === undefined && last.sizes === undefined,
        `${what}: the last price row has no condition`,
      );
    }
    invariant(
      provider.adapter === undefined || provider.createEmulator !== undefined || provider.id === 'sketch',
      `provider ${provider.id} has an emulator`,
    );
  }
}

/**
 * Makes one model of all that share a slug. Own servers come first, in their order: the operator has bound the slug to
 * them, so that a model that its vendor has retired is active by them. They answer to all of its names.
 */
function bind(sharers: readonly CatalogueModel[]): CatalogueModel {
  const own = sharers.filter(isOwn);
  const foreign = sharers.filter((model) => !isOwn(model));
  const [first, ...elsewhere] = [...own, ...foreign];
  invariant(first !== undefined, 'a slug has a model');
  invariant(foreign.length <= 1, `the slug ${first.entry.slug} is given once`);
  if (elsewhere.length === 0) return first;
  const aliases = [...new Set(sharers.flatMap(({ entry }) => entry.aliases))];
  return { ...first, entry: { ...first.entry, aliases }, elsewhere };
}

function isOwn({ entry }: CatalogueModel): boolean {
  return entry.routes.length > 0 && entry.routes.every((route) => route.operator === OWN_OPERATOR);
}
