import type { ReactNode } from 'react';
import { Button } from './button.js';
import { formatCredits } from './credits.js';
import { useBalance } from './use-balance.js';

interface PriceBarProps {
  /** The most that it can cost, in credits; undefined while that is not known. */
  readonly quote: number | undefined;
  /** Whether the quote is that of what stands in the form now, and not of what stood there before. */
  readonly fresh: boolean;
  /** Whether it can begin. */
  readonly ready: boolean;
  /** Whether it is being begun. */
  readonly busy: boolean;
  /** What the button says. */
  readonly label: string;
  readonly onGo: () => void;
  /** Why it can't be done, or what is missing; above the price. */
  readonly notice?: ReactNode;
  /** Before the price. */
  readonly children?: ReactNode;
}

/** What it costs at most, what that would leave, and the button: known before the click. */
export function PriceBar({ quote, fresh, ready, busy, label, onGo, notice, children }: PriceBarProps) {
  const { data: balance } = useBalance();
  const short = balance !== undefined && quote !== undefined && quote > balance.available;
  const [unit, left] = [balance?.mode === 'test' ? 'test credits' : 'credits', balance?.available ?? 0];
  return (
    <div className="sticky bottom-0 z-10 -mx-4 border-t border-line bg-paper px-4 py-3 sm:-mx-6 sm:px-6 max-md:bottom-14">
      {notice}
      {short && ready && (
        <p role="alert" className="mb-2 text-sm text-bad">
          This can cost more than the {formatCredits(left)} {unit} that are left.
        </p>
      )}
      <div className="flex items-center gap-4">
        {children}
        <p
          className={`min-w-0 flex-1 text-sm leading-tight tabular-nums ${children === undefined ? '' : 'text-right'}`}
          aria-live="polite"
          aria-busy={ready && !fresh}
        >
          {quote !== undefined && ready && (
            <>
              <span className={`block ${fresh ? 'font-medium' : 'text-soft'}`}>
                {quote === 0 ? 'free' : `up to ${formatCredits(quote)}`}
              </span>
              {quote > 0 && (
                <span className="block text-xs text-soft">
                  {unit}
                  {balance !== undefined && !short && `, leaves ${formatCredits(left - quote)}`}
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
            if (ready && !busy) onGo();
          }}
        >
          {label}
        </Button>
      </div>
    </div>
  );
}
