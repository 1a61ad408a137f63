/** The usage screen in a real browser: what was made, what is left, what a role may see. */
import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { expectAccessible, launchBrowser, openPage, signIn, type WatchedPage } from '../support/browser.js';
import { startBuiltServer, type BuiltServer } from '../support/built-server.js';

let server: BuiltServer;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([startBuiltServer(), launchBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await server.stop();
});

async function post(path: string, body: object, key = server.testKey): Promise<unknown> {
  const answer = await fetch(server.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return answer.json();
}

async function makeKey(role: string, name: string): Promise<string> {
  const made = await post('/v1/keys', { kind: 'test', role, name });
  return z.object({ key: z.string() }).parse(made).key;
}

async function openUsage(key = server.testKey, query = ''): Promise<WatchedPage> {
  const watched = await openPage(await browser.newContext({ reducedMotion: 'reduce' }));
  await watched.page.goto(`${server.url}/usage${query}`);
  await signIn(watched.page, key);
  return watched;
}

describe('the usage screen', () => {
  it('says where nothing was made yet that nothing was, and how to begin', async () => {
    const { page, problems } = await openUsage();
    await page.getByText('Nothing was asked for in these days').waitFor();
    await page.getByText('1,000 test credits').first().waitFor();
    await page.getByText('First credits', { exact: true }).waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Add 1,000 test credits' }).click();
    await page.getByText('Test credits added').waitFor();
    await page.getByText('2,000 test credits').first().waitFor();
    await page.getByRole('main').getByRole('link', { name: 'Create a picture' }).click();
    await page.getByRole('textbox', { name: 'Prompt' }).waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('shows credits by day, model and key, as a chart by keyboard, as tables and as a file', async () => {
    const robot = await makeKey('developer', '=robot <b>');
    await post('/v1/images/generations', {
      model: 'dall-e-3',
      prompt: 'a fox',
      n: 2,
      response_format: 'url',
    });
    await post('/v1/images/generations', { model: 'atelier-sketch', prompt: 'a pear', size: '64x64' }, robot);
    await post('/v1/images/generations', { model: 'dall-e-3', prompt: 'no [[emulate:moderated-prompt]]' });

    const { page, problems } = await openUsage();
    const chart = page.getByRole('slider', { name: 'Credits by day' });
    await page.getByText('DALL·E 3').first().waitFor();
    await chart.focus();
    expect(await chart.getAttribute('aria-valuetext')).toMatch(/: 8 test credits, DALL·E 3 8$/);
    await page.keyboard.press('ArrowLeft');
    expect(await chart.getAttribute('aria-valuetext')).toMatch(/: 0 test credits$/);
    await page.keyboard.press('End');
    await page.getByText(/· 8 test credits · 3 pictures/).waitFor();
    const sums = page.getByRole('region', { name: 'Sums by model' });
    const rows = await sums.getByRole('row').allInnerTexts();
    expect(rows.map((row) => row.replace(/\s+/g, ' '))).toStrictEqual([
      'Model Credits Pictures Requests Failed',
      'DALL·E 3 8 2 2 1',
      'Atelier Sketch 0 1 1 0',
    ]);
    await page.getByText('The chart as a table').click();
    await expectAccessible(page);

    await page.getByText('By key').click();
    await page.getByText('Pictures', { exact: true }).first().click();
    const byKey = page.getByRole('region', { name: 'Sums by key' });
    await byKey.getByText('=robot <b>').waitFor();
    expect(page.url()).toContain('?by=key&show=images');
    await page.reload();
    await page.getByRole('slider', { name: 'Pictures by day' }).waitFor();

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download CSV' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^usage-test-\d{4}-\d\d-\d\d-\d{4}-\d\d-\d\d\.csv$/);
    const csv = readFileSync(await download.path(), 'utf8');
    expect(csv).toMatch(/"dall-e-3","key_\w+","first test key",2,2,"8",1/);
    expect(csv).toContain('"\'=robot <b>",1,1,"0",0');

    await page.getByLabel('Days', { exact: true }).selectOption('last-month');
    await page.getByText('Nothing was asked for in these days').waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('explains every move of credits and leads to the picture', async () => {
    const { page, problems } = await openUsage();
    const charged = page.getByRole('listitem').filter({ hasText: 'Charged' });
    expect(await charged.innerText()).toContain('−8');
    await charged.locator('summary').click();
    await charged.getByText('a fox').waitFor();
    await expectAccessible(page);
    await page.getByText('With what is set aside').click();
    await page.getByRole('listitem').filter({ hasText: 'Given back' }).first().waitFor();
    await page.getByText('8 set aside').waitFor();
    await page.getByText('Balance', { exact: true }).click();
    await charged.locator('summary').click();
    await charged.getByRole('link', { name: 'Open picture 1 in the gallery' }).click();
    await page.getByText('Prompt sent').waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('sets a budget, keeps what is typed over a reload, and says when it is spent', async () => {
    const { page, problems } = await openUsage();
    await page.getByRole('button', { name: 'Set a budget' }).click();
    const field = page.getByLabel('Credits in a calendar month, of all keys together');
    await field.fill('ten');
    await page.keyboard.press('Enter');
    await page.getByText('Give a number of credits, such as 500.').waitFor();
    await field.fill('10');
    await page.reload();
    expect(await field.inputValue()).toBe('10');
    // As if the server had gone away.
    await page.route('**/v1/workspace', (route) => route.abort());
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText(/The budget is as it was\. The server can not be reached/).waitFor();
    expect(await field.inputValue()).toBe('10');
    await expectAccessible(page);
    await page.unroute('**/v1/workspace');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('2 test credits left').waitFor();
    expect(await page.getByRole('meter').getAttribute('aria-valuenow')).toBe('80');
    await page.getByRole('button', { name: 'Change the budget' }).click();
    expect(await field.inputValue()).toBe('');
    await field.fill('8');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('requests that cost something are refused').waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Change the budget' }).click();
    await page.getByRole('button', { name: 'Lift it' }).click();
    await page.getByText('No budget').waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('offers a developer no change of the budget, and a viewer no sight of money', async () => {
    const developer = await openUsage(await makeKey('developer', 'dev'));
    await developer.page.getByText('No budget').waitFor();
    await developer.page.getByText('Test credits cost nothing.').waitFor();
    expect(await developer.page.getByRole('button', { name: 'Set a budget' }).count()).toBe(0);
    await developer.page.context().close();

    const viewer = await openUsage(await makeKey('viewer', 'guest'));
    await viewer.page.getByText('Usage is not for this key').waitFor();
    await expectAccessible(viewer.page);
    const navigation = viewer.page.getByRole('navigation', { name: 'Screens' });
    await navigation.getByRole('link', { name: 'Gallery' }).waitFor();
    expect(await navigation.getByRole('link', { name: 'Usage' }).count()).toBe(0);
    expect(viewer.problems).toEqual([]);
    await viewer.page.context().close();
  });

  it('says what went wrong when the sums can not be read, and reads them again', async () => {
    const watched = await openPage(await browser.newContext({ reducedMotion: 'reduce' }));
    const { page } = watched;
    await page.route('**/v1/usage?*', (route) =>
      route.fulfill({
        status: 400,
        contentType: 'application/json',
        body: JSON.stringify({
          error: { message: 'This is more than 10000 rows.', code: 'invalid_request' },
        }),
      }),
    );
    await page.goto(`${server.url}/usage?span=90`);
    await signIn(page, server.testKey);
    const alert = page.getByRole('alert').filter({ hasText: 'The usage can not be read' });
    await alert.getByText('This is more than 10000 rows.').waitFor();
    await expectAccessible(page);
    await page.unroute('**/v1/usage?*');
    await alert.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('slider').waitFor();
    expect(watched.problems).toEqual([]);
    await page.context().close();
  });
});
