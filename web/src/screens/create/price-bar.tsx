import { useQuery } from '@tanstack/react-query';
import { planOf, type ImageWish } from '../../api/images.js';
import { useBalance } from '../../app/balance.js';
import { useApi, useCurrentKey } from '../../app/session.js';
import { Button } from '../../parts/button.js';
import { formatCredits } from '../../parts/credits.js';
import { notesOf } from '../../parts/plan-notes.js';
import { useDebounced } from '../../parts/use-debounced.js';
import { formatSize, whereabouts } from '../../parts/whereabouts.js';

interface PriceBarProps {
  readonly wish: ImageWish;
  /** Whether there is anything to be drawn. */
  readonly ready: boolean;
  readonly busy: boolean;
  readonly onCount: (n: number) => void;
  readonly onCreate: () => void;
}

/** How many, at what price, and the button: what it costs is known before the click. */
export function PriceBar({ wish, ready, busy, onCount, onCreate }: PriceBarProps) {
  const { n = 1 } = wish;
  const plan = usePlan(wish, ready);
  const { data: balance } = useBalance();
  const quote = plan.data?.quote.credits;
  const short = balance !== undefined && quote !== undefined && quote > balance.available;
  return (
    <div className="sticky bottom-0 z-10 -mx-4 border-t border-line bg-paper px-4 py-3 sm:-mx-6 sm:px-6 max-md:bottom-[var(--tabs,0px)]">
      {plan.isError && ready && (
        <p role="alert" className="mb-2 text-sm text-bad">
          {plan.error.message}
        </p>
      )}
      {short && (
        <p role="alert" className="mb-2 text-sm text-bad">
          This can cost more than the {formatCredits(balance.available)} credits that are left.
        </p>
      )}
      <div className="flex items-center gap-4">
        <Counter n={n} onCount={onCount} />
        <p className="min-w-0 flex-1 text-right text-sm leading-tight tabular-nums" aria-live="polite">
          {quote !== undefined && ready && (
            <>
              <span className={`block ${plan.fresh ? 'font-medium' : 'text-soft'}`}>
                {quote === 0 ? 'free' : `up to ${formatCredits(quote)}`}
              </span>
              {quote > 0 && (
                <span className="block text-xs text-soft">
                  {balance?.mode === 'test' && 'test '}credits
                  {balance !== undefined && !short && `, leaves ${formatCredits(balance.available - quote)}`}
                </span>
              )}
            </>
          )}
        </p>
        <Button
          look="main"
          type="submit"
          className="min-h-11"
          aria-disabled={!ready || busy}
          onClick={(event) => {
            event.preventDefault();
            if (ready && !busy) onCreate();
          }}
        >
          {n === 1 ? 'Create picture' : `Create ${n} pictures`}
        </Button>
      </div>
    </div>
  );
}

/** What would run, in plain words. */
export function PlanNotes({ wish, ready }: Pick<PriceBarProps, 'wish' | 'ready'>) {
  const { data: plan } = usePlan(wish, ready);
  const [first] = plan?.candidates ?? [];
  if (plan === undefined || first === undefined || !ready) return null;
  const notes = notesOf(plan);
  return (
    <section aria-label="What will run" className="text-sm">
      <p className="text-soft">
        {plan.model === plan.asked_model ? 'Runs' : `Runs ${plan.model}`}
        {first.size_delivered === undefined ? '' : ` at ${formatSize(first.size_delivered)}`}
        {first.country === 'local' ? ' on your own machines' : ` with ${whereabouts(first)}`}.
      </p>
      {notes.length > 0 && (
        <details className="mt-1" open={notes.length <= 2}>
          <summary className="rounded-sm text-soft">
            {notes.length === 1 ? 'One thing is adapted' : `${notes.length} things are adapted`}
          </summary>
          <ul className="mt-1 ml-4 list-disc space-y-1 text-soft marker:text-line">
            {notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function usePlan(wish: ImageWish, ready: boolean) {
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  const settled = useDebounced(wish, 350);
  const plan = useQuery({
    queryKey: [keyId, 'plan', settled],
    queryFn: ({ signal }) => api(planOf(settled, signal)),
    enabled: ready && settled.prompt !== '',
    placeholderData: (before) => before,
    staleTime: 60_000,
    gcTime: 60_000,
  });
  // Until the new price is there the old one stays, and is shown as such.
  return { ...plan, fresh: settled === wish && !plan.isPlaceholderData };
}

function Counter({ n, onCount }: { readonly n: number; readonly onCount: (n: number) => void }) {
  const step = (by: number) => {
    onCount(Math.min(10, Math.max(1, n + by)));
  };
  return (
    <div
      role="group"
      aria-label="Number of pictures"
      className="flex items-center rounded-md border border-line bg-sheet"
    >
      <button
        type="button"
        aria-label="One picture less"
        aria-disabled={n === 1}
        onClick={() => {
          step(-1);
        }}
        className="grid size-9 place-items-center rounded-md text-lg text-soft hover:text-ink aria-disabled:text-line"
      >
        −
      </button>
      <output className="w-5 text-center tabular-nums" aria-live="polite">
        {n}
      </output>
      <button
        type="button"
        aria-label="One picture more"
        aria-disabled={n === 10}
        onClick={() => {
          step(1);
        }}
        className="grid size-9 place-items-center rounded-md text-lg text-soft hover:text-ink aria-disabled:text-line"
      >
        +
      </button>
    </div>
  );
}
