import { lazy, Suspense, useEffect } from 'react';
import { Notice } from '../parts/notice.js';
import { Button } from '../parts/button.js';
import { Spinner } from '../parts/spinner.js';
import { Link, useRouter } from './router.js';
import { findScreen, SCREENS } from './screens.js';
import { useSession } from './session.js';
import { Shell } from './shell.js';

const SignInScreen = lazy(async () => ({
  default: (await import('../screens/sign-in/sign-in-screen.js')).SignInScreen,
}));

/** The sign-in, or the screen that the address names inside of the shell. */
export function CurrentScreen() {
  const { keys, current, error, retry } = useSession();
  const { path, query, go } = useRouter();
  const screen = findScreen(path);
  const adding = query.has('add-key');

  useEffect(() => {
    if (current !== undefined && path === '/') go(SCREENS[0].path, true);
  }, [current, path, go]);
  useEffect(() => {
    document.title = current === undefined || screen === undefined ? 'Atelier' : `${screen.name} · Atelier`;
  }, [current, screen]);

  if (keys === undefined) {
    return (
      <main className="grid min-h-dvh place-items-center p-6">
        {error === null ? (
          <Spinner label="Opening the playground" />
        ) : (
          <Notice kind="bad" title="The playground can not be opened">
            <p>{error.message}</p>
            <Button onClick={retry}>Try again</Button>
          </Notice>
        )}
      </main>
    );
  }
  const waiting = <Spinner label="Loading" />;
  if (current === undefined || adding) {
    return <Suspense fallback={<main className="p-6">{waiting}</main>}>{<SignInScreen />}</Suspense>;
  }
  return (
    <Shell>
      {screen === undefined ? (
        path !== '/' && <NoScreen />
      ) : screen.needs !== undefined && !current.permissions.includes(screen.needs) ? (
        <NotForThisKey name={screen.name} role={current.role} />
      ) : (
        // Another key is another workspace or mode: nothing of the first one stays on the screen.
        <Suspense fallback={<div className="p-8">{waiting}</div>} key={current.id}>
          <screen.Content />
        </Suspense>
      )}
    </Shell>
  );
}

function NotForThisKey({ name, role }: { readonly name: string; readonly role: string }) {
  return (
    <div className="mx-auto max-w-xl px-6 py-24">
      <h1 className="font-serif text-2xl">{name} is not for this key</h1>
      <p className="mt-3 text-soft">
        The key that you are signed in with has the role {role}, which does not see this. Ask an owner or
        admin of the workspace for another key, or choose one at the top right.
      </p>
    </div>
  );
}

function NoScreen() {
  return (
    <div className="mx-auto max-w-xl px-6 py-24">
      <h1 className="font-serif text-2xl">There is nothing here</h1>
      <p className="mt-3 text-soft">The address names no screen of the playground.</p>
      <p className="mt-6">
        <Link href={SCREENS[0].path} className="underline underline-offset-4">
          Go to {SCREENS[0].name}
        </Link>
      </p>
    </div>
  );
}
