/**
 * Every block of code of the documentation: what is marked as run is run somewhere, commands that stand alone are run here, and whatever is
 * left is read by what would read it, so that no example is broken.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { transform } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { startTestServer, type TestServer } from '../support/server.js';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../..');

interface Block {
  readonly page: string;
  /** What stands in the comment before it. */
  readonly mark: string | undefined;
  readonly language: string;
  readonly code: string;
}

const pages = ['README.md', 'CONTRIBUTING.md', ...['docs', 'docs/contributing'].flatMap(listPages)];
const blocks = pages.flatMap(blocksOf);

/** Commands here that need nothing but a gateway; those of the quickstart that the README has are run with it. */
const RUN_HERE = ['docs/jobs.md', 'docs/quickstart.md'];

const answer = z.object({ object: z.string(), id: z.string().optional() });

let server: TestServer;
let folder: string;
beforeAll(async () => {
  server = await startTestServer();
  folder = mkdtempSync(path.join(tmpdir(), 'atelier-snippets-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server.stop();
});

function listPages(folder: string): readonly string[] {
  return readdirSync(path.join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
}

function blocksOf(page: string): readonly Block[] {
  const text = readFileSync(path.join(root, page), 'utf8');
  return [...text.matchAll(/(?:<!-- ([^>]*) -->\n+)?^ *```(\w+)\n([\s\S]*?)^ *```$/gm)].map(
    ([, mark, language = '', code = '']) => ({ page, mark, language, code }),
  );
}

const isRun = ({ mark }: Block) => /^(run|file|compile|test-command)/.test(mark ?? '');
const titled = (list: readonly Block[]) =>
  list.map(
    (block) => [`${block.page}: ${block.code.trim().split('\n')[0]?.slice(0, 60) ?? ''}`, block] as const,
  );

it('knows a test that runs the marked blocks of each page', () => {
  expect(blocks.length).toBeGreaterThan(60);
  const tests = readdirSync(path.join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts') && name !== path.join('e2e', 'docs-snippets.test.ts'))
    .map((name) => readFileSync(path.join(root, 'test', name), 'utf8'));
  for (const page of new Set(blocks.filter(isRun).map((block) => block.page))) {
    const named = tests.some((code) => code.includes(path.basename(page)));
    expect(named || RUN_HERE.includes(page), `nobody runs ${page}`).toBe(true);
  }
});

describe('commands that stand alone', () => {
  const readme = new Set(blocksOf('README.md').map(({ code }) => code));
  const alone = blocks.filter(
    (block) => RUN_HERE.includes(block.page) && block.mark === 'run: curl' && !readme.has(block.code),
  );

  it('are there', () => {
    expect(new Set(alone.map(({ page }) => page))).toEqual(new Set(RUN_HERE));
  });

  it.each(titled(alone))('%s', async (_title, { code }) => {
    const { stdout } = await run(
      'bash',
      ['-euo', 'pipefail', '-c', code.replaceAll('http://127.0.0.1:4000', server.url)],
      { cwd: folder, env: { ...process.env, ATELIER_API_KEY: server.testKey } },
    );
    const { object, id } = answer.parse(JSON.parse(stdout));
    expect(object).toMatch(/^image\.(plan|generation)$/);
    // What was only begun is watched to its end.
    if (id !== undefined) {
      const path = `/v1/images/generations/${id}`;
      await server.call('GET', `${path}/events`, { key: server.testKey });
      const ended = await server.call('GET', path, { key: server.testKey });
      expect(ended.body).toMatchObject({ status: 'succeeded' });
    }
  });
});

it.each(titled(blocks.filter((block) => !isRun(block))))(
  'is whole: %s',
  async (_title, { language, code }) => {
    switch (language) {
      case 'sh':
      case 'bash':
        writeFileSync(path.join(folder, 'block.sh'), code);
        await run('bash', ['-n', path.join(folder, 'block.sh')]);
        break;
      case 'json':
        JSON.parse(code);
        break;
      case 'yaml':
        expect(typeof parse(code)).toBe('object');
        break;
      case 'js':
      case 'tsx':
      case 'ts':
        await transform(code, { loader: language });
        break;
      case 'text':
        break;
      case 'console':
        expect(code).toMatch(/^\$ /);
        break;
      case 'csv':
        expect(code).toContain(',');
        break;
      default:
        throw new Error(`nothing reads blocks of ${language}`);
    }
  },
);
