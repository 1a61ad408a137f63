/** `atelier export`, as the built program, against a gateway. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import sharp from 'sharp';
import yauzl from 'yauzl';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { signedPng } from '../factories/content-credentials.js';
import { createTestFolder } from '../factories/temporary-folder.js';
import { generation } from '../support/answers.js';
import { runCli } from '../support/cli.js';
import { drawPicture, fileAnswer, fileForm } from '../support/files.js';
import { json, startHostileUpstream, type HostileUpstream } from '../support/hostile-upstream.js';
import { startTestServer, type TestServer } from '../support/server.js';

const entrySchema = z.looseObject({
  file: z.string(),
  kind: z.enum(['picture', 'upload']),
  file_id: z.string(),
  image_id: z.string().optional(),
  sha256: z.string(),
  bytes: z.number(),
  model: z.string().optional(),
  prompt: z.string().optional(),
  problem: z.string().optional(),
  original: z.object({ file: z.string(), sha256: z.string() }).loose().optional(),
});
type Entry = z.output<typeof entrySchema>;
const summarySchema = z.object({
  pictures: z.number(),
  downloaded: z.number(),
  gone: z.number(),
  failed: z.number(),
});

// Every test starts the built program, several times: a busy machine may take long for that.
const SLOW = { timeout: 300_000 };
const folder = createTestFolder();
let upstream: HostileUpstream;
let server: TestServer;
/** Ids of the kept pictures, oldest first, and of what must not be exported. */
let kept: readonly string[];
let unkept: string;
let signed: Buffer;

beforeAll(async () => {
  upstream = await startHostileUpstream();
  server = await startTestServer({
    env: { OPENAI_API_KEY: 'sk-of-the-tests', OPENAI_BASE_URL: `${upstream.baseUrl}/v1` },
  });
  const sketch = async (prompt: string, wish: object) => {
    const body = { model: 'atelier-sketch', prompt, size: '256x256', ...wish };
    const made = generation.parse((await server.generate(body, server.liveKey)).body);
    return made.data.map(({ id }) => id);
  };
  const fox = await sketch('a flat icon of a fox', { persist: true, seed: 7, metadata: { order: '12' } });
  server.setTime(new Date('2026-11-22T13:00:00Z'));
  const two = await sketch('a flat icon of an owl', { persist: true, n: 2 });
  [unkept = ''] = await sketch('a flat icon of a hare', {});
  server.setTime(new Date('2026-12-01T00:00:00Z'));
  signed = signedPng(
    await sharp({ create: { width: 1024, height: 1024, channels: 3, background: '#a40' } })
      .png()
      .toBuffer(),
  );
  upstream.answer(
    json(200, () => ({
      created: 1,
      data: [{ b64_json: signed.toString('base64') }],
      usage: {
        total_tokens: 2,
        input_tokens: 1,
        output_tokens: 1,
        input_tokens_details: { text_tokens: 1, image_tokens: 0 },
      },
    })),
  );
  const body = {
    model: 'gpt-image-2',
    prompt: 'a fox',
    persist: true,
    output_format: 'webp',
    size: '512x512',
  };
  const converted = generation.parse((await server.generate(body, server.liveKey)).body);
  kept = [...fox, ...[...two].sort(), ...converted.data.map(({ id }) => id)];
  for (const number of [1, 2]) {
    const raw = fileForm(await drawPicture(number), {}, `Füchse & Hasen ${number}.png`);
    expect((await server.call('POST', '/v1/files', { key: server.liveKey, raw })).status).toBe(200);
  }
});
afterAll(async () => {
  await Promise.all([server.stop(), upstream.close()]);
  folder.remove();
});

const run = (...words: readonly string[]) =>
  runCli(
    ['export', ...words],
    { ATELIER_URL: server.url, ATELIER_API_KEY: server.liveKey, TMPDIR: folder.path },
    folder.path,
  );
const at = (...names: readonly string[]) => path.join(folder.path, ...names);
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const lines = (text: string): readonly Entry[] =>
  text
    .trim()
    .split('\n')
    .map((line) => entrySchema.parse(JSON.parse(line)));
const manifest = (out: string) => lines(readFileSync(at(out, 'manifest.jsonl'), 'utf8'));
const filesIn = (out: string) =>
  readdirSync(at(out), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(at(out), path.join(entry.parentPath, entry.name)))
    .sort();

