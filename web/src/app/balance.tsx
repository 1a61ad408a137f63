import { Credits } from '../parts/credits.js';
import { useBalance } from '../parts/use-balance.js';

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
