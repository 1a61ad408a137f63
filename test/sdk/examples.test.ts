/** The programs of `examples/` and the Python of docs/clients.md, run as their readers do. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decode } from '../support/answers.js';
import { startTestServer, type TestServer } from '../support/server.js';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../..');
const page = readFileSync(path.join(root, 'docs/clients.md'), 'utf8');
const blockAfter = (mark: string) =>
  page.split(`<!-- ${mark} -->\n`)[1]?.match(/^```\w+\n([\s\S]*?)```/)?.[1] ?? '';

const PICTURES: Readonly<Record<string, readonly string[]>> = {
  'openai-sdk.ts': ['summer.png', 'winter.png'],
  'vercel-ai-sdk.ts': ['lantern-1.png', 'lantern-2.png'],
  'langchain.ts': ['lighthouse.png'],
};

let server: TestServer;
let folder: string;
beforeAll(async () => {
  server = await startTestServer();
  folder = mkdtempSync(path.join(tmpdir(), 'atelier-examples-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server.stop();
});

const env = () => ({ ...process.env, ATELIER_URL: server.url, ATELIER_API_KEY: server.testKey });

it('knows every example', () => {
  expect(readdirSync(path.join(root, 'examples')).toSorted()).toEqual(Object.keys(PICTURES).toSorted());
});

it.each(Object.entries(PICTURES))(
  '%s is what the page shows, and saves its pictures',
  async (name, pictures) => {
    const file = path.join(root, 'examples', name);
    expect(blockAfter(`file: examples/${name}`)).toBe(readFileSync(file, 'utf8'));
    await run(path.join(root, 'node_modules/.bin/tsx'), [file], { cwd: folder, env: env() });
    for (const picture of pictures) {
      const { width, height } = await decode(readFileSync(path.join(folder, picture)));
      expect(width).toBe(height);
    }
  },
);

it('hands on what the Vercel AI SDK has no field for, and reports what LangChain asked in vain', async () => {
  const { body } = await server.call('GET', '/v1/images/generations?limit=100', { key: server.testKey });
  const text = JSON.stringify(body);
  expect(text).toContain('"asked":"vivid"');
  expect(text).toContain('"negative_prompt_sent":"people"');
});

it('runs the Python program, and compiles the one for a package that is not here', async () => {
  const program = path.join(folder, 'program.py');
  writeFileSync(program, blockAfter('run: python').replaceAll('http://127.0.0.1:4000', server.url));
  rmSync(path.join(folder, 'winter.png'));
  await run('/usr/bin/python3', [program], { cwd: folder, env: env() });
  expect(await decode(readFileSync(path.join(folder, 'winter.png')))).toMatchObject({
    width: 512,
    height: 512,
  });
  const other = path.join(folder, 'other.py');
  writeFileSync(other, blockAfter('compile: python'));
  await run('/usr/bin/python3', ['-m', 'py_compile', other]);
});
