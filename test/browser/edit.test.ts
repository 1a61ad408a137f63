/** Edit, from the picture to the result, in a real browser against the built server and its emulators. */
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

const generation = z.object({ data: z.array(z.object({ id: z.string() })) });
const listedFiles = z.object({ data: z.array(z.object({ filename: z.string() })) });
const listed = z.object({
  data: z.array(z.object({ id: z.string(), url: z.string(), parents: z.array(z.string()).optional() })),
});

async function call(path: string, body?: object): Promise<unknown> {
  const answer = await fetch(server.url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${server.testKey}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return answer.json();
}

async function makePicture(): Promise<string> {
  const made = await call('/v1/images/generations', {
    model: 'atelier-sketch',
    prompt: 'a red sailboat on a lake in summer',
    size: '512x384',
  });
  return generation.parse(made).data[0]?.id ?? '';
}

async function childrenOf(id: string) {
  return listed.parse(await call(`/v1/images?parent=${id}`)).data;
}

async function pixelsOf(id: string) {
  const { url } = z.object({ url: z.string() }).parse(await call(`/v1/images/${id}`));
  const bytes = Buffer.from(await (await fetch(url)).arrayBuffer());
  const { data, info } = await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

/** How many pixels differ, inside and outside of a rectangle. */
async function difference(
  before: string,
  after: string,
  inside: { x: number; y: number; width: number; height: number },
) {
  const [a, b] = [await pixelsOf(before), await pixelsOf(after)];
  expect([b.width, b.height]).toEqual([a.width, a.height]);
  const counts = { inside: 0, outside: 0 };
  for (let at = 0; at < a.data.length; at += 3) {
    const x = (at / 3) % a.width;
    const y = Math.floor(at / 3 / a.width);
    const within =
      x >= inside.x && x < inside.x + inside.width && y >= inside.y && y < inside.y + inside.height;
    if (!a.data.subarray(at, at + 3).equals(b.data.subarray(at, at + 3))) {
      counts[within ? 'inside' : 'outside'] += 1;
    }
  }
  return counts;
}

async function openEdit(query: string): Promise<WatchedPage> {
  const watched = await openPage(await browser.newContext());
  await watched.page.goto(`${server.url}/edit${query}`);
  await signIn(watched.page, server.testKey);
  return watched;
}

const instruction = (page: Page) => page.getByRole('textbox', { name: 'Instruction' });
const mask = (page: Page) => page.getByRole('application', { name: 'Mask over the picture' });
const compare = (page: Page) => page.getByRole('slider', { name: /picture before/ });

async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let steps = 0; steps < 80; steps += 1) {
    await page.keyboard.press('Tab');
    const focused = z
      .string()
      .parse(
        await page.evaluate(
          "document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.closest('label')?.textContent ?? document.activeElement?.textContent ?? ''",
        ),
      );
    if (name.test(focused)) return;
  }
  throw new Error(`${String(name)} can not be reached by Tab`);
}

