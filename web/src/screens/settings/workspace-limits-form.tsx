import { useState } from 'react';
import type { WrittenLimits } from '../../api/workspace.js';
import { useTyped } from '../../parts/use-typed.js';
import { LimitsFields } from './limits-fields.js';
import { SettingsForm } from './settings-form.js';
import { readLimits, typedLimitsSchema, typeLimits, type LimitProblems } from './typed-limits.js';
import { useWorkspaceChange } from './use-workspace.js';

/** What all keys together may use. */
export function WorkspaceLimitsForm({ limits }: { readonly limits: WrittenLimits }) {
  const saved = typeLimits(limits);
  const [typed, setTyped, forget] = useTyped('limits', typedLimitsSchema, saved);
  const [problems, setProblems] = useState<LimitProblems>({});
  const change = useWorkspaceChange(forget);
  return (
    <SettingsForm
      title="Limits"
      about="Of all keys together; live and test keys have them each. Keys can have limits of their own beside them."
      changed={JSON.stringify(typed) !== JSON.stringify(saved)}
      state={change}
      onSave={() => {
        const read = readLimits(typed);
        setProblems('problems' in read ? read.problems : {});
        if ('limits' in read) change.mutate({ limits: read.limits });
      }}
      onDiscard={() => {
        forget();
        setProblems({});
        change.reset();
      }}
    >
      <LimitsFields typed={typed} problems={problems} onChange={setTyped} />
    </SettingsForm>
  );
}
