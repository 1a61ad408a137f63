/** What the pages of the documentation do beyond being read: the theme, search, and copying code. */

const THEME = 'atelier.theme';
const MAX_FOUND = 8;

interface Place {
  readonly url: string;
  readonly page: string;
  readonly title: string;
  readonly text: string;
}

// Before anything is drawn: the choice is that of the playground.
applyTheme(localStorage.getItem(THEME));
document.addEventListener('DOMContentLoaded', () => {
  switchTheme();
  copyCode();
  search();
  // On narrow screens the list of pages would push the text away.
  if (window.matchMedia('(max-width: 60rem)').matches)
    document.querySelector('details.menu')?.removeAttribute('open');
});

function applyTheme(choice: string | null): void {
  const { dataset } = document.documentElement;
  if (choice === 'light' || choice === 'dark') dataset['theme'] = choice;
  else delete dataset['theme'];
}

function switchTheme(): void {
  document.querySelector('[data-theme-switch]')?.addEventListener('click', () => {
    const shown =
      document.documentElement.dataset['theme'] ??
      (window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
    const next = shown === 'dark' ? 'light' : 'dark';
    localStorage.setItem(THEME, next);
    applyTheme(next);
  });
}

function copyCode(): void {
  // Only pages of a secure origin may write to the clipboard.
  if (!('clipboard' in navigator)) return;
  for (const block of document.querySelectorAll('pre')) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'copy';
    button.textContent = 'Copy';
    button.addEventListener('click', () => {
      void navigator.clipboard.writeText(block.querySelector('code')?.textContent ?? '').then(() => {
        button.textContent = 'Copied';
      });
    });
    const frame = document.createElement('div');
    frame.className = 'code';
    block.replaceWith(frame);
    frame.append(block, button);
  }
}

function search(): void {
  const form = document.querySelector<HTMLFormElement>('form.search');
  const input = form?.querySelector('input');
  const list = document.querySelector<HTMLUListElement>('#found');
  if (form === null || input === null || input === undefined || list === null) return;
  let places: Promise<readonly Place[]> | undefined;
  const show = async () => {
    places ??= fetch('/docs/search.json').then((answer) => answer.json());
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = words.length === 0 ? [] : find(await places, words);
    list.replaceChildren(...found.map(toItem));
    list.hidden = words.length === 0;
    if (words.length > 0 && found.length === 0) {
      const none = document.createElement('li');
      none.textContent = 'Nothing found';
      list.append(none);
    }
  };
  input.addEventListener('input', () => void show());
  input.addEventListener('focus', () => void show());
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    list.querySelector('a')?.click();
  });
  document.addEventListener('click', (event) => {
    if (event.target instanceof Node && !form.contains(event.target)) list.hidden = true;
  });
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') list.hidden = true;
    if (event.key !== '/' || event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    input.focus();
  });
}

/** Places that hold every word, those first that hold them in their headings. */
function find(places: readonly Place[], words: readonly string[]): readonly Place[] {
  return places
    .map((place) => {
      const heading = `${place.page} ${place.title}`.toLowerCase();
      const whole = `${heading} ${place.text.toLowerCase()}`;
      const inHeading = words.filter((word) => heading.includes(word)).length;
      return { place, score: words.every((word) => whole.includes(word)) ? 1 + inHeading * 10 : 0 };
    })
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score)
    .slice(0, MAX_FOUND)
    .map(({ place }) => place);
}

function toItem({ url, page, title }: Place): HTMLLIElement {
  const item = document.createElement('li');
  const link = document.createElement('a');
  link.href = url;
  link.textContent = title;
  if (title !== page) {
    const where = document.createElement('small');
    where.textContent = page;
    link.append(where);
  }
  item.append(link);
  return item;
}
