/** Create, from opening the page to the kept picture, in a real browser against the built server and its emulators. */
import type { Browser, Page } from 'playwright-core';
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

const list = z.object({ data: z.array(z.object({ id: z.string() })) });

async function read(path: string, key: string) {
  const answer = await fetch(server.url + path, { headers: { authorization: `Bearer ${key}` } });
  return list.parse(await answer.json()).data;
}

async function openSignedIn(key: string): Promise<WatchedPage> {
  const watched = await openPage(await browser.newContext());
  await watched.page.goto(server.url);
  await signIn(watched.page, key);
  return watched;
}

const prompt = (page: Page) => page.getByRole('textbox', { name: 'Prompt' });
const picture = (page: Page) => page.locator('figure img');

describe('the first picture', () => {
  it('is kept after three clicks from opening the link, which works once and is not left in the address', async () => {
    const { page, problems } = await openPage(await browser.newContext());
    let clicks = 0;
    const click = async (name: string | RegExp) => {
      clicks += 1;
      await page.getByRole('button', { name }).click();
    };
    await page.goto(server.link);
    await prompt(page).waitFor();
    expect(page.url()).toBe(`${server.url}/create`);
    clicks += 1;
    await prompt(page).click();
    await page.keyboard.type('a flat icon of a red sailboat');
    await page.getByText('free', { exact: true }).last().waitFor();
    await click('Create picture');
    await picture(page).waitFor();
    await click('Keep');
    await page.getByRole('status').getByText('Kept').waitFor();
    expect(clicks).toBeLessThanOrEqual(3);
    expect(await read('/v1/files', server.liveKey)).toHaveLength(1);

    await page.getByText('Receipt').click();
    await page.getByText('On your own machines').last().waitFor();
    await expectAccessible(page);
    expect(problems).toEqual([]);

    const second = await openPage(await browser.newContext());
    await second.page.goto(server.link);
    await second.page.getByText('This link was used already').waitFor();
    await second.page.context().close();
    await page.context().close();
  });

  it('is made and kept by keyboard alone', async () => {
    const { page, problems } = await openSignedIn(server.testKey);
    await prompt(page).waitFor();
    const tabTo = async (name: RegExp) => {
      const focused = async () =>
        z
          .string()
          .parse(
            await page.evaluate(
              "document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? ''",
            ),
          );
      for (let steps = 0; steps < 60; steps += 1) {
        await page.keyboard.press('Tab');
        if (name.test(await focused())) return;
      }
      throw new Error(`${String(name)} can not be reached by Tab`);
    };
    await tabTo(/^Prompt$/);
    await page.keyboard.type('a flat icon of a pear');
    await page.keyboard.press('Control+Enter');
    await picture(page).waitFor();
    await tabTo(/^Keep$/);
    await page.keyboard.press('Enter');
    await page.getByRole('status').getByText('Kept').waitFor();
    expect(await read('/v1/files', server.testKey)).toHaveLength(1);
    expect(problems).toEqual([]);
    await page.context().close();
  });
});

