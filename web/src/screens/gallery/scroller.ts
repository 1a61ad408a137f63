/** On wide screens the screen scrolls inside of the shell, on narrow ones the page itself. */
function scrollerOf(): Element {
  const screen = document.getElementById('screen');
  const inside = screen !== null && getComputedStyle(screen).overflowY === 'auto';
  return inside ? screen : (document.scrollingElement ?? document.documentElement);
}

/** What of an element is in sight, in its own pixels. */
export function stretchInSight(element: Element): { readonly from: number; readonly to: number } {
  const from = -element.getBoundingClientRect().top;
  return { from, to: from + window.innerHeight };
}

export function scrollPosition(): number {
  return scrollerOf().scrollTop;
}

export function scrollTo(position: number): void {
  scrollerOf().scrollTop = position;
}

/** Calls back whenever anything scrolls or the window changes. @returns ends it */
export function onScroll(listener: () => void): () => void {
  // Scrolling does not bubble; it can be caught on its way down.
  const options = { capture: true, passive: true } as const;
  document.addEventListener('scroll', listener, options);
  window.addEventListener('resize', listener);
  return () => {
    document.removeEventListener('scroll', listener, options);
    window.removeEventListener('resize', listener);
  };
}
