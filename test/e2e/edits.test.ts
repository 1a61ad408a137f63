import { once } from 'node:events';
import { createServer } from 'node:http';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { failure, fetchPicture, generation } from '../support/answers.js';
import { startTestServer, type TestServer } from '../support/server.js';

const EDGE = 256;
const BLUE = [51, 102, 204] as const;
/** Takes masks and pictures of this size as they are. */
const MODEL = 'gemini-2-5-flash-image';

const host = createServer((_request, response) => {
  response.setHeader('content-type', 'image/png').end(source);
});

let server: TestServer;
let source: Buffer;
let mask: Buffer;
let address: string;

beforeAll(async () => {
  source = await plain(BLUE);
  mask = await rightHalf();
  await once(host.listen(0, '127.0.0.1'), 'listening');
  const { port } = z.object({ port: z.number() }).parse(host.address());
  address = `http://127.0.0.1:${port}/blue.png`;
  server = await startTestServer({ env: { ATELIER_INPUT_HOSTS: `127.0.0.1:${port}` } });
});
afterAll(async () => {
  host.close();
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

/** Left half untouched to the last bit, right half changed: both pictures arrived and were used. */
async function expectMasked(body: unknown, original = source): Promise<void> {
  const { data } = generation.parse(body);
  const { bytes } = await fetchPicture(data[0]?.url);
  const half = (picture: Buffer, left: number) =>
    sharp(picture)
      .removeAlpha()
      .extract({ left, top: 0, width: EDGE / 2, height: EDGE })
      .raw()
      .toBuffer();
  expect((await half(bytes, 0)).equals(await half(original, 0))).toBe(true);
  expect((await half(bytes, EDGE / 2)).equals(await half(original, EDGE / 2))).toBe(false);
}

const wish = { model: MODEL, prompt: 'a red balloon', size: '256x256', response_format: 'url' };
const FIELDS = Object.entries(wish);

describe('a picture given as JSON', () => {
  it.each([
    ['an address', () => ({ image: address })],
    ['an address in an object', () => ({ image: { image_url: address } })],
    ['an address in a list', () => ({ images: [{ image_url: address }] })],
    ['a data URI', () => ({ image: dataUri(source) })],
    ['a data URI in an object', () => ({ image: { image_url: dataUri(source) } })],
    ['a data URI in a list', () => ({ image: [dataUri(source)] })],
    ['base64', () => ({ image_base64: source.toString('base64') })],
    [
      'base64 with its type',
      () => ({ image_base64: source.toString('base64'), image_mime_type: 'image/png' }),
    ],
    [
      'base64 with a wrong type',
      () => ({ image_base64: source.toString('base64'), image_mime_type: 'image/jpeg' }),
    ],
  ])('as %s', async (_name, picture) => {
    const answer = await server.edit({ ...wish, ...picture(), mask_base64: mask.toString('base64') });
    expect(answer.body).toMatchObject({ status: 'succeeded' });
    await expectMasked(answer.body);
  });

  it.each([
    ['a data URI', () => ({ mask: dataUri(mask) })],
    ['an object', () => ({ mask: { image_url: dataUri(mask) } })],
    ['base64', () => ({ mask_base64: mask.toString('base64') })],
  ])('with a mask as %s', async (_name, given) => {
    await expectMasked((await server.edit({ ...wish, image: address, ...given() })).body);
  });

  it.each([
    ['image_id', (id: string) => ({ image: { image_id: id } })],
    ['file_id', (id: string) => ({ image: { file_id: id } })],
    ['images[].image_id', (id: string) => ({ images: [{ image_id: id }] })],
    ['the id alone', (id: string) => ({ image: id })],
  ])('as an earlier picture by %s', async (_name, given) => {
    const made = generation.parse((await server.generate({ ...wish, prompt: 'a pond' })).body).data[0];
    const { bytes } = await fetchPicture(made?.url);
    const answer = await server.edit({ ...wish, ...given(made?.id ?? ''), mask: dataUri(mask) });
    expect(answer.body).toMatchObject({ parents: [made?.id] });
    await expectMasked(answer.body, bytes);
  });

  it('mixes several kinds, in their order', async () => {
    const plan = await server.call('POST', '/v1/images/plan', {
      key: server.testKey,
      body: {
        ...wish,
        image: [address, { image_url: dataUri(source) }],
        image_base64: source.toString('base64'),
      },
    });
    expect(JSON.stringify(plan.body)).toMatch(/"\$input":0.*"\$input":1.*"\$input":2/);
    expect(JSON.stringify(plan.body)).not.toContain('"$input":3');
  });
});

describe('a picture given in a form', () => {
  it.each(['image', 'image[]', 'images', 'images[]', 'image[0]'])('as %s', async (name) => {
    const form = formOf(...FIELDS, [name, file(source)], ['mask', file(mask)]);
    await expectMasked((await server.edit(form)).body);
  });

  it('takes fields before, between and after the files', async () => {
    const [first, ...rest] = FIELDS;
    const form = formOf(
      ...(first === undefined ? [] : [first]),
      ['mask', file(mask)],
      ...rest.slice(0, 1),
      ['image', file(source)],
      ...rest.slice(1),
    );
    await expectMasked((await server.edit(form)).body);
    await expectMasked(
      (await server.edit(formOf(['image', file(source)], ['mask', file(mask)], ...FIELDS))).body,
    );
  });

  it('reads numbers, booleans and objects out of text', async () => {
    const form = formOf(...FIELDS, ['image', file(source)], ['n', '2'], ['seed', '7'], ['dry_run', 'TRUE']);
    form.append('metadata', '{"shop": "a"}');
    expect((await server.edit(form)).body).toMatchObject({ object: 'image.plan', quote: { credits: 3 } });
    const wrong = formOf(...FIELDS, ['image', file(source)], ['metadata', '{shop}']);
    expect(failure.parse((await server.edit(wrong)).body).error).toMatchObject({
      code: 'invalid_request',
      param: 'metadata',
    });
  });

  it('takes an address and an id as text', async () => {
    await expectMasked((await server.edit(formOf(...FIELDS, ['image', address], ['mask', file(mask)]))).body);
    const made = generation.parse((await server.generate({ ...wish, prompt: 'a pond' })).body).data[0];
    const form = formOf(...FIELDS, ['image', made?.id ?? '']);
    expect((await server.edit(form)).body).toMatchObject({ parents: [made?.id] });
  });

  it.each([
    ['a data URI', 'image', () => dataUri(source)],
    ['base64', 'image_base64', () => source.toString('base64')],
    ['a mask in base64', 'mask_base64', () => mask.toString('base64')],
  ])('says of %s that a form takes it as a file', async (_name, field, text) => {
    const answer = await server.edit(formOf(...FIELDS, [field, text()]));
    const { error } = failure.parse(answer.body);
    expect(error).toMatchObject({ code: 'invalid_request', param: field });
    expect(error.message).toMatch(/form.* file.*JSON/);
  });
});

describe('a plan', () => {
  const entries = z.object({ data: z.array(z.unknown()) });
  const ledger = async () =>
    entries.parse((await server.call('GET', '/v1/credits/ledger?limit=1000', { key: server.testKey })).body)
      .data;

  it.each([
    ['dry_run of a form', () => server.edit(formOf(...FIELDS, ['dry_run', 'true'], ['image', file(source)]))],
    ['dry_run of JSON', () => server.edit({ ...wish, dry_run: true, image: dataUri(source) })],
    [
      'POST /v1/images/plan of a form',
      () =>
        server.call('POST', '/v1/images/plan', {
          key: server.testKey,
          raw: formOf(...FIELDS, ['image', file(source)]),
        }),
    ],
    [
      'POST /v1/images/plan of JSON',
      () =>
        server.call('POST', '/v1/images/plan', {
          key: server.testKey,
          body: { ...wish, image: dataUri(source) },
        }),
    ],
  ])('by %s shows the call and its price, runs nothing and costs nothing', async (_name, ask) => {
    const before = await ledger();
    const answer = await ask();
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ object: 'image.plan', model: MODEL, quote: { credits: 1.5 } });
    expect(JSON.stringify(answer.body)).toContain('"$input":0');
    expect(JSON.stringify(answer.body)).not.toContain(source.toString('base64').slice(0, 40));
    expect(await ledger()).toEqual(before);
  });

  it('without a picture plans a generation', async () => {
    const answer = await server.call('POST', '/v1/images/plan', { key: server.testKey, body: wish });
    expect(JSON.stringify(answer.body)).not.toContain('$input');
  });
});

