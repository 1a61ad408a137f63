import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { setFallback, type FallbackChain } from '../../api/fallbacks.js';
import type { Model } from '../../api/models.js';
import { useApi, useCurrentKey } from '../../app/session.js';
import { Button } from '../../parts/button.js';
import { Chips } from '../../parts/chips.js';
import { FIELD } from '../../parts/field-look.js';
import { StepList } from './step-list.js';

/** As many as a chain may have. */
const MAX_STEPS = 10;

interface ChainEditorProps {
  readonly draft: FallbackChain;
  /** That may have a chain. */
  readonly models: readonly Pick<Model, 'id' | 'name'>[];
  /** That may stand in it. */
  readonly choices: readonly Pick<Model, 'id' | 'name'>[];
  readonly nameOf: (slug: string) => string;
  readonly isNew: boolean;
  readonly onChange: (draft: FallbackChain & { models: string[] }) => void;
  readonly onDone: () => void;
}

/** One chain while it is changed; its order by dragging or by keyboard. */
export function ChainEditor({ draft, models, choices, nameOf, isNew, onChange, onDone }: ChainEditorProps) {
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  const client = useQueryClient();
  const id = useId();
  const [problem, setProblem] = useState<string>();
  const save = useMutation({
    mutationFn: (chain: FallbackChain) => api(setFallback(chain)),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: [keyId, 'fallbacks'] });
      onDone();
    },
  });
  const change = (changed: Partial<FallbackChain>) => {
    const next = { ...draft, ...changed };
    setProblem(undefined);
    onChange({ ...next, models: [...next.models] });
  };
  const rest = choices.filter(({ id: slug }) => slug !== draft.model && !draft.models.includes(slug));
  return (
    <form
      noValidate
      aria-label={isNew ? 'A new chain' : `The chain of ${nameOf(draft.model)}`}
      className="flex flex-col gap-4 rounded-lg border border-line bg-sheet px-5 py-5"
      onSubmit={(event) => {
        event.preventDefault();
        if (draft.model === '') setProblem('Choose the model that the chain stands behind.');
        else if (draft.models.length === 0) setProblem('Add at least one model that goes on.');
        else save.mutate(draft);
      }}
    >
      {isNew ? (
        <div>
          <label htmlFor={`${id}-model`} className="mb-1 block text-sm font-medium">
            When this model fails
          </label>
          <select
            id={`${id}-model`}
            className={`${FIELD} w-full max-w-md`}
            value={draft.model}
            onChange={(event) => {
              const model = event.target.value;
              change({ model, models: draft.models.filter((slug) => slug !== model) });
            }}
          >
            <option value="">Choose a model</option>
            {models.map(({ id: slug, name }) => (
              <option key={slug} value={slug}>
                {name}
              </option>
            ))}
          </select>
        </div>
      ) : (
        <h3 className="font-medium">When {nameOf(draft.model)} fails</h3>
      )}
      <div className="flex max-w-md flex-col gap-2">
        <p className="text-sm font-medium">these go on, in this order</p>
        <StepList
          steps={draft.models}
          nameOf={nameOf}
          onChange={(steps) => {
            change({ models: [...steps] });
          }}
        />
        {draft.models.length < MAX_STEPS && (
          <select
            aria-label="Add a model"
            className={FIELD}
            value=""
            onChange={(event) => {
              if (event.target.value !== '') change({ models: [...draft.models, event.target.value] });
            }}
          >
            <option value="">Add a model…</option>
            {rest.map(({ id: slug, name }) => (
              <option key={slug} value={slug}>
                {name}
              </option>
            ))}
          </select>
        )}
      </div>
      <Chips
        label="When a provider refuses the content"
        value={draft.on_moderated}
        options={[
          { value: 'stop', label: 'the request ends' },
          { value: 'continue', label: 'it goes on with the next' },
        ]}
        onChange={(value) => {
          change({ on_moderated: value === 'continue' ? 'continue' : 'stop' });
        }}
      />
      <Chips
        label="When a call was sent and never answered"
        value={draft.on_unknown_outcome}
        options={[
          { value: 'stop', label: 'the request ends' },
          { value: 'continue', label: 'it goes on with the next' },
        ]}
        hint="The provider may bill the operator for a call whose answer never came. You pay only for what is delivered."
        onChange={(value) => {
          change({ on_unknown_outcome: value === 'stop' ? 'stop' : 'continue' });
        }}
      />
      {(problem !== undefined || save.isError) && (
        <p role="alert" className="text-sm text-bad">
          {problem ?? `The chain is as it was. ${save.error?.message ?? ''}`}
        </p>
      )}
      <div className="flex gap-2">
        <Button type="submit" look="main" disabled={save.isPending}>
          {save.isPending ? 'Saving…' : 'Save the chain'}
        </Button>
        <Button look="quiet" onClick={onDone}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
