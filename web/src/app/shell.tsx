import type { ReactNode } from 'react';
import { AccountMenu } from './account-menu.js';
import { Balance } from './balance.js';
import { Link, useRouter } from './router.js';
import { findScreen, SCREENS } from './screens.js';
import { useCurrentKey, useMay } from './session.js';

/** What surrounds every screen: where one is, as whom, with what money. */
export function Shell({ children }: { readonly children: ReactNode }) {
  const key = useCurrentKey();
  return (
    <div className="flex min-h-dvh flex-col lg:h-dvh">
      <a
        href="#screen"
        className="sr-only z-50 rounded-md bg-sheet px-4 py-2 focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to the screen
      </a>
      <header>
        <div className="flex h-14 items-center gap-6 border-b border-line px-4 sm:px-6">
          <Link href={SCREENS[0].path} className="rounded-sm font-serif text-xl leading-none">
            Atelier
          </Link>
          {SCREENS.length > 1 && <Navigation place="top" />}
          <div className="ml-auto flex items-center gap-3">
            <Balance />
            <AccountMenu />
          </div>
        </div>
        {key.kind === 'test' && (
          <p className="border-b border-line bg-warn-wash px-4 py-1.5 text-center text-sm text-warn sm:px-6">
            <strong className="font-semibold">Test mode</strong> · test credits, pictures are drawn by
            emulators
          </p>
        )}
      </header>
      <main
        id="screen"
        tabIndex={-1}
        className="flex flex-1 flex-col outline-none lg:min-h-0 lg:overflow-y-auto"
      >
        {children}
      </main>
      {SCREENS.length > 1 && <Navigation place="bottom" />}
    </div>
  );
}

/** On wide screens in the header, on phones at the lower edge, where thumbs are. */
function Navigation({ place }: { readonly place: 'top' | 'bottom' }) {
  const { path } = useRouter();
  const may = useMay();
  const current = findScreen(path);
  const screens = SCREENS.filter(({ needs }) => needs === undefined || may(needs));
  return (
    <nav
      aria-label="Screens"
      className={
        place === 'top'
          ? 'hidden gap-1 md:flex'
          : 'sticky bottom-0 z-20 flex border-t border-line bg-paper pb-[env(safe-area-inset-bottom)] md:hidden'
      }
    >
      {screens.map((screen) => (
        <Link
          key={screen.path}
          href={screen.path}
          aria-current={screen === current ? 'page' : undefined}
          className={
            place === 'top'
              ? 'rounded-md px-3 py-1.5 text-soft hover:bg-hover hover:text-ink aria-[current]:text-ink aria-[current]:underline aria-[current]:decoration-seal aria-[current]:decoration-2 aria-[current]:underline-offset-8'
              : 'flex min-w-0 flex-1 flex-col items-center gap-0.5 py-2 text-xs text-soft aria-[current]:text-seal'
          }
        >
          {place === 'bottom' && <screen.Icon className="size-5" />}
          {screen.name}
        </Link>
      ))}
    </nav>
  );
}
