import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { ApiFailure, isSignedOut } from '../api/client.js';
import { CurrentScreen } from './current-screen.js';
import { RouterProvider } from './router.js';
import { SessionProvider } from './session.js';

/** Whoever meets a call that finds nobody signed in has the session asked for again, which shows the sign-in. */
function onError(error: Error): void {
  if (isSignedOut(error)) void client.invalidateQueries({ queryKey: ['session'] });
}

const client: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // What the server has decided does not become better by asking again.
      retry: (count, error) =>
        count < 2 && error instanceof ApiFailure && (error.facts.status === 0 || error.facts.status >= 502),
    },
  },
});

export function App() {
  return (
    <QueryClientProvider client={client}>
      <RouterProvider>
        <SessionProvider>
          <CurrentScreen />
        </SessionProvider>
      </RouterProvider>
    </QueryClientProvider>
  );
}