function expectWhole(entries: readonly Entry[], read: (name: string) => Buffer): void {
  for (const { file, sha256: hash, bytes, original } of entries) {
    expect(read(file)).toHaveLength(bytes);
    expect(sha256(read(file))).toBe(hash);
    if (original !== undefined) expect(sha256(read(original.file))).toBe(original.sha256);
    expect(file).toMatch(/^(pictures|uploads)\/2026-1[12]\/[A-Za-z0-9._-]{1,150}\.(png|webp)$/);
  }
}

describe('a folder', SLOW, () => {
  it('gets every kept picture, the signed original of a converted one, and a manifest', async () => {
    const { code, stdout } = await run('--out', 'all', '--json');
    expect([code, summarySchema.parse(JSON.parse(stdout))]).toEqual([
      0,
      { pictures: 4, downloaded: 5, gone: 0, failed: 0 },
    ]);
    const entries = manifest('all');
    expect(entries.map((entry) => entry.image_id)).toEqual(kept);
    expect(JSON.stringify(entries)).not.toContain(unkept);
    expectWhole(entries, (name) => readFileSync(at('all', name)));
    expect(entries[0]).toMatchObject({
      kind: 'picture',
      created: '2026-11-22T12:00:00.000Z',
      model: 'atelier-sketch',
      operation: 'generate',
      prompt: 'a flat icon of a fox',
      prompt_sent: 'a flat icon of a fox',
      seed: 7,
      width: 256,
      height: 256,
      mime_type: 'image/png',
      metadata: { order: '12' },
      receipt: { model: 'atelier-sketch', credits_charged: 0 },
    });
    const { original } = entries[3] ?? {};
    expect(original).toMatchObject({ sha256: sha256(signed), mime_type: 'image/png', width: 1024 });
    expect(filesIn('all')).toEqual(
      ['manifest.jsonl', original?.file ?? '', ...entries.map(({ file }) => file)].sort(),
    );
  });

  it('is fetched only what it lacks, or has otherwise', async () => {
    await run('--out', 'again');
    const [first, second] = manifest('again').map(({ file }) => at('again', file));
    writeFileSync(first ?? '', 'something else');
    rmSync(second ?? '');
    writeFileSync(at('again', 'mine.txt'), 'mine');
    const { stdout } = await run('--out', 'again', '--json');
    expect(summarySchema.parse(JSON.parse(stdout))).toMatchObject({ pictures: 4, downloaded: 2 });
    expectWhole(manifest('again'), (name) => readFileSync(at('again', name)));
    expect((await run('--out', 'again')).stdout).toMatch(/^4 pictures, .* in again; 0 downloads, 0 bytes\n$/);
    expect(readFileSync(at('again', 'mine.txt'), 'utf8')).toBe('mine');
  });

  it('grows by filters, and its manifest keeps what is in it', async () => {
    await run('--out', 'some', '--since', '2026-11-22T12:30:00Z', '--until', '2026-11-30');
    expect(manifest('some').map((entry) => entry.image_id)).toEqual(kept.slice(1, 3));
    await run('--out', 'some', '--model', 'gpt-image-2');
    expect(
      manifest('some')
        .map((entry) => entry.image_id)
        .sort(),
    ).toEqual(kept.slice(1).sort());
    expect(filesIn('some')).toHaveLength(5);
    await run('--out', 'none', '--operation', 'edit');
    expect(filesIn('none')).toEqual(['manifest.jsonl']);
  });

  it('gets uploaded files when they are asked for', async () => {
    await run('--out', 'files', '--all-files');
    const uploads = manifest('files').filter(({ kind }) => kind === 'upload');
    expect(uploads.map((entry) => entry['filename'])).toEqual(
      expect.arrayContaining(['Füchse & Hasen 1.png', 'Füchse & Hasen 2.png']),
    );
    expect(uploads.every(({ file }) => file.endsWith('.png'))).toBe(true);
    expectWhole(manifest('files'), (name) => readFileSync(at('files', name)));
  });
});

interface ZipEntry {
  readonly stored: boolean;
  readonly bytes: Buffer;
}

async function readZip(bytes: Buffer): Promise<ReadonlyMap<string, ZipEntry>> {
  const zip = await yauzl.fromBufferPromise(bytes, { lazyEntries: true });
  const entries = new Map<string, ZipEntry>();
  for await (const entry of zip.eachEntry()) {
    const content = await buffer(await zip.openReadStreamPromise(entry));
    entries.set(entry.fileName, { stored: entry.compressionMethod === 0, bytes: content });
  }
  return entries;
}

