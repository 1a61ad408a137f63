import type { Comparison, ComparisonPlan } from '../../api/comparisons.js';
import type { Model } from '../../api/models.js';
import { CellGrid } from './cell-grid.js';
import { ComparisonView } from './comparison-view.js';
import { PastComparisons } from './past-comparisons.js';
import { PlannedCard } from './planned-card.js';

interface CompareStageProps {
  /** Of the comparison in the address. */
  readonly id: string | undefined;
  /** Of what stands in the form, where it can be asked for. */
  readonly plan: ComparisonPlan | undefined;
  readonly models: readonly Model[];
  readonly onAgain: (comparison: Comparison) => void;
}

/** The comparison in the address; else what would be made, and what was compared before. */
export function CompareStage({ id, plan, models, onAgain }: CompareStageProps) {
  if (id !== undefined) return <ComparisonView key={id} {...{ id, models, onAgain }} />;
  return (
    <div className="flex flex-col gap-10 px-4 py-6 sm:px-6">
      {plan === undefined ? (
        <div className="mx-auto w-full max-w-xl pt-6 lg:pt-10">
          <p className="font-serif text-2xl text-balance">Side by side, with price and time</p>
          <p className="mt-2 text-soft">
            Describe a picture and choose what differs: the model, the size, some words, the seed. Every
            picture is made from otherwise the same request, and the price of all stands there before anything
            runs.
          </p>
        </div>
      ) : (
        <section aria-labelledby="to-be-made">
          <h2 id="to-be-made" className="mb-4 font-serif text-xl">
            {plan.quote.cells - plan.quote.refused} pictures would be made
            {plan.quote.refused > 0 && <span className="text-soft">, {plan.quote.refused} can’t</span>}
          </h2>
          <CellGrid
            axes={plan.axes}
            cells={plan.cells}
            models={models}
            show={(cell, label) => <PlannedCard cell={cell} label={label} />}
          />
        </section>
      )}
      <PastComparisons />
    </div>
  );
}
