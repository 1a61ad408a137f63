import { useId, type InputHTMLAttributes, type ReactNode } from 'react';
import { FIELD } from '../../parts/field-look.js';

interface FieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, 'onChange' | 'value'> {
  readonly label: string;
  readonly value: string;
  readonly hint?: ReactNode;
  /** What is wrong with it. */
  readonly problem?: string | undefined;
  readonly onChange: (value: string) => void;
}

/** One line to type into, with what it means and what is wrong with it. */
export function Field({ label, hint, problem, onChange, className = '', ...props }: FieldProps) {
  const id = useId();
  return (
    <div className={className}>
      <label htmlFor={id} className="mb-1 block text-sm font-medium">
        {label}
      </label>
      <input
        autoComplete="off"
        {...props}
        id={id}
        aria-invalid={problem !== undefined}
        aria-describedby={`${id}-hint`}
        onChange={(event) => {
          onChange(event.target.value);
        }}
        className={`${FIELD} w-full ${problem === undefined ? '' : 'border-bad'}`}
      />
      <p id={`${id}-hint`} className={`mt-1 text-xs ${problem === undefined ? 'text-soft' : 'text-bad'}`}>
        {problem ?? hint}
      </p>
    </div>
  );
}
