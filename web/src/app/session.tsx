import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, use, useMemo, useState, type ReactNode } from 'react';
import { ApiFailure, callApi, type Call } from '../api/client.js';
import { readSession, signIn, signOut, type Permission, type SignedInKey } from '../api/session.js';
import type * as z from 'zod/mini';

const CHOSEN_KEY = 'atelier.key';
const LINK_MARK = '#sign-in=';

interface SessionValue {
  /** Keys that this browser is signed in with; undefined while that is being asked. */
  readonly keys: readonly SignedInKey[] | undefined;
  /** The key that this tab works with. */
  readonly current: SignedInKey | undefined;
  /** The session could not be asked for. */
  readonly error: Error | null;
  /** Why the link of a first start signed nobody in. */
  readonly linkProblem: string | undefined;
  readonly retry: () => void;
  readonly signIn: (given: { readonly key: string } | { readonly link: string }) => Promise<void>;
  /** @param keyId `1`: of all */
  readonly signOut: (keyId: string) => Promise<void>;
  readonly switchTo: (keyId: string) => void;
}

const SessionContext = createContext<SessionValue | undefined>(undefined);

/** Who is signed in. Each tab chooses its own key, so that one in test mode never spends because of another. */
export function SessionProvider({ children }: { readonly children: ReactNode }) {
  const client = useQueryClient();
  const session = useQuery({ queryKey: ['session'], queryFn: openSession, staleTime: 60_000 });
  const [chosen, setChosen] = useState(readChosen);
  const value = useMemo<SessionValue>(() => {
    const keys = session.data?.keys;
    const accept = (next: readonly SignedInKey[]) => {
      client.setQueryData(['session'], { keys: next });
    };
    const choose = (keyId: string | undefined) => {
      setChosen(keyId);
      writeChosen(keyId);
    };
    return {
      keys,
      current: keys?.find((key) => key.id === chosen) ?? keys?.[0],
      error: session.error,
      linkProblem: session.data?.linkProblem,
      retry: () => void session.refetch(),
      signIn: async (given) => {
        const next = await signIn(given);
        choose(next[0]?.id);
        accept(next);
      },
      signOut: async (keyId) => {
        accept(await signOut(keyId));
        // Whoever comes next in this tab finds nothing of it.
        client.removeQueries({
          predicate: ({ queryKey: [owner] }) => owner !== 'session' && (keyId === '1' || owner === keyId),
        });
      },
      switchTo: choose,
    };
  }, [client, session, chosen]);
  return <SessionContext value={value}>{children}</SessionContext>;
}

export function useSession(): SessionValue {
  const value = use(SessionContext);
  if (value === undefined) throw new Error('useSession outside of its provider');
  return value;
}

/** The key that this tab works with; screens are only shown while there is one. */
export function useCurrentKey(): SignedInKey {
  const { current } = useSession();
  if (current === undefined) throw new Error('a screen is shown to somebody who is not signed in');
  return current;
}

/** Asks what the role of this tab's key may do. What it may not is not offered. */
export function useMay(): (permission: Permission) => boolean {
  const { permissions } = useCurrentKey();
  return (permission) => permissions.includes(permission);
}

/** Calls the gateway as the key of this tab. */
export function useApi(): <Schema extends z.ZodMiniType>(call: Call<Schema>) => Promise<z.output<Schema>> {
  const { id } = useCurrentKey();
  return useMemo(() => (call) => callApi(id, call), [id]);
}

interface OpenedSession {
  readonly keys: readonly SignedInKey[];
  readonly linkProblem?: string;
}

/** Exchanges the link that the page was opened by, if it was; else asks who is signed in. */
async function openSession(): Promise<OpenedSession> {
  const link = takeLink();
  if (link === undefined) return { keys: await readSession() };
  try {
    return { keys: await signIn({ link }) };
  } catch (error) {
    if (!(error instanceof ApiFailure)) throw error;
    return { keys: await readSession(), linkProblem: error.message };
  }
}

/** Takes the token out of the address, so that neither the history nor a copied address has it. */
function takeLink(): string | undefined {
  const { hash, pathname } = window.location;
  if (!hash.startsWith(LINK_MARK)) return undefined;
  window.history.replaceState(null, '', pathname);
  return hash.slice(LINK_MARK.length);
}

/** Of this tab if it has chosen, else what was chosen last anywhere. */
function readChosen(): string | undefined {
  return sessionStorage.getItem(CHOSEN_KEY) ?? localStorage.getItem(CHOSEN_KEY) ?? undefined;
}

/** Ids of keys are no secrets. */
function writeChosen(keyId: string | undefined): void {
  for (const storage of [sessionStorage, localStorage]) {
    if (keyId === undefined) storage.removeItem(CHOSEN_KEY);
    else storage.setItem(CHOSEN_KEY, keyId);
  }
}
