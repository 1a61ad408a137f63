import { Button } from '../../parts/button.js';
import { CloseIcon } from '../../parts/icons.js';
import type { CompareDraft } from './compare-draft.js';

interface PromptValuesProps {
  readonly draft: CompareDraft;
  readonly change: (change: Partial<CompareDraft>) => void;
}

/** Prompts besides the one above. */
export function PromptValues({ draft: { others }, change }: PromptValuesProps) {
  const shown = others.length === 0 ? [''] : others;
  return (
    <div className="flex flex-col gap-2.5">
      <p className="text-xs text-soft">The prompt above is the first of them.</p>
      {shown.map((prompt, place) => (
        <div
          key={place}
          className="relative rounded-md border border-edge/60 bg-sheet has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-seal"
        >
          <textarea
            aria-label={`Prompt ${place + 2}`}
            rows={2}
            value={prompt}
            placeholder="The same in other words, or something else"
            onChange={(event) => {
              const { value } = event.target;
              change({ others: shown.map((one, at) => (at === place ? value : one)) });
            }}
            className="field-sizing-content block max-h-60 w-full resize-none bg-transparent py-2 pr-9 pl-3 outline-none"
          />
          {others.length > 0 && (
            <button
              type="button"
              aria-label={`Without prompt ${place + 2}`}
              onClick={() => {
                change({ others: others.filter((_one, at) => at !== place) });
              }}
              className="absolute top-1 right-1 grid size-7 place-items-center rounded-sm text-soft hover:text-ink"
            >
              <CloseIcon className="size-3.5" />
            </button>
          )}
        </div>
      ))}
      <Button
        look="quiet"
        className="-ml-2.5 self-start"
        onClick={() => {
          change({ others: [...shown, ''] });
        }}
      >
        One prompt more
      </Button>
    </div>
  );
}
