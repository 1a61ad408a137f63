/**
 * Takes the pictures of `docs/screens`: every screen in light, dark and at phone width, of the built server with pictures by
 * the built-in model. `npm run build` first. Names given (`npm run screens -- compare`) take those that begin so, and only them; what leads to
 * them has to be among them.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { z } from 'zod';
import { launchBrowser, signIn } from '../test/support/browser.js';
import { startBuiltServer, type BuiltServer } from '../test/support/built-server.js';

const folder = path.resolve(import.meta.dirname, '../docs/screens');

const wanted = process.argv.slice(2);
const isWanted = (name: string) => wanted.length === 0 || wanted.some((start) => name.startsWith(start));

/** How a screen is looked at. */
const VIEWS = [
  { name: 'light', colorScheme: 'light', viewport: { width: 1440, height: 900 } },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 1440, height: 900 } },
  { name: 'phone', colorScheme: 'light', viewport: { width: 390, height: 844 } },
] as const;

interface ScreenPicture {
  readonly name: string;
  /** Brings the signed-in page to what is shown. */
  readonly show: (page: Page) => Promise<void>;
}

/** In the order of the navigation; `sign-in` is taken before. */
const SCREENS: readonly ScreenPicture[] = [
  { name: 'create', show: showCreate },
  { name: 'create-models', show: showModels },
  { name: 'edit', show: showMask },
  { name: 'edit-result', show: showResult },
  { name: 'compare', show: showCompare },
  { name: 'compare-difference', show: showDifference },
  { name: 'gallery', show: showGallery },
  { name: 'gallery-picture', show: showGalleryPicture },
];

/** Those of the account, in test mode, where there is something to pay for. */
const ACCOUNT_SCREENS: readonly ScreenPicture[] = [
  { name: 'usage', show: showUsage },
  { name: 'settings', show: showSettings },
  { name: 'settings-fallbacks', show: showFallbacks },
];

async function showCreate(page: Page): Promise<void> {
  const prompt = page.getByRole('textbox', { name: 'Prompt' });
  await prompt.fill('A snow leopard on a rocky cliff, telephoto photograph, golden light, distant mountains');
  await page.getByText('1536 × 1024').click();
  await page.getByText('free', { exact: true }).last().waitFor();
  await page.getByRole('button', { name: /^Create/ }).click();
  await page.locator('figure img').waitFor();
  await prompt.fill(
    'A red sailboat on a calm lake at sunset, mountains behind, loose watercolour on rough paper',
  );
  for (let more = 0; more < 2; more += 1)
    await page.getByRole('button', { name: 'One picture more' }).click();
  await page.getByRole('button', { name: 'Create 3 pictures' }).click();
  await page.getByRole('button', { name: 'Stop' }).waitFor();
  await page.locator('figure img').waitFor({ timeout: 120_000 });
  await page.getByRole('button', { name: 'Keep' }).click();
  await page.getByRole('status').getByText('Kept').waitFor();
  // Without the ring of what was clicked last.
  await page.evaluate('document.activeElement?.blur?.()');
  await page.evaluate("document.querySelector('[aria-label=Pictures]').scrollIntoView()");
}

async function showModels(page: Page): Promise<void> {
  await page.getByRole('button', { name: /choose another model/ }).click();
  await page.getByLabel('Search models').waitFor();
}

async function showMask(page: Page): Promise<void> {
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'Use as input' }).click();
  await page.getByRole('textbox', { name: 'Instruction' }).fill('Make it winter, with snow');
  const box = await page.getByRole('img', { name: 'Picture to be edited' }).boundingBox();
  if (box === null) throw new Error('the picture to be edited is not to be seen');
  const at = (x: number, y: number) => page.mouse.move(box.x + box.width * x, box.y + box.height * y);
  await at(0.08, 0.35);
  await page.mouse.down();
  for (let step = 0; step <= 20; step += 1) await at(0.08 + step * 0.042, 0.36 + 0.08 * Math.sin(step / 3));
  for (let step = 20; step >= 0; step -= 1) await at(0.08 + step * 0.042, 0.45 + 0.05 * Math.sin(step / 3));
  await page.mouse.up();
  await page.getByText('free', { exact: true }).last().waitFor();
  await page.evaluate('document.activeElement?.blur?.()');
}

async function showResult(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Change what is marked' }).click();
  await page.getByRole('slider', { name: /picture before/ }).waitFor();
  await page.getByRole('region', { name: 'History of the picture' }).waitFor();
  await page.evaluate('document.activeElement?.blur?.()');
  await page.evaluate("document.querySelector('[aria-label=Picture]').scrollIntoView()");
}

