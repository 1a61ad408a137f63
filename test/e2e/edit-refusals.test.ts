import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { IncomingMessage, request, type ClientRequest } from 'node:http';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { failure, generation } from '../support/answers.js';
import { ADMIN_TOKEN, startTestServer, type TestServer } from '../support/server.js';

const EDGE = 256;
const BLUE = [51, 102, 204] as const;

let server: TestServer;
let source: Buffer;
let mask: Buffer;
/** The source as JSON bodies carry it. */
let address: string;

beforeAll(async () => {
  source = await plain(BLUE);
  mask = await rightHalf();
  address = dataUri(source);
  server = await startTestServer();
});
afterAll(async () => {
  await server.stop();
});

function plain([r, g, b]: readonly [number, number, number]): Promise<Buffer> {
  return sharp({ create: { width: EDGE, height: EDGE, channels: 3, background: { r, g, b } } })
    .png()
    .toBuffer();
}

/** Opaque on the left, clear on the right, where it is to be repainted. */
function rightHalf(): Promise<Buffer> {
  const pixels = Buffer.alloc(EDGE * EDGE * 4, 255);
  for (let at = 0; at < EDGE * EDGE; at += 1) pixels[at * 4 + 3] = at % EDGE < EDGE / 2 ? 255 : 0;
  return sharp(pixels, { raw: { width: EDGE, height: EDGE, channels: 4 } })
    .png()
    .toBuffer();
}

const dataUri = (bytes: Buffer) => `data:image/png;base64,${bytes.toString('base64')}`;
const file = (bytes: Buffer, name = 'picture.png') => new File([new Uint8Array(bytes)], name);

function formOf(...parts: readonly (readonly [string, string | File])[]): FormData {
  const form = new FormData();
  for (const [name, value] of parts) form.append(name, value);
  return form;
}

const wish = {
  model: 'gemini-2-5-flash-image',
  prompt: 'a red balloon',
  size: '256x256',
  response_format: 'url',
};
const FIELDS = Object.entries(wish);

