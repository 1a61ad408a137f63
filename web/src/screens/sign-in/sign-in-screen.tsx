import { useMutation } from '@tanstack/react-query';
import { useId, useState, type SubmitEvent } from 'react';
import { useRouter } from '../../app/router.js';
import { useSession } from '../../app/session.js';
import { Button } from '../../parts/button.js';
import { Notice } from '../../parts/notice.js';
import picture from './snow-leopard.webp';

/** Signing in with a key; further keys are added here, too. */
export function SignInScreen() {
  const { current, linkProblem, signIn } = useSession();
  const { path, query, go } = useRouter();
  const [key, setKey] = useState('');
  const id = useId();
  const sign = useMutation({
    mutationFn: () => signIn({ key: key.trim() }),
    onSuccess: () => {
      // What the address names besides is what somebody came for.
      const rest = new URLSearchParams(query);
      rest.delete('add-key');
      go(rest.size === 0 ? path : `${path}?${rest.toString()}`, true);
    },
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (key.trim() !== '') sign.mutate();
  };
  const adding = current !== undefined;
  return (
    <main className="grid min-h-dvh md:grid-cols-[minmax(24rem,2fr)_3fr]">
      <div className="flex flex-col px-6 py-10 sm:px-12 md:py-14">
        <p className="font-serif text-xl">Atelier</p>
        <form onSubmit={submit} className="my-auto flex w-full max-w-sm flex-col gap-5 py-12">
          <h1 className="font-serif text-2xl">
            {adding ? 'Sign in with another key' : 'Sign in with your key'}
          </h1>
          <p className="text-soft">
            {adding
              ? 'You stay signed in with the keys that you have, and switch between them at the top right.'
              : 'A key belongs to a workspace. With a live key you make real pictures; with a test key every model is emulated.'}
          </p>
          {linkProblem !== undefined && !sign.isError && (
            <Notice kind="warn" title="The link did not sign you in">
              <p>{linkProblem}</p>
            </Notice>
          )}
          {sign.isError && (
            <Notice kind="bad" title="You are not signed in">
              <p>{sign.error.message}</p>
            </Notice>
          )}
          <div className="flex flex-col gap-1.5">
            <label htmlFor={id} className="text-sm font-medium">
              Key
            </label>
            <input
              id={id}
              type="password"
              name="key"
              required
              autoComplete="current-password"
              spellCheck={false}
              placeholder="atl_live_… or atl_test_…"
              value={key}
              onChange={(event) => {
                setKey(event.target.value);
              }}
              aria-describedby={`${id}-hint`}
              className="h-11 rounded-md border border-edge bg-sheet px-3 font-mono text-sm placeholder:font-sans"
            />
            <p id={`${id}-hint`} className="text-xs text-soft">
              It is exchanged for a cookie that no script can read, and not kept in this browser.
            </p>
          </div>
          <div className="flex gap-2">
            <Button look="main" type="submit" disabled={sign.isPending} className="min-h-11">
              {sign.isPending ? 'Signing in…' : 'Sign in'}
            </Button>
            {adding && (
              <Button
                look="quiet"
                className="min-h-11"
                onClick={() => {
                  go(path, true);
                }}
              >
                Cancel
              </Button>
            )}
          </div>
          {!adding && (
            <details className="text-sm text-soft">
              <summary className="rounded-sm text-ink">Where do I get a key?</summary>
              <p className="mt-2">
                The first start of the server prints one for live pictures and one for tests. Later keys are
                made by an owner or admin:{' '}
                <code className="font-mono text-xs text-ink">atelier keys create NAME</code>, or{' '}
                <code className="font-mono text-xs text-ink">POST /v1/keys</code>.
              </p>
            </details>
          )}
        </form>
        <p className="text-xs text-soft">
          <a href="/docs" className="underline underline-offset-4 hover:text-ink">
            Documentation
          </a>
        </p>
      </div>
      <img
        src={picture}
        alt=""
        className="hidden h-full max-h-dvh w-full object-cover md:sticky md:top-0 md:block"
        width={1024}
        height={1024}
      />
    </main>
  );
}
