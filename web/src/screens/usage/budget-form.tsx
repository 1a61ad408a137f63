import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId, useState, type SubmitEvent } from 'react';
import * as z from 'zod/mini';
import { changeWorkspace } from '../../api/workspace.js';
import { useApi, useCurrentKey } from '../../app/session.js';
import { Button } from '../../parts/button.js';
import { FIELD } from '../../parts/field-look.js';
import { useTyped } from '../../parts/use-typed.js';

/** Sets, changes or lifts what a month may cost. @param monthly credits; undefined: there is no budget */
export function BudgetForm({ monthly }: { readonly monthly: number | undefined }) {
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  const client = useQueryClient();
  const id = useId();
  const [typed, setTyped, forget] = useTyped('budget', z.string(), '');
  // What was typed before a reload is shown again.
  const [open, setOpen] = useState(typed !== '');
  const [problem, setProblem] = useState<string>();
  const change = useMutation({
    mutationFn: (credits: number | null) => api(changeWorkspace({ limits: { monthly_credits: credits } })),
    onSuccess: () => {
      forget();
      setOpen(false);
      void client.invalidateQueries({ queryKey: [keyId, 'budgets'] });
      void client.invalidateQueries({ queryKey: [keyId, 'workspace'] });
    },
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const credits = Number(typed.trim().replace(',', '.'));
    if (typed.trim() === '' || !Number.isFinite(credits) || credits < 0) {
      setProblem('Give a number of credits, such as 500.');
      return;
    }
    setProblem(undefined);
    change.mutate(credits);
  };
  if (!open) {
    return (
      <Button
        className="mt-3"
        onClick={() => {
          setOpen(true);
        }}
      >
        {monthly === undefined ? 'Set a budget' : 'Change the budget'}
      </Button>
    );
  }
  return (
    <form onSubmit={submit} className="mt-3 flex flex-wrap items-end gap-2" noValidate>
      <label htmlFor={id} className="w-full text-sm">
        Credits in a calendar month, of all keys together
      </label>
      <input
        id={id}
        inputMode="decimal"
        autoComplete="off"
        value={typed}
        placeholder={monthly === undefined ? '' : String(monthly)}
        aria-invalid={problem !== undefined}
        aria-describedby={`${id}-problem`}
        onChange={(event) => {
          setTyped(event.target.value);
        }}
        className={`${FIELD} w-32`}
      />
      <Button type="submit" disabled={change.isPending}>
        {change.isPending ? 'Saving…' : 'Save'}
      </Button>
      {monthly !== undefined && (
        <Button
          look="quiet"
          disabled={change.isPending}
          onClick={() => {
            change.mutate(null);
          }}
        >
          Lift it
        </Button>
      )}
      <Button
        look="quiet"
        onClick={() => {
          forget();
          setProblem(undefined);
          change.reset();
          setOpen(false);
        }}
      >
        Cancel
      </Button>
      <p id={`${id}-problem`} role="alert" className="w-full text-sm text-bad empty:hidden">
        {problem ?? (change.isError ? `The budget is as it was. ${change.error.message}` : '')}
      </p>
    </form>
  );
}