async function showCompare(page: Page): Promise<void> {
  await page.goto(new URL('/compare', page.url()).href);
  const prompt = page.getByRole('textbox', { name: 'Prompt' });
  await prompt.fill('A mountain valley with a river in summer, oil painting');
  if (await page.getByText('Test mode').isVisible()) {
    await page.getByRole('button', { name: 'Choose models' }).click();
    for (const name of [/^DALL·E 3/, /^Imagen 4 Fast/]) await page.getByRole('button', { name }).click();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByText('1024 × 1024').click();
  } else {
    await page.getByText('Words', { exact: true }).click();
    await page.getByRole('button', { name: 'summer', exact: true }).click();
    await page.getByLabel('In place of summer').fill('autumn, winter, spring');
    await page.keyboard.press('Enter');
    await page.getByText('1536 × 1024').click();
  }
  await page.getByRole('button', { name: /^Compare \d/ }).click();
  await page.getByRole('button', { name: 'Download the contact sheet' }).waitFor({ timeout: 240_000 });
  await page
    .getByRole('button', { name: /^Choose / })
    .nth(1)
    .click();
  await page.getByRole('status').getByText('Chosen and kept').waitFor();
  await page.evaluate('document.activeElement?.blur?.()');
  await page.mouse.move(700, 890);
}

async function showDifference(page: Page): Promise<void> {
  for (const place of [0, 2]) await page.getByRole('button', { name: /^Lay / }).nth(place).click();
  await page.getByRole('slider').waitFor();
  await page.getByText('Difference', { exact: true }).click();
  await page.getByRole('img', { name: /of the pixels differ/ }).waitFor();
}

const GALLERY_WISHES = [
  { prompt: 'A red fox in fresh snow, telephoto photograph, soft morning light', size: '1536x1024' },
  { prompt: 'A flat vector poster of a lighthouse in three colours', size: '1024x1536' },
  { prompt: 'A sailboat on a calm lake at sunset, loose watercolour', size: '1024x1024' },
  { prompt: 'A mountain valley with a river, oil painting, autumn', size: '1536x640' },
  { prompt: 'A pear on a linen cloth, still life', size: '1024x1280' },
  { prompt: 'A city skyline at night, neon, rain', size: '1536x1024' },
  { prompt: 'A snow leopard on a cliff, golden light', size: '1280x1024' },
  { prompt: 'A forest path in fog, ink drawing', size: '1024x1536' },
  { prompt: 'A desert with two camels, pastel colours', size: '1536x864' },
  { prompt: 'A hot air balloon above hills, children’s book', size: '1024x1024' },
] as const;

