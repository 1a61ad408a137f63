import type { Group } from './pages.js';
import type { RenderedPage } from './render-page.js';

/** Names of the built script and style, which change with what they hold. */
export interface Assets {
  readonly script: string;
  readonly style: string;
}

/** One page of the site. */
export function pageHtml(
  page: RenderedPage,
  groups: readonly Group[],
  titles: ReadonlyMap<string, string>,
  assets: Assets,
  after = '',
): string {
  const { title, summary, html } = page;
  const flat = groups.flatMap(({ pages }) => pages);
  const place = flat.findIndex(({ slug }) => slug === page.page.slug);
  const neighbours = [flat[place - 1], place < 0 ? undefined : flat[place + 1]];
  const contents = page.sections.filter(({ level }) => level === 2);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title === 'Atelier' ? 'Atelier documentation' : `${title} – Atelier`)}</title>
<meta name="description" content="${escape(summary)}">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="/docs/assets/mark.svg" type="image/svg+xml">
<link rel="stylesheet" href="/docs/assets/${assets.style}">
<script src="/docs/assets/${assets.script}"></script>
</head>
<body${page.page.slug === '' ? ' class="home"' : ''}>
<a class="skip" href="#content">Skip to the text</a>
<header class="top">
<a class="brand" href="/docs"><img src="/docs/assets/mark.svg" alt="" width="26" height="26">Atelier <span>docs</span></a>
<form class="search" role="search"><input type="search" name="q" placeholder="Search" aria-label="Search the documentation" autocomplete="off" aria-controls="found"><ul id="found" hidden></ul></form>
<nav class="links" aria-label="Atelier"><a href="/">Playground</a><a href="/docs/reference">API reference</a><button type="button" data-theme-switch aria-label="Light or dark">◐</button></nav>
</header>
<div class="columns">
<details class="menu" open><summary>All pages</summary><nav aria-label="Documentation">
${groups.map((group) => navGroup(group, page.page.slug, titles)).join('\n')}
</nav></details>
<main id="content">
<article>
${html}${after}
</article>
<footer>${neighbours.map((one, index) => (one === undefined ? '<span></span>' : `<a href="/docs/${one.slug}"><small>${index === 0 ? 'Before' : 'Next'}</small>${escape(titles.get(one.slug) ?? one.slug)}</a>`)).join('')}</footer>
</main>
${
  contents.length < 2
    ? '<aside></aside>'
    : `<aside><nav aria-label="On this page"><p>On this page</p><ul>${contents.map(({ id, text }) => `<li><a href="#${escape(id)}">${escape(text)}</a></li>`).join('')}</ul></nav></aside>`
}
</div>
</body>
</html>
`;
}

/** The groups of pages with what each of them tells, for the first page. */
export function cards(groups: readonly Group[], pages: ReadonlyMap<string, RenderedPage>): string {
  return groups
    .map(
      ({ title, pages: list }) =>
        `<h2 id="${slugOf(title)}">${escape(title)}</h2>\n<ul class="cards">${list
          .map(({ slug }) => {
            const page = pages.get(slug);
            return `<li><a href="/docs/${slug}">${escape(page?.title ?? slug)}</a><p>${escape(page?.summary ?? '')}</p></li>`;
          })
          .join('')}</ul>`,
    )
    .join('\n');
}

function navGroup({ title, pages }: Group, current: string, titles: ReadonlyMap<string, string>): string {
  const items = pages.map(
    ({ slug }) =>
      `<li><a href="/docs/${slug}"${slug === current ? ' aria-current="page"' : ''}>${escape(titles.get(slug) ?? slug)}</a></li>`,
  );
  return `<p>${escape(title)}</p><ul>${items.join('')}</ul>`;
}

function slugOf(text: string): string {
  return text.toLowerCase().replaceAll(' ', '-');
}

export function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
