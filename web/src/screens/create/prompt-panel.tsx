import { useMutation } from '@tanstack/react-query';
import { useId } from 'react';
import { partsOf, SLOTS, wordingOf, type Slot } from '../../api/prompts.js';
import { useApi } from '../../app/session.js';
import { Segmented } from '../../parts/segmented.js';
import { AvoidChips } from '../../parts/avoid-chips.js';
import { fillParts, partsOfDraft, saysSomething, type Draft } from './draft.js';

const HINTS: Readonly<Record<Slot, string>> = {
  subject: 'Who or what, how many, doing what',
  style: 'Photograph, loose watercolour, flat vector …',
  composition: 'Where things stand, how near, from which angle',
  lighting: 'Source, direction, time of day',
  details: 'What makes it this one and no other',
  mood: 'The feeling of the whole',
};

interface PromptPanelProps {
  readonly draft: Draft;
  readonly change: (change: Partial<Draft>) => void;
  /** The model that parts are worded for when they become text. */
  readonly model: string;
}

/** What is to be drawn, as text or in parts; changing over converts. */
export function PromptPanel({ draft, change, model }: PromptPanelProps) {
  const api = useApi();
  const id = useId();
  const convert = useMutation({
    mutationFn: async (mode: Draft['mode']): Promise<Partial<Draft>> => {
      if (!saysSomething(draft)) return { mode };
      if (mode === 'parts') {
        const { avoid = [], ...parts } = (await api(partsOf(draft.text.trim()))).prompt;
        return { mode, parts: fillParts(parts), avoid: [...new Set([...draft.avoid, ...avoid])] };
      }
      // What to leave out stays in its chips.
      const parts = partsOfDraft({ ...draft, avoid: [] });
      const { renderings } = await api(wordingOf(parts, model));
      return { mode, text: renderings[0]?.prompt ?? Object.values(parts).join(', ') };
    },
    onSuccess: change,
  });
  return (
    <section aria-labelledby={`${id}-title`}>
      <div className="mb-2 flex items-center justify-between gap-3">
        <h2 id={`${id}-title`} className="font-serif text-xl">
          Describe the picture
        </h2>
        <Segmented
          label="How the prompt is written"
          value={draft.mode}
          disabled={convert.isPending}
          options={[
            { value: 'text', label: 'Text' },
            { value: 'parts', label: 'Parts' },
          ]}
          onChange={(mode) => {
            convert.mutate(mode);
          }}
        />
      </div>
      <div className="rounded-lg border border-edge/60 bg-sheet has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-seal">
        {draft.mode === 'text' ? (
          <textarea
            aria-label="Prompt"
            value={draft.text}
            rows={4}
            placeholder="A red sailboat on a calm lake at sunset, loose watercolour on rough paper"
            onChange={(event) => {
              change({ text: event.target.value });
            }}
            className="field-sizing-content block max-h-96 min-h-32 w-full resize-none rounded-t-lg bg-transparent px-4 py-3 text-lg outline-none"
          />
        ) : (
          <PromptParts draft={draft} change={change} />
        )}
        <AvoidChips
          avoid={draft.avoid}
          onChange={(avoid) => {
            change({ avoid });
          }}
        />
      </div>
      {convert.isError && (
        <p role="alert" className="mt-2 text-sm text-bad">
          {convert.error.message}
        </p>
      )}
    </section>
  );
}

function PromptParts({ draft, change }: Omit<PromptPanelProps, 'model'>) {
  const id = useId();
  return (
    <div className="divide-y divide-line">
      {SLOTS.map((slot) => (
        <PartRow
          key={slot}
          id={`${id}-${slot}`}
          label={slot}
          hint={HINTS[slot]}
          value={draft.parts[slot]}
          onChange={(value) => {
            change({ parts: { ...draft.parts, [slot]: value } });
          }}
        />
      ))}
      <PartRow
        id={`${id}-text`}
        label="lettering"
        hint="Words to stand in the picture, exactly so"
        value={draft.parts.text}
        onChange={(text) => {
          change({ parts: { ...draft.parts, text } });
        }}
      />
    </div>
  );
}

interface PartRowProps {
  readonly id: string;
  readonly label: string;
  readonly hint: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function PartRow({ id, label, hint, value, onChange }: PartRowProps) {
  return (
    <div className="grid grid-cols-[7rem_1fr] items-baseline first:rounded-t-lg has-focus-visible:bg-hover">
      <label htmlFor={id} className="py-2 pl-4 text-sm text-soft first-letter:uppercase">
        <span className="inline-block first-letter:uppercase">{label}</span>
      </label>
      <textarea
        id={id}
        rows={1}
        value={value}
        placeholder={hint}
        onChange={(event) => {
          onChange(event.target.value);
        }}
        className="field-sizing-content block w-full resize-none bg-transparent px-3 py-2 outline-none"
      />
    </div>
  );
}
