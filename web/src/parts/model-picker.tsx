import { Dialog } from '@base-ui/react/dialog';
import { useId, useState } from 'react';
import type { Model } from '../api/models.js';
import { Button } from './button.js';
import { DIALOG_BACKDROP, DIALOG_POPUP } from './dialog-look.js';
import { CloseIcon } from './icons.js';
import { ModelFacts } from './model-card.js';

interface ModelPickerProps {
  /** Those that do what the screen is for. */
  readonly models: readonly Model[];
  readonly model: Model;
  /** What of the request a model can't do by itself. */
  readonly lacksOf: (model: Model) => readonly string[];
  readonly kind: 'live' | 'test';
  readonly onChange: (slug: string) => void;
}

/** The chosen model, and the way to another one. */
export function ModelPicker({ models, model, lacksOf, kind, onChange }: ModelPickerProps) {
  const [open, setOpen] = useState(false);
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <h2 id={id} className="mb-2 text-sm font-medium">
        Model
      </h2>
      <Dialog.Root open={open} onOpenChange={setOpen}>
        <Dialog.Trigger
          aria-label={`${model.name}: choose another model`}
          className="block w-full rounded-lg border border-line bg-sheet px-4 py-3 text-left hover:bg-hover"
        >
          <ModelFacts model={model} lacks={lacksOf(model)} kind={kind} />
        </Dialog.Trigger>
        <Dialog.Portal>
          <Dialog.Backdrop className={DIALOG_BACKDROP} />
          <Dialog.Popup className={`${DIALOG_POPUP} sm:w-[min(60rem,calc(100vw-3rem))]`}>
            <div className="flex items-center gap-4 border-b border-line px-5 py-3">
              <Dialog.Title className="font-serif text-xl">Choose a model</Dialog.Title>
              <Dialog.Close
                className="ml-auto grid size-9 place-items-center rounded-md text-soft hover:bg-hover hover:text-ink"
                aria-label="Close"
              >
                <CloseIcon />
              </Dialog.Close>
            </div>
            <ModelList
              models={models}
              chosen={[model.id]}
              lacksOf={lacksOf}
              kind={kind}
              onChoose={(slug) => {
                onChange(slug);
                setOpen(false);
              }}
            />
          </Dialog.Popup>
        </Dialog.Portal>
      </Dialog.Root>
    </section>
  );
}

interface ModelListProps {
  readonly models: readonly Model[];
  readonly chosen: readonly string[];
  readonly lacksOf: (model: Model) => readonly string[];
  readonly kind: 'live' | 'test';
  readonly onChoose: (slug: string) => void;
}

/** Models in groups, to be searched: those that can do it, with what would be adapted, and those that can't be used now. */
export function ModelList({ models, chosen, lacksOf, kind, onChoose }: ModelListProps) {
  const [search, setSearch] = useState('');
  const able = models.filter((model) => matches(model, search)).sort((a, b) => lifeOrder(a) - lifeOrder(b));
  const available = able.filter((model) => model.available);
  const fitting = available.filter((model) => lacksOf(model).length === 0);
  const adapted = available.filter((model) => lacksOf(model).length > 0);
  const groups = [
    { title: 'Fit this request', members: fitting },
    { title: 'Need something adapted', members: adapted },
    { title: 'Not available', members: able.filter((model) => !model.available) },
  ].filter(({ members }) => members.length > 0);
  return (
    <>
      <div className="px-5 pt-4">
        <input
          type="search"
          aria-label="Search models"
          placeholder="Name, maker, or what it is good at"
          value={search}
          onChange={(event) => {
            setSearch(event.target.value);
          }}
          className="h-10 w-full rounded-md border border-edge/60 bg-sheet px-3"
        />
      </div>
      <div className="overflow-y-auto overscroll-contain px-5 pb-6">
        {groups.map(({ title, members }) => (
          <section key={title} aria-label={title}>
            <h3 className="pt-5 pb-2 text-sm text-soft">
              {title} <span className="tabular-nums">({members.length})</span>
            </h3>
            <ul className="grid gap-2 sm:grid-cols-2">
              {members.map((model) => (
                <li key={model.id}>
                  <button
                    type="button"
                    aria-pressed={chosen.includes(model.id)}
                    aria-disabled={!model.available}
                    onClick={() => {
                      if (model.available) onChoose(model.id);
                    }}
                    className="flex h-full w-full flex-col justify-start rounded-lg border border-line bg-sheet px-4 py-3 text-left not-aria-disabled:hover:bg-hover aria-disabled:border-dashed aria-disabled:bg-transparent aria-pressed:border-seal aria-pressed:bg-seal-wash"
                  >
                    <ModelFacts model={model} lacks={lacksOf(model)} kind={kind} />
                  </button>
                </li>
              ))}
            </ul>
          </section>
        ))}
        {groups.length === 0 && (
          <div className="flex flex-col items-start gap-3 py-8 text-soft">
            <p>No model matches “{search}”.</p>
            <Button
              onClick={() => {
                setSearch('');
              }}
            >
              Show all
            </Button>
          </div>
        )}
      </div>
    </>
  );
}

/** What is going to stay comes first. */
function lifeOrder({ lifecycle }: Model): number {
  return ['active', 'deprecated', 'retired'].indexOf(lifecycle.status);
}

function matches(model: Model, search: string): boolean {
  const text = [model.name, model.id, model.owned_by, ...model.strengths].join(' ').toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
