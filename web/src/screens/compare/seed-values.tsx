import { Button } from '../../parts/button.js';
import { AddField } from './add-field.js';
import type { Chosen, CompareDraft } from './compare-draft.js';
import { offerOf, seedsOf } from './shared-offer.js';
import { ValueChips } from './value-chips.js';

/** So many are begun with, and drawn at once. */
const SOME = 4;
/** Seeds that are drawn are short enough to be read aloud. */
const MAX_DRAWN = 99_999;

interface SeedValuesProps {
  readonly chosen: Chosen;
  readonly change: (change: Partial<CompareDraft>) => void;
}

/** The same request from several starts. */
export function SeedValues({ chosen: { draft, models }, change }: SeedValuesProps) {
  const range = offerOf(models).seed;
  if (range === undefined) {
    const without = models.filter(({ allowedParams }) => allowedParams.seed === undefined);
    const names = without.map(({ name }) => name).join(', ');
    return (
      <p className="text-sm text-warn">
        {without.length === 1 ? `${names} has` : `${names} have`} no seed: choose another model below.
      </p>
    );
  }
  const seeds = seedsOf(draft.seeds, models);
  return (
    <div className="flex flex-col gap-2.5">
      <ValueChips
        label="Seeds to compare"
        values={seeds.map(String)}
        onRemove={(value) => {
          change({ seeds: seeds.filter((seed) => String(seed) !== value) });
        }}
      />
      <AddField
        label="Seed to be added"
        placeholder="A number"
        problemOf={(text) =>
          /^\d{1,16}$/.test(text) && Number(text) >= range.min && Number(text) <= range.max
            ? undefined
            : `A whole number from ${range.min} to ${range.max}.`
        }
        onAdd={(text) => {
          change({ seeds: [...new Set([...seeds, Number(text)])] });
        }}
      />
      <Button
        look="quiet"
        className="-ml-2.5 self-start"
        onClick={() => {
          change({ seeds: [...seeds, ...someSeeds(range, seeds)] });
        }}
      >
        Draw {SOME} at random
      </Button>
    </div>
  );
}

/** Some seeds that are not there yet. */
export function someSeeds(
  range: { readonly min: number; readonly max: number },
  known: readonly number[],
): number[] {
  const most = Math.min(range.max, MAX_DRAWN);
  const seeds = new Set<number>();
  // A range may have fewer.
  for (let attempt = 0; seeds.size < SOME && attempt < 100; attempt += 1) {
    const seed = range.min + Math.floor(Math.random() * (most - range.min + 1));
    if (!known.includes(seed)) seeds.add(seed);
  }
  return [...seeds];
}
