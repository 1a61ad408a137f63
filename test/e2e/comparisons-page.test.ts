/** Runs the page about comparisons as its reader does: every block of code, in order, in one folder. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decode } from '../support/answers.js';
import { comparison, comparisonPlan } from '../support/comparisons.js';
import { startTestServer, type TestServer } from '../support/server.js';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../..');
const page = readFileSync(path.join(root, 'docs/comparisons.md'), 'utf8');
const snippets = [...page.matchAll(/<!-- run: (curl|typescript) -->\n```(?:sh|ts)\n([\s\S]*?)```/g)].map(
  ([, kind = '', code = '']) => ({ kind, code }),
);

let server: TestServer;
let folder: string;
let printed = '';

beforeAll(async () => {
  server = await startTestServer();
  folder = mkdtempSync(path.join(tmpdir(), 'atelier-comparisons-'));
  const options = { cwd: folder, env: { ...process.env, ATELIER_API_KEY: server.testKey } };
  for (const { kind, code } of snippets) {
    const own = code.replaceAll('http://127.0.0.1:4000', server.url);
    if (kind === 'curl') {
      await run('bash', ['-euo', 'pipefail', '-c', own], options);
    } else {
      const file = path.join(folder, 'program.mts');
      writeFileSync(file, own);
      const { stdout } = await run(path.join(root, 'node_modules/.bin/tsx'), [file], options);
      printed += stdout;
    }
  }
}, 120_000);
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server.stop();
});

const bytesOf = (name: string) => readFileSync(path.join(folder, name));
const answerIn = (name: string): unknown => JSON.parse(bytesOf(name).toString());

it('has no block of code that this test does not run', () => {
  expect(snippets.map(({ kind }) => kind)).toEqual(['curl', 'curl', 'typescript']);
  // What is typed at a prompt is tested by compare-command.test.ts.
  expect(page.match(/^```(?!console)\w+$/gm)).toHaveLength(snippets.length);
});

it('quotes four cells and runs them at that price', () => {
  const { quote, cells } = comparisonPlan.parse(answerIn('quote.json'));
  expect([cells.length, quote.refused]).toEqual([4, 0]);
  const ended = comparison.parse(answerIn('comparison.json'));
  expect(ended).toMatchObject({ status: 'succeeded', credits_quoted: quote.credits });
  expect(comparison.parse(answerIn('begun.json')).id).toBe(ended.id);
  const events = bytesOf('events.txt').toString();
  expect(events.match(/^event: cell_finished$/gm)).toHaveLength(4);
  expect(events).toContain('event: completed');
});

it('saves two contact sheets', async () => {
  expect((await decode(bytesOf('foxes.webp'))).format).toBe('webp');
  expect((await decode(bytesOf('bridges.png'))).format).toBe('png');
  expect(printed.match(/succeeded/g)).toHaveLength(4);
});
