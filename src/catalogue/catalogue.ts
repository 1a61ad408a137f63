import { AppError, invariant } from '../errors.js';
import type { ModelEntry } from '../providers/model.js';
import type { Provider } from '../providers/provider.js';
import { isNativeSize, listedSizes } from './size-rules.js';

/** A model together with the provider that runs it. */
export interface CatalogueModel {
  readonly entry: ModelEntry;
  readonly provider: Provider;
}

/** Every model of every provider, by slug and alias. Built once; refuses contradictions at start. */
export class Catalogue {
  readonly models: readonly CatalogueModel[];
  readonly #byName = new Map<string, CatalogueModel>();

  constructor(providers: readonly Provider[]) {
    this.models = providers.flatMap((provider) => provider.models.map((entry) => ({ entry, provider })));
    for (const model of this.models) {
      for (const name of [model.entry.slug, ...model.entry.aliases]) {
        invariant(!this.#byName.has(name), `the model name ${name} is given once`);
        this.#byName.set(name, model);
      }
    }
    for (const model of this.models) this.#check(model);
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

/** The name that takes fewest single-character edits, if it is near enough to be a slip. */
export function nearestName(given: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Infinity;
  const text = given.slice(0, 100).toLowerCase();
  for (const name of known) {
    const distance = editDistance(text, name.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [name, distance];
  }
  return bestDistance <= Math.max(2, Math.floor(text.length * 0.45)) ? best : undefined;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      current.push(
        Math.min(
          (previous[j] ?? 0) + 1,
          (current[j - 1] ?? 0) + 1,
          (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1),
        ),
      );
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
