import { useCallback, useEffect, useState } from 'react';
import { useCurrentKey } from '../../app/session.js';
import { parseCompareDraft, type CompareDraft } from './compare-draft.js';

/** The draft of the workspace; it outlives reloads and sessions. */
export function useCompareDraft(): readonly [CompareDraft, (change: Partial<CompareDraft>) => void] {
  const { workspace } = useCurrentKey();
  const place = `atelier.draft.compare.${workspace.id}`;
  const [draft, setDraft] = useState(() => parseCompareDraft(localStorage.getItem(place)));
  useEffect(() => {
    localStorage.setItem(place, JSON.stringify(draft));
  }, [place, draft]);
  const change = useCallback((changed: Partial<CompareDraft>) => {
    setDraft((before) => ({ ...before, ...changed }));
  }, []);
  return [draft, change];
}
