import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

export const ROOT = path.resolve(import.meta.dirname, '../..');
export const DOCS = path.join(ROOT, 'docs');

/** A page of the documentation. */
export interface Page {
  /** Below the root of the repository, with slashes. */
  readonly source: string;
  /** Below `/docs/`, without an ending. */
  readonly slug: string;
}

export interface Group {
  readonly title: string;
  readonly pages: readonly Page[];
}

/** The order of reading. What is not there yet is left out; what stands nowhere comes last. */
const ORDER: readonly (readonly [title: string, names: readonly string[]])[] = [
  ['Start', ['quickstart', 'guide', 'playground', 'cli', 'cli-reference']],
  [
    'Build with it',
    [
      'api',
      'models',
      'prompts',
      'clients',
      'agents',
      'jobs',
      'comparisons',
      'keeping',
      'webhooks',
      'provenance',
      'errors',
    ],
  ],
  [
    'Run it',
    [
      'configuration',
      'deploy',
      'docker',
      'self-hosted',
      'operations',
      'backup',
      'upgrading',
      'reliability',
      'security',
      'performance',
    ],
  ],
  [
    'Take part',
    [
      'architecture',
      'contributing',
      'contributing/add-provider',
      'contributing/add-parameter',
      'contributing/add-route',
      'contributing/add-screen',
    ],
  ],
];

const INDEX = 'README';

/** All pages in groups, without the first one. */
export function listGroups(): readonly Group[] {
  const known = new Map(findPages().map((page) => [page.slug, page]));
  const groups = ORDER.map(([title, slugs]) => ({
    title,
    pages: slugs.flatMap((slug) => {
      const page = known.get(slug);
      known.delete(slug);
      return page === undefined ? [] : [page];
    }),
  }));
  const rest = [...known.values()];
  return rest.length === 0 ? groups : [...groups, { title: 'More', pages: rest }];
}

/** What `/docs` shows first. */
export function indexPage(): Page {
  return { source: `docs/${INDEX}.md`, slug: '' };
}

function findPages(): readonly Page[] {
  const inDocs = ['', 'contributing/'].flatMap((folder) =>
    readdirSync(path.join(DOCS, folder))
      .filter((name) => name.endsWith('.md') && name !== `${INDEX}.md`)
      .map((name) => `${folder}${name.slice(0, -3)}`),
  );
  const own = existsSync(path.join(ROOT, 'CONTRIBUTING.md'))
    ? [{ source: 'CONTRIBUTING.md', slug: 'contributing' }]
    : [];
  return [...inDocs.map((slug) => ({ source: `docs/${slug}.md`, slug })), ...own];
}
