import { useId, useState } from 'react';
import { Button } from '../../parts/button.js';

interface AddFieldProps {
  readonly label: string;
  readonly placeholder?: string;
  /** Why a text can't be added; undefined: it can. */
  readonly problemOf: (text: string) => string | undefined;
  readonly onAdd: (text: string) => void;
}

/** A field whose text becomes one of several values; Enter adds it. */
export function AddField({ label, placeholder, problemOf, onAdd }: AddFieldProps) {
  const id = useId();
  const [text, setText] = useState('');
  const written = text.trim();
  const problem = written === '' ? undefined : problemOf(written);
  const add = () => {
    if (written === '' || problem !== undefined) return;
    onAdd(written);
    setText('');
  };
  return (
    <div>
      <label htmlFor={id} className="sr-only">
        {label}
      </label>
      <div className="flex gap-2">
        <input
          id={id}
          value={text}
          maxLength={500}
          placeholder={placeholder}
          aria-invalid={problem !== undefined}
          aria-describedby={`${id}-problem`}
          onChange={(event) => {
            setText(event.target.value);
          }}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.ctrlKey || event.metaKey) return;
            event.preventDefault();
            add();
          }}
          onBlur={add}
          className="h-9 min-w-0 flex-1 rounded-md border border-edge/60 bg-sheet px-3 text-sm aria-invalid:border-bad"
        />
        <Button onClick={add}>Add</Button>
      </div>
      <p id={`${id}-problem`} className="mt-1 text-xs text-bad empty:mt-0">
        {problem}
      </p>
    </div>
  );
}