describe('a masked edit', () => {
  it('changes what is marked and nothing else, is compared, and is gone on from', async () => {
    const source = await makePicture();
    const { page, problems } = await openEdit(`?image=${source}`);
    await instruction(page).fill('make it winter, with snow');
    await page.getByRole('button', { name: 'Change the picture' }).waitFor();
    await page.getByText('Rectangle', { exact: true }).click();
    const box = await page.getByRole('img', { name: 'Picture to be edited' }).boundingBox();
    if (box === null) throw new Error('the picture is not to be seen');
    const scale = box.width / 512;
    await page.mouse.move(box.x + 100 * scale, box.y + 80 * scale);
    await page.mouse.down();
    await page.mouse.move(box.x + 200 * scale, box.y + 150 * scale);
    await page.mouse.move(box.x + 300 * scale, box.y + 250 * scale);
    await page.mouse.up();
    await page.getByRole('button', { name: 'Change what is marked' }).waitFor();
    await expectAccessible(page);

    // Undone, redone, and still there after a reload.
    await page.keyboard.press('Control+z');
    await page.getByRole('button', { name: 'Change the picture' }).waitFor();
    await page.keyboard.press('Control+Shift+z');
    await page.getByRole('button', { name: 'Change what is marked' }).waitFor();
    await page.reload();
    expect(await instruction(page).inputValue()).toBe('make it winter, with snow');
    await page.getByText('free', { exact: true }).last().waitFor();
    await page.getByRole('button', { name: 'Change what is marked' }).click();
    await compare(page).waitFor();
    // What can be done with it is in sight, above the history.
    const below = await page.getByRole('region', { name: 'History of the picture' }).boundingBox();
    const button = await page.getByRole('button', { name: 'Go on from this' }).boundingBox();
    expect(button === null ? Infinity : button.y + button.height).toBeLessThan(below?.y ?? 0);
    await compare(page).focus();
    await page.keyboard.press('ArrowRight');
    expect(await compare(page).inputValue()).toBe('51');
    await expectAccessible(page);

    const [made] = await childrenOf(source);
    const counts = await difference(source, made?.id ?? '', { x: 99, y: 79, width: 203, height: 173 });
    expect(counts.outside).toBe(0);
    expect(counts.inside).toBeGreaterThan(5_000);

    await page.getByRole('button', { name: 'Go on from this' }).click();
    await page.waitForURL(`${server.url}/edit?image=${made?.id ?? ''}`);
    await mask(page).waitFor();
    await page.getByRole('button', { name: 'Change the picture' }).waitFor();
    const history = page.getByRole('region', { name: 'History of the picture' });
    await history.getByRole('link', { name: /sailboat/ }).click();
    await page.waitForURL(`${server.url}/edit?image=${source}`);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('is made by keyboard alone: create, keep, edit', async () => {
    const { page, problems } = await openPage(await browser.newContext());
    await page.goto(`${server.url}/create`);
    await signIn(page, server.testKey);
    await page.getByRole('textbox', { name: 'Prompt' }).waitFor();
    await tabTo(page, /^Prompt$/);
    await page.keyboard.type('a green house on a hill in summer');
    await page.keyboard.press('Control+Enter');
    await page.locator('figure img').waitFor();
    await tabTo(page, /^Keep$/);
    await page.keyboard.press('Enter');
    await page.getByRole('status').getByText('Kept').waitFor();
    await tabTo(page, /^Use as input$/);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/edit\?image=img_/);
    const source = new URL(page.url()).searchParams.get('image') ?? '';
    await instruction(page).waitFor();
    await tabTo(page, /^Instruction$/);
    await page.keyboard.type('make it night');
    await tabTo(page, /^Brush$/);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await tabTo(page, /^Mask over the picture$/);
    for (const key of ['ArrowLeft', 'ArrowLeft', 'ArrowUp', 'Shift+ArrowRight', 'Enter']) {
      await page.keyboard.press(key);
    }
    await page.getByRole('button', { name: 'Change what is marked' }).waitFor();
    await page.keyboard.press('Control+Enter');
    await compare(page).waitFor();
    await tabTo(page, /^Keep$/);
    await page.keyboard.press('Enter');
    await page.getByRole('status').getByText('Kept').waitFor();
    const [made] = await childrenOf(source);
    // One key moves by a 32nd of the longer side: of 1024 pixels, 32.
    const counts = await difference(source, made?.id ?? '', { x: 326, y: 326, width: 339, height: 307 });
    expect(counts.outside).toBe(0);
    expect(counts.inside).toBeGreaterThan(5_000);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('begins with an uploaded picture, and with further ones', async () => {
    const { page, problems } = await openEdit('');
    const bytes = await sharp({ create: { width: 300, height: 200, channels: 3, background: '#6a8f4e' } })
      .png()
      .toBuffer();
    const picture = { name: 'meadow.png', mimeType: 'image/png', buffer: bytes };
    await page.getByLabel('Choose a picture').waitFor({ state: 'attached' });
    await expectAccessible(page);
    await page.getByLabel('Choose a picture').setInputFiles(picture);
    await page.waitForURL(/\/edit\?file=file/);
    await page.getByLabel('Add a picture').setInputFiles(picture);
    await page.getByRole('img', { name: 'Picture 2' }).waitFor();
    await instruction(page).fill('make it autumn');
    const box = await mask(page).boundingBox();
    if (box === null) throw new Error('the picture is not to be seen');
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2 + 60, box.y + box.height / 2 + 10);
    await page.mouse.up();
    await page.getByRole('button', { name: 'Change what is marked' }).click();
    await compare(page).waitFor();
    await page
      .getByRole('region', { name: 'History of the picture' })
      .getByRole('link', { name: 'The uploaded picture' })
      .waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });
});

describe('a picture from elsewhere, and a brush that is no mouse', () => {
  it('is pasted and dropped, marked by pen and by finger, and zoomed by two fingers', async () => {
    const { page, problems } = await openEdit('');
    await page.getByLabel('Choose a picture').waitFor({ state: 'attached' });
    await give(page, 'paste', '#6a8f4e');
    await page.waitForURL(/\/edit\?file=file/);
    const pasted = page.url();
    await mask(page).waitFor();
    await give(page, 'drop', '#4e6a8f');
    await page.waitForURL((url) => url.href !== pasted);
    await mask(page).waitFor();
    const uploaded = listedFiles.parse(await call('/v1/files')).data.map(({ filename }) => filename);
    expect(uploaded).toEqual(expect.arrayContaining(['paste.png', 'drop.png']));

    const input = await page.context().newCDPSession(page);
    const shown = async () => {
      const box = await page.getByRole('img', { name: 'Picture to be edited' }).boundingBox();
      if (box === null) throw new Error('the picture is not to be seen');
      return box;
    };
    const undo = page.getByRole('button', { name: 'Undo' });
    const { x, y, width } = await shown();
    const pen = (type: 'mousePressed' | 'mouseMoved' | 'mouseReleased', at: number) =>
      input.send('Input.dispatchMouseEvent', {
        type,
        x: x + at,
        y: y + 60,
        button: 'left',
        buttons: type === 'mouseReleased' ? 0 : 1,
        pointerType: 'pen',
        force: 0.6,
      });
    await pen('mousePressed', 50);
    await pen('mouseMoved', 90);
    await pen('mouseReleased', 90);
    await page.getByRole('button', { name: 'Change what is marked' }).waitFor();
    await undo.click();
    await page.getByRole('button', { name: 'Change the picture' }).waitFor();

    const fingers = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...places: readonly number[]) =>
      input.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: places.map((at, id) => ({ id, x: x + at, y: y + 80 })),
      });
    await fingers('touchStart', 60);
    await fingers('touchMove', 110);
    await fingers('touchEnd');
    await page.getByRole('button', { name: 'Change what is marked' }).waitFor();
    await undo.click();
    await page.getByRole('button', { name: 'Change the picture' }).waitFor();

    // Two fingers part: the picture grows, and nothing is marked by it.
    await fingers('touchStart', 100);
    await fingers('touchStart', 100, 140);
    await fingers('touchMove', 60, 140);
    await fingers('touchMove', 60, 180);
    await fingers('touchEnd');
    expect((await shown()).width).toBeGreaterThan(width * 2);
    await page.getByRole('button', { name: 'Change the picture' }).waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });
});

