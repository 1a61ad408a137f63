import { useId } from 'react';
import { splitAvoided } from '../../parts/split-avoided.js';
import { AddField } from './add-field.js';
import { hasWholeWords, wordsOf, type CompareDraft } from './compare-draft.js';
import { ValueChips } from './value-chips.js';

/** More words of a prompt are not offered; they can be typed. */
const SHOWN = 24;

interface WordValuesProps {
  readonly draft: CompareDraft;
  readonly change: (change: Partial<CompareDraft>) => void;
}

/** Words of the prompt, and what stands in their place. */
export function WordValues({ draft: { text, words, instead }, change }: WordValuesProps) {
  const id = useId();
  const written = words.trim();
  const wrong = written !== '' && !hasWholeWords(text, written);
  const values = written === '' ? [] : [...new Set([written, ...instead])];
  return (
    <div className="flex flex-col gap-2.5">
      <div>
        <label htmlFor={id} className="text-sm">
          Words that change
        </label>
        <input
          id={id}
          value={words}
          maxLength={200}
          placeholder={wordsOf(text)[0] ?? 'summer'}
          aria-invalid={wrong}
          aria-describedby={`${id}-hint`}
          onChange={(event) => {
            change({ words: event.target.value });
          }}
          className="mt-1 h-9 w-full rounded-md border border-edge/60 bg-sheet px-3 text-sm aria-invalid:border-bad"
        />
        <p id={`${id}-hint`} className={`mt-1 text-xs ${wrong ? 'text-bad' : 'text-soft'}`}>
          {wrong
            ? `“${written}” does not stand in the prompt so, as whole words.`
            : 'As they stand in the prompt. Click one, or type several.'}
        </p>
        <div role="group" aria-label="Words of the prompt" className="mt-1.5 flex flex-wrap gap-1">
          {wordsOf(text)
            .slice(0, SHOWN)
            .map((word) => (
              <button
                key={word}
                type="button"
                aria-pressed={word === written}
                onClick={() => {
                  change({ words: word });
                }}
                className="rounded-sm border border-line px-1.5 py-0.5 text-sm hover:bg-hover aria-pressed:border-seal aria-pressed:bg-seal-wash"
              >
                {word}
              </button>
            ))}
        </div>
      </div>
      {written !== '' && (
        <>
          <ValueChips
            label="Words to compare"
            values={values}
            fixed={1}
            onRemove={(value) => {
              change({ instead: instead.filter((one) => one !== value) });
            }}
          />
          <AddField
            label={`In place of ${written}`}
            placeholder={`In place of “${written}”: winter, autumn`}
            problemOf={() => undefined}
            onAdd={(added) => {
              change({ instead: [...new Set([...instead, ...splitAvoided(added)])] });
            }}
          />
        </>
      )}
    </div>
  );
}
