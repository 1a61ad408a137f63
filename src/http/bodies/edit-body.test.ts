import { Readable } from 'node:stream';
import fc from 'fast-check';
import Fastify from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { request as call } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openTestStores, type TestStores } from '../../../test/factories/stores.js';
import { AppError } from '../../errors.js';
import { InputIntake } from '../../images/intake.js';
import { FailureCounter } from '../../limits/failure-counter.js';
import { ClientAddresses } from '../../net/client-addresses.js';
import { PictureFetcher } from '../../net/picture-fetcher.js';
import { requireKey } from '../auth.js';
import type { App } from '../context.js';
import { decorateClientAddress } from '../client-address.js';
import { FailedKeys } from '../failed-keys.js';
import { readEditBody } from './edit-body.js';
import { acceptPictureBodies } from './picture-body-parsers.js';

const MAX_BYTES = 4096;
const BASE = { model: 'painter-1', prompt: 'make it snow' };

let stores: TestStores;
let secret: string;
let app: App;
let base: string;
const refusal = z.object({
  code: z.string().optional(),
  param: z.string().optional(),
  message: z.string().optional(),
});
/** What was read of every body that was taken. */
const reads: ReturnType<typeof readEditBody>[] = [];

beforeAll(async () => {
  stores = await openTestStores();
  const { workspaceId } = await stores.createAccount(0);
  ({ secret } = await stores.workspaces.createKey({
    workspaceId,
    name: 'tests',
    mode: 'live',
    role: 'developer',
  }));
  const intake = new InputIntake({
    pictures: stores.pictures,
    generations: stores.generations,
    files: stores.files,
    fetcher: new PictureFetcher({ allowedHosts: [], maxBytes: MAX_BYTES, timeoutMs: 1000, maxRedirects: 0 }),
    clock: () => stores.clock.now,
    maxBytes: MAX_BYTES,
    maxPixels: 1_000_000,
  });
  app = Fastify().withTypeProvider<ZodTypeProvider>();
  app.decorateRequest('caller', null);
  decorateClientAddress(app, new ClientAddresses([]));
  app.addHook(
    'onRequest',
    requireKey({
      workspaces: stores.workspaces,
      sessions: stores.sessions,
      publicUrl: () => 'http://127.0.0.1',
      failedKeys: new FailedKeys({
        counter: new FailureCounter({ name: 'keys', redis: undefined }),
        max: 60,
        onTooMany: () => {},
      }),
    }),
  );
  app.setErrorHandler((error, _request, reply) => {
    if (!(error instanceof AppError)) throw error;
    return reply.status(error.status).send({ code: error.code, param: error.param, message: error.message });
  });
  await acceptPictureBodies(app, intake, 1024 * 1024);
  app.post('/edit', (request) => {
    reads.push(readEditBody(request));
    return {};
  });
  base = await app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(async () => {
  await app.close();
  await stores.close();
});

/** Sends a body in pieces of a given length. @returns status, code and param of a refusal, or what was read */
async function send(contentType: string, body: Buffer, pieceBytes = 65_536) {
  const before = reads.length;
  const pieces = Array.from({ length: Math.ceil(body.length / pieceBytes) }, (_, index) =>
    body.subarray(index * pieceBytes, (index + 1) * pieceBytes),
  );
  const answer = await call(`${base}/edit`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': contentType },
    body: Readable.from(pieces),
  });
  const refused = refusal.parse(await answer.body.json());
  return { status: answer.statusCode, ...refused, read: reads[before] };
}

const sendJson = (fields: Readonly<Record<string, unknown>>, pieceBytes?: number) =>
  send('application/json', Buffer.from(JSON.stringify({ ...BASE, ...fields })), pieceBytes);

async function sendForm(
  parts: readonly (readonly [name: string, value: string | Uint8Array])[],
  pieceBytes?: number,
) {
  const form = new FormData();
  for (const [name, value] of [...Object.entries(BASE), ...parts]) {
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, new Blob([Uint8Array.from(value)], { type: 'image/png' }), 'picture');
  }
  const encoded = new Response(form);
  return send(
    encoded.headers.get('content-type') ?? '',
    Buffer.from(await encoded.arrayBuffer()),
    pieceBytes,
  );
}

type Read = Awaited<ReturnType<typeof send>>['read'];

