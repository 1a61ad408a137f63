import { useQuery } from '@tanstack/react-query';
import { planOfEdit, type EditInput, type EditWish } from '../../api/edits.js';
import { useBalance } from '../../app/balance.js';
import { useApi, useCurrentKey } from '../../app/session.js';
import { Button } from '../../parts/button.js';
import { formatCredits } from '../../parts/credits.js';
import { useDebounced } from '../../parts/use-debounced.js';
import { formatSize, whereabouts } from '../../parts/whereabouts.js';
import { notesOf } from '../../parts/plan-notes.js';
import { EditFailure } from './edit-failure.js';
import { exportMask, isMarked, type MaskStep, type Size } from './mask-steps.js';

export interface Asked {
  readonly wish: EditWish;
  readonly inputs: readonly EditInput[];
  readonly steps: readonly MaskStep[];
  /** Of the picture that is edited. */
  readonly size: Size;
}

interface EditBarProps {
  readonly asked: Asked;
  readonly ready: boolean;
  readonly busy: boolean;
  readonly onEdit: () => void;
}

/** What it costs, before the click, and what it would leave. */
export function EditBar({ asked, ready, busy, onEdit }: EditBarProps) {
  const plan = useEditPlan(asked, ready);
  const { data: balance } = useBalance();
  const quote = plan.data?.quote.credits;
  const short = balance !== undefined && quote !== undefined && quote > balance.available;
  return (
    <div className="sticky bottom-0 z-10 -mx-4 border-t border-line bg-paper px-4 py-3 sm:-mx-6 sm:px-6 max-md:bottom-14">
      {plan.isError && ready && (
        <div className="mb-2">
          <EditFailure title="This can not be done so" error={plan.error} />
        </div>
      )}
      {short && (
        <p role="alert" className="mb-2 text-sm text-bad">
          This can cost more than the {formatCredits(balance.available)} credits that are left.
        </p>
      )}
      <div className="flex items-center gap-4">
        <p className="min-w-0 flex-1 text-sm leading-tight tabular-nums" aria-live="polite">
          {quote !== undefined && ready && (
            <>
              <span className="block font-medium">
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
            if (ready && !busy) onEdit();
          }}
        >
          {isMarked(asked.steps) ? 'Change what is marked' : 'Change the picture'}
        </Button>
      </div>
    </div>
  );
}

/** What would run, in plain words. */
export function EditNotes({ asked, ready }: Pick<EditBarProps, 'asked' | 'ready'>) {
  const { data: plan } = useEditPlan(asked, ready);
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
        <ul className="mt-1 ml-4 list-disc space-y-1 text-soft marker:text-line">
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

function useEditPlan({ wish, inputs, steps, size }: Asked, ready: boolean) {
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  // Bytes would travel with every word that is typed; the words make no difference to the price.
  const travels = inputs.some(({ kind }) => kind === 'bytes');
  const settled = useDebounced(travels ? TRAVELLING_PROMPT : wish.prompt, 350);
  const planned = { ...wish, prompt: settled };
  const names = inputs.map((input) => (input.kind === 'bytes' ? input.blob.size : input.id));
  return useQuery({
    queryKey: [keyId, 'plan', 'edit', planned, names, isMarked(steps)],
    queryFn: async ({ signal }) =>
      api(planOfEdit({ wish: planned, inputs, mask: await exportMask(steps, size) }, signal)),
    enabled: ready && settled !== '',
    placeholderData: (before) => before,
    staleTime: 60_000,
    gcTime: 60_000,
  });
}

const TRAVELLING_PROMPT = 'change it';