describe('an edit is refused', () => {
  const code = (answer: { body: unknown }) => failure.parse(answer.body).error;
  const makeKey = async (role: string) => {
    const made = await server.call('POST', '/v1/keys', {
      key: server.liveKey,
      body: { kind: 'test', role, name: role },
    });
    return z.object({ key: z.string() }).parse(made.body).key;
  };

  it('with a picture of another workspace or mode, as with none at all', async () => {
    const made = await server.call('POST', '/v1/admin/workspaces', {
      key: ADMIN_TOKEN,
      body: { name: 'other', credits: 100 },
    });
    const { id: workspace } = z.object({ id: z.string() }).parse(made.body);
    const answer = await server.call('POST', '/v1/admin/keys', {
      key: ADMIN_TOKEN,
      body: { workspace, kind: 'test', role: 'developer', name: 'other' },
    });
    const other = z.object({ key: z.string() }).parse(answer.body).key;
    const sketch = { model: 'atelier-sketch', prompt: 'a pond', size: '64x64' };
    const theirs = generation.parse((await server.generate(sketch, other)).body).data[0]?.id ?? '';
    const live = generation.parse((await server.generate(sketch, server.liveKey)).body).data[0]?.id ?? '';
    expect((await server.edit({ ...wish, image: { image_id: theirs } }, other)).status).toBe(200);
    for (const id of [theirs, live, 'img_000000000000000000000000']) {
      for (const image of [id, { image_id: id }, { file_id: id }, [address, { image_id: id }]]) {
        const refused = await server.edit({ ...wish, image });
        expect(refused.status).toBe(404);
        expect(code(refused)).toMatchObject({
          code: 'not_found',
          param: Array.isArray(image) ? 'image[1]' : 'image',
        });
      }
      const asMask = await server.edit({ ...wish, image: address, mask: { image_id: id } });
      expect(code(asMask)).toMatchObject({ code: 'not_found', param: 'mask' });
    }
    const file = await server.edit({ ...wish, image: { file_id: 'file-abc' } });
    expect(file.status).toBe(404);
    expect(code(file)).toMatchObject({ code: 'file_not_found', param: 'image' });
  });

  it('with a picture whose time is over', async () => {
    const made = generation.parse((await server.generate(wish)).body).data[0]?.id ?? '';
    try {
      const paths = ['/v1/images/edits', '/v1/images/plan'];
      for (const [time, path] of ['2026-11-22T13:00:00Z', '2026-11-22T13:00:01Z'].flatMap((at) =>
        paths.map((to) => [at, to] as const),
      )) {
        server.setTime(new Date(time));
        // Whether or not its bytes are still there.
        if (time.endsWith('01Z')) await server.sweep();
        const refused = await server.call('POST', path, {
          key: server.testKey,
          body: { ...wish, image: { image_id: made } },
        });
        expect(refused.status).toBe(410);
        expect(code(refused)).toMatchObject({ code: 'image_expired', param: 'image' });
      }
    } finally {
      server.setTime(new Date('2026-11-22T12:00:00Z'));
    }
  });

  it.each(['viewer', 'billing'])('to a %s before anything of the body is read', async (role) => {
    const key = await makeKey(role);
    for (const path of ['/v1/images/edits', '/v1/images/plan']) {
      for (const type of ['multipart/form-data; boundary=x', 'application/json']) {
        const asked = request(server.url + path, {
          method: 'POST',
          headers: { authorization: `Bearer ${key}`, 'content-type': type, 'content-length': 10_000_000 },
        });
        asked.flushHeaders();
        const response = await answerOf(asked);
        asked.on('error', () => {
          // The rest of the body is never sent.
        });
        asked.destroy();
        expect(response.status).toBe(403);
        expect(code(response).code).toBe('permission_denied');
      }
    }
  });

  it('with a field that does not exist, naming the nearest', async () => {
    const misspelt = await server.edit({ ...wish, imge: address });
    expect(code(misspelt)).toMatchObject({ code: 'unknown_parameter', param: 'imge', nearest: 'image' });
    const inForm = await server.edit(formOf(...FIELDS, ['image', file(source)], ['promt', 'x']));
    expect(code(inForm)).toMatchObject({ code: 'unknown_parameter', param: 'promt', nearest: 'prompt' });
    const fileField = await server.edit(formOf(...FIELDS, ['image', file(source)], ['msk', file(mask)]));
    expect(code(fileField)).toMatchObject({ code: 'unknown_parameter', param: 'msk', nearest: 'mask' });
    const inner = await server.edit({ ...wish, image: { imag_url: address } });
    expect(code(inner)).toMatchObject({ code: 'invalid_request', param: 'image', nearest: 'image_url' });
  });

  it('with a field twice', async () => {
    for (const [name, value] of [...FIELDS, ['n', '1'] as const]) {
      const form = formOf(...FIELDS, ['n', '1'], ['image', file(source)], [name, value]);
      expect(code(await server.edit(form))).toMatchObject({ code: 'invalid_request', param: name });
    }
    const masks = formOf(...FIELDS, ['image', file(source)], ['mask', file(mask)], ['mask', file(mask)]);
    expect(code(await server.edit(masks))).toMatchObject({ code: 'invalid_request', param: 'mask' });
    const both = { ...wish, image: address, mask: dataUri(mask), mask_base64: mask.toString('base64') };
    expect(code(await server.edit(both))).toMatchObject({ code: 'invalid_request', param: 'mask_base64' });
  });

  it.each([
    '/etc/passwd',
    '../../../../etc/passwd',
    'C:\\Windows\\win.ini',
    '\\\\host\\share\\picture.png',
    'file:///etc/passwd',
    'FILE:/etc/passwd',
    'ftp://127.0.0.1/picture.png',
    'gopher://127.0.0.1:70/_x',
    'javascript:alert(1)',
    'picture.png',
    '@/etc/passwd',
    'data:text/plain,hello',
    'data:image/png,hello',
    '',
    ' ',
  ])('with the text %j for a picture, which is never read as a path', async (text) => {
    const bodies = [
      { ...wish, image: text },
      { ...wish, image: { image_url: text } },
      { ...wish, images: [address, text] },
      { ...wish, image: { image_id: text } },
      { ...wish, image: { file_id: text } },
      { ...wish, image: address, mask: text },
      formOf(...FIELDS, ['image', text]),
      formOf(...FIELDS, ['image', file(source)], ['mask', text]),
    ];
    for (const body of bodies) {
      const refused = await server.edit(body);
      expect(refused.status).toBe(400);
      expect(code(refused).param).toMatch(/^(image|mask)/);
      expect(JSON.stringify(refused.body)).not.toMatch(/root:|ENOENT|fonts/);
    }
  });

  it('without a picture, and with what is none', async () => {
    for (const image of [
      undefined,
      null,
      [],
      {},
      42,
      true,
      [[address]],
      { image_url: address, image_id: 'x' },
    ]) {
      const refused = await server.edit({ ...wish, image });
      expect(refused.status).toBe(400);
      expect(code(refused)).toMatchObject({ code: 'invalid_request' });
      expect(code(refused).param).toMatch(/^image/);
    }
    expect(code(await server.edit(formOf(...FIELDS)))).toMatchObject({ param: 'image' });
    expect(code(await server.edit({ ...wish, model: 'dall-e-3', image: address }))).toMatchObject({
      code: 'edit_not_supported',
      param: 'model',
    });
    const text = await server.call('POST', '/v1/images/edits', { key: server.testKey, raw: 'x' });
    expect(text.status).toBe(415);
  });

  it('with a mask that no part of the picture could follow', async () => {
    const wide = await sharp(mask)
      .resize(EDGE, EDGE / 2, { fit: 'fill' })
      .png()
      .toBuffer();
    for (const wrong of [source, wide]) {
      const refused = await server.edit({ ...wish, image: address, mask: dataUri(wrong) });
      expect(code(refused)).toMatchObject({ code: 'invalid_image', param: 'mask' });
    }
  });
});

