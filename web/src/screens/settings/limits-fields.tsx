import { useQuery } from '@tanstack/react-query';
import { modelList } from '../../api/models.js';
import { useApi, useCurrentKey } from '../../app/session.js';
import { Field } from './field.js';
import type { LimitProblems, TypedLimits } from './typed-limits.js';

interface LimitsFieldsProps {
  readonly typed: TypedLimits;
  readonly problems: LimitProblems;
  readonly onChange: (typed: TypedLimits) => void;
}

/** Everything that can be limited, of a key or of a workspace. */
export function LimitsFields({ typed, problems, onChange }: LimitsFieldsProps) {
  const change = (changed: Partial<TypedLimits>) => {
    onChange({ ...typed, ...changed });
  };
  return (
    <div className="flex flex-col gap-4">
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          label="Credits in a calendar month"
          inputMode="decimal"
          value={typed.credits}
          problem={problems.credits}
          hint="What was charged and what is set aside. Empty: no limit."
          onChange={(credits) => {
            change({ credits });
          }}
        />
        <Field
          label="Requests in a minute"
          inputMode="numeric"
          value={typed.requests}
          problem={problems.requests}
          hint="Of any kind. Empty: no limit."
          onChange={(requests) => {
            change({ requests });
          }}
        />
        <Field
          label="Pictures at a time"
          inputMode="numeric"
          value={typed.pictures}
          problem={problems.pictures}
          hint="How many may be made at once. Empty: no limit."
          onChange={(pictures) => {
            change({ pictures });
          }}
        />
        <Field
          label="Stored pictures, MB"
          inputMode="decimal"
          value={typed.megabytes}
          problem={problems.megabytes}
          hint="Kept and temporary ones. Empty: no limit."
          onChange={(megabytes) => {
            change({ megabytes });
          }}
        />
      </div>
      <ModelChoice
        chosen={typed.models}
        onChange={(models) => {
          change({ models });
        }}
      />
    </div>
  );
}

interface ModelChoiceProps {
  readonly chosen: readonly string[];
  readonly onChange: (models: string[]) => void;
}

/** None chosen means all. */
function ModelChoice({ chosen, onChange }: ModelChoiceProps) {
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  const models = useQuery({
    queryKey: [keyId, 'models'],
    queryFn: ({ signal }) => api(modelList(signal)),
    staleTime: 60_000,
  });
  // What is not in the catalogue any more can still be taken away.
  const known = (models.data?.data ?? []).map(({ id, name }) => ({ id, name }));
  const unknown = chosen.filter((id) => !known.some((model) => model.id === id));
  const all = [...known, ...unknown.map((id) => ({ id, name: id }))];
  return (
    <details open={chosen.length > 0}>
      <summary className="w-fit rounded-sm text-sm font-medium">
        Models: {chosen.length === 0 ? 'all may be used' : `only ${chosen.length} may be used`}
      </summary>
      <fieldset className="mt-2">
        <legend className="text-xs text-soft">
          Mark those that may be asked for; with none marked, all may.
        </legend>
        <ul className="mt-2 grid max-h-64 gap-x-4 overflow-y-auto rounded-md border border-line p-2 sm:grid-cols-2">
          {all.map(({ id, name }) => (
            <li key={id}>
              <label className="flex min-h-8 cursor-pointer items-center gap-2 rounded-sm px-1.5 text-sm hover:bg-hover">
                <input
                  type="checkbox"
                  checked={chosen.includes(id)}
                  onChange={(event) => {
                    onChange(event.target.checked ? [...chosen, id] : chosen.filter((one) => one !== id));
                  }}
                />
                {name}
              </label>
            </li>
          ))}
        </ul>
      </fieldset>
    </details>
  );
}
