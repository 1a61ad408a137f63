import { useCallback, useEffect, useState } from 'react';
import { useCurrentKey } from '../../app/session.js';
import { parseDraft, type Draft } from './draft.js';

/** The draft of the workspace; it outlives reloads and sessions. */
export function useDraft(): readonly [Draft, (change: Partial<Draft>) => void] {
  const { workspace } = useCurrentKey();
  const place = `atelier.draft.create.${workspace.id}`;
  const [draft, setDraft] = useState(() => parseDraft(localStorage.getItem(place)));
  useEffect(() => {
    localStorage.setItem(place, JSON.stringify(draft));
  }, [place, draft]);
  const change = useCallback((changed: Partial<Draft>) => {
    setDraft((before) => ({ ...before, ...changed }));
  }, []);
  return [draft, change];
}
