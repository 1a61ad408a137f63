import { useState } from 'react';
import * as z from 'zod/mini';
import type { Workspace } from '../../api/workspace.js';
import { Link } from '../../app/router.js';
import { useTyped } from '../../parts/use-typed.js';
import { Field } from './field.js';
import { SettingsForm } from './settings-form.js';
import { useWorkspaceChange } from './use-workspace.js';

const alertsSchema = z.object({ percents: z.string(), low: z.string() });

/** When webhooks are told of money. */
export function AlertsForm({ alerts }: { readonly alerts: Workspace['alerts'] }) {
  const saved = { percents: alerts.budget_percents.join(', '), low: String(alerts.low_credits) };
  const [typed, setTyped, forget] = useTyped('alerts', alertsSchema, saved);
  const [problems, setProblems] = useState<{ percents?: string; low?: string }>({});
  const change = useWorkspaceChange(forget);
  const save = () => {
    const percents = typed.percents
      .split(/[\s,;%]+/)
      .filter((part) => part !== '')
      .map(Number);
    const low = Number(typed.low.trim().replace(',', '.') || '0');
    const found = {
      ...(percents.every((percent) => Number.isInteger(percent) && percent >= 1 && percent <= 100)
        ? {}
        : { percents: 'Give whole numbers from 1 to 100, such as 50, 80, 100.' }),
      ...(Number.isFinite(low) && low >= 0 ? {} : { low: 'Give a number of credits, such as 100.' }),
    };
    setProblems(found);
    if (Object.keys(found).length === 0) {
      change.mutate({ alerts: { budget_percents: percents, low_credits: low } });
    }
  };
  return (
    <SettingsForm
      title="Alerts"
      about={
        <>
          Sent to{' '}
          <Link href="/settings/webhooks" className="text-seal underline underline-offset-4">
            webhooks
          </Link>{' '}
          that listen to budgets and balances.
        </>
      }
      changed={JSON.stringify(typed) !== JSON.stringify(saved)}
      state={change}
      onSave={save}
      onDiscard={() => {
        forget();
        setProblems({});
        change.reset();
      }}
    >
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          label="Parts of a budget, in percent"
          value={typed.percents}
          problem={problems.percents}
          hint="Each is told once a month. Empty: none."
          onChange={(percents) => {
            setTyped({ ...typed, percents });
          }}
        />
        <Field
          label="Balance below, in credits"
          inputMode="decimal"
          value={typed.low}
          problem={problems.low}
          hint="0: never."
          onChange={(low) => {
            setTyped({ ...typed, low });
          }}
        />
      </div>
    </SettingsForm>
  );
}
