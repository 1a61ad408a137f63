import {
  createContext,
  use,
  useEffect,
  useMemo,
  useState,
  type AnchorHTMLAttributes,
  type MouseEvent,
  type ReactNode,
} from 'react';

interface Location {
  /** Path without query. */
  readonly path: string;
  readonly query: URLSearchParams;
}

interface Router extends Location {
  /** Goes to a screen. @param replace without an entry in the history */
  readonly go: (to: string, replace?: boolean) => void;
}

const RouterContext = createContext<Router | undefined>(undefined);

/** The address bar as state. */
export function RouterProvider({ children }: { readonly children: ReactNode }) {
  const [location, setLocation] = useState(readLocation);
  useEffect(() => {
    const update = () => {
      setLocation(readLocation());
    };
    window.addEventListener('popstate', update);
    return () => {
      window.removeEventListener('popstate', update);
    };
  }, []);
  const value = useMemo<Router>(
    () => ({
      ...location,
      go: (to, replace = false) => {
        const { pathname } = window.location;
        if (replace) window.history.replaceState(null, '', to);
        else window.history.pushState(null, '', to);
        setLocation(readLocation());
        // What only changes the query stays where it is.
        if (replace || pathname === window.location.pathname) return;
        window.scrollTo(0, 0);
        document.getElementById('screen')?.scrollTo(0, 0);
      },
    }),
    [location],
  );
  return <RouterContext value={value}>{children}</RouterContext>;
}

export function useRouter(): Router {
  const value = use(RouterContext);
  if (value === undefined) throw new Error('useRouter outside of its provider');
  return value;
}

/** A link to another screen; with a modifier or another button it is an ordinary one. */
export function Link(props: AnchorHTMLAttributes<HTMLAnchorElement> & { readonly href: string }) {
  const { go } = useRouter();
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    props.onClick?.(event);
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (event.defaultPrevented || !plain) return;
    event.preventDefault();
    go(props.href);
  };
  return <a {...props} onClick={follow} />;
}

function readLocation(): Location {
  return { path: window.location.pathname, query: new URLSearchParams(window.location.search) };
}
