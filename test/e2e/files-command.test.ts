/** `atelier files` and `atelier keep`, as the built program, against a gateway. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createTestFolder } from '../factories/temporary-folder.js';
import { fetchPicture, generation } from '../support/answers.js';
import { runCli } from '../support/cli.js';
import { drawPicture, fileAnswer, page } from '../support/files.js';
import { startTestServer, type TestServer } from '../support/server.js';

// Every test starts the built program, several times: a busy machine may take long for that.
const SLOW = { timeout: 300_000 };
const folder = createTestFolder();
let server: TestServer;
let picture: Buffer;

beforeAll(async () => {
  server = await startTestServer();
  picture = await drawPicture(1);
  writeFileSync(at('fox.png'), picture);
  writeFileSync(at('owl.png'), await drawPicture(2));
  writeFileSync(at('notes.txt'), 'no picture');
});
afterAll(async () => {
  await server.stop();
  folder.remove();
});
beforeEach(async () => {
  for (const { id } of await list()) await server.call('DELETE', `/v1/files/${id}`, { key: server.testKey });
});

const at = (name: string) => path.join(folder.path, name);
const run = (...words: readonly string[]) =>
  runCli(words, { ATELIER_URL: `${server.url}/`, ATELIER_API_KEY: server.testKey }, folder.path);
const list = async () =>
  page.parse((await server.call('GET', '/v1/files', { key: server.testKey })).body).data;
const read = async (id: string) =>
  fileAnswer.parse((await server.call('GET', `/v1/files/${id}`, { key: server.testKey })).body);
const idIn = (text: string) => /file_[a-z0-9]+/.exec(text)?.[0] ?? '';
const json = (text: string): unknown => JSON.parse(text);

describe('upload', SLOW, () => {
  it('stores pictures under their names, for a purpose and a time', async () => {
    const { code, stdout } = await run(
      ...['files', 'upload', 'fox.png', 'owl.png', '--purpose', 'user_data', '--expires-after', '3600'],
    );
    expect(code).toBe(0);
    const lines = stdout.trim().split('\n');
    expect(lines).toEqual([
      expect.stringMatching(
        /^file_\w+ {2}64x48 {2}\d+ bytes {2}user_data {2}fox\.png {2}until 2026-11-22T13/,
      ),
      expect.stringMatching(
        /^file_\w+ {2}64x48 {2}\d+ bytes {2}user_data {2}owl\.png {2}until 2026-11-22T13/,
      ),
    ]);
    expect(await read(idIn(lines[0] ?? ''))).toMatchObject({
      filename: 'fox.png',
      purpose: 'user_data',
      bytes: picture.length,
    });
  });

  it('answers as the API does with --json, a file on each line', async () => {
    const { stdout } = await run('files', 'upload', 'fox.png', 'owl.png', '--json');
    const files = stdout
      .trim()
      .split('\n')
      .map((line) => fileAnswer.parse(json(line)));
    expect(files.map(({ filename }) => filename)).toEqual(['fox.png', 'owl.png']);
    expect(await read(files[0]?.id ?? '')).toEqual(files[0]);
  });

  it.each([
    [['gone.png'], /gone\.png can't be read/],
    [['notes.txt'], /invalid_file/],
    [['fox.png', '--purpose', 'fine-tune'], /purpose.*invalid_request/],
    [['fox.png', '--expires-after', '12'], /expires_after.*invalid_request/],
  ])('of %j says what is wrong and ends with 1', async (words, message) => {
    const { code, stdout, stderr } = await run('files', 'upload', ...words);
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(message)]);
    expect(await list()).toEqual([]);
  });
});

describe('list', SLOW, () => {
  it('shows all files, newest first, and those for a purpose', async () => {
    await run('files', 'upload', 'fox.png', 'owl.png', 'fox.png');
    await run('files', 'upload', 'owl.png', '--purpose', 'assistants');
    const all = await list();
    const { stdout } = await run('files');
    expect(stdout.trim().split('\n').map(idIn)).toEqual(all.map(({ id }) => id));
    const some = await run('files', 'list', '--purpose', 'assistants', '--json');
    expect(some.stdout.trim().split('\n')).toHaveLength(1);
    expect(json(some.stdout)).toMatchObject({ filename: 'owl.png', purpose: 'assistants' });
    expect((await run('files', 'list', '--model', 'dall-e-3')).stdout).toBe('');
  });
});

describe('get', SLOW, () => {
  it('saves a file under its own name, but never over another, or where it is told', async () => {
    const id = idIn((await run('files', 'upload', 'fox.png')).stdout);
    const taken = await run('files', 'get', id);
    expect([taken.code, taken.stderr]).toEqual([1, expect.stringMatching(/fox\.png can't be written/)]);
    const { code, stdout } = await run('files', 'get', id, '--out', 'copy.png');
    expect([code, stdout]).toEqual([0, `copy.png  ${picture.length} bytes\n`]);
    expect(readFileSync(at('copy.png')).equals(picture)).toBe(true);
    expect((await run('files', 'get', id, '--out', 'copy.png')).code).toBe(0);
  });

  it('tells what there is to know with --json, and saves nothing', async () => {
    const id = idIn((await run('files', 'upload', 'fox.png')).stdout);
    const { stdout } = await run('files', 'get', id, '--json');
    expect(json(stdout)).toEqual(await read(id));
  });

  it('says that there is no such file', async () => {
    const { code, stderr } = await run('files', 'get', 'file_nobody');
    expect([code, stderr]).toEqual([1, 'atelier: There is no file with this id. (file_not_found)\n']);
  });
});

describe('delete', SLOW, () => {
  it('deletes all that are named, and stops at one that is not there', async () => {
    const ids = (await run('files', 'upload', 'fox.png', 'owl.png', 'fox.png')).stdout
      .trim()
      .split('\n')
      .map(idIn);
    const [first = '', second = '', third = ''] = ids;
    const { code, stdout } = await run('files', 'delete', first, second);
    expect([code, stdout]).toEqual([0, `deleted ${first}\ndeleted ${second}\n`]);
    const again = await run('files', 'delete', first, third);
    expect([again.code, again.stderr]).toEqual([1, expect.stringMatching(/file_not_found/)]);
    expect((await list()).map(({ id }) => id)).toEqual([third]);
  });
});

describe('keep', SLOW, () => {
  it('makes a file of a generated picture', async () => {
    const body = { model: 'atelier-sketch', prompt: 'a flat icon of a fox', size: '256x256' };
    const made = generation.parse((await server.generate(body)).body);
    const [image] = made.data;
    const { code, stdout } = await run('keep', image?.id ?? '');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^file_\w+ {2}256x256 /)]);
    const { bytes } = await fetchPicture(image?.url);
    await run('files', 'get', idIn(stdout), '--out', 'kept.png');
    expect(readFileSync(at('kept.png')).equals(bytes)).toBe(true);
    const again = await run('keep', image?.id ?? '', '--json');
    expect(json(again.stdout)).toMatchObject({ id: idIn(stdout), image_id: image?.id });
  });

  it('says that there is no such picture', async () => {
    const { code, stderr } = await run('keep', 'img_nobody');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/names no picture.*not_found/)]);
  });
});

it.each([
  ['no key', {}, /set ATELIER_API_KEY/],
  ['a wrong key', { ATELIER_API_KEY: 'atl_live_wrong' }, /invalid_api_key/],
])('%s is told before anything is done', async (_name, env, message) => {
  const { code, stderr } = await runCli(['files'], { ATELIER_URL: server.url, ...env });
  expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
  expect(z.string().parse(stderr)).not.toContain('at ');
});
