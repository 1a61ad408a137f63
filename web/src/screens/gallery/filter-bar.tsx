import { useEffect, useId, useRef, useState, type ReactNode } from 'react';
import { Segmented } from '../../parts/segmented.js';
import { SPANS, type GalleryFilter } from './gallery-filter.js';

const FIELD = 'h-9 min-w-0 rounded-md border border-edge/50 bg-sheet px-2.5 text-sm';

interface FilterBarProps {
  readonly filter: GalleryFilter;
  readonly models: readonly { readonly id: string; readonly name: string }[];
  readonly onChange: (change: Partial<GalleryFilter>) => void;
}

/** Which pictures are shown. On phones it folds away but for the search. */
export function FilterBar({ filter, models, onChange }: FilterBarProps) {
  const chosen = [filter.kept, filter.operation, filter.model, filter.span].filter(
    (value) => value !== '',
  ).length;
  const [unfolded, setUnfolded] = useState(false);
  return (
    <div role="search" aria-label="Pictures" className="flex flex-wrap items-center gap-2">
      <Search words={filter.words} onChange={onChange} />
      <button
        type="button"
        aria-expanded={unfolded}
        onClick={() => {
          setUnfolded(!unfolded);
        }}
        className="h-9 rounded-md border border-edge/50 bg-sheet px-3 text-sm lg:hidden"
      >
        Filters{chosen === 0 ? '' : ` (${chosen})`}
      </button>
      <div
        className={`${unfolded ? 'flex' : 'hidden'} w-full flex-wrap items-center gap-2 lg:flex lg:w-auto`}
      >
        <Segmented
          label="Kept or temporary"
          value={filter.kept}
          options={[
            { value: '', label: 'All' },
            { value: 'kept', label: 'Kept' },
            { value: 'temporary', label: 'Temporary' },
          ]}
          onChange={(kept) => {
            onChange({ kept });
          }}
        />
        <Segmented
          label="Generated or edited"
          value={filter.operation}
          options={[
            { value: '', label: 'All' },
            { value: 'generate', label: 'Generated' },
            { value: 'edit', label: 'Edited' },
          ]}
          onChange={(operation) => {
            onChange({ operation });
          }}
        />
        <Select
          label="Model"
          value={filter.model}
          onChange={(model) => {
            onChange({ model });
          }}
        >
          <option value="">Every model</option>
          {filter.model !== '' && !models.some(({ id }) => id === filter.model) && (
            <option value={filter.model}>{filter.model}</option>
          )}
          {models.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
        <Select
          label="Time"
          value={filter.span}
          onChange={(value) => {
            onChange({ span: SPANS.find((span) => span.value === value)?.value ?? '' });
          }}
        >
          {SPANS.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </Select>
        {filter.span === 'dates' && (
          <>
            <Day
              label="From"
              value={filter.from}
              max={filter.to}
              onChange={(from) => {
                onChange({ from });
              }}
            />
            <Day
              label="Until"
              value={filter.to}
              min={filter.from}
              onChange={(to) => {
                onChange({ to });
              }}
            />
          </>
        )}
      </div>
    </div>
  );
}

function Search({
  words,
  onChange,
}: {
  readonly words: string;
  readonly onChange: FilterBarProps['onChange'];
}) {
  const [text, setText] = useState(words);
  const told = useRef(words);
  useEffect(() => {
    // Cleared elsewhere, or another address.
    if (words !== told.current) setText(words);
    told.current = words;
  }, [words]);
  useEffect(() => {
    if (text === told.current) return;
    const timer = setTimeout(() => {
      told.current = text;
      onChange({ words: text });
    }, 200);
    return () => {
      clearTimeout(timer);
    };
  }, [text, onChange]);
  return (
    <input
      type="search"
      aria-label="Words of the prompt"
      placeholder="Words of the prompt"
      value={text}
      maxLength={200}
      onChange={(event) => {
        setText(event.target.value);
      }}
      className={`${FIELD} flex-1 sm:max-w-64`}
    />
  );
}

interface SelectProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly children: ReactNode;
}

function Select({ label, value, onChange, children }: SelectProps) {
  return (
    <select
      aria-label={label}
      value={value}
      onChange={(event) => {
        onChange(event.target.value);
      }}
      className={`${FIELD} max-w-44 ${value === '' ? '' : 'border-seal!'}`}
    >
      {children}
    </select>
  );
}

interface DayProps {
  readonly label: string;
  readonly value: string;
  readonly min?: string;
  readonly max?: string;
  readonly onChange: (value: string) => void;
}

function Day({ label, value, min, max, onChange }: DayProps) {
  const id = useId();
  return (
    <span className="inline-flex items-center gap-1.5 text-sm text-soft">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="date"
        value={value}
        min={min}
        max={max}
        onChange={(event) => {
          onChange(event.target.value);
        }}
        className={`${FIELD} text-ink`}
      />
    </span>
  );
}
