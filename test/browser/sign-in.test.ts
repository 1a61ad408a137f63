/** Signing in, in a real browser against the built server. */
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { expectAccessible, launchBrowser, openPage, signIn } from '../support/browser.js';
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

describe('signing in', () => {
  it('refuses a wrong key with its reason, takes the right one, and keeps it from scripts', async () => {
    const context = await browser.newContext();
    const { page, problems } = await openPage(context);
    await page.goto(server.url);
    await page.getByLabel('Key', { exact: true }).fill('atl_test_wrong');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('This API key is unknown, revoked or expired.').waitFor();
    await expectAccessible(page);
    await signIn(page, server.testKey);
    await page.getByText('test credits, pictures are drawn by emulators').waitFor();

    const readable = z
      .array(z.string())
      .parse(
        await page.evaluate(
          '[document.cookie, JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage }), document.documentElement.outerHTML]',
        ),
      );
    expect(readable.join()).not.toContain(server.testKey);
    expect(readable[0]).toBe('');

    await page.getByRole('button', { name: /signing out/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in with your key' }).waitFor();
    expect(problems).toEqual([]);
    await context.close();
  });

  it('holds two keys, switches between them, and shows the mode of each', async () => {
    const context = await browser.newContext();
    const { page, problems } = await openPage(context);
    await page.goto(server.url);
    await signIn(page, server.liveKey);
    const testMode = page.getByText('Test mode');
    expect(await testMode.count()).toBe(0);
    await page.getByRole('button', { name: /signing out/ }).click();
    await page.getByRole('menuitem', { name: 'Sign in with another key' }).click();
    await signIn(page, server.testKey);
    await testMode.waitFor();
    await page.getByRole('button', { name: /signing out/ }).click();
    await expectAccessible(page);
    await page.getByRole('menuitemradio', { name: /live/ }).click();
    await testMode.waitFor({ state: 'detached' });
    await page.reload();
    await page.getByText('1,000 credits').waitFor();
    expect(problems).toEqual([]);
    await context.close();
  });
});

describe('another site', () => {
  let elsewhere: Server;
  let address: string;

  beforeAll(async () => {
    const body = JSON.stringify({ model: 'atelier-sketch', prompt: 'a pear' });
    const html = `<!doctype html><title>elsewhere</title>
<form method="post" action="${server.url}/v1/session" target="frame"><input name="key" value="x"></form>
<iframe name="frame"></iframe>
<iframe id="framed" src="${server.url}/"></iframe>
<script>
window.attempts = Promise.allSettled([
  fetch('${server.url}/v1/images/generations', { method: 'POST', credentials: 'include', mode: 'no-cors', body: '${body}' }),
  fetch('${server.url}/v1/images/generations', { method: 'POST', credentials: 'include',
    headers: { 'x-atelier-session': '1', 'content-type': 'application/json' }, body: '${body}' }),
  fetch('${server.url}/v1/session', { method: 'DELETE', credentials: 'include', headers: { 'x-atelier-session': '1' } }),
  fetch('${server.url}/v1/credits', { credentials: 'include' }).then((answer) => answer.text()),
]).then((results) => results.map(({ status }) => status));
document.forms[0].submit();
</script>`;
    elsewhere = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html').end(html);
    }).listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    const { port } = z.object({ port: z.number() }).parse(elsewhere.address());
    // Another site than 127.0.0.1 to a browser.
    address = `http://localhost:${port}/`;
  });
  afterAll(() => {
    elsewhere.close();
  });

  it('can do nothing with the cookie, and can not frame the page', async () => {
    const context = await browser.newContext();
    const { page, problems } = await openPage(context);
    await page.goto(server.url);
    await signIn(page, server.testKey);
    const stranger = await context.newPage();
    await stranger.goto(address);
    const outcomes = z.array(z.string()).parse(await stranger.evaluate('window.attempts.then((all) => all)'));
    // The first was sent, as browsers do, without the cookie; the others were stopped or could not be read.
    expect(outcomes.slice(1)).toEqual(['rejected', 'rejected', 'rejected']);
    const framed = stranger.frames().find((frame) => frame.url().startsWith(server.url));
    expect(framed === undefined ? '' : await framed.evaluate('document.body.innerText')).not.toContain(
      'Sign',
    );

    const left = await page.evaluate(async () => {
      const read = async (path: string) => (await fetch(path)).text();
      return [await read('/v1/session'), await read('/v1/images/generations')];
    });
    expect(z.object({ keys: z.array(z.unknown()) }).parse(JSON.parse(left[0] ?? '')).keys).toHaveLength(1);
    expect(z.object({ data: z.array(z.unknown()) }).parse(JSON.parse(left[1] ?? '')).data).toEqual([]);
    expect(problems).toEqual([]);
    await context.close();
  });
});
