/** `atelier compare`, as it is run by people and by programs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decode } from '../support/answers.js';
import { comparison, comparisonPlan } from '../support/comparisons.js';
import { startTestServer, type TestServer } from '../support/server.js';

const root = path.resolve(import.meta.dirname, '../..');

let server: TestServer;
let folder: string;
beforeAll(async () => {
  server = await startTestServer({ realTime: true, env: { ATELIER_MAX_RUNNING: '2' } });
  folder = mkdtempSync(path.join(tmpdir(), 'atelier-compare-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server.stop();
});

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param onStderr sees what was written so far, and may signal the process */
async function atelier(
  args: readonly string[],
  onStderr: (text: string, signal: (name: NodeJS.Signals) => void) => void = () => {},
): Promise<Ran> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', path.join(root, 'src/cli/main.ts'), 'compare', ...args],
    {
      cwd: root,
      env: { ...process.env, ATELIER_URL: server.url, ATELIER_API_KEY: server.testKey },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    onStderr(stderr, (name) => child.kill(name));
  });
  await once(child, 'close');
  return { code: child.exitCode, stdout, stderr };
}

const icons = ['-m', 'atelier-sketch', '-p', 'a flat icon of a summer fox', '-s', '64x64', '128x64'];

it('shows the quote of every cell and the sum, and runs nothing', async () => {
  const args = ['-m', 'dall-e-3', 'nothing-of-the-kind', '-p', 'a fox', '-s', '1024x1024'];
  args.push('--seed', '1', '2', '--dry-run');
  const { code, stdout } = await atelier(args);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^dall-e-3 · seed 1 +4 {2}adjusted: seed$/m);
  expect(stdout).toMatch(/^nothing-of-the-kind · seed 2 +– {2}There is no model/m);
  expect(stdout).toContain("at most 8 credits for 2 cells, 2 can't run");
  const json = await atelier([...args, '--json']);
  expect(comparisonPlan.parse(JSON.parse(json.stdout)).quote).toMatchObject({ credits: 8, refused: 2 });
});

it('tells each cell as it ends, prints the table and saves the sheet', async () => {
  const out = path.join(folder, 'sheet.png');
  const args = [...icons, '--replace', 'summer', '--with', 'summer', 'winter', '-o', out];
  const { code, stdout, stderr } = await atelier(args);
  expect([code, stderr]).toEqual([0, stderr]);
  expect(stderr.match(/^\d\/4 succeeded {2}summer → (summer|winter) · \d+x64/gm)).toHaveLength(4);
  expect(stdout).toMatch(/pictures +credits +fastest +median +slowest/);
  expect(stdout).toMatch(/^summer → winter +2\/2 +0 /m);
  expect(stdout).toContain('4 of 4 cells with pictures, 0 credits');
  expect((await decode(readFileSync(out))).format).toBe('png');
}, 120_000);

it('prints the whole comparison as JSON; cells without a picture make the exit code 2', async () => {
  const out = path.join(folder, 'sheet.webp');
  const { code, stdout } = await atelier([...icons, '-m', 'nothing-of-the-kind', '-o', out, '--json']);
  expect(code).toBe(2);
  const seen = comparison.parse(JSON.parse(stdout));
  expect(seen).toMatchObject({ status: 'partial', counts: { total: 4, succeeded: 2, failed: 2 } });
  expect((await decode(readFileSync(out))).format).toBe('webp');
}, 120_000);

it('does not spend more than it may without being asked', async () => {
  const dear = ['-m', 'dall-e-3', '-p', 'a fox', '-s', '1024x1024', '--seed', '1', '2', '3'];
  const refused = await atelier(dear);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('at most 12 credits for 3 cells');
  expect(refused.stderr).toContain('say --yes');
  const agreed = await atelier([...dear, '--ask-above', '12', '--no-sheet']);
  expect([agreed.code, agreed.stdout.includes('12 credits')]).toEqual([0, true]);
}, 120_000);

it('tells what is wrong in the words of the server', async () => {
  const wrong = await atelier(['-m', 'dall-e-3', '-p', 'a fox', '--replace', 'foks', '--with', 'owl']);
  expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('Did you mean `fox`?')]);
  expect((await atelier([...icons, '-o', 'sheet.gif'])).stderr).toContain('--out must end in');
  expect((await atelier([...icons, '--replace', 'fox'])).stderr).toContain('belong together');
}, 120_000);

it('an interruption cancels what has not begun and waits for what runs', async () => {
  let sent = false;
  const args = [
    '-m',
    'dall-e-3',
    '-p',
    'a pond [[emulate:slow-1500]]',
    '--seed',
    '1',
    '2',
    '3',
    '4',
    '5',
    '6',
    '7',
    '8',
  ];
  const { code, stdout, stderr } = await atelier([...args, '--yes', '--no-sheet'], (text, signal) => {
    // The first cells have ended: others run, and the rest waits.
    if (sent || !text.includes('succeeded')) return;
    sent = true;
    signal('SIGINT');
  });
  expect(stderr).toContain('cancelling what has not begun');
  expect(code).toBe(130);
  const made = /^(\d) of 8 cells with pictures, (\d+) credits$/m.exec(stdout);
  expect(Number(made?.[1])).toBeGreaterThan(0);
  expect(Number(made?.[1])).toBeLessThan(8);
  expect(Number(made?.[2])).toBe(4 * Number(made?.[1]));
}, 120_000);