/** The bytes that were stored of every picture, in order, the mask last. */
function bytesIn(read: Read): Promise<readonly string[]> {
  const { inputs = [], mask } = read?.given ?? {};
  return Promise.all(
    [...inputs, ...(mask === undefined ? [] : [mask])].map(async ({ picture }) =>
      picture.kind === 'stored'
        ? (await stores.pictures.readBuffer(picture.stored.sha256)).toString('hex')
        : picture.kind,
    ),
  );
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const dataUri = (bytes: Uint8Array) => `data:image/png;base64,${base64(bytes)}`;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('pictures in a body', () => {
  it('are the same bytes however they are sent and cut', async () => {
    const picture = fc.uint8Array({ minLength: 1, maxLength: 300 });
    const all = fc.tuple(
      fc.array(picture, { minLength: 1, maxLength: 3 }),
      picture,
      fc.integer({ min: 1, max: 500 }),
    );
    await fc.assert(
      fc.asyncProperty(all, async ([images, mask, pieceBytes]) => {
        const expected = [...images, mask].map(hex);
        const sent = [
          await sendForm(
            [['mask', mask], ...images.map((image) => ['image[]', image] as const), ['n', '2']],
            pieceBytes,
          ),
          await sendJson({ n: 2, mask: dataUri(mask), image: images.map(dataUri) }, pieceBytes),
          await sendJson({ image_base64: images.map(base64), n: 2, mask_base64: base64(mask) }, pieceBytes),
          await sendJson(
            {
              images: images.map((image) => ({ image_url: dataUri(image) })),
              mask: { b64_json: base64(mask) },
              n: 2,
            },
            pieceBytes,
          ),
        ];
        for (const { status, message, read } of sent) {
          expect([status, message]).toEqual([200, undefined]);
          expect(await bytesIn(read)).toEqual(expected);
          expect(read?.written).toEqual({ ...BASE, n: 2 });
        }
      }),
      { numRuns: 25, seed: 22_11 },
    );
  });

  it.each([
    ['https://example.com/a.png', 'url'],
    [{ image_url: 'http://example.com/a.png' }, 'url'],
    [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }, 'url'],
    ['img_abc', 'image'],
    [{ image_id: 'img_abc' }, 'image'],
    [{ file_id: 'img_abc' }, 'image'],
    ['file_abc', 'file'],
    [{ file_id: 'file-abc' }, 'file'],
  ])('can be named: %j', async (image, kind) => {
    const { read } = await sendJson({ image });
    expect(read?.given?.inputs.map(({ picture }) => picture.kind)).toEqual([kind]);
  });

  it.each([
    [{ image: 'cGljdHVyZQ==' }, 'invalid_request', 'image'],
    [{ image: 'data:text/plain,hello' }, 'invalid_image', 'image'],
    [{ image: ['img_a', 7] }, 'invalid_request', 'image[1]'],
    [{ image: { image_url: 'img_a', file_id: 'file-a' } }, 'invalid_request', 'image'],
    [{ image: { image_id: '../secret' } }, 'invalid_request', 'image.image_id'],
    [{ images: [{ url: 'ftp://example.com/a.png' }] }, 'invalid_request', 'images[0].url'],
    [{ image: 'img_a', mask: 'img_b', mask_base64: 'AAAA' }, 'invalid_request', 'mask_base64'],
    [{ image_base64: '*' }, 'invalid_image', 'image'],
    [{ image: { $picture: 0 } }, 'invalid_json', undefined],
    [{ image: 'img_a', imgae: 'img_b' }, 'unknown_parameter', 'imgae'],
    [{ image: 'img_a', n: 11 }, 'invalid_request', 'n'],
  ])('are refused by name: %j', async (fields, code, param) => {
    const { status, code: found, param: named } = await sendJson(fields);
    expect([status >= 400 && status < 500, found, named ?? undefined]).toEqual([true, code, param]);
  });

  it.each([
    ['JSON', () => sendJson({ image_base64: base64(new Uint8Array(700_000)) })],
    ['a form', () => sendForm([['image_base64', new Uint8Array(700_000)]])],
  ])('are refused by name when they are too large, long before the end of %s', async (_, sendLarge) => {
    const { status, code, param } = await sendLarge();
    expect([status, code, param]).toEqual([413, 'payload_too_large', 'image_base64']);
  });

  it('are sent as files in a form, which says so of base64 and data URIs', async () => {
    const bytes = Uint8Array.of(1, 2, 3, 4);
    const asBase64 = await sendForm([['image_base64', base64(bytes)]]);
    const asUri = await sendForm([['image', dataUri(bytes)]]);
    expect([asBase64.code, asBase64.param]).toEqual(['invalid_request', 'image_base64']);
    expect([asUri.code, asUri.param]).toEqual(['invalid_request', 'image']);
  });

  it('refuses a form’s fields that are sent twice and files that are too large, by name', async () => {
    const twice = await sendForm([
      ['n', '1'],
      ['n', '2'],
    ]);
    expect([twice.code, twice.param]).toEqual(['invalid_request', 'n']);
    const large = await sendForm([['image', new Uint8Array(MAX_BYTES + 1)]]);
    expect([large.code, large.param]).toEqual(['payload_too_large', 'image']);
  });

  it('are none where none are given', async () => {
    const { read } = await sendJson({ image: null });
    expect(read).toEqual({ written: BASE, given: undefined });
  });
});
