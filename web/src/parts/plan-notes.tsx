import type { Plan } from '../api/images.js';
import { formatSize, whereabouts } from './whereabouts.js';

/** More than so many notes are folded. */
const SHOWN = 2;

/** What would run, and what would be adapted, in plain words. */
export function PlanNotes({ plan }: { readonly plan: Plan | undefined }) {
  const [first] = plan?.candidates ?? [];
  if (plan === undefined || first === undefined) return null;
  const notes = notesOf(plan);
  return (
    <section aria-label="What will run" className="text-sm">
      <p className="text-soft">
        {plan.model === plan.asked_model ? 'Runs' : `Runs ${plan.model}`}
        {first.size_delivered === undefined ? '' : ` at ${formatSize(first.size_delivered)}`}
        {first.country === 'local' ? ' on your own machines' : ` with ${whereabouts(first)}`}.
      </p>
      {notes.length > 0 && (
        <details className="mt-1" open={notes.length <= SHOWN}>
          <summary className="rounded-sm text-soft">
            {notes.length === 1 ? 'One thing is adapted' : `${notes.length} things are adapted`}
          </summary>
          <ul className="mt-1 ml-4 list-disc space-y-1 text-soft marker:text-line">
            {notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

/** Reasons as sentences. How parts are worded for a model is the receipt's to tell. */
export function notesOf({ adjustments }: Pick<Plan, 'adjustments'>): readonly string[] {
  const notes = adjustments.filter(({ param }) => param !== 'prompt' && param !== 'partial_images');
  return [...new Set(notes.map(({ reason }) => `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`))];
}
