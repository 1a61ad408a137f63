import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { failure, fetchPicture, generation } from '../support/answers.js';
import { drawPicture, fileAnswer, fileForm, page, upload } from '../support/files.js';
import { startTestServer, type Answer, type TestServer } from '../support/server.js';

const NOON = Date.parse('2026-11-22T12:00:00Z');
const at = (seconds: number) => new Date(NOON + seconds * 1000);
const errorOf = (answer: Answer) => failure.parse(answer.body).error;
const SKETCH = { model: 'atelier-sketch', prompt: 'a fox', size: '128x128' };

const whole = await drawPicture(4);

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ env: { ATELIER_MAX_FILE_BYTES: '200000' } });
});
afterAll(async () => {
  await server.stop();
});

const read = (path: string, key = server.testKey) => server.call('GET', path, { key });
const remove = (id: string, key = server.testKey) => server.call('DELETE', `/v1/files/${id}`, { key });
const keep = (body: Record<string, unknown>, key = server.testKey) =>
  server.call('POST', '/v1/files', { key, body });

async function store(number: number, fields: Readonly<Record<string, string>> = {}, key?: string) {
  const answer = await upload(server, fileForm(await drawPicture(number), fields), {
    ...(key === undefined ? {} : { key }),
  });
  expect([answer.status, answer.body]).toMatchObject([200, { object: 'file' }]);
  return fileAnswer.parse(answer.body);
}

async function download(id: string, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(`${server.url}/v1/files/${id}/content`, {
    headers: { authorization: `Bearer ${server.testKey}`, ...headers },
  });
  return {
    status: response.status,
    headers: response.headers,
    bytes: Buffer.from(await response.arrayBuffer()),
  };
}

