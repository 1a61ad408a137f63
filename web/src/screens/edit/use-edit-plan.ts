import { useQuery } from '@tanstack/react-query';
import { planOfEdit, type EditInput, type EditWish } from '../../api/edits.js';
import { useApi, useCurrentKey } from '../../app/session.js';
import { useDebounced } from '../../parts/use-debounced.js';
import { exportMask, isMarked, type MaskStep, type Size } from './mask-steps.js';

/** An edit as it stands in the form. */
export interface Asked {
  readonly wish: EditWish;
  readonly inputs: readonly EditInput[];
  readonly steps: readonly MaskStep[];
  /** Of the picture that is edited. */
  readonly size: Size;
}

/** What would run at what price, asked once the words have stood still for a moment. */
export function useEditPlan({ wish, inputs, steps, size }: Asked, ready: boolean) {
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  // Bytes would travel with every word that is typed; the words make no difference to the price.
  const travels = inputs.some(({ kind }) => kind === 'bytes');
  const settled = useDebounced(travels ? TRAVELLING_PROMPT : wish.prompt, 350);
  const planned = { ...wish, prompt: settled };
  const names = inputs.map((input) => (input.kind === 'bytes' ? input.blob.size : input.id));
  const plan = useQuery({
    queryKey: [keyId, 'plan', 'edit', planned, names, isMarked(steps)],
    queryFn: async ({ signal }) =>
      api(planOfEdit({ wish: planned, inputs, mask: await exportMask(steps, size) }, signal)),
    enabled: ready && settled !== '',
    placeholderData: (before) => before,
    staleTime: 60_000,
    gcTime: 60_000,
  });
  // Until the new price is there the old one stays, and is shown as such.
  const fresh = (travels || settled === wish.prompt) && !plan.isPlaceholderData && !plan.isFetching;
  return { ...plan, fresh };
}

/** The price of an edit does not depend on its words. */
const TRAVELLING_PROMPT = 'change it';
