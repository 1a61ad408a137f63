import type { AxisName } from '../../api/comparisons.js';
import type { Model } from '../../api/models.js';
import { Button } from '../../parts/button.js';
import { Chips } from '../../parts/chips.js';
import { SizeLabel } from '../../parts/size-chips.js';
import { formatSize } from '../../parts/whereabouts.js';
import { CheckChips } from './check-chips.js';
import { MAX_AXES, type Chosen, type CompareDraft } from './compare-draft.js';
import { ModelValues } from './model-values.js';
import { PromptValues } from './prompt-values.js';
import { SeedValues, someSeeds } from './seed-values.js';
import { offerOf, sizesOf } from './shared-offer.js';
import { WordValues } from './word-values.js';

/** What can be varied, the plainest first. */
const CHOICES: readonly { readonly axis: AxisName; readonly name: string }[] = [
  { axis: 'model', name: 'Model' },
  { axis: 'size', name: 'Size' },
  { axis: 'prompt_replace', name: 'Words' },
  { axis: 'prompt', name: 'Prompt' },
  { axis: 'seed', name: 'Seed' },
];

interface AxisPanelProps {
  readonly chosen: Chosen;
  /** All models that make pictures. */
  readonly able: readonly Model[];
  readonly change: (change: Partial<CompareDraft>) => void;
}

/** What differs from picture to picture: one thing, or up to three. */
export function AxisPanel({ chosen, able, change }: AxisPanelProps) {
  const { axes } = chosen.draft;
  const take = (next: CompareDraft['axes']) => {
    change({ axes: next, ...firstValues(next, chosen) });
  };
  const spare = CHOICES.find(({ axis }) => !axes.includes(axis));
  return (
    <div className="flex flex-col gap-5">
      {axes.map((axis, place) => (
        <section
          key={place}
          aria-label={place === 0 ? 'What differs' : `What differs, too (${place + 1})`}
          className="flex flex-col gap-3 border-l-2 border-seal pl-4"
        >
          <div className="flex items-start justify-between gap-2">
            <Chips
              label={place === 0 ? 'What differs?' : 'And what else?'}
              value={axis}
              options={CHOICES.filter((one) => one.axis === axis || !axes.includes(one.axis)).map((one) => ({
                value: one.axis,
                label: one.name,
              }))}
              onChange={(value) => {
                const next = CHOICES.find((one) => one.axis === value)?.axis ?? axis;
                take(axes.map((one, at) => (at === place ? next : one)));
              }}
            />
            {place > 0 && (
              <Button
                look="quiet"
                className="-mt-1.5"
                onClick={() => {
                  take(axes.filter((_axis, at) => at !== place));
                }}
              >
                Leave out
              </Button>
            )}
          </div>
          <Values axis={axis} {...{ chosen, able, change }} />
        </section>
      ))}
      {axes.length < MAX_AXES && spare !== undefined && (
        <Button
          look="quiet"
          className="-mt-2 self-start"
          onClick={() => {
            take([...axes, spare.axis]);
          }}
        >
          Vary one thing more
        </Button>
      )}
    </div>
  );
}

/** Values to begin with, where an axis has none yet and any would do. */
function firstValues(axes: CompareDraft['axes'], { draft, models }: Chosen): Partial<CompareDraft> {
  const range = offerOf(models).seed;
  return axes.includes('seed') && draft.seeds.length === 0 && range !== undefined
    ? { seeds: someSeeds(range, []) }
    : {};
}

function Values({ axis, chosen, able, change }: AxisPanelProps & { readonly axis: AxisName }) {
  const { draft, models } = chosen;
  switch (axis) {
    case 'model':
      return (
        <ModelValues
          able={able}
          models={models}
          onChange={(slugs) => {
            change({ models: slugs });
          }}
        />
      );
    case 'size': {
      const sizes = sizesOf(models);
      const adapted = sizes.some(({ size, native }) => !native && draft.sizes.includes(size));
      return (
        <CheckChips
          label="Sizes to compare"
          chosen={draft.sizes}
          options={sizes.map(({ size }) => ({
            value: size,
            label: <SizeLabel size={size} />,
            spoken: formatSize(size),
          }))}
          onChange={(next) => {
            change({ sizes: next });
          }}
          hint={adapted ? 'A picture that is not rendered in its size is brought to exactly it.' : undefined}
        />
      );
    }
    case 'seed':
      return <SeedValues {...{ chosen, change }} />;
    case 'prompt':
      return <PromptValues {...{ draft, change }} />;
    case 'prompt_replace':
      return <WordValues {...{ draft, change }} />;
  }
}