describe('the inputs of an edit', () => {
  it('stay while its pictures live, and go after', async () => {
    const own = await startTestServer({ env: { ATELIER_LINK_TTL_S: '86400' } });
    try {
      const [edited, planned] = await Promise.all([plain([200, 20, 20]), plain([20, 200, 20])]);
      const parts = [
        ['image', file(edited)],
        ['mask', file(mask)],
      ] as const;
      expect((await own.edit(formOf(...FIELDS, ...parts))).body).toMatchObject({ status: 'succeeded' });
      await own.edit({ ...wish, dry_run: true, image: dataUri(planned) });
      const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
      const stored = () => Promise.all([edited, mask, planned].map((bytes) => own.blobs.has(hashOf(bytes))));
      expect(await stored()).toEqual([true, true, true]);
      own.setTime(new Date('2026-11-22T18:30:00Z'));
      await own.sweep();
      // Past the grace for blobs that nothing refers to, which the plan's picture is.
      expect(await stored()).toEqual([true, true, false]);
      own.setTime(new Date('2026-11-23T12:00:01Z'));
      await own.sweep();
      expect(await stored()).toEqual([false, false, false]);
    } finally {
      await own.stop();
    }
  });
});

/** An answer that may come before the body has been sent. */
async function answerOf(asked: ClientRequest): Promise<{ status: number; body: unknown }> {
  const [response] = z.tuple([z.instanceof(IncomingMessage)]).parse(await once(asked, 'response'));
  const body: unknown = JSON.parse((await response.toArray()).join(''));
  return { status: response.statusCode ?? 0, body };
}
