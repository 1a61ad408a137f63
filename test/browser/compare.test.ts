/** Compare, from the prompt to the chosen picture, in a real browser against the built server and its emulators. */
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
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

const files = z.object({
  data: z.array(z.object({ image_id: z.string().optional(), model: z.string().optional() })),
});

async function call(path: string, body?: object, key = server.testKey): Promise<unknown> {
  const answer = await fetch(server.url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return answer.json();
}

async function openCompare(key = server.testKey): Promise<WatchedPage> {
  const watched = await openPage(await browser.newContext({ reducedMotion: 'reduce' }));
  await watched.page.goto(`${server.url}/compare`);
  await signIn(watched.page, key);
  await prompt(watched.page).waitFor();
  return watched;
}

const prompt = (page: Page) => page.getByRole('textbox', { name: 'Prompt', exact: true });
const pictures = (page: Page) => page.getByRole('button', { name: /^Lay / });
const go = (page: Page, count: number) => page.getByRole('button', { name: `Compare ${count} pictures` });
const sheet = (page: Page) => page.getByRole('button', { name: 'Download the contact sheet' });

describe('a comparison', () => {
  it('is priced before the click, fills, is laid over each other, chosen from, and saved as a sheet', async () => {
    const { page, problems } = await openCompare();
    await prompt(page).fill('a flat icon of a fox');
    await page.getByText('Choose two models or more.').waitFor();
    await page.getByRole('button', { name: 'Choose models' }).click();
    await page.getByRole('button', { name: /^DALL·E 3/ }).click();
    await page.getByRole('status').getByText('2 chosen').waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByText('512 × 512').click();
    await page.getByRole('heading', { name: '2 pictures would be made' }).waitFor();
    await page.getByText('up to 4', { exact: true }).waitFor();
    await page.getByText('test credits, leaves 996').waitFor();
    await expectAccessible(page);
    await go(page, 2).click();
    await sheet(page).waitFor();
    expect(await pictures(page).count()).toBe(2);
    await page.getByText('2 models · 2 pictures · 4 test credits').waitFor();
    await page.getByText('996 test credits').waitFor();
    await page.getByText(/^4 test credits · \d[\d.]* s · 512 × 512$/).waitFor();
    await page.getByText('cheapest').waitFor();
    await expectAccessible(page);

    // By keyboard: two pictures over each other, moved, and what differs between them.
    await pictures(page).nth(0).focus();
    await page.keyboard.press('Enter');
    await page.getByText('is picked. Click another one').waitFor();
    await pictures(page).nth(1).focus();
    await page.keyboard.press('Enter');
    const slider = page.getByRole('slider', { name: 'How much of Atelier Sketch is shown' });
    await slider.focus();
    await page.keyboard.press('ArrowLeft');
    expect(await slider.inputValue()).toBe('49');
    await expectAccessible(page);
    await page.getByText('Difference', { exact: true }).click();
    const differs = page.getByRole('img', { name: /of the pixels differ/ });
    const told = /^([\d.]+) % of the pixels differ, by ([\d.]+) of 255 on average/.exec(
      (await differs.getAttribute('aria-label')) ?? '',
    );
    expect(Number(told?.[1])).toBeCloseTo((await differenceOfCells(page)) * 100, 1);
    await page.getByText('Compared pixel by pixel.').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });

    await page.getByRole('button', { name: 'Choose DALL·E 3' }).click();
    await page.getByRole('status').getByText('Chosen and kept').waitFor();
    const download = page.waitForEvent('download');
    await sheet(page).click();
    const saved = await download;
    expect(saved.suggestedFilename()).toBe(`${new URL(page.url()).searchParams.get('id') ?? ''}.webp`);
    expect((await sharp(readFileSync(await saved.path())).metadata()).width).toBeGreaterThan(500);

    // What was chosen is remembered by the server.
    await page.reload();
    await page.getByText('Chosen and kept').waitFor();
    const kept = files.parse(await call('/v1/files')).data.filter(({ image_id: id }) => id !== undefined);
    expect(kept.map(({ model }) => model)).toEqual(['dall-e-3']);
    await page.getByRole('link', { name: 'Use the settings of DALL·E 3 in Create' }).click();
    await page.getByText('The request of the picture is here now').waitFor();
    await page.getByRole('button', { name: 'DALL·E 3: choose another model' }).waitFor();
    expect(await prompt(page).inputValue()).toBe('a flat icon of a fox');
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('goes on over a reload, is stopped, and can be asked for again', async () => {
    const { page, problems } = await openCompare();
    await prompt(page).fill('a flat icon of a lamp in summer [[emulate:slow-60000]]');
    await page.getByText('Words', { exact: true }).click();
    await page.getByRole('button', { name: 'summer', exact: true }).click();
    await page.getByLabel('In place of summer').fill('winter');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Vary one thing more' }).click();
    await page.getByRole('region', { name: /too/ }).getByText('Seed', { exact: true }).click();
    await page.getByRole('button', { name: /choose another model/ }).click();
    await page.getByLabel('Search models').fill('flux pro');
    await page.getByRole('button', { name: /^FLUX/ }).first().click();
    await go(page, 8).click();
    await page.waitForURL(/\/compare\?id=cmp_/);
    const address = page.url();
    // Form and pictures scroll; the page itself stays.
    expect(await page.evaluate('document.documentElement.scrollHeight <= innerHeight')).toBe(true);
    const stop = page.getByRole('button', { name: 'Stop', exact: true });
    await stop.waitFor();
    await page.reload();
    await stop.click();
    await page.getByText('stopped, 0 of 8 pictures were made').waitFor();
    expect(await page.getByText('Stopped before it was made.').count()).toBe(8);
    expect(await page.getByText('Nothing was charged.').count()).toBe(8);
    // What the first comparison has left.
    await page.getByText('996 test credits').waitFor();
    expect(await page.getByRole('region', { name: /^Seed \d+$/ }).count()).toBe(4);

    await prompt(page).fill('something else');
    await page.getByRole('button', { name: 'Use these settings again' }).click();
    expect(await prompt(page).inputValue()).toContain('a lamp in summer');
    await page.getByRole('list', { name: 'Words to compare' }).getByText('winter').waitFor();
    await page.getByRole('link', { name: /a lamp in summer/ }).click();
    expect(page.url()).toBe(address);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('says of a picture that fails what happened, what it cost and what can be done; the others are made', async () => {
    const { page } = await openCompare();
    const refused = 'a flat icon of a pear [[emulate:moderated-prompt@dall-e-3]]';
    await prompt(page).fill(refused);
    await page.getByRole('button', { name: 'Choose models' }).click();
    await page.getByRole('button', { name: /^DALL·E 3/ }).click();
    await page.getByRole('button', { name: /^Imagen 4 Fast/ }).click();
    await page.getByRole('button', { name: 'Done' }).click();
    await go(page, 3).click();
    await page.getByText('3 models · 2 of 3 pictures').waitFor();
    const cell = page.getByRole('listitem').filter({ hasText: 'safety system' });
    const words = await cell.innerText();
    expect(words).toContain('DALL·E 3');
    expect(words).toContain('Nothing was charged.');
    expect(words).toContain('Reword the prompt');
    await sheet(page).waitFor();
    await expectAccessible(page);

    // The session ends elsewhere; whoever signs in again finds comparison and form as they were.
    await page.context().clearCookies();
    await page.getByRole('button', { name: 'Without Imagen 4 Fast' }).click();
    await page.getByRole('heading', { name: 'Sign in with your key' }).waitFor();
    await signIn(page, server.testKey);
    await page.getByText('3 models · 2 of 3 pictures').waitFor();
    expect(await prompt(page).inputValue()).toBe(refused);
    await go(page, 2).waitFor();
    await page.context().close();
  });

  it('that the money is not there for does not begin, and says why', async () => {
    const limits = { monthly_credits: 3 };
    const body = { kind: 'test', role: 'developer', name: 'small', limits };
    const { key } = z.object({ key: z.string() }).parse(await call('/v1/keys', body));
    const { page } = await openCompare(key);
    await prompt(page).fill('a pear');
    await page.getByRole('button', { name: 'Choose models' }).click();
    await page.getByRole('button', { name: /^DALL·E 3/ }).click();
    await page.getByRole('button', { name: 'Done' }).click();
    await go(page, 2).click();
    const alert = page.getByRole('alert').filter({ hasText: 'The comparison did not begin' });
    await alert.waitFor();
    expect(await alert.innerText()).toContain('Nothing was charged. An owner or admin can raise the budget.');
    await expectAccessible(page);
    expect(await prompt(page).inputValue()).toBe('a pear');
    await page.context().close();
  });
});

/** Share of the pixels that differ between the two pictures of the shown comparison, read and counted outside of the browser. */
async function differenceOfCells(page: Page): Promise<number> {
  const id = new URL(page.url()).searchParams.get('id') ?? '';
  const { cells } = z
    .object({ cells: z.array(z.object({ images: z.array(z.object({ url: z.string() })) })) })
    .parse(await call(`/v1/images/comparisons/${id}`));
  const [a = Buffer.alloc(0), b = Buffer.alloc(0)] = await Promise.all(
    cells.map(async ({ images: [image] }) => {
      const bytes = await (await fetch(image?.url ?? '')).arrayBuffer();
      return sharp(Buffer.from(bytes)).removeAlpha().raw().toBuffer();
    }),
  );
  let differing = 0;
  for (let at = 0; at < a.length; at += 3) {
    if (!a.subarray(at, at + 3).equals(b.subarray(at, at + 3))) differing += 1;
  }
  return differing / (a.length / 3);
}
