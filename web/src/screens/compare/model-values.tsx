import { Dialog } from '@base-ui/react/dialog';
import type { Model } from '../../api/models.js';
import { useCurrentKey } from '../../app/session.js';
import { Button } from '../../parts/button.js';
import { DIALOG_BACKDROP, DIALOG_POPUP } from '../../parts/dialog-look.js';
import { CloseIcon } from '../../parts/icons.js';
import { priceText } from '../../parts/model-card.js';
import { ModelList } from '../../parts/model-picker.js';

interface ModelValuesProps {
  readonly able: readonly Model[];
  readonly models: readonly Model[];
  readonly onChange: (slugs: string[]) => void;
}

/** The models that are compared, and the way to others. */
export function ModelValues({ able, models, onChange }: ModelValuesProps) {
  const { kind } = useCurrentKey();
  const slugs = models.map(({ id }) => id);
  return (
    <div className="flex flex-col gap-2.5">
      <ul
        aria-label="Models to compare"
        className="divide-y divide-line rounded-lg border border-line bg-sheet"
      >
        {models.map((model) => (
          <li key={model.id} className="flex items-center gap-2 py-1 pr-1 pl-3 text-sm">
            <span className="min-w-0 flex-1 truncate">{model.name}</span>
            <span className="text-soft tabular-nums">{priceText(model)}</span>
            <button
              type="button"
              aria-label={`Without ${model.name}`}
              aria-disabled={models.length === 1}
              onClick={() => {
                if (models.length > 1) onChange(slugs.filter((slug) => slug !== model.id));
              }}
              className="grid size-8 place-items-center rounded-sm text-soft not-aria-disabled:hover:text-ink aria-disabled:opacity-40"
            >
              <CloseIcon className="size-3.5" />
            </button>
          </li>
        ))}
      </ul>
      <Dialog.Root>
        <Dialog.Trigger render={<Button className="self-start">Choose models</Button>} />
        <Dialog.Portal>
          <Dialog.Backdrop className={DIALOG_BACKDROP} />
          <Dialog.Popup className={`${DIALOG_POPUP} sm:w-[min(60rem,calc(100vw-3rem))]`}>
            <div className="flex items-center gap-4 border-b border-line px-5 py-3">
              <Dialog.Title className="font-serif text-xl">Which models are compared?</Dialog.Title>
              <span role="status" className="ml-auto text-sm text-soft">
                {models.length} chosen
              </span>
              <Dialog.Close render={<Button look="main">Done</Button>} />
            </div>
            <ModelList
              models={able}
              chosen={slugs}
              lacksOf={() => []}
              kind={kind}
              onChoose={(slug) => {
                onChange(slugs.includes(slug) ? slugs.filter((one) => one !== slug) : [...slugs, slug]);
              }}
            />
          </Dialog.Popup>
        </Dialog.Portal>
      </Dialog.Root>
    </div>
  );
}
