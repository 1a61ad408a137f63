import { useCallback, useMemo, useRef, useState } from 'react';

export interface Selection {
  readonly ids: ReadonlySet<string>;
  /** Takes a picture up or leaves it out. @param range all from the one that was taken last */
  readonly select: (id: string, range: boolean) => void;
  readonly selectAll: () => void;
  readonly clear: () => void;
}

const NOTHING: ReadonlySet<string> = new Set();

/** Which pictures are selected; those that are not shown any more don't count. */
export function useSelection(shown: readonly { readonly id: string }[]): Selection {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(NOTHING);
  const anchor = useRef<string | undefined>(undefined);
  const ids = useMemo(() => {
    if (chosen.size === 0) return NOTHING;
    return new Set(shown.flatMap(({ id }) => (chosen.has(id) ? [id] : [])));
  }, [chosen, shown]);
  const select = useCallback(
    (id: string, range: boolean) => {
      const from = range ? shown.findIndex((one) => one.id === anchor.current) : -1;
      const to = shown.findIndex((one) => one.id === id);
      anchor.current = id;
      if (from >= 0 && to >= 0) {
        const between = shown.slice(Math.min(from, to), Math.max(from, to) + 1);
        setChosen((before) => new Set([...before, ...between.map((one) => one.id)]));
        return;
      }
      setChosen((before) => {
        const after = new Set(before);
        if (!after.delete(id)) after.add(id);
        return after;
      });
    },
    [shown],
  );
  const selectAll = useCallback(() => {
    setChosen(new Set(shown.map(({ id }) => id)));
  }, [shown]);
  const clear = useCallback(() => {
    anchor.current = undefined;
    setChosen(NOTHING);
  }, []);
  return useMemo(() => ({ ids, select, selectAll, clear }), [ids, select, selectAll, clear]);
}
