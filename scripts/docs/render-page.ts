import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import MarkdownIt from 'markdown-it';
import type { Page } from './pages.js';
import { ROOT } from './pages.js';

export interface Heading {
  readonly level: number;
  readonly id: string;
  readonly text: string;
}

/** What stands below one heading, as plain text. */
export interface Section extends Heading {
  readonly plain: string;
}

export interface RenderedPage {
  readonly page: Page;
  readonly title: string;
  /** The first sentence. */
  readonly summary: string;
  readonly html: string;
  readonly sections: readonly Section[];
  /** Addresses on this site that the page links to. */
  readonly links: readonly string[];
}

/** Width and height of pictures, by their path below the repository. */
export type PictureSizes = ReadonlyMap<string, { readonly width: number; readonly height: number }>;

/** Files of the repository that pages link to are copied below this address. */
export const REPOSITORY_FILES = '/docs/files/';

/** Marks for tests; readers need not see them. */
const COMMENT = /<!--[\s\S]*?-->\n?/g;

/**
 * Renders a page. HTML in its text is shown as text, so that nothing in a page can become a script.
 * @throws Error for a link to something that the site does not have
 */
export function renderPage(page: Page, pages: readonly Page[], sizes: PictureSizes): RenderedPage {
  const markdown = new MarkdownIt({ html: false, linkify: false, typographer: false });
  const source = readFileSync(path.join(ROOT, page.source), 'utf8').replace(COMMENT, '');
  const tokens = markdown.parse(source, {});
  const sections: { level: number; id: string; text: string; plain: string }[] = [];
  const links: string[] = [];
  const used = new Map<string, number>();
  let paragraph = '';
  for (const [index, token] of tokens.entries()) {
    const inline = tokens[index + 1];
    if (token.type === 'heading_open' && inline?.type === 'inline') {
      const text = plainText(inline);
      const id = uniqueId(text, used);
      token.attrSet('id', id);
      sections.push({ level: Number(token.tag.slice(1)), id, text, plain: '' });
    } else if (token.type === 'inline') {
      if (tokens[index - 1]?.type === 'heading_open') continue;
      const last = sections.at(-1);
      if (last !== undefined) last.plain += `${plainText(token)} `;
      if (paragraph === '' && tokens[index - 1]?.type === 'paragraph_open') paragraph = plainText(token);
    } else if (token.attrGet('style') === 'text-align:right') {
      // The policy of the site allows no styles inside of pages.
      token.attrs = [['class', 'right']];
    } else if (token.type === 'fence') {
      const last = sections.at(-1);
      if (last !== undefined) last.plain += `${token.content} `;
    }
    for (const child of token.children ?? []) {
      if (child.type === 'link_open') {
        const href = siteAddress(String(child.attrGet('href')), page, pages);
        if (href === undefined) {
          child.attrs = [];
          continue;
        }
        child.attrSet('href', href);
        if (href.startsWith('/docs')) links.push(href);
        if (/^https?:/.test(href)) child.attrSet('rel', 'noreferrer');
      }
      if (child.type === 'image') {
        const file = path.posix.join(path.posix.dirname(page.source), String(child.attrGet('src')));
        const size = sizes.get(file);
        if (size === undefined) throw new Error(`${page.source} shows ${file}, which is not there`);
        child.attrSet('src', `/${file}`);
        child.attrSet('width', String(size.width));
        child.attrSet('height', String(size.height));
        child.attrSet('loading', 'lazy');
      }
    }
  }
  const { rules } = markdown.renderer;
  rules['table_open'] = () => '<div class="table" tabindex="0" role="group"><table>\n';
  rules['table_close'] = () => '</table></div>\n';
  const html = markdown.renderer.render(tokens, markdown.options, {});
  const title = sections[0]?.text ?? page.slug;
  return { page, title, summary: firstSentence(paragraph), html, sections, links };
}

/** Where a link of a page leads on this site. */
function siteAddress(href: string, page: Page, pages: readonly Page[]): string | undefined {
  if (/^(https?:|#|\/)/.test(href)) return href;
  const [target = '', anchor] = href.split('#');
  const file = path.posix.join(path.posix.dirname(page.source), target);
  const found = pages.find(({ source }) => source === file);
  const hash = anchor === undefined ? '' : `#${anchor}`;
  if (found !== undefined) return `${found.slug === '' ? '/docs' : `/docs/${found.slug}`}${hash}`;
  if (file.startsWith('docs/')) {
    if (existsSync(path.join(ROOT, file))) return `/docs/${file.slice('docs/'.length)}`;
    throw new Error(`${page.source} links to ${file}, which is not there`);
  }
  // Folders can't be shown, and an image is built without all of the repository: their names have to do.
  const shown = statSync(path.join(ROOT, file), { throwIfNoEntry: false })?.isFile() === true;
  return shown ? `${REPOSITORY_FILES}${file}` : undefined;
}

function plainText(token: { readonly children: readonly PlainToken[] | null }): string {
  return (token.children ?? [])
    .map((child) =>
      child.type === 'softbreak' ? ' ' : ['text', 'code_inline'].includes(child.type) ? child.content : '',
    )
    .join('');
}

interface PlainToken {
  readonly type: string;
  readonly content: string;
}

/** As GitHub names headings, so that links work in both places. */
function uniqueId(text: string, used: Map<string, number>): string {
  const base = text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
  const times = used.get(base) ?? 0;
  used.set(base, times + 1);
  return times === 0 ? base : `${base}-${times}`;
}

function firstSentence(text: string): string {
  return /^[\s\S]*?[.!?:](?=\s|$)/.exec(text)?.[0].replace(/:$/, '.') ?? text;
}
