import { useCallback, useEffect, useState } from 'react';
import type * as z from 'zod/mini';
import { useCurrentKey } from '../app/session.js';

/**
 * What somebody is typing into a form of the workspace; it outlives reloads and the end of a session. Secrets don't belong here.
 * @param name of the form
 * @param empty what stands there before anything was typed
 * @returns the value, how to change it, and how to forget it once it was sent
 */
export function useTyped<Schema extends z.ZodMiniType>(
  name: string,
  schema: Schema,
  empty: z.output<Schema>,
): readonly [z.output<Schema>, (value: z.output<Schema>) => void, () => void] {
  const { workspace } = useCurrentKey();
  const place = `atelier.draft.${name}.${workspace.id}`;
  const [typed, setTyped] = useState(() => read(place, schema));
  useEffect(() => {
    if (typed === undefined) localStorage.removeItem(place);
    else localStorage.setItem(place, JSON.stringify(typed));
  }, [place, typed]);
  const forget = useCallback(() => {
    setTyped(undefined);
  }, []);
  return [typed ?? empty, setTyped, forget];
}

function read<Schema extends z.ZodMiniType>(place: string, schema: Schema): z.output<Schema> | undefined {
  try {
    const parsed = schema.safeParse(JSON.parse(localStorage.getItem(place) ?? 'null'));
    return parsed.success ? parsed.data : undefined;
  } catch {
    // Written by another version, or by hand.
    return undefined;
  }
}
