import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { generationOf, type Generation } from '../api/images.js';
import { watchGeneration, type GenerationEvent } from '../api/watch-generation.js';
import { useApi, useCurrentKey } from '../app/session.js';

/** What is known of a generation while it runs. Pictures are counted from 1. */
export interface Live {
  /** Place in the queue, from 1; undefined once it runs. */
  readonly position: number | undefined;
  /** Addresses of partial pictures. */
  readonly partials: Readonly<Record<number, string>>;
  /** From 0 to 1. */
  readonly fractions: Readonly<Record<number, number>>;
  readonly arrived: readonly number[];
}

const NOTHING: Live = { position: undefined, partials: {}, fractions: {}, arrived: [] };

export function isRunning({ status }: Pick<Generation, 'status'>): boolean {
  return status === 'queued' || status === 'running';
}

/** A generation as it is now. Links are signed for an hour, and read afresh before they end. */
export function useGeneration(id: string | undefined) {
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  return useQuery({
    queryKey: [keyId, 'generation', id],
    queryFn: ({ signal }) => api(generationOf(id ?? '', signal)),
    enabled: id !== undefined,
    staleTime: 20 * 60_000,
    refetchInterval: 30 * 60_000,
  });
}

/** What is known of a running generation; watched by `useWatching`. */
export function useLive(id: string | undefined): Live {
  const { id: keyId } = useCurrentKey();
  const { data } = useQuery<Live>({ queryKey: [keyId, 'live', id], enabled: false });
  return data ?? NOTHING;
}

/** Watches a generation while it runs. */
export function useWatching(generation: Generation | undefined): void {
  const { id: keyId } = useCurrentKey();
  const client = useQueryClient();
  const id = generation !== undefined && isRunning(generation) ? generation.id : undefined;
  useEffect(() => {
    if (id === undefined) return;
    const stop = new AbortController();
    const tell = (event: GenerationEvent) => {
      client.setQueryData<Live>([keyId, 'live', id], (before) => after(before ?? NOTHING, event));
    };
    watchGeneration(keyId, id, tell, stop.signal).then(
      (ended) => {
        if (ended === undefined) return;
        client.setQueryData([keyId, 'generation', id], ended);
        client.removeQueries({ queryKey: [keyId, 'live', id] });
        void client.invalidateQueries({ queryKey: [keyId, 'credits'] });
      },
      () => {
        // Whoever is not told asks: that also finds out about the end of a session.
        void client.invalidateQueries({ queryKey: [keyId, 'generation', id] });
      },
    );
    return () => {
      stop.abort();
    };
  }, [client, keyId, id]);
}

function after(live: Live, event: GenerationEvent): Live {
  switch (event.type) {
    case 'queued':
      return { ...live, position: event.position };
    case 'started':
      return { ...live, position: undefined };
    case 'progress':
      return { ...live, fractions: { ...live.fractions, [event.image]: event.fraction } };
    case 'partial_image': {
      const address = `data:${event.mime_type};base64,${event.b64_json}`;
      return { ...live, partials: { ...live.partials, [event.image]: address } };
    }
    case 'image':
      return { ...live, arrived: [...live.arrived, event.image] };
    case 'waiting':
    case 'completed':
    case 'failed':
    case 'cancelled':
      return live;
  }
}
