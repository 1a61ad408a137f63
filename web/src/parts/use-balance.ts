import { useQuery } from '@tanstack/react-query';
import { balanceOf } from '../api/credits.js';
import { useApi, useCurrentKey } from '../app/session.js';

/** What the workspace can spend in the mode of this tab. Roles without sight of money get none. */
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
