import { useQuery } from '@tanstack/react-query';
import { planOf, type ImageWish } from '../../api/images.js';
import { useApi, useCurrentKey } from '../../app/session.js';
import { useDebounced } from '../../parts/use-debounced.js';

/**
 * What would run at what price, asked once the form has stood still for a moment.
 * @param wish the same object while it says the same
 * @param ready whether there is anything to be drawn
 */
export function usePlan(wish: ImageWish | undefined, ready: boolean) {
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  const settled = useDebounced(wish, 350);
  const plan = useQuery({
    queryKey: [keyId, 'plan', settled],
    queryFn: ({ signal }) => {
      if (settled === undefined) throw new Error('a plan of nothing');
      return api(planOf(settled, signal));
    },
    enabled: ready && settled !== undefined && settled.prompt !== '',
    placeholderData: (before) => before,
    staleTime: 60_000,
    gcTime: 60_000,
  });
  // Until the new price is there the old one stays, and is shown as such.
  return { ...plan, fresh: settled === wish && !plan.isPlaceholderData && !plan.isFetching };
}
