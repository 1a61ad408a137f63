import * as z from 'zod/mini';
import type { Workspace } from '../../api/workspace.js';
import { Chips } from '../../parts/chips.js';
import { useTyped } from '../../parts/use-typed.js';
import { Field } from './field.js';
import { SettingsForm } from './settings-form.js';
import { useWorkspaceChange } from './use-workspace.js';
import { RETIRED_WORDS, UNKNOWN_WORDS } from './workspace-words.js';

const rulesSchema = z.object({
  name: z.string(),
  retired_models: z.enum(['forward', 'refuse']),
  unknown_outcomes: z.enum(['final', 'repeat']),
  mark_unlabelled: z.boolean(),
  retention_minutes: z.string(),
});

const LONGEST_MINUTES = 7 * 24 * 60;

/** The name, and what becomes of requests in cases that need a rule. */
export function WorkspaceForm({ settings }: { readonly settings: Workspace }) {
  const seconds = settings.retention.pictures_s;
  const saved = {
    name: settings.name,
    retired_models: settings.retired_models,
    unknown_outcomes: settings.unknown_outcomes,
    mark_unlabelled: settings.mark_unlabelled,
    retention_minutes: seconds === null ? '' : String(Math.round(seconds / 60)),
  };
  const [typed, setTyped, forget] = useTyped('workspace', rulesSchema, saved);
  const change = useWorkspaceChange(forget);
  const name = typed.name.trim();
  const minutes = typed.retention_minutes.trim();
  const isTime = minutes === '' || (/^\d+$/.test(minutes) && +minutes >= 1 && +minutes <= LONGEST_MINUTES);
  return (
    <SettingsForm
      title="Name and rules"
      changed={JSON.stringify(typed) !== JSON.stringify(saved)}
      state={change}
      onSave={() => {
        if (name === '' || !isTime) return;
        const { retired_models, unknown_outcomes, mark_unlabelled } = typed;
        const rules = { name, retired_models, unknown_outcomes, mark_unlabelled };
        // What was not typed stays to the second.
        const changed = typed.retention_minutes !== saved.retention_minutes;
        const retention = { pictures_s: minutes === '' ? null : +minutes * 60 };
        change.mutate(changed ? { ...rules, retention } : rules);
      }}
      onDiscard={() => {
        forget();
        change.reset();
      }}
    >
      <Field
        label="Name"
        value={typed.name}
        maxLength={100}
        problem={name === '' ? 'A workspace needs a name.' : undefined}
        className="max-w-md"
        onChange={(value) => {
          setTyped({ ...typed, name: value });
        }}
      />
      <Chips
        label="Requests for models that are retired"
        value={typed.retired_models}
        options={[
          { value: 'forward', label: RETIRED_WORDS.forward },
          { value: 'refuse', label: RETIRED_WORDS.refuse },
        ]}
        onChange={(value) => {
          setTyped({ ...typed, retired_models: value === 'refuse' ? 'refuse' : 'forward' });
        }}
      />
      <Chips
        label="Calls that were sent to a provider and never answered"
        value={typed.unknown_outcomes}
        options={[
          { value: 'final', label: UNKNOWN_WORDS.final },
          { value: 'repeat', label: UNKNOWN_WORDS.repeat },
        ]}
        hint="You pay only for pictures that are delivered, either way."
        onChange={(value) => {
          setTyped({ ...typed, unknown_outcomes: value === 'repeat' ? 'repeat' : 'final' });
        }}
      />
      <Field
        label="Minutes that pictures stay which nobody keeps"
        value={typed.retention_minutes}
        inputMode="numeric"
        maxLength={6}
        placeholder="as the gateway does"
        hint="Empty: an hour, unless whoever runs the gateway chose otherwise. It holds for pictures from now on."
        problem={isTime ? undefined : `From 1 to ${LONGEST_MINUTES}, which is a week, or empty.`}
        className="max-w-md"
        onChange={(value) => {
          setTyped({ ...typed, retention_minutes: value });
        }}
      />
      <label className="flex cursor-pointer items-start gap-2.5 text-sm">
        <input
          type="checkbox"
          className="mt-1"
          checked={typed.mark_unlabelled}
          onChange={(event) => {
            setTyped({ ...typed, mark_unlabelled: event.target.checked });
          }}
        />
        <span>
          Mark pictures that say nothing of their origin
          <span className="block text-soft">
            Providers’ pictures without content credentials get a note that a model made them.
          </span>
        </span>
      </label>
    </SettingsForm>
  );
}
