import { useId, type ReactNode } from 'react';

interface ChipsProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly {
    readonly value: string;
    readonly label: ReactNode;
    /** Said in place of what is drawn. */
    readonly spoken?: string;
  }[];
  readonly onChange: (value: string) => void;
  readonly hint?: ReactNode;
}

/** One of several short choices, all in sight. */
export function Chips({ label, value, options, onChange, hint }: ChipsProps) {
  const name = useId();
  return (
    <fieldset>
      <legend className="mb-2 text-sm font-medium">{label}</legend>
      <div className="flex flex-wrap gap-1.5">
        {options.map((option) => (
          <label
            key={option.value}
            className="flex min-h-8 cursor-pointer items-center gap-2 rounded-md border border-line bg-sheet px-2.5 py-1 text-sm select-none hover:bg-hover has-checked:border-seal has-checked:bg-seal-wash has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-seal"
          >
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === value}
              aria-label={option.spoken}
              onChange={() => {
                onChange(option.value);
              }}
              className="sr-only"
            />
            {option.label}
          </label>
        ))}
      </div>
      {hint !== undefined && <div className="mt-1.5 text-xs text-soft">{hint}</div>}
    </fieldset>
  );
}
