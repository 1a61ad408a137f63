import type { Catalogue, CatalogueModel } from '../catalogue/catalogue.js';
import { lifecycleStatus } from '../catalogue/lifecycle.js';
import type { Lifecycle } from '../providers/model.js';
import type { ModelCaller, ModelTraffic } from './model-traffic-store.js';

/** A model whose time is over by a certain day, or that the catalogue no longer has. */
export interface Ending {
  readonly model: string;
  /** On that day; `unlisted`: no provider has it any more, so that every call of it is refused. */
  readonly status: 'deprecated' | 'retired' | 'unlisted';
  readonly lifecycle: Lifecycle;
  /** What live calls of it run on that day: the first of its successors that isn't retired. */
  readonly runs: CatalogueModel | undefined;
}

/** What happens to the calls of one caller on that day. */
export type Outcome =
  /** They go on; the answers carry the date of the end. */
  | 'warned'
  /** They run on the successor, with its parameters and price. */
  | 'forwarded'
  | 'refused'
  /** Test keys meet every model long after its end. */
  | 'unaffected';

/** Models that are deprecated or retired on a day, and slugs with traffic that aren't models. */
export function listEndings(
  catalogue: Catalogue,
  traffic: readonly ModelTraffic[],
  on: Date,
): readonly Ending[] {
  const listed = catalogue.models.flatMap((model) => {
    const { slug, lifecycle } = model.entry;
    const status = lifecycleStatus(lifecycle, on);
    return status === 'active'
      ? []
      : [{ model: slug, status, lifecycle, runs: findRunning(catalogue, model, on) }];
  });
  const unlisted = traffic
    .filter(({ model }) => catalogue.find(model) === undefined)
    .map(({ model }) => ({ model, status: 'unlisted' as const, lifecycle: {}, runs: undefined }));
  return [...listed, ...unlisted];
}

export function outcomeFor({ status }: Ending, caller: ModelCaller): Outcome {
  if (status === 'unlisted') return 'refused';
  if (caller.mode === 'test') return 'unaffected';
  if (status === 'deprecated') return 'warned';
  return caller.retiredModels === 'refuse' ? 'refused' : 'forwarded';
}

/** Ends: the catalogue refuses circles of successors. */
function findRunning(catalogue: Catalogue, model: CatalogueModel, on: Date): CatalogueModel | undefined {
  const { lifecycle } = model.entry;
  if (lifecycleStatus(lifecycle, on) !== 'retired') return model;
  const next = lifecycle.successor === undefined ? undefined : catalogue.find(lifecycle.successor);
  return next === undefined ? undefined : findRunning(catalogue, next, on);
}
