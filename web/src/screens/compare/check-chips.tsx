import type { ReactNode } from 'react';

interface CheckChipsProps {
  readonly label: string;
  readonly chosen: readonly string[];
  readonly options: readonly {
    readonly value: string;
    readonly label: ReactNode;
    /** Said in place of what is drawn. */
    readonly spoken?: string;
  }[];
  /** In the order of the options. */
  readonly onChange: (chosen: string[]) => void;
  readonly hint?: ReactNode;
}

/** Several of some short choices, all in sight. */
export function CheckChips({ label, chosen, options, onChange, hint }: CheckChipsProps) {
  return (
    <fieldset>
      <legend className="sr-only">{label}</legend>
      <div className="flex flex-wrap gap-1.5">
        {options.map((option) => (
          <label
            key={option.value}
            className="flex min-h-8 cursor-pointer items-center gap-2 rounded-md border border-line bg-sheet px-2.5 py-1 text-sm select-none hover:bg-hover has-checked:border-seal has-checked:bg-seal-wash has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-seal"
          >
            <input
              type="checkbox"
              checked={chosen.includes(option.value)}
              aria-label={option.spoken}
              onChange={(event) => {
                const next = event.target.checked
                  ? [...chosen, option.value]
                  : chosen.filter((one) => one !== option.value);
                onChange(options.flatMap(({ value }) => (next.includes(value) ? [value] : [])));
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
