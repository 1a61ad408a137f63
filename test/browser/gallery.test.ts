/** The gallery in a real browser against the built server: keeping, opening, filtering, deleting, by mouse and by keyboard. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { expectAccessible, launchBrowser, openPage, signIn, type WatchedPage } from '../support/browser.js';
import { startBuiltServer, type BuiltServer } from '../support/built-server.js';

let server: BuiltServer;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([startBuiltServer(), launchBrowser()]);
  for (const [place, thing] of ['pear', 'lighthouse', 'fox'].entries()) {
    await make(`a flat icon of a ${thing}`, place === 1 ? '512x768' : '768x512');
  }
});
afterAll(async () => {
  await browser.close();
  await server.stop();
});

const list = z.object({ data: z.array(z.object({ id: z.string() })) });

async function call(path: string, body?: object) {
  const answer = await fetch(server.url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${server.testKey}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return list.parse(await answer.json()).data;
}

function make(prompt: string, size: string) {
  return call('/v1/images/generations', { model: 'atelier-sketch', prompt, size, response_format: 'url' });
}

async function openGallery(query = ''): Promise<WatchedPage> {
  const watched = await openPage(await browser.newContext({ reducedMotion: 'reduce' }));
  await watched.page.goto(`${server.url}/gallery${query}`);
  await signIn(watched.page, server.testKey);
  return watched;
}

const tile = (page: Page, thing: string) =>
  page.getByRole('button', { name: new RegExp(`^a flat icon of a ${thing}`) });
const stateOf = (page: Page, thing: string) => tile(page, thing).getAttribute('aria-label');

describe('the gallery', () => {
  it('shows what was made, newest first, and keeps with K by keyboard alone', async () => {
    const { page, problems } = await openGallery();
    await tile(page, 'pear').waitFor();
    await page.getByRole('heading', { name: 'Today' }).waitFor();
    const tiles = await page.locator('[data-picture]').all();
    const labels = await Promise.all(tiles.map((one) => one.getAttribute('aria-label')));
    expect(labels.map((label) => /icon of a (\w+)/.exec(label ?? '')?.[1])).toStrictEqual([
      'fox',
      'lighthouse',
      'pear',
    ]);
    expect(labels[0]).toMatch(/goes in \d+ (min|hours)/);
    await page.locator('[data-picture] img').first().waitFor();
    await expectAccessible(page);

    const focused = async () =>
      z.string().parse(await page.evaluate("document.activeElement?.getAttribute('aria-label') ?? ''"));
    for (let steps = 0; steps < 60 && !(await focused()).startsWith('a flat icon'); steps += 1) {
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('ArrowRight');
    await page.locator('[data-picture]:focus[aria-label*="lighthouse"]').waitFor();
    await page.keyboard.press('k');
    await page.getByText('One picture kept.').waitFor();
    expect(await stateOf(page, 'lighthouse')).toMatch(/, kept$/);
    expect(await call('/v1/files')).toHaveLength(1);

    await page.keyboard.press('Enter');
    await page.getByText('Prompt sent').waitFor();
    expect(page.url()).toContain('picture=img_');
    await expectAccessible(page);
    await page.keyboard.press('ArrowRight');
    await page.getByRole('dialog', { name: /pear/ }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.locator('[data-picture]:focus[aria-label*="pear"]').waitFor();
    expect(new URL(page.url()).search).toBe('');
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('is filtered by the address, which follows what is chosen', async () => {
    const { page, problems } = await openGallery('?show=kept');
    await tile(page, 'lighthouse').waitFor();
    expect(await page.locator('[data-picture]').count()).toBe(1);
    await page.getByText('Temporary', { exact: true }).click();
    await tile(page, 'fox').waitFor();
    expect(page.url()).toContain('show=temporary');
    await page.getByLabel('Words of the prompt').fill('PEAR icon');
    await page.getByText(/^1 found among the 2 pictures/).waitFor();
    expect(page.url()).toContain('words=PEAR+icon');
    await page.getByText('Edited', { exact: true }).click();
    await page.getByText('Nothing like that is here').waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Show all pictures' }).click();
    await tile(page, 'lighthouse').waitFor();
    expect(new URL(page.url()).search).toBe('');
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('keeps and deletes what is selected; a picture is varied in Create', async () => {
    const { page, problems } = await openGallery();
    await tile(page, 'fox').waitFor();
    await tile(page, 'fox').focus();
    await page.keyboard.press('Space');
    await tile(page, 'pear').click({ modifiers: ['Shift'] });
    await page.getByText('3 selected').waitFor();
    await expectAccessible(page);
    await page.getByRole('toolbar').getByRole('button', { name: 'Keep' }).click();
    await page.getByText('2 pictures kept.').waitFor();
    await tile(page, 'fox').click();
    await page.getByText('2 selected').waitFor();
    await page.getByRole('button', { name: 'Delete…' }).click();
    await page.getByRole('alertdialog').getByText('nobody can bring them back').waitFor();
    await page.getByRole('button', { name: 'Delete for good' }).click();
    await page.getByText('2 pictures deleted.').waitFor();
    expect(await page.locator('[data-picture]').count()).toBe(1);
    expect(await call('/v1/files')).toHaveLength(1);

    await tile(page, 'fox').click();
    await page.getByRole('link', { name: 'Vary' }).click();
    await page.getByText('The request of the picture is here now').waitFor();
    expect(await page.getByRole('textbox', { name: 'Prompt' }).inputValue()).toBe('a flat icon of a fox');
    expect(page.url()).toBe(`${server.url}/create`);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('says what went wrong and what can be done when the pictures can not be read', async () => {
    const { page } = await openGallery('?show=kept');
    await tile(page, 'fox').waitFor();
    // As if the server had gone away.
    await page.route('**/v1/images?*', (route) => route.abort());
    await page.getByText('Temporary', { exact: true }).click();
    const alert = page.getByRole('alert');
    await alert.getByText('The pictures can not be read').waitFor();
    expect(await alert.innerText()).toContain('can not be reached');
    await expectAccessible(page);
    await page.unroute('**/v1/images?*');
    await make('a flat icon of a boat', '512x512');
    await alert.getByRole('button', { name: 'Try again' }).click();
    await tile(page, 'boat').waitFor();
    await page.context().close();
  });
});
