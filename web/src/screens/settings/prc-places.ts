import type { Model } from '../../api/models.js';
import { whereabouts } from '../../parts/whereabouts.js';

/** A model and where its requests would go. */
export interface PrcPlace {
  readonly id: string;
  readonly name: string;
  readonly places: readonly string[];
}

/** Models that run with operators in the People's Republic of China, or compute there; own machines are none of it. */
export function prcPlaces(models: readonly Model[]): readonly PrcPlace[] {
  return models.flatMap(({ id, name, routes }) => {
    const there = routes.filter(
      ({ operator_country: operator, country, also_in: also = [] }) =>
        country !== 'local' && [operator, country, ...also].includes('CN'),
    );
    return there.length === 0 ? [] : [{ id, name, places: [...new Set(there.map(whereabouts))] }];
  });
}
