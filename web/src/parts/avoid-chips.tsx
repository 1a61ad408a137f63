import { useId, useState, type KeyboardEvent } from 'react';
import { CloseIcon } from './icons.js';
import { splitAvoided } from './split-avoided.js';

interface AvoidChipsProps {
  readonly avoid: readonly string[];
  readonly onChange: (avoid: string[]) => void;
}

/** What the picture should not show, one chip each; a comma or Enter ends one. */
export function AvoidChips({ avoid, onChange }: AvoidChipsProps) {
  const id = useId();
  const [text, setText] = useState('');
  const add = (written: string) => {
    onChange([...new Set([...avoid, ...splitAvoided(written)])]);
    setText('');
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey && text.trim() !== '') {
      event.preventDefault();
      add(text);
    } else if (event.key === 'Backspace' && text === '') {
      onChange(avoid.slice(0, -1));
    }
  };
  return (
    <div className="flex flex-wrap items-center gap-1.5 rounded-b-lg border-t border-line px-4 py-2 has-[input:focus-visible]:bg-hover">
      <label htmlFor={id} className="text-sm text-soft">
        Avoid
      </label>
      {avoid.map((thing) => (
        <span key={thing} className="flex max-w-full items-center rounded-sm bg-well pl-2 text-sm">
          <span className="truncate">{thing}</span>
          <button
            type="button"
            aria-label={`Allow ${thing} again`}
            onClick={() => {
              onChange(avoid.filter((one) => one !== thing));
            }}
            className="grid size-6 place-items-center rounded-sm text-soft hover:text-ink"
          >
            <CloseIcon className="size-3" />
          </button>
        </span>
      ))}
      <input
        id={id}
        value={text}
        maxLength={300}
        placeholder={avoid.length === 0 ? 'people, text, blur' : ''}
        onChange={(event) => {
          const { value } = event.target;
          if (/[,;，、]/.test(value)) add(value);
          else setText(value);
        }}
        onKeyDown={onKeyDown}
        onBlur={() => {
          if (text.trim() !== '') add(text);
        }}
        className="min-w-24 flex-1 bg-transparent py-1 text-sm outline-none"
      />
    </div>
  );
}
