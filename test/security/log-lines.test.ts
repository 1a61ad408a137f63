/** Log lines are one JSON object each, whatever a request holds: nobody writes lines of their own, or to the terminal. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { startWatchedGateway, type WatchedGateway } from '../support/watched-gateway.js';

const HOSTILE = '\r\n{"level":60,"msg":"forged"}\r\n\u001b[2J\u001b]0;owned\u0007\u009b31m\u2028\u202e';

let gateway: WatchedGateway;
beforeAll(async () => {
  gateway = await startWatchedGateway({});
});
afterAll(async () => {
  await gateway.stop();
});

it('holds no line and no control character of a caller', async () => {
  const encoded = encodeURIComponent(HOSTILE);
  await gateway.call('GET', `/v1/${encoded}`);
  await gateway.call('GET', `/i/${encoded}?sig=${encoded}`);
  await gateway.call('GET', `/v1/images/${encoded}`);
  await gateway.call('POST', '/v1/images/generations', {
    body: { model: HOSTILE, prompt: HOSTILE, [HOSTILE]: HOSTILE },
  });
  await gateway.call('POST', '/v1/images/generations', {
    body: { model: 'atelier-sketch', prompt: HOSTILE, size: '64x64', metadata: { a: HOSTILE } },
  });
  await gateway.call('POST', '/v1/recipes', { body: { name: HOSTILE, request: { prompt: HOSTILE } } });
  await gateway.call('GET', '/v1/admin/workspaces', { key: encoded });
  const lines = gateway.logged();
  expect(lines.length).toBeGreaterThan(10);
  for (const line of lines) {
    // One line, and its end.
    expect(line.endsWith('}\n')).toBe(true);
    expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
    const { msg } = z.looseObject({ msg: z.string().optional() }).parse(JSON.parse(line));
    expect(msg).not.toBe('forged');
  }
});
