/** The settings in a real browser: keys, rules, fallbacks, webhooks, the audit log, and what each role is offered of them. */
import type { Browser, Page } from 'playwright-core';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { expectAccessible, launchBrowser, openPage, signIn, type WatchedPage } from '../support/browser.js';
import { startBuiltServer, type BuiltServer } from '../support/built-server.js';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.js';

let server: BuiltServer;
let browser: Browser;
let receiver: WebhookReceiver;

beforeAll(async () => {
  receiver = await startWebhookReceiver();
  [server, browser] = await Promise.all([
    startBuiltServer({ ATELIER_WEBHOOK_HOSTS: receiver.host }),
    launchBrowser(),
  ]);
});
afterAll(async () => {
  await browser.close();
  await server.stop();
  await receiver.close();
});

async function call(method: string, path: string, key: string, body?: object) {
  const answer = await fetch(server.url + path, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const json: unknown = await answer.json();
  return { status: answer.status, body: json };
}

async function makeKey(role: string, name: string, limits: object = {}): Promise<string> {
  const made = await call('POST', '/v1/keys', server.liveKey, { kind: 'test', role, name, limits });
  return z.object({ key: z.string() }).parse(made.body).key;
}

async function openSettings(section: string, key = server.liveKey): Promise<WatchedPage> {
  const watched = await openPage(await browser.newContext({ reducedMotion: 'reduce' }));
  await watched.page.goto(`${server.url}/settings/${section}`);
  await signIn(watched.page, key);
  return watched;
}

async function sectionNames(page: Page): Promise<readonly string[]> {
  const links = page.getByRole('navigation', { name: 'Settings' }).getByRole('link');
  await links.first().waitFor();
  return links.allInnerTexts();
}

describe('keys', () => {
  it('are made with role, limits and an end, shown once, changed and revoked; what is typed outlives a reload', async () => {
    const { page, problems } = await openSettings('keys');
    await page.getByRole('button', { name: 'Make a key' }).click();
    await page.getByRole('button', { name: 'Make the key' }).click();
    await page.getByText('A key needs a name, so that you know it later.').waitFor();
    await page.getByLabel('Name').fill('shop <b>backend</b>');
    await page.reload();
    expect(await page.getByLabel('Name').inputValue()).toBe('shop <b>backend</b>');
    await page.getByText('Billing', { exact: true }).click();
    await page.getByText('Developer', { exact: true }).click();
    await page.getByLabel('Expires after').fill('2099-12-31');
    await page.getByText('Limits', { exact: true }).click();
    await page.getByLabel('Requests in a minute').fill('many');
    await page.getByRole('button', { name: 'Make the key' }).click();
    await page.getByText('Give a whole number from 1 to 1,000,000.').waitFor();
    await expectAccessible(page);
    await page.getByLabel('Requests in a minute').fill('60');
    await page.getByLabel('Credits in a calendar month').fill('25');

    // As if the server had gone away: nothing typed is lost.
    await page.route('**/v1/keys', (route) => route.abort());
    await page.getByRole('button', { name: 'Make the key' }).click();
    await page.getByText(/No key was made\. The server can not be reached/).waitFor();
    await page.unroute('**/v1/keys');
    await page.getByRole('button', { name: 'Make the key' }).click();
    const shown = page.getByRole('alertdialog', { name: 'The key shop <b>backend</b>' });
    const secret = await shown.locator('code').innerText();
    expect(secret).toMatch(/^atl_live_\w{40}$/);
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await shown.getByRole('button', { name: 'I have stored it' }).click();
    await shown.waitFor({ state: 'detached' });
    expect(await page.content()).not.toContain(secret);
    expect(await page.evaluate('JSON.stringify(localStorage)')).not.toContain(secret);
    expect((await call('GET', '/v1/models/dall-e-3', secret)).status).toBe(200);

    const card = page.getByRole('listitem').filter({ hasText: 'shop <b>backend</b>' });
    await card.getByText('25 credits a month · 60 requests a minute').waitFor();
    await card.getByText(/expires 31 Dec 2099/).waitFor();
    await card.getByRole('button', { name: /^Change/ }).click();
    await card.getByLabel('Name').fill('shop');
    await card.getByLabel('Requests in a minute').fill('');
    await card.getByText('Models: all may be used').click();
    await card.getByLabel('DALL·E 3').check();
    await page.keyboard.press('Escape');
    await card.getByRole('button', { name: 'Save' }).click();
    const renamed = page.getByRole('listitem').filter({ hasText: 'only dall-e-3' });
    await renamed.getByRole('heading', { name: 'shop', exact: true }).waitFor();
    expect(await renamed.innerText()).toContain('25 credits a month · only dall-e-3');

    await renamed.getByRole('button', { name: 'Revoke shop' }).click();
    await page.getByRole('alertdialog').getByText('nobody can bring it back').waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Revoke for good' }).click();
    await renamed.waitFor({ state: 'detached' });
    expect((await call('GET', '/v1/models/dall-e-3', secret)).status).toBe(401);

    // The last live owner key stays, and the question says why.
    await page.getByRole('button', { name: 'Revoke first live key' }).click();
    await page.getByRole('button', { name: 'Revoke for good' }).click();
    await page.getByText(/Nothing was changed\. This is the last live key/).waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('of a developer are its own, with no more than it has; those of the role viewer are none', async () => {
    const developer = await openSettings('keys', await makeKey('developer', 'dev'));
    const { page } = developer;
    await page.getByText('You see your own and those that it made.').waitFor();
    expect(await page.getByRole('heading', { level: 3 }).allInnerTexts()).toStrictEqual([
      'dev\nsigned in with it',
    ]);
    expect(await page.getByRole('button', { name: /^Change/ }).count()).toBe(0);
    await page.getByRole('button', { name: 'Make a key' }).click();
    await page.getByText('A test key makes test keys only.').waitFor();
    expect(await page.getByRole('radio').count()).toBe(3);
    await page.getByLabel('Name').fill('child');
    await page.getByText('Viewer', { exact: true }).click();
    await page.getByRole('button', { name: 'Make the key' }).click();
    const secret = await page.getByRole('alertdialog').locator('code').innerText();
    await page.getByRole('button', { name: 'I have stored it' }).click();
    await page.getByRole('button', { name: 'Revoke child' }).waitFor();
    expect(developer.problems).toEqual([]);
    await page.context().close();

    const viewer = await openSettings('keys', secret);
    await viewer.page.getByText('This section is not for the role of your key.').waitFor();
    expect(await sectionNames(viewer.page)).not.toContain('Keys');
    await viewer.page.getByRole('link', { name: 'Roles' }).click();
    await viewer.page.getByText('your key').waitFor();
    await expectAccessible(viewer.page);
    expect(viewer.problems).toEqual([]);
    await viewer.page.context().close();

    const bound = await openSettings('keys', await makeKey('developer', 'bound', { monthly_credits: 1 }));
    await bound.page.getByText('Your key has limits of its own, so it can’t make others.').waitFor();
    expect(await bound.page.getByRole('button', { name: 'Make a key' }).count()).toBe(0);
    await bound.page.context().close();
  });
});

describe('rules and places', () => {
  it('of the workspace are changed together, kept while typed, and say what is wrong', async () => {
    const { page, problems } = await openSettings('workspace');
    const rules = page.getByRole('form', { name: 'Name and rules' });
    await rules.getByLabel('Name').fill('atelier of the tests');
    await rules.getByText('are refused').click();
    await rules.getByLabel('Minutes that pictures stay').fill('20000');
    await rules.getByText('From 1 to 10080').waitFor();
    await rules.getByLabel('Minutes that pictures stay').fill('10');
    await page.reload();
    expect(await rules.getByLabel('Name').inputValue()).toBe('atelier of the tests');
    await rules.getByRole('button', { name: 'Save' }).click();
    await rules.getByText('Saved.').waitFor();
    await page.getByRole('button', { name: /atelier of the tests.*signing out/ }).waitFor();

    const alerts = page.getByRole('form', { name: 'Alerts' });
    await alerts.getByLabel('Parts of a budget, in percent').fill('50, 120');
    await alerts.getByRole('button', { name: 'Save' }).click();
    await alerts.getByText('Give whole numbers from 1 to 100').waitFor();
    await expectAccessible(page);
    await alerts.getByLabel('Parts of a budget, in percent').fill('90 60%');
    await alerts.getByRole('button', { name: 'Save' }).click();
    await alerts.getByText('Saved.').waitFor();
    const limits = page.getByRole('form', { name: 'Limits' });
    await limits.getByLabel('Stored pictures, MB').fill('1.5');
    await limits.getByRole('button', { name: 'Save' }).click();
    await limits.getByText('Saved.').waitFor();
    expect((await call('GET', '/v1/workspace', server.liveKey)).body).toMatchObject({
      name: 'atelier of the tests',
      retired_models: 'refuse',
      retention: { pictures_s: 600 },
      alerts: { budget_percents: [60, 90] },
      limits: { storage_bytes: 1_500_000 },
    });
    await call('PATCH', '/v1/workspace', server.liveKey, {
      name: 'default',
      limits: { storage_bytes: null },
    });
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('lets requests go to mainland China only after its plain words and the name of the workspace', async () => {
    const { page, problems } = await openSettings('places');
    await page.getByRole('heading', { name: 'Operators in mainland China: not allowed' }).waitFor();
    await page.getByRole('button', { name: 'Allow it…' }).click();
    const question = page.getByRole('alertdialog');
    await question.getByText(/^What leaves:/).waitFor();
    await question
      .getByText(/Qwen.*: .*Alibaba/)
      .first()
      .waitFor();
    await expectAccessible(page);
    const allow = question.getByRole('button', { name: 'Allow it' });
    expect(await allow.isDisabled()).toBe(true);
    await question.getByRole('textbox').fill('Default');
    expect(await allow.isDisabled()).toBe(true);
    await question.getByRole('textbox').fill('default');
    await allow.click();
    await page.getByRole('heading', { name: 'Operators in mainland China: allowed' }).waitFor();
    await page.getByRole('button', { name: 'Stop allowing it' }).click();
    await page.getByRole('heading', { name: 'Operators in mainland China: not allowed' }).waitFor();

    const countries = page.getByLabel('Blocked countries');
    await countries.fill('us, uk');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('No country is called UK.').waitFor();
    await countries.fill('us gb');
    await page.getByText('United States, United Kingdom').waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    expect((await call('GET', '/v1/workspace', server.liveKey)).body).toMatchObject({
      prc_opt_in: false,
      policy: { blocked_countries: ['GB', 'US'] },
    });
    await call('PATCH', '/v1/workspace', server.liveKey, { policy: { blocked_countries: [] } });
    expect(problems).toEqual([]);
    await page.context().close();
  });
});

describe('fallbacks', () => {
  it('are put in order by dragging and by keyboard, and kept while they are put together', async () => {
    const { page, problems } = await openSettings('fallbacks');
    await page.getByText('There are none').waitFor();
    await page.getByRole('button', { name: 'Make a chain' }).click();
    await page.getByLabel('When this model fails').selectOption('dall-e-3');
    await page.getByRole('button', { name: 'Save the chain' }).click();
    await page.getByText('Add at least one model that goes on.').waitFor();
    for (const slug of ['imagen-4', 'gpt-image-2', 'atelier-sketch']) {
      await page.getByLabel('Add a model').selectOption(slug);
    }
    await page.reload();
    const handle = (name: string) => page.getByRole('button', { name: new RegExp(`^Move ${name}`) });
    const order = async () =>
      (await page.locator('form ol > li').allInnerTexts()).map((text) => text.replace(/^\d\.\s*/, ''));
    await handle('Atelier Sketch').waitFor();
    expect(await order()).toStrictEqual(['Imagen 4', 'GPT Image 2', 'Atelier Sketch']);
    await handle('Atelier Sketch').focus();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    expect(await order()).toStrictEqual(['Atelier Sketch', 'Imagen 4', 'GPT Image 2']);
    await page.getByText('Atelier Sketch is now 1 of 3.').waitFor({ state: 'attached' });
    await page.locator(':focus[aria-label^="Move Atelier Sketch, 1 of 3"]').waitFor();
    await expectAccessible(page);

    const centre = async (name: string) => {
      const box = await handle(name).boundingBox();
      if (box === null) throw new Error('no handle');
      return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    };
    const [from, to] = [await centre('Atelier Sketch'), await centre('GPT Image 2')];
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(from.x, (from.y + to.y) / 2 + 4, { steps: 4 });
    await page.mouse.move(to.x, to.y + 8, { steps: 4 });
    await page.mouse.up();
    expect(await order()).toStrictEqual(['Imagen 4', 'GPT Image 2', 'Atelier Sketch']);
    await page.getByRole('button', { name: 'Take out GPT Image 2' }).click();
    await page.getByText('it goes on with the next').first().click();
    await page.getByRole('button', { name: 'Save the chain' }).click();
    await page.getByText('When a provider refuses the content, the request goes on.').waitFor();
    expect((await call('GET', '/v1/fallbacks/dall-e-3', server.liveKey)).body).toMatchObject({
      models: ['imagen-4', 'atelier-sketch'],
      on_moderated: 'continue',
      on_unknown_outcome: 'continue',
    });
    await page.getByRole('button', { name: 'Remove the chain of DALL·E 3' }).click();
    await page.getByRole('button', { name: 'Remove it' }).click();
    await page.getByText('There are none').waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });
});

describe('webhooks', () => {
  it('are made, tested, replayed, given a new secret and deleted; the secret is shown once', async () => {
    const { page, problems } = await openSettings('webhooks', server.testKey);
    await page.getByRole('button', { name: 'Make a webhook' }).click();
    await page.getByLabel('Address').fill('shop.example');
    await page.getByRole('button', { name: 'Make the webhook' }).click();
    await page.getByText('Give a whole address').waitFor();
    // The server has the last word on addresses.
    await page.getByLabel('Address').fill('http://shop.example/hooks');
    await page.getByRole('button', { name: 'Make the webhook' }).click();
    await page.getByText(/Nothing was changed\..*https/).waitFor();
    await expectAccessible(page);
    await page.reload();
    expect(await page.getByLabel('Address').inputValue()).toBe('http://shop.example/hooks');
    await page.getByLabel('Address').fill(receiver.url);
    await page.getByText('A comparison is finished').click();
    await page.getByRole('button', { name: 'Make the webhook' }).click();
    const shown = page.getByRole('alertdialog', { name: 'The secret of the webhook' });
    const secret = await shown.locator('code').innerText();
    expect(secret).toMatch(/^whsec_/);
    await shown.getByRole('button', { name: 'I have stored it' }).click();
    await shown.waitFor({ state: 'detached' });

    await page.getByRole('button', { name: 'Send a test' }).click();
    await page.getByText('The test arrived').waitFor();
    new Webhook(secret).verify(receiver.calls[0]?.body ?? '', { ...receiver.calls[0]?.headers });
    receiver.will(500);
    await page.getByRole('button', { name: 'Send a test' }).click();
    await page.getByText('The test did not arrive').waitFor();
    await page.getByText(/Failing since/).waitFor();
    await page.getByText('Deliveries', { exact: true }).click();
    await page.getByText('Did not arrive').first().waitFor();
    await page.getByText('What is sent').first().click();
    await page.getByText('"type": "webhook.test"').first().waitFor();
    await expectAccessible(page);
    const before = receiver.calls.length;
    await page.getByRole('button', { name: 'Send again' }).first().click();
    await expect.poll(() => receiver.calls.length, { timeout: 30_000 }).toBe(before + 1);
    await page.locator('details').getByText('Did not arrive').waitFor({ state: 'detached' });

    await page.getByRole('button', { name: 'New secret…' }).click();
    await page.getByRole('button', { name: 'Make a new secret' }).click();
    expect(await shown.locator('code').innerText()).not.toBe(secret);
    await shown.getByRole('button', { name: 'I have stored it' }).click();
    await page.getByRole('button', { name: 'Turn off' }).click();
    await page.getByText('Off. Somebody turned it off.').waitFor();
    expect(await page.getByRole('button', { name: 'Send again' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Delete…' }).click();
    await page.getByRole('button', { name: 'Delete it' }).click();
    await page.getByText('There are none: nobody is told of anything.').waitFor();
    expect(await page.evaluate('JSON.stringify(localStorage)')).not.toContain('whsec_');
    expect(problems).toEqual([]);
    await page.context().close();
  });
});

describe('what a role is offered', () => {
  it('is everything for an owner, with the audit log of it', async () => {
    const { page, problems } = await openSettings('audit');
    expect(await sectionNames(page)).toStrictEqual([
      'Keys',
      'Workspace',
      'Where requests go',
      'Fallbacks',
      'Webhooks',
      'Audit log',
      'Roles',
    ]);
    await call('PATCH', '/v1/workspace', server.liveKey, { limits: { monthly_credits: 77 } });
    await page.reload();
    const newest = page.getByRole('main').getByRole('listitem').filter({ hasText: 'limits.monthly_credits' });
    expect(await newest.first().innerText()).toMatch(
      /Settings changed by first live key[\s\S]*monthly_credits: 77/,
    );
    await expectAccessible(page);
    await page.route('**/v1/audit?*', (route) => route.abort());
    await page.reload();
    const alert = page.getByRole('alert');
    await alert.getByText('The audit log can not be read').waitFor();
    await page.unroute('**/v1/audit?*');
    await alert.getByRole('button', { name: 'Try again' }).click();
    await newest.first().waitFor();
    await call('PATCH', '/v1/workspace', server.liveKey, { limits: { monthly_credits: null } });
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('is for a viewer what it may read, with nothing to change', async () => {
    await call('PUT', '/v1/fallbacks/dall-e-3', server.liveKey, { models: ['imagen-4'] });
    const { page, problems } = await openSettings('workspace', await makeKey('viewer', 'guest'));
    expect(await sectionNames(page)).toStrictEqual(['Workspace', 'Where requests go', 'Fallbacks', 'Roles']);
    const main = page.getByRole('main');
    const controls = () => main.locator('button, input, select, form').count();
    await main.getByText('owners and admins change it').waitFor();
    await main.getByText('Retired models').waitFor();
    expect(await controls()).toBe(0);
    await page.getByRole('link', { name: 'Where requests go' }).click();
    await main.getByText('Blocked countries').waitFor();
    expect(await controls()).toBe(0);
    await page.getByRole('link', { name: 'Fallbacks' }).click();
    await main.getByText('Imagen 4').waitFor();
    expect(await controls()).toBe(0);
    await expectAccessible(page);
    await page.goto(`${server.url}/settings/webhooks`);
    await main.getByText('This section is not for the role of your key.').waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });
});
