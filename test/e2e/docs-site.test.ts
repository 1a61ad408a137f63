/** The documentation as it is served: every page, link and picture, and nothing that its policy forbids. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildDocs } from '../../scripts/docs/build-docs.js';
import { renderPage } from '../../scripts/docs/render-page.js';
import { createTestFolder } from '../factories/temporary-folder.js';
import { startTestServer, type TestServer } from '../support/server.js';

const root = path.resolve(import.meta.dirname, '../..');

let server: TestServer;
let pages: Awaited<ReturnType<typeof buildDocs>>;
beforeAll(async () => {
  pages = await buildDocs(path.join(root, 'dist/docs'));
  server = await startTestServer();
});
afterAll(async () => {
  await server.stop();
});

const addressOf = (slug: string) => `/docs${slug === '' ? '' : `/${slug}`}`;

it('serves every page with a policy, and every link, picture and script of it', async () => {
  expect(pages.length).toBeGreaterThan(25);
  const seen = new Map<string, number>();
  const ask = async (address: string) => {
    const [bare = ''] = address.split('#');
    const status = seen.get(bare) ?? (await fetch(server.url + bare, { method: 'GET' })).status;
    seen.set(bare, status);
    return status;
  };
  for (const { page, title } of pages) {
    const answer = await fetch(server.url + addressOf(page.slug));
    expect(answer.status, page.slug).toBe(200);
    expect(answer.headers.get('content-type')).toContain('text/html');
    expect(answer.headers.get('content-security-policy')).toContain("script-src 'self';");
    const html = await answer.text();
    expect(html).toContain(`>${title.replaceAll('&', '&amp;')}</h1>`);
    expect(html).not.toMatch(/<script(?! src="\/docs\/)|<[a-z][^>]*\s(?:style|on[a-z]+)=|<!--/);
    for (const [, target = ''] of html.matchAll(/(?:href|src)="([^"]+)"/g)) {
      if (target.startsWith('/')) expect(await ask(target), `${page.slug} → ${target}`).toBe(200);
      else if (!target.startsWith('#')) expect(target).toMatch(/^https:\/\//);
      const [, anchor] = target.startsWith('#') ? target.split('#') : [];
      if (anchor !== undefined) expect(html).toContain(`id="${anchor}"`);
    }
  }
});

it('tells language models what there is', async () => {
  const text = await (await fetch(`${server.url}/llms.txt`)).text();
  expect(text).toMatch(/^# Atelier\n\n> /);
  for (const [, address = ''] of text.matchAll(/\]\((\/[^)]+)\)/g)) {
    expect((await fetch(server.url + address)).status, address).toBe(200);
  }
  expect(text).toContain('(/docs/guide.md)');
  expect(await (await fetch(`${server.url}/llms-full.txt`)).text()).toContain('# Quickstart');
});

it('gives nothing from outside its folder, and a clear answer for what is not there', async () => {
  for (const address of ['/docs/..%2f..%2fpackage.json', '/docs/..%5c..%5cpackage.json', '/docs/nothing']) {
    const answer = await fetch(server.url + address, { headers: { accept: 'text/html' } });
    expect(answer.status, address).toBe(404);
    expect(await answer.text()).not.toContain('"dependencies"');
  }
  expect((await fetch(`${server.url}/docs/`)).url).toBe(`${server.url}/docs`);
});

it('shows HTML in a page as text', () => {
  const folder = createTestFolder();
  const file = path.join(folder.path, 'hostile.md');
  writeFileSync(
    file,
    '# A <script>alert(1)</script>\n\n<img src=x onerror=alert(1)>\n\n[go](javascript:alert(1)) <!-- > -->\n\n```"><script>\n</code><script>\n```\n',
  );
  const { html } = renderPage({ source: path.relative(root, file), slug: 'hostile' }, [], new Map());
  folder.remove();
  expect(html).not.toMatch(/<script|<img|href="javascript/i);
  expect(html).toContain('&lt;script&gt;');
});

it('repeats the commands of the README in the quickstart', () => {
  const blocksOf = (file: string) =>
    [...readFileSync(path.join(root, file), 'utf8').matchAll(/```\w+\n[\s\S]*?```/g)].map(([block]) => block);
  const readme = new Set(blocksOf('README.md'));
  const repeated = blocksOf('docs/quickstart.md').filter((block) => readme.has(block));
  expect(repeated.length).toBeGreaterThanOrEqual(4);
});
