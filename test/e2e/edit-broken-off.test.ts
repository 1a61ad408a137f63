/** Edits whose pictures stop coming, as the half-written files of the disk show it. */
import { request } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.js';

const formHead =
  '--x\r\ncontent-disposition: form-data; name="image[]"; filename="a.png"\r\ncontent-type: image/png\r\n\r\n';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server.stop();
});

it('an upload that breaks off in the middle leaves nothing behind', async () => {
  for (const [type, head] of [
    ['multipart/form-data; boundary=x', formHead],
    ['application/json', '{"image_base64": "'],
  ] as const) {
    const asked = request(`${server.url}/v1/images/edits`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.testKey}`, 'content-type': type },
    });
    asked.on('error', () => {
      // It is us who hang up.
    });
    asked.write(head);
    asked.write(Buffer.alloc(700 * 1024, 'A'));
    await expect
      .poll(async () => (await server.blobs.halves()).length, { timeout: 10_000 })
      .toBeGreaterThan(0);
    asked.destroy();
    await expect.poll(server.blobs.halves, { timeout: 10_000 }).toEqual([]);
  }
});

it('an upload that breaks off leaves a server that stops at once', async () => {
  const own = await startTestServer();
  const asked = request(`${own.url}/v1/images/edits`, {
    method: 'POST',
    headers: { authorization: `Bearer ${own.testKey}`, 'content-type': 'multipart/form-data; boundary=x' },
  });
  asked.on('error', () => {
    // It is us who hang up.
  });
  asked.write(formHead);
  asked.write(Buffer.alloc(700 * 1024, 'A'));
  await expect.poll(async () => (await own.blobs.halves()).length, { timeout: 10_000 }).toBe(1);
  asked.destroy();
  const begin = performance.now();
  await own.stop();
  expect(performance.now() - begin).toBeLessThan(5_000);
});
