/**
 * A provider behind TLS that fails: certificates that have expired, are for another name or signed by nobody who is
 * trusted, handshakes that are cut, a port that does not speak TLS. Nothing was sent, and that is known: the route is tried
 * again, the next one is used, and everything works once the certificate is mended.
 */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { createTestFolder } from '../factories/temporary-folder.js';
import { fetchPicture, generation } from '../support/answers.js';
import { startEmulators, type Emulators } from '../support/emulators.js';
import { startGatewayProcess, type GatewayProcess } from '../support/gateway-process.js';
import { createOwnCertificates, type OwnCertificates } from '../support/own-certificates.js';
import { ADMIN_TOKEN, expectBalancedBooks, LIVE_KEY, type Answer } from '../support/server.js';
import { startTlsFront, type TlsFront, type TlsManner } from '../support/tls-front.js';

const folder = createTestFolder();
let certificates: OwnCertificates;
let emulators: Emulators;
let front: TlsFront;
let gateway: GatewayProcess;

beforeAll(async () => {
  certificates = await createOwnCertificates();
  emulators = await startEmulators();
  front = await startTlsFront(emulators.root, certificates.good);
  gateway = await startGatewayProcess({
    ATELIER_DATA_DIR: folder.path,
    ATELIER_ADMIN_TOKEN: ADMIN_TOKEN,
    ATELIER_BOOTSTRAP_KEY: LIVE_KEY,
    ATELIER_PAINTER_THREADS: '1',
    OPENAI_API_KEY: 'key-of-openai',
    OPENAI_BASE_URL: `${front.url}/openai/v1`,
    // Another way to a picture, without TLS.
    FLUX_BASE_URL: `${emulators.root}/openai-images/v1`,
    NODE_EXTRA_CA_CERTS: certificates.authorityFile,
  });
});
afterAll(async () => {
  await gateway.kill();
  await front.close();
  await emulators.close();
  certificates.remove();
  folder.remove();
});
beforeEach(async () => {
  await call('POST', '/v1/admin/routes/reset', { key: ADMIN_TOKEN });
  emulators.forget();
});

async function call(
  method: string,
  pathname: string,
  { key = LIVE_KEY, body }: { readonly key?: string | undefined; readonly body?: unknown } = {},
): Promise<Answer> {
  const response = await fetch(gateway.url + pathname, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

const draw = (more: Readonly<Record<string, unknown>> = {}) =>
  call('POST', '/v1/images/generations', {
    body: { model: 'gpt-image-2', prompt: 'a red fox', size: '1024x1024', response_format: 'url', ...more },
  });

async function expectPicture(answer: Answer): Promise<void> {
  expect([answer.status, answer.body]).toMatchObject([200, {}]);
  const made = generation.parse(answer.body);
  expect(made.credits_used).toBeGreaterThan(0);
  await fetchPicture(made.data[0]?.url);
}

const refusal = z.object({
  error: z.looseObject({ code: z.string(), message: z.string(), attempts: z.array(z.unknown()) }),
});

const MANNERS: readonly (readonly [string, () => TlsManner, RegExp])[] = [
  ['a certificate that has expired', () => certificates.expired, /its certificate has expired/],
  ['a certificate for another name', () => certificates.otherName, /its certificate is for another name/],
  ['a self-signed certificate', () => certificates.selfSigned, /signed by nobody who is trusted here/],
  ['a handshake that is cut', () => 'cut', /can not be reached/],
  ['plain HTTP on the port', () => 'plain', /it does not speak TLS there/],
];

it.each(MANNERS)('%s: nothing is sent, nothing is charged', async (_name, manner, message) => {
  front.behave(manner());
  const before = front.connections;
  const answer = await draw({ fallback: false });
  const { error } = refusal.parse(answer.body);
  expect([answer.status, error.code, answer.headers.get('x-should-retry')]).toStrictEqual([
    503,
    'upstream_unavailable',
    'true',
  ]);
  expect(error.message).toMatch(message);
  // Tried again, since nothing can have been billed.
  expect(error.attempts).toHaveLength(3);
  expect(front.connections - before).toBeGreaterThanOrEqual(3);
  expect(emulators.records).toStrictEqual([]);
  // Another model serves meanwhile.
  const served = await draw({ fallback: ['flux-1-pro'] });
  expect(generation.parse(served.body).model).toBe('flux-1-pro');
  await expectPicture(served);
  front.behave(certificates.good);
  await call('POST', '/v1/admin/routes/reset', { key: ADMIN_TOKEN });
  await expectPicture(await draw());
});

it('a route that was paused for its certificate serves again by itself once that is mended', async () => {
  front.behave(certificates.expired);
  for (let times = 0; times < 2; times += 1) expect((await draw({ fallback: false })).status).toBe(503);
  const before = front.connections;
  const paused = await draw({ fallback: false });
  expect([paused.status, front.connections - before]).toStrictEqual([503, 0]);
  expect(paused.headers.get('retry-after')).toMatch(/^\d+$/);
  front.behave(certificates.good);
  await expect
    .poll(async () => (await draw({ fallback: false })).status, { interval: 500, timeout: 30_000 })
    .toBe(200);
  await expectBalancedBooks((method, pathname, options) => call(method, pathname, options), LIVE_KEY);
});
