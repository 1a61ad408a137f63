import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import OpenAI, { APIError, BadRequestError, NotFoundError, toFile } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decode } from '../support/answers.js';
import { drawPicture } from '../support/files.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let client: OpenAI;

beforeAll(async () => {
  server = await startTestServer();
  client = new OpenAI({ apiKey: server.testKey, baseURL: `${server.url}/v1` });
});
afterAll(async () => {
  await server.stop();
});

describe('the unmodified openai SDK', () => {
  it('uploads, reads, downloads and deletes a file', async () => {
    const bytes = await drawPicture(1);
    const created = await client.files.create({
      file: await toFile(bytes, 'fox.png', { type: 'image/png' }),
      purpose: 'vision',
      expires_after: { anchor: 'created_at', seconds: 3600 },
    });
    expect(created).toMatchObject({
      object: 'file',
      filename: 'fox.png',
      status: 'processed',
      bytes: bytes.length,
    });
    expect(created.expires_at).toBe(created.created_at + 3600);
    expect(await client.files.retrieve(created.id)).toEqual(created);
    expect(await client.files.waitForProcessing(created.id)).toEqual(created);
    const content = await client.files.content(created.id);
    expect(Buffer.from(await content.arrayBuffer()).equals(bytes)).toBe(true);
    expect(await client.files.delete(created.id)).toEqual({ id: created.id, object: 'file', deleted: true });
    await expect(client.files.retrieve(created.id)).rejects.toThrow(NotFoundError);
    await expect(client.files.content(created.id)).rejects.toThrow(NotFoundError);
  });

  it('pages through a list by itself, also while it deletes what it finds', async () => {
    for (let number = 0; number < 5; number += 1) {
      await client.files.create({
        file: await toFile(await drawPicture(number), `${number}.png`),
        purpose: 'user_data',
      });
    }
    const names: string[] = [];
    for await (const file of client.files.list({ limit: 2, order: 'asc', purpose: 'user_data' })) {
      names.push(file.filename);
      await client.files.delete(file.id);
    }
    expect(names.sort()).toEqual(['0.png', '1.png', '2.png', '3.png', '4.png']);
    expect((await client.files.list({ purpose: 'user_data' })).data).toEqual([]);
  });

  it('learns what is wrong with a file', async () => {
    const text = client.files.create({ file: await toFile(Buffer.from('{}'), 'a.jsonl'), purpose: 'vision' });
    await expect(text).rejects.toThrow(BadRequestError);
    await expect(text).rejects.toMatchObject({ code: 'invalid_file', param: 'file' });
    const purpose = client.files.create({
      file: await toFile(await drawPicture(2), 'a.png'),
      purpose: 'batch',
    });
    await expect(purpose).rejects.toMatchObject({ code: 'invalid_request', param: 'purpose' });
    await expect(purpose).rejects.toThrow(APIError);
  });

  it('keeps a generated picture with a field that it does not know', async () => {
    const wish = { model: 'atelier-sketch', prompt: 'a fox', size: '256x256', persist: true } as const;
    const answer = await client.images.generate(wish);
    const image = answer.data?.[0];
    const id = image !== undefined && 'file_id' in image ? String(image.file_id) : '';
    expect(await client.files.retrieve(id)).toMatchObject({ model: 'atelier-sketch', purpose: 'vision' });
  });
});

describe('the guide’s programs', () => {
  const guide = readFileSync(path.resolve(import.meta.dirname, '../../docs/guide.md'), 'utf8');
  const programs = [...guide.matchAll(/<!-- run: openai -->\n```js\n([\s\S]*?)```/g)].map(
    ([, code = '']) => code,
  );

  const folder = mkdtempSync(path.resolve(import.meta.dirname, '../../.cache/guide-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  /** Runs it as its reader does, and gives back the picture that it saved. */
  async function run(code: string, picture: string) {
    const program = path.join(folder, 'program.mjs');
    writeFileSync(program, code.replaceAll('http://127.0.0.1:4000', server.url));
    await promisify(execFile)(process.execPath, [program], {
      cwd: folder,
      env: { ...process.env, ATELIER_API_KEY: server.testKey },
    });
    return decode(readFileSync(path.join(folder, picture)));
  }

  it('are two', () => {
    expect(programs).toHaveLength(2);
  });

  it('download a picture within its hour', async () => {
    expect(await run(programs[0] ?? '', 'sailboat.png')).toMatchObject({ width: 512, height: 384 });
  });

  it('store a picture and use its id in an edit', async () => {
    expect(await run(programs[1] ?? '', 'winter-sailboat.png')).toMatchObject({ width: 512, height: 384 });
    const [kept] = (await client.files.list({ limit: 1 })).data;
    expect(kept).toMatchObject({ status: 'processed', model: 'atelier-sketch' });
  });
});