describe('a request', () => {
  it('is chosen, priced before the click, and adapted in plain words', async () => {
    const { page, problems } = await openSignedIn(server.testKey);
    await prompt(page).fill('A beautiful fox in the snow, oil painting, no people');
    await page.getByRole('button', { name: 'Move it to Avoid' }).click();
    await page.getByRole('button', { name: 'Allow people again' }).waitFor();
    expect(await prompt(page).inputValue()).not.toContain('people');
    await page.getByText('Parts', { exact: true }).click();
    await page.getByLabel('style').waitFor();
    expect(await page.getByLabel('style').inputValue()).toBe('oil painting');
    await expectAccessible(page);
    await page.getByText('Text', { exact: true }).click();
    expect(await prompt(page).inputValue()).toContain('oil painting');

    await page.getByRole('button', { name: /choose another model/ }).click();
    await page.getByLabel('Search models').fill('openai literal');
    await expectAccessible(page);
    await page.getByRole('button', { name: /^DALL·E 3/ }).click();
    await page.getByText('512 × 512').click();
    await page.getByRole('button', { name: 'One picture more' }).click();
    await page.getByText('up to 8', { exact: true }).waitFor();
    await page.getByText(/does not render 512x512/).waitFor();
    await page.getByRole('button', { name: 'Create 2 pictures' }).click();
    await picture(page).waitFor();
    expect(await page.getByRole('group', { name: 'Pictures made here' }).getByRole('button').count()).toBe(2);
    await page.getByText('992 test credits').waitFor();

    await page.getByRole('button', { name: 'Code' }).click();
    const code = await page.locator('pre').innerText();
    expect(code).toContain('$ATELIER_API_KEY');
    expect(code).not.toMatch(/atl_(live|test)_\w/);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Replay' }).click();
    await page.getByText('It will not be quite the same').waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('that fails says what happened, what it cost and what can be done; nothing typed is lost', async () => {
    const { page } = await openSignedIn(server.testKey);
    const refused = 'a fox [[emulate:moderated-prompt]]';
    await prompt(page).fill(refused);
    await page.getByRole('button', { name: /choose another model/ }).click();
    await page.getByRole('button', { name: /^DALL·E 3/ }).click();
    await page.getByRole('button', { name: 'Create picture' }).click();
    const alert = page.getByRole('alert');
    await alert.getByText('No picture was made').waitFor();
    const words = await alert.innerText();
    expect(words).toContain('safety system');
    expect(words).toContain('Nothing was charged.');
    expect(words).toContain('Reword the prompt');
    await expectAccessible(page);

    // The session ends elsewhere; whoever signs in again finds what was written.
    await page.context().clearCookies();
    await page.getByRole('button', { name: 'One picture more' }).click();
    await page.getByRole('heading', { name: 'Sign in with your key' }).waitFor();
    await signIn(page, server.testKey);
    expect(await prompt(page).inputValue()).toBe(refused);
    await page.getByRole('button', { name: 'Create 2 pictures' }).waitFor();
    await page.context().close();
  });

  it('goes on while the page is reloaded, and is found again', async () => {
    const { page } = await openSignedIn(server.testKey);
    await prompt(page).fill('a fox [[emulate:slow-3000]]');
    await page.getByRole('button', { name: /choose another model/ }).click();
    await page.getByRole('button', { name: /^DALL·E 3/ }).click();
    await page.getByRole('button', { name: 'Create picture' }).click();
    await page.getByRole('button', { name: 'Stop' }).waitFor();
    await page.reload();
    await picture(page).waitFor();
    expect(await page.getByRole('group', { name: 'Pictures made here' }).getByRole('button').count()).toBe(1);
    await page.context().close();
  });

  it('without credits offers to fill up the test credits', async () => {
    const { page } = await openSignedIn(server.testKey);
    // As if the credits had gone: the gateway refuses the call.
    await page.route('**/v1/images/generations', (route) =>
      route.fulfill({
        status: 402,
        json: {
          error: { message: 'There are not enough credits.', code: 'insufficient_credits', param: null },
        },
      }),
    );
    await prompt(page).fill('a pear');
    await page.getByRole('button', { name: 'Create picture' }).click();
    await page.getByRole('button', { name: 'Add 1,000 test credits' }).click();
    await page.getByText(/test credits are there now/).waitFor();
    await page.context().close();
  });
});

describe('hostile words', () => {
  it('are shown as words', async () => {
    const hostile =
      '"><img src=x onerror="window.ran=1"><script>window.ran=1</script>{{7*7}} javascript:alert(1)';
    const named = await fetch(`${server.url}/v1/keys`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.testKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ kind: 'test', role: 'developer', name: hostile.slice(0, 100) }),
    });
    const { key } = z.object({ key: z.string() }).parse(await named.json());
    const { page, problems } = await openSignedIn(key);
    await prompt(page).fill(hostile);
    await page.getByRole('button', { name: 'Create picture' }).click();
    await picture(page).waitFor();
    await page.getByText('Receipt').click();
    await page.getByText(hostile).first().waitFor();
    await page.getByRole('button', { name: 'Code' }).click();
    await page.locator('pre').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /signing out/ }).click();
    await page.getByText('<img src=x').last().waitFor();
    expect(await page.evaluate('window.ran')).toBeUndefined();

    // Pictures that are programs are not taken, whatever they are called.
    const svg = await page.evaluate(async () => {
      const form = new FormData();
      const drawing = '<svg xmlns="http://www.w3.org/2000/svg"><script>parent.ran=1</script></svg>';
      form.append('file', new File([drawing], '../<img src=x onerror=ran=1>.png', { type: 'image/png' }));
      return (await fetch('/v1/files', { method: 'POST', body: form, headers: { 'x-atelier-session': '1' } }))
        .status;
    });
    expect(svg).toBe(400);
    expect(problems).toEqual([]);
    await page.context().close();
  });
});
