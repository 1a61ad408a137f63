import { useQuery } from '@tanstack/react-query';
import { balanceOf } from '../api/credits.js';
import { useApi, useCurrentKey, useMay } from '../app/session.js';

/** What the workspace can spend in the mode of this tab. Roles without sight of money get none. */
export function useBalance() {
  const key = useCurrentKey();
  const api = useApi();
  const may = useMay();
  return useQuery({
    queryKey: [key.id, 'credits'],
    queryFn: ({ signal }) => api(balanceOf(signal)),
    enabled: may('read_money'),
    refetchInterval: 30_000,
  });
}
