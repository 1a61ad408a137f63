import { expect, it } from 'vitest';
import { startTestServer } from '../support/server.js';

it('the reader of the API document is served whole, to everybody, and again', async () => {
  const server = await startTestServer();
  for (let times = 0; times < 2; times += 1) {
    const page = await fetch(`${server.url}/docs/reference`);
    expect(page.status).toBe(200);
    const html = await page.text();
    expect(html).toContain('Atelier API');
    const [, script = ''] = /src="([^"]+\.js)"/.exec(html) ?? [];
    const answer = await fetch(new URL(script, page.url));
    expect(answer.status).toBe(200);
    expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(1_000_000);
  }
  expect((await fetch(`${server.url}/docs/reference/nothing`)).status).toBe(404);
  await server.stop();
});