describe('a zip', SLOW, () => {
  it('holds the same, pictures as they are and the manifest last', async () => {
    const { code, stdout } = await run('--out', 'all.zip', '--all-files');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^6 pictures, .* in all\.zip; 7 downloads/)]);
    const entries = await readZip(readFileSync(at('all.zip')));
    const names = [...entries.keys()];
    expect(names.at(-1)).toBe('manifest.jsonl');
    const told = lines(entries.get('manifest.jsonl')?.bytes.toString() ?? '');
    expect(told).toHaveLength(6);
    expectWhole(told, (name) => entries.get(name)?.bytes ?? Buffer.alloc(0));
    for (const name of names.slice(0, -1)) expect(entries.get(name)?.stored).toBe(true);
    // Nothing is left where pictures waited.
    expect(readdirSync(folder.path).filter((name) => name.startsWith('atelier-export-'))).toEqual([]);
    expect(readdirSync(folder.path)).not.toContain('all.zip.part');
  });

  it('can go through a pipe', async () => {
    const script = `"$0" "$1" export --out - --json > piped.zip`;
    const program = path.resolve(import.meta.dirname, '../../dist/cli/main.js');
    const { stderr } = await promisify(execFile)('sh', ['-c', script, process.execPath, program], {
      cwd: folder.path,
      env: { PATH: process.env['PATH'], ATELIER_URL: server.url, ATELIER_API_KEY: server.liveKey },
    });
    expect(summarySchema.parse(JSON.parse(stderr.trim().split('\n').at(-1) ?? ''))).toMatchObject({
      pictures: 4,
    });
    expect((await readZip(readFileSync(at('piped.zip')))).size).toBe(6);
  });
});

describe('what goes wrong', SLOW, () => {
  beforeAll(() => {
    writeFileSync(at('plain'), 'a file');
  });

  it.each([
    [['--out', 'x', '--since', 'yesterday'], /--since must be a time such as 2026-11-22/],
    [['--out', 'x', '--operation', 'paint'], /operation/],
    [['--out', 'x', '--parent', 'img_nobody'], /parent/],
    [['--out', 'plain/folder'], /plain\/folder can't be written/],
    [['--out', 'plain/all.zip'], /plain\/all\.zip can't be written/],
    [[], /--out/],
  ])('%j is told', async (words, message) => {
    const { code, stderr } = await run(...words);
    expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
  });

  it('a key that is wrong, and a server that is not there', async () => {
    const wrong = await runCli(['export', '--out', at('x')], {
      ATELIER_URL: server.url,
      ATELIER_API_KEY: 'atl_live_wrong',
    });
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringMatching(/invalid_api_key/)]);
    const away = await runCli(['export', '--out', at('x')], {
      ATELIER_URL: 'http://127.0.0.1:9',
      ATELIER_API_KEY: 'k',
    });
    expect([away.code, away.stderr]).toEqual([1, expect.stringMatching(/no server answers at/)]);
  });

  it('a spoilt picture is tried again, told, and the others are saved', async () => {
    const bytes = await drawPicture(9);
    const raw = fileForm(bytes, {}, 'spoilt.png');
    const file = fileAnswer.parse(
      (await server.call('POST', '/v1/files', { key: server.liveKey, raw })).body,
    );
    await server.blobs.spoil(file.sha256, Buffer.from([...bytes.subarray(0, -1), 0]));
    // What it stored lately it has in memory.
    await server.restart();
    for (const out of ['broken', 'broken.zip']) {
      const { code, stderr, stdout } = await run('--out', out, '--all-files', '--json');
      expect(code).toBe(1);
      expect(stderr).toContain(`${file.id}: the server sent other bytes than it says`);
      expect(summarySchema.parse(JSON.parse(stdout))).toMatchObject({ pictures: 6, failed: 1 });
    }
    expect(manifest('broken').filter(({ problem }) => problem !== undefined)).toMatchObject([
      { file_id: file.id },
    ]);
    expect(filesIn('broken').filter((name) => name.endsWith('.part'))).toEqual([]);
    const zipped = await readZip(readFileSync(at('broken.zip')));
    expect(zipped.size).toBe(8);
    await server.blobs.spoil(file.sha256, bytes);
    const { code, stdout } = await run('--out', 'broken', '--all-files', '--json');
    expect([code, summarySchema.parse(JSON.parse(stdout)).downloaded]).toEqual([0, 1]);
    expect(manifest('broken').filter(({ problem }) => problem !== undefined)).toEqual([]);
  });
});
