/** Runs the guide as its reader does: every command, in order, in one folder, against a running gateway. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { z } from 'zod';
import { GUIDE_EXAMPLE } from '../../src/prompts/worked-example.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generation } from '../support/answers.js';
import { startTestServer, type TestServer } from '../support/server.js';

const run = promisify(execFile);
const guide = readFileSync(path.resolve(import.meta.dirname, '../../docs/guide.md'), 'utf8');
const snippets = [...guide.matchAll(/<!-- run: curl -->\n```sh\n([\s\S]*?)```/g)].map(
  ([, code = '']) => code,
);

let server: TestServer;
let folder: string;

beforeAll(async () => {
  server = await startTestServer();
  folder = mkdtempSync(path.join(tmpdir(), 'atelier-guide-'));
  for (const code of snippets) {
    await run('bash', ['-euo', 'pipefail', '-c', code.replaceAll('http://127.0.0.1:4000', server.url)], {
      cwd: folder,
      env: { ...process.env, ATELIER_API_KEY: server.testKey },
    });
  }
}, 120_000);
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server.stop();
});

const bytesOf = (name: string) => readFileSync(path.join(folder, name));
const answerIn = (name: string): unknown => JSON.parse(bytesOf(name).toString());
const pixelsOf = (name: string, left: number, width: number) =>
  sharp(bytesOf(name)).removeAlpha().extract({ left, top: 0, width, height: 384 }).raw().toBuffer();

describe('the guide', () => {
  it('has no block of code that this test does not run', () => {
    expect(snippets.length).toBeGreaterThan(6);
    // Two more are programs, run by test/sdk/openai-files.test.ts.
    expect(guide.match(/^```\w+$/gm)).toHaveLength(snippets.length + 2);
    expect(guide.match(/^<!-- run: openai -->$/gm)).toHaveLength(2);
    for (const code of snippets) expect(code).toContain('http://127.0.0.1:4000');
  });

  it('finds models that edit', () => {
    expect(answerIn('model.json')).toMatchObject({ id: 'gemini-2-5-flash-image' });
    expect(JSON.stringify(answerIn('editors.json'))).toContain('"gemini-2-5-flash-image"');
    expect(JSON.stringify(answerIn('editors.json'))).not.toContain('"dall-e-3"');
  });

  it.each(['sailboat.png', 'bridge.png', 'winter.png', 'night.png', 'lighthouse.png'])(
    'makes %s',
    async (name) => {
      const { width, height } = await sharp(bytesOf(name)).metadata();
      expect({ width, height }).toEqual({ width: 512, height: 384 });
      await sharp(bytesOf(name)).raw().toBuffer();
    },
  );

  it('makes a chain of pictures that differ and know their parents', () => {
    const winter = generation.parse(answerIn('winter.json'));
    const night = generation.parse(answerIn('night.json'));
    expect(night).toMatchObject({ status: 'succeeded', parents: [winter.data[0]?.id] });
    expect(
      new Set(['sailboat', 'winter', 'night'].map((name) => bytesOf(`${name}.png`).toString('base64'))).size,
    ).toBe(3);
    expect(answerIn('record.json')).toMatchObject({ id: night.id, parents: [winter.data[0]?.id] });
    expect(generation.parse(answerIn('record.json')).data[0]?.url).toContain('/i/img_');
  });

  it('keeps every pixel outside its mask and changes the others', async () => {
    const kept = await pixelsOf('lighthouse.png', 0, 224);
    expect(kept.equals(await pixelsOf('sailboat.png', 0, 224))).toBe(true);
    const repainted = await pixelsOf('lighthouse.png', 288, 224);
    expect(repainted.equals(await pixelsOf('sailboat.png', 288, 224))).toBe(false);
  });

  it('keeps pictures', () => {
    expect(answerIn('kept.json')).toMatchObject({ object: 'file', status: 'processed' });
    expect(answerIn('uploaded.json')).toMatchObject({ filename: 'sailboat.png', purpose: 'vision' });
    expect(JSON.stringify(answerIn('uploaded.json'))).toContain('"expires_at"');
    expect(answerIn('files.json')).toMatchObject({ object: 'list', has_more: false });
    expect(bytesOf('kept.png').equals(bytesOf('night.png'))).toBe(true);
  });

  it('words a prompt for six models and looks another one over', () => {
    const { renderings } = z
      .object({ renderings: z.array(z.object({ model: z.string(), prompt: z.string() })) })
      .parse(answerIn('wordings.json'));
    expect(renderings).toHaveLength(6);
    expect(answerIn('wordings.json')).toMatchObject({ prompt: GUIDE_EXAMPLE });
    expect(JSON.stringify(answerIn('findings.json'))).toContain('"misplaced-negative"');
  });

  it('plans without running', () => {
    expect(answerIn('plan.json')).toMatchObject({ object: 'image.plan', quote: { credits: 0 } });
    expect(answerIn('several.json')).toMatchObject({ object: 'image.plan' });
    expect(JSON.stringify(answerIn('several.json'))).toContain('"$input":1');
    expect(answerIn('credits.json')).toMatchObject({ held: 0 });
    expect(answerIn('ledger.json')).toMatchObject({ object: 'list' });
  });
});
