import { useId } from 'react';
import { Button } from './button.js';
import { Chips } from './chips.js';
import {
  CHOICES,
  choicesOf,
  isLossy,
  type Choice,
  type Settings,
  type SettingsOffer,
} from './model-settings.js';

const NAMES: Readonly<Record<Choice, string>> = {
  quality: 'Quality',
  style: 'Style',
  background: 'Background',
  output_format: 'File format',
  moderation: 'Moderation',
  person_generation: 'People',
  complexity: 'Planning effort',
};

const PLAIN: Readonly<Record<string, string>> = {
  dont_allow: 'none',
  allow_adult: 'adults only',
  allow_all: 'everyone',
  jpeg: 'JPEG',
  png: 'PNG',
  webp: 'WebP',
  avif: 'AVIF',
};

interface SettingsPanelProps {
  readonly offer: SettingsOffer;
  readonly settings: Settings;
  readonly onChange: (settings: Record<string, string>) => void;
}

/** What else can be chosen; nothing that is not offered. */
export function SettingsPanel({ offer, settings, onChange }: SettingsPanelProps) {
  const id = useId();
  const set = (name: string, value: string) => {
    const others = Object.entries(settings).filter(([other]) => other !== name);
    onChange(Object.fromEntries(value === '' ? others : [...others, [name, value]]));
  };
  const offered = CHOICES.filter((name) => choicesOf(offer, name).length > 0);
  return (
    <details className="group rounded-lg border border-line bg-sheet">
      <summary className="flex list-none items-center justify-between rounded-lg px-4 py-3 text-sm font-medium hover:bg-hover [&::-webkit-details-marker]:hidden">
        More settings
        <span className="text-soft">
          {chosenCount(settings, offer)} <span className="inline-block group-open:rotate-180">▾</span>
        </span>
      </summary>
      <div className="flex flex-col gap-5 border-t border-line px-4 py-4">
        {offered.map((name) => (
          <Chips
            key={name}
            label={NAMES[name]}
            value={choicesOf(offer, name).includes(settings[name] ?? '') ? (settings[name] ?? '') : ''}
            options={[
              { value: '', label: name === 'output_format' ? 'as delivered' : 'model’s own' },
              ...choicesOf(offer, name).map((value) => ({ value, label: PLAIN[value] ?? value })),
            ]}
            onChange={(value) => {
              set(name, value);
            }}
          />
        ))}
        {offer.output_compression !== undefined && isLossy(settings['output_format']) && (
          <NumberField
            label="Compression quality"
            hint="0 is the smallest file, 100 the best picture."
            value={settings['output_compression'] ?? ''}
            {...offer.output_compression}
            onChange={(value) => {
              set('output_compression', value);
            }}
          />
        )}
        {offer.seed !== undefined && (
          <div className="flex items-end gap-2">
            <NumberField
              label="Seed"
              hint="The same seed gives the same start. Empty: another one every time."
              value={settings['seed'] ?? ''}
              {...offer.seed}
              onChange={(value) => {
                set('seed', value);
              }}
            />
          </div>
        )}
        {offer.prompt_revision.length > 1 && (
          <label htmlFor={id} className="flex items-start gap-2.5 text-sm">
            <input
              id={id}
              type="checkbox"
              checked={settings['prompt_revision'] === 'false'}
              onChange={(event) => {
                set('prompt_revision', event.target.checked ? 'false' : '');
              }}
              className="mt-0.5 size-4"
            />
            <span>
              Use my words as they stand
              <span className="block text-xs text-soft">Else this model may rewrite the prompt first.</span>
            </span>
          </label>
        )}
        {Object.keys(settings).length > 0 && (
          <Button
            look="quiet"
            className="-ml-2.5 self-start"
            onClick={() => {
              onChange({});
            }}
          >
            Back to the model’s own
          </Button>
        )}
      </div>
    </details>
  );
}

interface NumberFieldProps {
  readonly label: string;
  readonly hint: string;
  readonly value: string;
  readonly min: number;
  readonly max: number;
  readonly onChange: (value: string) => void;
}

function NumberField({ label, hint, value, min, max, onChange }: NumberFieldProps) {
  const id = useId();
  const wrong = value !== '' && !(/^\d+$/.test(value) && Number(value) >= min && Number(value) <= max);
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <input
        id={id}
        inputMode="numeric"
        value={value}
        aria-invalid={wrong}
        aria-describedby={`${id}-hint`}
        onChange={(event) => {
          onChange(event.target.value.trim());
        }}
        className="h-9 w-48 rounded-md border border-edge/60 bg-sheet px-3 tabular-nums aria-invalid:border-bad"
      />
      <span id={`${id}-hint`} className={`text-xs ${wrong ? 'text-bad' : 'text-soft'}`}>
        {wrong ? `A whole number from ${min} to ${max}.` : hint}
      </span>
    </div>
  );
}

/** How many settings are not the model's own. */
function chosenCount(settings: Settings, offer: SettingsOffer): string {
  const count =
    CHOICES.filter((name) => choicesOf(offer, name).includes(settings[name] ?? '')).length +
    (settings['seed'] !== undefined && offer.seed !== undefined ? 1 : 0);
  return count === 0 ? '' : `${count} chosen`;
}
