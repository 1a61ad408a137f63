import type { Model } from '../api/models.js';
import { formatCredits } from './credits.js';
import { priceRange, remedyOf, whereaboutsOf } from './model-facts.js';

interface ModelCardProps {
  readonly model: Model;
  /** What of the request it can't do by itself. */
  readonly lacks: readonly string[];
  readonly kind: 'live' | 'test';
}

/** What one has to know of a model to choose it. */
export function ModelFacts({ model, lacks, kind }: ModelCardProps) {
  const reason = model.unavailable_reason ?? 'not available';
  return (
    <>
      <span className="flex items-baseline justify-between gap-3">
        <span className="min-w-0 font-medium">{model.name}</span>
        <span className="shrink-0 text-sm text-soft tabular-nums">{priceText(model)}</span>
      </span>
      <span className="mt-0.5 block text-sm text-soft">
        {capitalised(model.strengths.slice(0, 3).join(', '))}
      </span>
      <span className="mt-1.5 flex flex-wrap gap-x-3 gap-y-0.5 text-xs text-soft">
        <span>{whereaboutsOf(model)}</span>
        <Lifecycle model={model} />
      </span>
      {model.available && lacks.length > 0 && (
        <span className="mt-1 block text-xs text-warn">For this request: {lacks.join(', ')}.</span>
      )}
      {!model.available && (
        <span className="mt-1 block text-xs text-ink">
          {capitalised(reason)}. {remedyOf(reason, kind)}
        </span>
      )}
    </>
  );
}

/** From the cheapest to the dearest picture. */
export function priceText(model: Model): string {
  const range = priceRange(model);
  if (range === undefined) return '';
  const [low, high] = range;
  if (high === 0) return 'free';
  const amount = low === high ? formatCredits(low) : `${formatCredits(low)}–${formatCredits(high)}`;
  return `${amount} ${amount === '1' ? 'credit' : 'credits'}`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function Lifecycle({ model: { lifecycle } }: Pick<ModelCardProps, 'model'>) {
  const { status, retired_on: retiredOn, successor } = lifecycle;
  if (status === 'active') return null;
  const to = successor === undefined ? '' : `, followed by ${successor}`;
  if (status === 'retired') return <span className="text-warn">Retired{to}</span>;
  return (
    <span className="text-warn">
      {retiredOn === undefined ? 'On its way out' : `Ends ${retiredOn}`}
      {to}
    </span>
  );
}
