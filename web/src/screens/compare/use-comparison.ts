import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import {
  comparisonOf,
  comparisonPlanOf,
  type Comparison,
  type ComparisonWish,
} from '../../api/comparisons.js';
import { watchComparison, type ComparisonEvent } from '../../api/watch-comparison.js';
import { useApi, useCurrentKey } from '../../app/session.js';
import { useDebounced } from '../../parts/use-debounced.js';

/** Links are signed for an hour, and read afresh before they end. */
const FRESH_MS = 30 * 60_000;

/** A comparison as it is now, and as it goes on. */
export function useComparison(id: string) {
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  const client = useQueryClient();
  const read = useQuery({
    queryKey: [keyId, 'comparison', id],
    queryFn: ({ signal }) => api(comparisonOf(id, signal)),
    staleTime: FRESH_MS / 2,
    refetchInterval: FRESH_MS,
  });
  const running = read.data?.status === 'running';
  useEffect(() => {
    if (!running) return;
    const stop = new AbortController();
    const key = [keyId, 'comparison', id];
    const tell = (event: ComparisonEvent) => {
      client.setQueryData<Comparison>(key, (before) => before && after(before, event));
    };
    watchComparison(keyId, id, tell, stop.signal).then(
      (ended) => {
        if (ended === undefined) return;
        client.setQueryData(key, ended);
        for (const name of ['credits', 'comparisons']) {
          void client.invalidateQueries({ queryKey: [keyId, name] });
        }
      },
      () => {
        // Whoever is not told asks: that also finds out about the end of a session.
        void client.invalidateQueries({ queryKey: key });
      },
    );
    return () => {
      stop.abort();
    };
  }, [client, keyId, id, running]);
  return read;
}

function after(before: Comparison, event: ComparisonEvent): Comparison {
  switch (event.type) {
    case 'cell_started':
      return {
        ...before,
        cells: before.cells.map((cell) =>
          cell.index === event.index && cell.status === 'queued' ? { ...cell, status: 'running' } : cell,
        ),
      };
    case 'cell_finished':
    case 'cell_failed':
    case 'cell_cancelled': {
      const cells = before.cells.map((cell) => (cell.index === event.cell.index ? event.cell : cell));
      return { ...before, cells, credits_used: cells.reduce((sum, cell) => sum + cell.credits_used, 0) };
    }
    case 'completed':
    case 'failed':
    case 'cancelled':
      return event.comparison;
  }
}

/**
 * What every cell would cost, asked once the form has stood still for a moment.
 * @param wish the same object while it says the same
 * @param ready whether it can be asked for
 */
export function useComparisonPlan(wish: ComparisonWish, ready: boolean) {
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  const settled = useDebounced(wish, 350);
  const current = settled === wish;
  const plan = useQuery({
    queryKey: [keyId, 'plan', 'comparison', settled],
    queryFn: ({ signal }) => api(comparisonPlanOf(settled, signal)),
    enabled: ready && current,
    placeholderData: (before) => before,
    staleTime: 60_000,
    gcTime: 60_000,
  });
  // Until the new price is there the old one stays, and is shown as such.
  return { ...plan, fresh: current && !plan.isPlaceholderData && !plan.isFetching };
}
