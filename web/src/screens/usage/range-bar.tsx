import { useMutation } from '@tanstack/react-query';
import type { DayRange } from '../../api/usage.js';
import { useCurrentKey } from '../../app/session.js';
import { Button } from '../../parts/button.js';
import { FIELD } from '../../parts/field-look.js';
import { Segmented } from '../../parts/segmented.js';
import { SPANS, type UsageView } from './range.js';
import { saveUsageCsv } from './save-csv.js';

interface RangeBarProps {
  readonly view: UsageView;
  readonly range: DayRange;
  readonly onChange: (change: Partial<UsageView>) => void;
}

/** Which days, told apart by what, and the same as a file. */
export function RangeBar({ view, range, onChange }: RangeBarProps) {
  const { id: keyId } = useCurrentKey();
  const save = useMutation({ mutationFn: () => saveUsageCsv(keyId, range) });
  return (
    <div className="flex flex-wrap items-center gap-2">
      <select
        aria-label="Days"
        className={FIELD}
        value={view.span}
        onChange={(event) => {
          const span = SPANS.find(({ value }) => value === event.target.value)?.value ?? '30';
          // Own dates begin with what was shown before.
          onChange(span === 'dates' ? { span, ...range } : { span });
        }}
      >
        {SPANS.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      {view.span === 'dates' && (
        <>
          <Day
            label="First day"
            value={range.from}
            max={range.to}
            onChange={(from) => {
              onChange({ from });
            }}
          />
          <Day
            label="Last day"
            value={range.to}
            min={range.from}
            onChange={(to) => {
              onChange({ to });
            }}
          />
        </>
      )}
      <Segmented
        label="Told apart by"
        value={view.by}
        options={[
          { value: 'model', label: 'By model' },
          { value: 'key', label: 'By key' },
        ]}
        onChange={(by) => {
          onChange({ by });
        }}
      />
      <Segmented
        label="What is counted"
        value={view.show}
        options={[
          { value: 'credits', label: 'Credits' },
          { value: 'images', label: 'Pictures' },
        ]}
        onChange={(show) => {
          onChange({ show });
        }}
      />
      <Button
        className="sm:ml-auto"
        disabled={save.isPending}
        onClick={() => {
          save.mutate();
        }}
      >
        {save.isPending ? 'Saving…' : 'Download CSV'}
      </Button>
      {save.isError && (
        <p role="alert" className="w-full text-sm text-bad">
          The file was not saved. {save.error.message}
        </p>
      )}
    </div>
  );
}

interface DayProps {
  readonly label: string;
  readonly value: string;
  readonly min?: string;
  readonly max?: string;
  readonly onChange: (day: string) => void;
}

function Day({ label, onChange, ...props }: DayProps) {
  return (
    <input
      aria-label={label}
      type="date"
      required
      {...props}
      className={FIELD}
      onChange={(event) => {
        // Empty while a day is being typed.
        if (event.target.value !== '') onChange(event.target.value);
      }}
    />
  );
}