describe('a chain', () => {
  it('goes on from picture to picture by id, and each record names its parents', async () => {
    const first = generation.parse(
      (await server.generate({ model: 'atelier-sketch', prompt: 'a pond', size: '256x256' })).body,
    );
    let parent = first.data[0]?.id ?? '';
    for (const [model, prompt] of [
      [MODEL, 'make it winter'],
      ['gpt-image-2', 'at night'],
      [MODEL, 'add a lantern'],
    ]) {
      const answer = await server.edit({ model, prompt, size: '256x256', image: { image_id: parent } });
      const body = generation.parse(answer.body);
      expect(body.status).toBe('succeeded');
      const record = await server.call('GET', `/v1/images/generations/${body.id}`, { key: server.testKey });
      expect(record.body).toMatchObject({ id: body.id, parents: [parent], model });
      parent = body.data[0]?.id ?? '';
    }
    const record = await server.call('GET', `/v1/images/generations/${first.id}`, { key: server.testKey });
    expect(record.body).not.toHaveProperty('parents');
  });

  it('names several parents in their order', async () => {
    const made = generation.parse((await server.generate({ ...wish, n: 2 })).body);
    const ids = made.data.map((image) => image.id).reverse();
    const answer = await server.edit({ ...wish, image: ids.map((image_id) => ({ image_id })) });
    expect(answer.body).toMatchObject({ parents: ids });
  });
});
