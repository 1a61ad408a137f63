import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build, type Plugin } from 'esbuild';
import sharp from 'sharp';
import { cards, pageHtml, type Assets } from './page-template.js';
import { DOCS, indexPage, listGroups, ROOT, type Group } from './pages.js';
import { renderPage, REPOSITORY_FILES, type PictureSizes, type RenderedPage } from './render-page.js';

const SUMMARY =
  'Atelier is a self-hostable, OpenAI-compatible gateway for image generation: one API, one key and one credit balance over every image model.';

/** The colours and letters of the playground: what Tailwind reads as a theme are plain variables here. */
const tokens: Plugin = {
  name: 'tokens',
  setup(bundle) {
    bundle.onLoad({ filter: /tokens\.css$/ }, ({ path: file }) => ({
      contents: readFileSync(file, 'utf8').replace('@theme {', ':root {'),
      loader: 'css',
    }));
  },
};

/**
 * Builds the site of the documentation: pages, search, pictures, the Markdown itself, and `llms.txt`.
 * @param out the folder; what was in it is replaced
 * @throws Error for a link or an anchor that leads nowhere
 */
export async function buildDocs(out: string): Promise<readonly RenderedPage[]> {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  cpSync(DOCS, out, { recursive: true });
  cpSync(path.join(ROOT, 'CONTRIBUTING.md'), path.join(out, 'contributing.md'));
  const assets = await buildAssets(path.join(out, 'assets'));
  const groups = listGroups();
  const index = indexPage();
  const all = [index, ...groups.flatMap(({ pages }) => pages)];
  const sizes = await measurePictures();
  const rendered = all.map((page) => renderPage(page, all, sizes));
  requireAnchors(rendered, groups);
  copyLinked(rendered, out);
  const bySlug = new Map(rendered.map((one) => [one.page.slug, one]));
  const titles = new Map(rendered.map((one) => [one.page.slug, one.title]));
  for (const one of rendered) {
    const { slug } = one.page;
    const file = path.join(out, `${slug === '' ? 'index' : slug}.html`);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, pageHtml(one, groups, titles, assets, slug === '' ? cards(groups, bySlug) : ''));
  }
  writeFileSync(path.join(out, 'search.json'), JSON.stringify(searchIndex(rendered)));
  writeFileSync(path.join(out, 'llms.txt'), llmsText(groups, bySlug));
  writeFileSync(
    path.join(out, 'llms-full.txt'),
    rendered.map(({ page }) => markdownOf(page.source)).join('\n\n'),
  );
  return rendered;
}

function copyLinked(pages: readonly RenderedPage[], out: string): void {
  const linked = pages.flatMap(({ links }) => links).filter((link) => link.startsWith(REPOSITORY_FILES));
  for (const link of new Set(linked)) {
    const file = link.slice(REPOSITORY_FILES.length).split('#')[0] ?? '';
    cpSync(path.join(ROOT, file), path.join(out, 'files', file));
  }
}

async function buildAssets(out: string): Promise<Assets> {
  const folder = path.join(ROOT, 'web/src/docs');
  const { metafile } = await build({
    entryPoints: [path.join(folder, 'docs.ts'), path.join(folder, 'docs.css')],
    outdir: out,
    entryNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    bundle: true,
    minify: true,
    // `light-dark()` is kept as it is.
    target: ['chrome123', 'firefox120', 'safari17.5'],
    loader: { '.woff2': 'file', '.woff': 'file' },
    plugins: [tokens],
    metafile: true,
    logLevel: 'error',
  });
  cpSync(path.join(ROOT, 'web/src/theme/mark.svg'), path.join(out, 'mark.svg'));
  const named = (ending: string) =>
    Object.entries(metafile.outputs)
      .filter(([name, { entryPoint }]) => entryPoint !== undefined && name.endsWith(ending))
      .map(([name]) => path.basename(name))[0] ?? '';
  return { script: named('.js'), style: named('.css') };
}

async function measurePictures(): Promise<PictureSizes> {
  const sizes = new Map<string, { width: number; height: number }>();
  for (const folder of ['images', 'screens']) {
    for (const name of readdirSync(path.join(DOCS, folder))) {
      const { width, height } = await sharp(path.join(DOCS, folder, name)).metadata();
      sizes.set(`docs/${folder}/${name}`, { width, height });
    }
  }
  return sizes;
}

/** Files are looked for by `renderPage`; this is about the places on a page. */
function requireAnchors(pages: readonly RenderedPage[], groups: readonly Group[]): void {
  const places = new Set(
    pages.flatMap(({ page, sections }) => {
      const address = page.slug === '' ? '/docs' : `/docs/${page.slug}`;
      return [address, ...sections.map(({ id }) => `${address}#${id}`)];
    }),
  );
  const known = new Set(groups.flatMap(({ pages: list }) => list.map(({ slug }) => `/docs/${slug}`)));
  for (const { page, links } of pages) {
    const lost = links.find((link) => known.has(link.split('#')[0] ?? '') && !places.has(link));
    if (lost !== undefined) throw new Error(`${page.source} links to ${lost}, which is no heading there`);
  }
}

function searchIndex(pages: readonly RenderedPage[]) {
  return pages.flatMap(({ page, title, sections }) =>
    sections.map(({ level, id, text, plain }) => ({
      url: `/docs/${page.slug}${level === 1 ? '' : `#${id}`}`,
      page: title,
      title: text,
      text: plain.replace(/\s+/g, ' ').trim(),
    })),
  );
}

/** For language models that read documentation: what there is, as Markdown. */
function llmsText(groups: readonly Group[], pages: ReadonlyMap<string, RenderedPage>): string {
  const lines = groups.flatMap(({ title, pages: list }) => [
    `## ${title}`,
    '',
    ...list.map(({ slug }) => {
      const page = pages.get(slug);
      return `- [${page?.title ?? slug}](/docs/${slug}.md): ${page?.summary ?? ''}`;
    }),
    '',
  ]);
  return [
    '# Atelier',
    '',
    `> ${SUMMARY}`,
    '',
    'The API is described at [/openapi.json](/openapi.json); agents find tools at `/mcp`. All pages in one file: [/llms-full.txt](/llms-full.txt).',
    '',
    ...lines,
  ].join('\n');
}

function markdownOf(source: string): string {
  return readFileSync(path.join(ROOT, source), 'utf8').replace(/<!--[\s\S]*?-->\n?/g, '');
}
