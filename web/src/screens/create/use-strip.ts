import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useSyncExternalStore } from 'react';
import { ApiFailure } from '../../api/client.js';
import { beginGeneration, type Generation, type ImageWish } from '../../api/images.js';
import { useApi, useCurrentKey } from '../../app/session.js';
import { randomName } from '../../parts/random-name.js';
import { changeStrip, readStrip, subscribeToStrip, type StripEntry } from './strip-store.js';

/** A request whose answer was lost is sent again within this time, and runs once all the same. */
const LOST_ANSWER_MS = 120_000;

export interface Strip {
  readonly entries: readonly StripEntry[];
  /** Asks for pictures. @throws ApiFailure when the server refuses before anything runs */
  readonly begin: (wish: ImageWish) => Promise<Generation>;
  /** Takes up what was made in another way, such as a replay. */
  readonly add: (generation: Generation, wish: ImageWish, note: string) => void;
  readonly remove: (once: string) => void;
}

/** What was asked for with the key of this tab. */
export function useStrip(): Strip {
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  const client = useQueryClient();
  const read = useCallback(() => readStrip(keyId), [keyId]);
  const entries = useSyncExternalStore(subscribeToStrip, read);

  const send = useCallback(
    async (entry: StripEntry): Promise<Generation> => {
      try {
        const generation = await api(beginGeneration(entry.wish, entry.once));
        client.setQueryData([keyId, 'generation', generation.id], generation);
        changeStrip(keyId, (before) =>
          before.map((one) => (one.once === entry.once ? { ...one, id: generation.id } : one)),
        );
        return generation;
      } catch (error) {
        // Without an answer nobody knows: it may run, and is asked about again.
        if (!(error instanceof ApiFailure && error.facts.status === 0)) remove(keyId, entry.once);
        throw error;
      }
    },
    [api, client, keyId],
  );

  useEffect(() => {
    for (const entry of readStrip(keyId)) {
      if (entry.id !== undefined) continue;
      if (Date.now() - entry.at > LOST_ANSWER_MS) remove(keyId, entry.once);
      else {
        send(entry).catch(() => {
          // It is gone from the strip then, or looked at with the next load.
        });
      }
    }
  }, [keyId, send]);

  return useMemo(
    () => ({
      entries,
      begin: async (wish) => {
        const entry = { once: randomName(), wish, at: Date.now() };
        changeStrip(keyId, (before) => [entry, ...before]);
        return send(entry);
      },
      add: (generation, wish, note) => {
        client.setQueryData([keyId, 'generation', generation.id], generation);
        const entry = { once: randomName(), wish, at: Date.now(), id: generation.id, note };
        changeStrip(keyId, (before) => [entry, ...before]);
      },
      remove: (once) => {
        remove(keyId, once);
      },
    }),
    [entries, keyId, send, client],
  );
}

function remove(keyId: string, once: string): void {
  changeStrip(keyId, (before) => before.filter((one) => one.once !== once));
}