describe('an upload', () => {
  it('is stored as it is and described as OpenAI does', async () => {
    const bytes = await drawPicture(1, 'jpeg');
    const answer = await upload(server, fileForm(bytes, { purpose: 'user_data' }, 'holiday.jpeg'));
    const file = fileAnswer.parse(answer.body);
    expect(file).toMatchObject({
      bytes: bytes.length,
      created_at: NOON / 1000,
      filename: 'holiday.jpeg',
      purpose: 'user_data',
      status: 'processed',
      mime_type: 'image/jpeg',
      width: 64,
      height: 48,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
    expect(file).not.toHaveProperty('expires_at');
    expect((await read(`/v1/files/${file.id}`)).body).toEqual(answer.body);
    const content = await download(file.id);
    expect(content.bytes.equals(bytes)).toBe(true);
    expect(content.headers.get('content-type')).toBe('image/jpeg');
    expect(content.headers.get('content-disposition')).toBe('attachment; filename="holiday.jpg"');
    const part = await download(file.id, { range: 'bytes=2-9' });
    expect([part.status, part.bytes.equals(bytes.subarray(2, 10))]).toEqual([206, true]);
  });

  it('may say how long it lives, before or behind the file, in both ways', async () => {
    const bytes = await drawPicture(2);
    const forms = [
      fileForm(bytes, { 'expires_after[anchor]': 'created_at', 'expires_after[seconds]': '3600' }),
      fileForm(bytes, { expires_after: '{"anchor":"created_at","seconds":3600}' }),
      fileForm(bytes),
    ];
    forms[2]?.append('expires_after[seconds]', '3600');
    forms[2]?.append('expires_after[anchor]', 'created_at');
    for (const form of forms) {
      const { body } = await upload(server, form);
      expect(body).toMatchObject({ expires_at: NOON / 1000 + 3600 });
    }
  });

  it.each([
    ['../../etc/passwd', 'passwd.png'],
    ['C:\\Users\\me\\fox.png', 'fox.png'],
    ['evil.html', 'evil.html.png'],
    ['a\u202egnp.exe', 'agnp.exe.png'],
    ['  ..  ', 'file.png'],
    ['Füchse 狐.png', 'Füchse 狐.png'],
    ['con.png', '_con.png'],
    ['a:b*c?.png', 'a_b_c_.png'],
  ])('gets a safe name: %j', async (given, name) => {
    expect((await upload(server, fileForm(await drawPicture(3), {}, given))).body).toMatchObject({
      filename: name,
    });
  });

  const notes = Buffer.from('these are notes and no picture');
  it.each<readonly [string, FormData, number, string, string]>([
    ['text', fileForm(notes), 400, 'invalid_file', 'file'],
    ['much text', fileForm(Buffer.alloc(90_000, 'a')), 400, 'invalid_file', 'file'],
    ['nothing', fileForm(Buffer.alloc(0)), 400, 'invalid_file', 'file'],
    ['half a picture', fileForm(whole.subarray(0, -8)), 400, 'invalid_file', 'file'],
    [
      'too many bytes',
      fileForm(Buffer.concat([whole, Buffer.alloc(200_000)])),
      413,
      'payload_too_large',
      'file',
    ],
    ['a purpose that is none', fileForm(whole, { purpose: 'fine-tune' }), 400, 'invalid_request', 'purpose'],
    ['an unknown field', fileForm(whole, { purpos: 'vision' }), 400, 'unknown_parameter', 'purpos'],
    [
      'a life that is too short',
      fileForm(whole, { 'expires_after[anchor]': 'created_at', 'expires_after[seconds]': '60' }),
      400,
      'invalid_request',
      'expires_after.seconds',
    ],
    [
      'another anchor',
      fileForm(whole, { 'expires_after[anchor]': 'now', 'expires_after[seconds]': '7200' }),
      400,
      'invalid_request',
      'expires_after.anchor',
    ],
    ['no JSON', fileForm(whole, { expires_after: '{' }), 400, 'invalid_request', 'expires_after'],
  ])('of %s is refused by name', async (_what, form, status, code, param) => {
    const answer = await upload(server, form);
    expect([answer.status, errorOf(answer)]).toMatchObject([status, { code, param }]);
  });

  it('without a file, with two, or that is no form, is refused', async () => {
    const none = new FormData();
    none.append('purpose', 'vision');
    expect(errorOf(await upload(server, none))).toMatchObject({ code: 'invalid_request', param: 'file' });
    const two = fileForm(whole);
    two.append('file', new Blob([Uint8Array.from(whole)]), 'b.png');
    expect(errorOf(await upload(server, two))).toMatchObject({ code: 'invalid_request', param: 'file' });
    const broken = await server.call('POST', '/v1/files', {
      key: server.testKey,
      raw: 'no form',
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
    });
    expect([broken.status, errorOf(broken).code]).toEqual([400, 'invalid_request']);
    const other = await server.call('POST', '/v1/files', {
      key: server.testKey,
      raw: 'x',
      headers: { 'content-type': 'image/png' },
    });
    expect([other.status, errorOf(other).code]).toEqual([415, 'unsupported_media_type']);
  });

  it('comes under the name of its type in capitals too, in whatever size', async () => {
    const before = 'to be skipped\r\n'.repeat(10_000);
    const head = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n';
    const answer = await server.call('POST', '/v1/files', {
      key: server.testKey,
      headers: { 'content-type': 'MULTIPART/FORM-DATA; BOUNDARY=b' },
      raw: Buffer.concat([Buffer.from(before + head), whole, Buffer.from('\r\n--b--\r\n')]),
    });
    expect([answer.status, fileAnswer.parse(answer.body).bytes]).toStrictEqual([200, whole.length]);
  });

  it('of what leaves nothing behind when it is refused', async () => {
    const before = (await read('/v1/files?limit=1')).headers.get('x-storage-used-bytes');
    await upload(server, fileForm(await drawPicture(99), { purpose: 'nonsense' }));
    expect((await read('/v1/files?limit=1')).headers.get('x-storage-used-bytes')).toBe(before);
  });

  it('is stored once under an idempotency key', async () => {
    const form = async (number: number, purpose = 'vision') =>
      fileForm(await drawPicture(number), { purpose });
    const headers = { 'idempotency-key': 'upload-1' };
    const [first, second] = await Promise.all([
      upload(server, await form(5), { headers }),
      upload(server, await form(5), { headers }),
    ]);
    const third = await upload(server, await form(5), { headers });
    expect(second.body).toEqual(first.body);
    expect(third.body).toEqual(first.body);
    expect(third.headers.get('idempotent-replayed')).toBe('true');
    for (const other of [await form(6), await form(5, 'user_data')]) {
      const answer = await upload(server, other, { headers });
      expect([answer.status, errorOf(answer).code]).toEqual([422, 'idempotency_conflict']);
    }
    await remove(fileAnswer.parse(first.body).id);
    expect(errorOf(await upload(server, await form(5), { headers })).code).toBe('file_not_found');
  });
});

describe('the list of files', () => {
  it('is read in both orders, from both ends, with filters, and goes on behind a file that was deleted', async () => {
    const key = z.object({ key: z.string() }).parse(
      (
        await server.call('POST', '/v1/admin/keys', {
          key: 'admin-token-of-the-tests',
          body: {
            workspace: z.object({ id: z.string() }).parse(
              (
                await server.call('POST', '/v1/admin/workspaces', {
                  key: 'admin-token-of-the-tests',
                  body: { name: 'lists', credits: 10 },
                })
              ).body,
            ).id,
            kind: 'test',
            role: 'owner',
            name: 'k',
          },
        })
      ).body,
    ).key;
    const ids: string[] = [];
    for (let number = 0; number < 7; number += 1) {
      // Two at the same time, so that their ids decide.
      server.setTime(at(Math.floor(number / 2)));
      ids.push((await store(number, { purpose: number < 3 ? 'vision' : 'user_data' }, key)).id);
    }
    const kept = generation.parse((await server.generate({ ...SKETCH, persist: true }, key)).body);
    const made = z.string().parse(kept.data[0]?.['file_id']);
    server.setTime(at(0));
    const list = async (query: string) => page.parse((await read(`/v1/files${query}`, key)).body);
    const all = (await list('')).data.map(({ id }) => id);
    expect([...all].sort()).toEqual([...ids, made].sort());
    expect((await list('?order=asc')).data.map(({ id }) => id)).toEqual([...all].reverse());
    const first = await list('?limit=3');
    expect([first.data.map(({ id }) => id), first.has_more]).toEqual([all.slice(0, 3), true]);
    const second = await list(`?limit=3&after=${first.last_id ?? ''}`);
    expect([second.data.map(({ id }) => id), second.has_more]).toEqual([all.slice(3, 6), true]);
    const back = await list(`?limit=2&before=${second.first_id ?? ''}`);
    expect([back.data.map(({ id }) => id), back.has_more]).toEqual([all.slice(1, 3), true]);
    const last = await list(`?limit=3&after=${second.last_id ?? ''}`);
    expect([last.data.map(({ id }) => id), last.has_more]).toEqual([all.slice(6), false]);
    expect((await list('?purpose=user_data')).data).toHaveLength(4);
    expect((await list('?model=dall-e-3')).data).toHaveLength(0);
    expect((await list('?model=atelier-sketch')).data.map(({ id }) => id)).toEqual([made]);
    expect(
      (await list(`?created_after=${NOON / 1000 + 1}&created_before=${NOON / 1000 + 2}`)).data,
    ).toHaveLength(4);
    await remove(first.last_id ?? '', key);
    expect((await list(`?limit=3&after=${first.last_id ?? ''}`)).data.map(({ id }) => id)).toEqual(
      all.slice(3, 6),
    );
    expect((await list('')).data).toHaveLength(7);
  });

  it.each([
    ['?limit=0', 'limit'],
    ['?order=up', 'order'],
    ['?after=file_unknown', 'after'],
    ['?after=a&before=b', 'before'],
    ['?purpose=batch', 'purpose'],
    ['?created_after=yesterday', 'created_after'],
  ])('refuses %s by name', async (query, param) => {
    const answer = await read(`/v1/files${query}`);
    expect([answer.status, errorOf(answer)]).toMatchObject([400, { code: 'invalid_request', param }]);
  });
});

describe('a generated picture', () => {
  const draw = async (more: Record<string, unknown> = {}) =>
    generation.parse((await server.generate({ ...SKETCH, ...more })).body);

  it('is kept by one field, outlives its hour, and its links are signed anew', async () => {
    const made = await draw({ persist: true, n: 2, response_format: 'b64_json' });
    const ids = made.data.map((image) => z.string().parse(image['file_id']));
    expect(new Set(ids).size).toBe(2);
    const { body } = await read(`/v1/files/${ids[0] ?? ''}`);
    expect(body).toMatchObject({
      purpose: 'vision',
      image_id: made.data[0]?.id,
      generation_id: made.id,
      model: 'atelier-sketch',
      filename: `${made.data[0]?.id ?? ''}.png`,
    });
    server.setTime(at(7 * 24 * 3600));
    try {
      await server.sweep();
      const later = generation.parse((await read(`/v1/images/generations/${made.id}`)).body);
      expect(later.data.map((image) => image['expires_at'])).toEqual(
        Array.from({ length: 2 }, () => at(7 * 24 * 3600 + 3600).getTime() / 1000),
      );
      const picture = await fetchPicture(later.data[0]?.url);
      expect(picture.bytes.toString('base64')).toBe(made.data[0]?.b64_json);
      expect((await download(ids[0] ?? '')).bytes.equals(picture.bytes)).toBe(true);
    } finally {
      server.setTime(at(0));
    }
  });

  it('can be kept later, once, without a second transfer', async () => {
    const image = (await draw()).data[0];
    const before = Number((await read('/v1/files')).headers.get('x-storage-used-bytes'));
    const body = {
      image_id: image?.id,
      expires_after: { anchor: 'created_at', seconds: 7200 },
      filename: 'fox',
    };
    const kept = await keep(body);
    expect(kept.body).toMatchObject({ filename: 'fox.png', expires_at: NOON / 1000 + 7200 });
    expect(Number(kept.headers.get('x-storage-used-bytes'))).toBe(before);
    expect((await keep(body)).body).toEqual(kept.body);
    expect((await keep({ image_id: image?.id })).body).toEqual(kept.body);
    const other = await keep({ image_id: image?.id, purpose: 'user_data' });
    expect([other.status, errorOf(other)]).toMatchObject([409, { code: 'conflict', param: 'purpose' }]);
  });

  it('can not be kept when it is gone, or of nobody', async () => {
    const image = (await draw()).data[0];
    expect(errorOf(await keep({ image_id: 'img_nobody' }))).toMatchObject({
      code: 'not_found',
      param: 'image_id',
    });
    expect(errorOf(await keep({}))).toMatchObject({ code: 'invalid_request', param: 'image_id' });
    expect(errorOf(await keep({ image_id: image?.id, imge: 1 }))).toMatchObject({
      code: 'unknown_parameter',
    });
    server.setTime(at(3601));
    try {
      // Also before a sweep noticed.
      expect(errorOf(await keep({ image_id: image?.id })).code).toBe('image_expired');
    } finally {
      server.setTime(at(0));
    }
  });
});

describe('the end of a file', () => {
  const gone = async (id: string) => [
    (await read(`/v1/files/${id}`)).status,
    (await download(id)).status,
    errorOf(await server.edit({ ...SKETCH, image: { file_id: id } })).code,
    (await remove(id)).status,
  ];
  const GONE = [404, 404, 'file_not_found', 404];

  it('takes its picture, the links to it and the bytes with it', async () => {
    const made = generation.parse((await server.generate({ ...SKETCH, persist: true })).body);
    const id = z.string().parse(made.data[0]?.['file_id']);
    const url = made.data[0]?.url ?? '';
    const used = async () => Number((await read('/v1/files')).headers.get('x-storage-used-bytes'));
    const before = await used();
    const { bytes } = await download(id);
    const removed = await remove(id);
    expect(removed.body).toEqual({ id, object: 'file', deleted: true });
    expect(await gone(id)).toEqual(GONE);
    expect(await used()).toBe(before - bytes.length);
    expect((await fetch(url)).status).toBe(410);
    server.setTime(at(120));
    expect((await server.sweep()).blobs).toBeGreaterThan(0);
    server.setTime(at(0));
    const again = generation.parse((await read(`/v1/images/generations/${made.id}`)).body);
    expect(again.data[0]).not.toHaveProperty('url');
    expect(again.data[0]).not.toHaveProperty('file_id');
  });

  it('leaves the bytes to other files that have the same', async () => {
    const [one, other] = [await store(40), await store(40)];
    await remove(one.id);
    server.setTime(at(120));
    await server.sweep();
    server.setTime(at(0));
    expect((await download(other.id)).status).toBe(200);
  });

  it('comes by itself when it was told so', async () => {
    const file = await store(41, { expires_after: '{"anchor":"created_at","seconds":3600}' });
    server.setTime(at(3600));
    expect(await gone(file.id)).toEqual(GONE);
    expect((await server.sweep()).pictures).toBeGreaterThan(0);
    expect(await gone(file.id)).toEqual(GONE);
    server.setTime(at(0));
  });
});

describe('a file in an edit', () => {
  it('is taken wherever a picture is: image, images, mask, plans and dry runs', async () => {
    const { id } = await store(50);
    const edit = { model: 'gpt-image-2', prompt: 'make it snow', size: '1024x1024' };
    for (const pictures of [
      { image: { file_id: id } },
      { image: id },
      { image: [id, { file_id: id }] },
      { images: [{ file_id: id }] },
      { image: id, mask: { file_id: (await storeMask()).id }, size: undefined },
    ]) {
      const plan = await server.call('POST', '/v1/images/plan', {
        key: server.testKey,
        body: { ...edit, ...pictures },
      });
      expect([pictures, plan.status]).toEqual([pictures, 200]);
    }
    const dry = await server.edit({ ...edit, image: id, dry_run: true });
    expect(dry.body).toMatchObject({ object: 'image.plan' });
    const done = await server.edit({ ...SKETCH, prompt: 'make it snow', image: { file_id: id } });
    expect(done.body).toMatchObject({ status: 'succeeded' });
    const form = new FormData();
    form.append('model', 'atelier-sketch');
    form.append('prompt', 'make it snow');
    form.append('image', id);
    expect((await server.edit(form)).status).toBe(200);
  });

  it('that keeps a picture makes that picture the parent', async () => {
    const made = generation.parse((await server.generate({ ...SKETCH, persist: true })).body);
    const done = await server.edit({
      ...SKETCH,
      prompt: 'by night',
      image: { file_id: made.data[0]?.['file_id'] },
      persist: true,
    });
    expect(done.body).toMatchObject({ status: 'succeeded', parents: [made.data[0]?.id] });
    expect(generation.parse(done.body).data[0]?.['file_id']).toMatch(/^file_/);
  });

  it('must exist', async () => {
    for (const image of [{ file_id: 'file_nobody' }, 'file-nobody']) {
      const answer = await server.edit({ ...SKETCH, image });
      expect([answer.status, errorOf(answer).code]).toEqual([404, 'file_not_found']);
    }
  });

  async function storeMask() {
    const pixels = Buffer.alloc(64 * 48 * 4, 255);
    for (let index = 3; index < pixels.length / 2; index += 4) pixels[index] = 0;
    const { default: sharp } = await import('sharp');
    const bytes = await sharp(pixels, { raw: { width: 64, height: 48, channels: 4 } })
      .png()
      .toBuffer();
    return fileAnswer.parse((await upload(server, fileForm(bytes))).body);
  }
});

describe('storage', () => {
  async function limitedKey(storage_bytes: number): Promise<string> {
    const answer = await server.call('POST', '/v1/keys', {
      key: server.testKey,
      body: { kind: 'test', role: 'developer', name: 'small', limits: { storage_bytes } },
    });
    return z.object({ key: z.string() }).parse(answer.body).key;
  }

  it('is limited per key and workspace; the tightest limit refuses, is named, and stands in the headers', async () => {
    const size = (await drawPicture(60)).length;
    const key = await limitedKey(2 * size + 5);
    const first = await upload(server, fileForm(await drawPicture(60)), { key });
    expect(first.headers.get('x-storage-used-bytes')).toBe(String(size));
    expect(first.headers.get('x-storage-limit-bytes')).toBe(String(2 * size + 5));
    await store(61, {}, key);
    const refused = await upload(server, fileForm(await drawPicture(62)), { key });
    expect([refused.status, errorOf(refused)]).toMatchObject([
      413,
      { code: 'storage_quota_exceeded', limit: { name: 'storage_bytes', scope: 'key', used: 2 * size } },
    ]);
    expect(refused.headers.get('x-storage-used-bytes')).toBe(String(2 * size));
    // A generation needs room too, kept or not.
    expect((await server.generate({ ...SKETCH, persist: true }, await limitedKey(0))).status).toBe(413);
    await remove(fileAnswer.parse(first.body).id, key);
    expect((await upload(server, fileForm(await drawPicture(62)), { key })).status).toBe(200);
  });

  it('holds also when many come at once', async () => {
    const size = (await drawPicture(70)).length;
    const key = await limitedKey(3 * size);
    const forms = await Promise.all([70, 71, 72, 73, 74, 75].map((number) => drawPicture(number)));
    const answers = await Promise.all(forms.map((bytes) => upload(server, fileForm(bytes), { key })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 413, 413, 413]);
  });

  it('is for those who may store', async () => {
    const image = generation.parse((await server.generate(SKETCH)).body).data[0];
    for (const role of ['viewer', 'billing']) {
      const made = await server.call('POST', '/v1/keys', {
        key: server.testKey,
        body: { kind: 'test', role, name: role },
      });
      const { key } = z.object({ key: z.string() }).parse(made.body);
      const file = await store(80);
      const answers = [
        await upload(server, fileForm(await drawPicture(81)), { key }),
        await keep({ image_id: image?.id }, key),
        await remove(file.id, key),
        await server.generate({ ...SKETCH, persist: true }, key),
      ];
      expect(answers.map((answer) => [answer.status, errorOf(answer).code])).toEqual(
        answers.map(() => [403, 'permission_denied']),
      );
      expect((await read(`/v1/files/${file.id}`, key)).status).toBe(200);
    }
  });
});
