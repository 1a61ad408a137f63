import { useState } from 'react';
import * as z from 'zod/mini';
import type { Workspace } from '../../api/workspace.js';
import { Chips } from '../../parts/chips.js';
import { useTyped } from '../../parts/use-typed.js';
import { Field } from './field.js';
import { SettingsForm } from './settings-form.js';
import { useWorkspaceChange } from './use-workspace.js';

const policySchema = z.object({ countries: z.string(), unguarded: z.enum(['allow', 'forbid']) });
const regions = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });

/** Countries that nothing may go to, and models without a content policy. */
export function PolicyForm({ policy }: { readonly policy: Workspace['policy'] }) {
  const saved = {
    countries: policy.blocked_countries.join(', '),
    unguarded: policy.models_without_content_policy,
  };
  const [typed, setTyped, forget] = useTyped('policy', policySchema, saved);
  const [problem, setProblem] = useState<string>();
  const change = useWorkspaceChange(forget);
  const codes = readCodes(typed.countries);
  const unknown = codes.filter((code) => nameOf(code) === undefined);
  return (
    <SettingsForm
      title="Other places and models"
      changed={JSON.stringify(typed) !== JSON.stringify(saved)}
      state={change}
      onSave={() => {
        setProblem(
          unknown.length === 0
            ? undefined
            : `No country is called ${unknown.join(', ')}. Give two letters each, such as DE, FR.`,
        );
        if (unknown.length > 0) return;
        change.mutate({
          policy: { blocked_countries: codes, models_without_content_policy: typed.unguarded },
        });
      }}
      onDiscard={() => {
        forget();
        setProblem(undefined);
        change.reset();
      }}
    >
      <Field
        label="Blocked countries"
        value={typed.countries}
        problem={problem}
        className="max-w-md"
        hint={
          codes.length === 0
            ? 'By their two letters, such as DE, FR. Nothing goes to companies of these countries or their machines there.'
            : codes.map((code) => nameOf(code) ?? `${code}?`).join(', ')
        }
        onChange={(countries) => {
          setProblem(undefined);
          setTyped({ ...typed, countries });
        }}
      />
      <Chips
        label="Models that nobody’s content policy stands before"
        value={typed.unguarded}
        options={[
          { value: 'allow', label: 'may be used' },
          { value: 'forbid', label: 'are refused' },
        ]}
        hint="Such as open models on own machines, which refuse nothing by themselves."
        onChange={(value) => {
          setTyped({ ...typed, unguarded: value === 'forbid' ? 'forbid' : 'allow' });
        }}
      />
    </SettingsForm>
  );
}

function readCodes(text: string): string[] {
  const codes = text.toUpperCase().split(/[\s,;]+/);
  return [...new Set(codes.filter((code) => code !== ''))];
}

function nameOf(code: string): string | undefined {
  // Browsers know some codes by other names, such as UK for GB; the API takes the official ones alone.
  if (!/^[A-Z]{2}$/.test(code) || new Intl.Locale(`und-${code}`).region !== code) return undefined;
  return regions.of(code);
}
