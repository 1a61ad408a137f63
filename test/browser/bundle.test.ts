/** What a first visit loads, as the built server sends it. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser, openPage } from '../support/browser.js';
import { startBuiltServer, type BuiltServer } from '../support/built-server.js';

const MAX_BYTES = 200_000;
const assets = path.resolve(import.meta.dirname, '../../dist/web/assets');

let server: BuiltServer;
let browser: Browser;
beforeAll(async () => {
  [server, browser] = await Promise.all([startBuiltServer(), launchBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await server.stop();
});

it('loads less than 200 KB of code and type to show Create, and no other screen', async () => {
  const { page } = await openPage(await browser.newContext());
  const loaded: string[] = [];
  page.on('response', (response) => {
    loaded.push(new URL(response.url()).pathname);
  });
  await page.goto(server.link);
  await page.getByRole('textbox', { name: 'Prompt' }).waitFor();
  await page.evaluate('document.fonts.ready.then(() => undefined)');
  const names = loaded.filter((name) => name.startsWith('/assets/')).map((name) => path.basename(name));
  expect(names.some((name) => name.startsWith('create-screen'))).toBe(true);
  expect(names.some((name) => name.startsWith('sign-in-screen'))).toBe(false);
  const sizes = Object.fromEntries(
    names.map((name) => {
      const bytes = readFileSync(path.join(assets, name));
      return [name, /\.(js|css)$/.test(name) ? gzipSync(bytes).length : 0];
    }),
  );
  const code = Object.values(sizes).reduce((sum, size) => sum + size, 0);
  expect(code, JSON.stringify(sizes)).toBeLessThan(MAX_BYTES);
});

it('is sent compressed and for good, but for the page itself', async () => {
  const [script = ''] = readdirSync(assets).filter((name) => /^index-.*\.js$/.test(name));
  const asset = await fetch(`${server.url}/assets/${script}`, { headers: { 'accept-encoding': 'br' } });
  expect(asset.headers.get('content-encoding')).toBe('br');
  expect(asset.headers.get('cache-control')).toContain('immutable');
  const page = await fetch(`${server.url}/`, { headers: { accept: 'text/html' } });
  expect(page.headers.get('cache-control')).toBe('no-cache');
  expect(await page.text()).toContain(script);
});