/** Gives the page a plain picture as the browser does when somebody pastes or drops a file. */
async function give(page: Page, how: 'paste' | 'drop', colour: string): Promise<void> {
  const bytes = await sharp({ create: { width: 300, height: 200, channels: 3, background: colour } })
    .png()
    .toBuffer();
  const event =
    how === 'paste'
      ? "new ClipboardEvent('paste', { clipboardData: data, bubbles: true })"
      : "new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true })";
  await page.evaluate(`{
    const data = new DataTransfer();
    const content = Uint8Array.from(atob('${bytes.toString('base64')}'), (letter) => letter.charCodeAt(0));
    data.items.add(new File([content], '${how}.png', { type: 'image/png' }));
    document.querySelector('h1').dispatchEvent(${event});
  }`);
}

describe('what goes wrong', () => {
  it('is said with what it cost and what can be done', async () => {
    const { page } = await openEdit('?image=img_of_yesterday');
    const alert = page.getByRole('alert');
    await alert.getByText('This picture can not be edited').waitFor();
    expect(await alert.innerText()).toContain('Nothing was charged.');
    expect(await alert.innerText()).toContain('Choose another one.');
    await expectAccessible(page);

    await page.getByLabel('Choose a picture').setInputFiles({
      name: 'notes.png',
      mimeType: 'image/png',
      buffer: Buffer.from('these are no pixels'),
    });
    await alert.getByText('The picture was not taken').waitFor();
    await alert.getByText(/save it as PNG or JPEG/).waitFor();

    await page.goto(`${server.url}/edit?image=${await makePicture()}`);
    const refused = 'make it winter [[emulate:moderated-prompt]]';
    await instruction(page).fill(refused);
    await page.getByRole('button', { name: /choose another model/ }).click();
    await page.getByLabel('Search models').fill('gpt image');
    await page
      .getByRole('button', { name: /^GPT Image/ })
      .first()
      .click();
    // Price and what it leaves stand there before the click, and the balance in the header.
    await page.getByText('1,000 test credits', { exact: true }).waitFor();
    const price = await page.getByText(/^up to [\d.]+$/).innerText();
    const left = await page.getByText(/^test credits, leaves [\d.]+$/).innerText();
    expect(Number(price.slice('up to '.length)) + Number(left.split(' ').at(-1))).toBeCloseTo(1000, 2);
    await page.getByRole('button', { name: 'Change the picture' }).click();
    await alert.getByText('The picture was not changed').waitFor();
    const words = await alert.innerText();
    expect(words).toContain('Nothing was charged.');
    expect(words).toContain('Reword the prompt');
    await expectAccessible(page);
    expect(await instruction(page).inputValue()).toBe(refused);
    await page.context().close();
  });
});
