import { useQuery } from '@tanstack/react-query';
import { balanceOf } from '../api/credits.js';
import { Credits } from '../parts/credits.js';
import { useApi, useCurrentKey } from './session.js';

/** What the workspace can spend in the mode of this tab. */
export function Balance() {
  const { data } = useBalance();
  if (data === undefined) return null;
  return (
    <span className="text-sm whitespace-nowrap text-soft tabular-nums">
      <Credits amount={data.available} mode={data.mode} />
    </span>
  );
}

/** Roles without sight of money get none. */
export function useBalance() {
  const key = useCurrentKey();
  const api = useApi();
  return useQuery({
    queryKey: [key.id, 'credits'],
    queryFn: ({ signal }) => api(balanceOf(signal)),
    enabled: key.role !== 'viewer',
    refetchInterval: 30_000,
  });
}
