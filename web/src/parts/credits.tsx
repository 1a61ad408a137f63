const format = new Intl.NumberFormat('en', { maximumFractionDigits: 2 });
const formatSmall = new Intl.NumberFormat('en', { maximumSignificantDigits: 2 });

/** A number of credits as it is shown: 0.004, 4.2, 1,000. */
export function formatCredits(amount: number): string {
  return amount !== 0 && Math.abs(amount) < 0.01 ? formatSmall.format(amount) : format.format(amount);
}

/** An amount of money. Test credits are always called so. */
export function Credits({ amount, mode }: { readonly amount: number; readonly mode: 'live' | 'test' }) {
  const unit = Math.abs(amount) === 1 ? 'credit' : 'credits';
  return (
    <>
      {formatCredits(amount)} {mode === 'test' && 'test '}
      {unit}
    </>
  );
}