/** Makes what the gallery shows, where it is not there yet, and keeps some of it. */
async function fillGallery(url: string, key: string): Promise<void> {
  const post = async (path: string, body: object) => {
    const answer = await fetch(url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return madeSchema.parse(await answer.json());
  };
  for (const [place, wish] of GALLERY_WISHES.entries()) {
    const { data } = await post('/v1/images/generations', {
      model: 'atelier-sketch',
      response_format: 'url',
      ...wish,
    });
    const image = data?.[0];
    if (image !== undefined && place % 3 === 0) await post('/v1/files', { image_id: image.id });
  }
}

const madeSchema = z.looseObject({ data: z.array(z.object({ id: z.string() })).optional() });

async function showGallery(page: Page): Promise<void> {
  await page.goto(new URL('/gallery', page.url()).href);
  await page.getByText('These are all.').waitFor();
  await page.evaluate(
    "Promise.all([...document.querySelectorAll('[data-picture] img')].map((image) => image.decode().catch(() => undefined))).then(() => undefined)",
  );
  await page.mouse.move(700, 890);
}

async function showGalleryPicture(page: Page): Promise<void> {
  await page.locator('[data-picture]').nth(1).click();
  await page.getByText('Prompt sent').waitFor();
}

/** What a workspace of a few people pays for within some weeks, in test credits. */
const USAGE_WISHES = [
  ['dall-e-3', '1024x1024', 9],
  ['gemini-2-5-flash-image', '1024x1024', 14],
  ['imagen-4-fast', '1024x1024', 6],
  ['flux-1-pro', '1024x1024', 8],
] as const;
const DAYS = 24;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Spends test credits, and says afterwards that it was on different days. */
async function fillUsage({ url, testKey, dataFolder }: BuiltServer): Promise<void> {
  for (const [model, size, times] of USAGE_WISHES) {
    for (let time = 0; time < times; time += 1) {
      await fetch(`${url}/v1/images/generations`, {
        method: 'POST',
        headers: { authorization: `Bearer ${testKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model, size, prompt: `A poster of a market, draft ${time + 1}` }),
      });
    }
  }
  const headers = { authorization: `Bearer ${testKey}`, 'content-type': 'application/json' };
  for (const [method, path, body] of [
    ['PATCH', '/v1/workspace', { limits: { monthly_credits: 500 } }],
    ['PUT', '/v1/fallbacks/imagen-4-fast', { models: ['gemini-2-5-flash-image', 'flux-1-pro', 'dall-e-3'] }],
    ['PUT', '/v1/fallbacks/dall-e-3', { models: ['gpt-image-2', 'gemini-2-5-flash-image'] }],
  ] as const)
    await fetch(url + path, { method, headers, body: JSON.stringify(body) });
  const db = new Database(path.join(dataFolder, 'atelier.sqlite'));
  const ids = z
    .array(z.object({ id: z.string() }))
    .parse(db.prepare("select id from generations where mode = 'test' order by id").all());
  for (const [place, { id }] of ids.entries()) {
    const backMs = ((place * 7) % DAYS) * DAY_MS;
    for (const [table, column] of [
      ['generations', 'id'],
      ['ledger_entries', 'generation_id'],
    ] as const)
      db.prepare(`update ${table} set created_at = created_at - ? where ${column} = ?`).run(backMs, id);
  }
  db.close();
}

async function showUsage(page: Page): Promise<void> {
  await page.goto(new URL('/usage', page.url()).href);
  await page.getByRole('heading', { name: 'Usage' }).waitFor();
  await page.waitForLoadState('networkidle');
}

async function showSettings(page: Page): Promise<void> {
  await page.goto(new URL('/settings/workspace', page.url()).href);
  await page.getByRole('form', { name: 'Name and rules' }).waitFor();
}

async function showFallbacks(page: Page): Promise<void> {
  await page.goto(new URL('/settings/fallbacks', page.url()).href);
  await page.getByRole('heading', { name: 'Fallbacks' }).waitFor();
  await page.waitForLoadState('networkidle');
}

async function takeScreens(
  browser: Browser,
  url: string,
  screens: readonly ScreenPicture[],
  keyOf: (view: string) => string,
) {
  for (const { name: view, ...options } of VIEWS) {
    const page = await (await browser.newContext({ ...options, reducedMotion: 'reduce' })).newPage();
    page.setDefaultTimeout(60_000);
    await page.goto(url);
    await page.getByRole('heading', { name: 'Sign in with your key' }).waitFor();
    if (isWanted('sign-in') && screens === SCREENS) await save(page, `sign-in-${view}`);
    await signIn(page, keyOf(view));
    for (const { name, show } of screens.filter((screen) => isWanted(screen.name))) {
      await show(page);
      await save(page, `${name}-${view}`);
    }
    await page.context().close();
  }
}

async function save(page: Page, name: string): Promise<void> {
  await page.evaluate('document.fonts.ready.then(() => undefined)');
  await page.waitForLoadState('networkidle');
  const file = path.join(folder, `${name}.webp`);
  const { size } = await sharp(await page.screenshot())
    .webp({ quality: 72, effort: 6 })
    .toFile(file);
  process.stdout.write(`${path.relative(process.cwd(), file)} ${Math.round(size / 1000)} KB\n`);
}

mkdirSync(folder, { recursive: true });
const [server, browser] = await Promise.all([
  startBuiltServer({ ATELIER_EMULATOR_DETAIL: 'full' }),
  launchBrowser(),
]);
try {
  if (isWanted('gallery')) {
    for (const key of [server.liveKey, server.testKey]) await fillGallery(server.url, key);
  }
  if (SCREENS.some(({ name }) => isWanted(name)) || isWanted('sign-in')) {
    await takeScreens(browser, server.url, SCREENS, (view) =>
      view === 'dark' ? server.testKey : server.liveKey,
    );
  }
  if (ACCOUNT_SCREENS.some(({ name }) => isWanted(name))) {
    await fillUsage(server);
    await takeScreens(browser, server.url, ACCOUNT_SCREENS, () => server.testKey);
  }
} finally {
  await browser.close();
  await server.stop();
}
