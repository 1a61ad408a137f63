/** The built program as a user starts it: `node dist/cli/main.js`, driven by signals and by the README's own snippets. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { decode, generation } from '../support/answers.js';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../..');
const program = path.join(root, 'dist/cli/main.js');

let folder = '';
let children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'atelier-built-'));
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
  rmSync(folder, { recursive: true, force: true });
});

interface Started {
  readonly child: ChildProcess;
  readonly url: string;
  readonly output: () => string;
  readonly readyMs: number;
}

async function start(env: Readonly<Record<string, string>> = {}): Promise<Started> {
  const begin = performance.now();
  const child = spawn(process.execPath, [program, 'serve'], {
    cwd: folder,
    env: {
      ...process.env,
      PORT: '0',
      ATELIER_DATA_DIR: path.join(folder, 'data'),
      ATELIER_EMULATOR_DETAIL: 'plain',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let output = '';
  const listening = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const match = /listens on (http:\S+)/.exec(output);
      if (match?.[1] !== undefined) resolve(match[1]);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.on('exit', (code) => {
      reject(new Error(`the server ended with ${String(code)}: ${output}`));
    });
  });
  const url = await listening;
  const ready = await fetch(`${url}/readyz`);
  expect(ready.status).toBe(200);
  return { child, url, output: () => output, readyMs: performance.now() - begin };
}

function keyIn(output: string, kind: 'live' | 'test'): string {
  return new RegExp(`atl_${kind}_[A-Za-z0-9]+`).exec(output)?.[0] ?? '';
}

/** What a command that has to fail says. */
async function failureOf(command: Promise<unknown>): Promise<{ code: number; stderr: string }> {
  const error: unknown = await command.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return z.object({ code: z.number(), stderr: z.string() }).parse(error);
}

/** The code block of the README behind a mark. */
function snippet(mark: string): string {
  const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
  const block = readme.split(`<!-- ${mark} -->\n`)[1] ?? '';
  return /^```\w+\n([\s\S]*?)```/.exec(block)?.[1] ?? '';
}

describe('the first minute', () => {
  it('is ready soon, prints two keys once, and the README curl saves a picture of the asked size', async () => {
    const { child, url, output, readyMs } = await start();
    // Under a second on a quiet machine; others may keep both cores busy.
    expect(readyMs).toBeLessThan(30_000);
    const live = keyIn(output(), 'live');
    expect(live).not.toBe('');
    expect(keyIn(output(), 'test')).not.toBe('');

    const curl = snippet('run: curl').replace('http://127.0.0.1:4000', url);
    await run('bash', ['-c', curl], { cwd: folder, env: { ...process.env, ATELIER_API_KEY: live } });
    expect(await decode(readFileSync(path.join(folder, 'sailboat.png')))).toEqual({
      width: 1024,
      height: 1024,
      format: 'png',
    });

    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);

    const again = await start();
    expect(keyIn(again.output(), 'live')).toBe('');
    expect(keyIn(again.output(), 'test')).toBe('');
    expect(output()).toContain(`${url}/#sign-in=`);
    expect(again.output()).not.toContain('#sign-in=');
    expect(again.output()).not.toContain(live);
    const models = await fetch(`${again.url}/v1/models`, { headers: { authorization: `Bearer ${live}` } });
    expect(models.status).toBe(200);
  });

  it('runs the TypeScript snippet of the README', async () => {
    const { url, output } = await start();
    const file = path.join(root, 'test', `.readme-${process.pid}.ts`);
    writeFileSync(file, snippet('run: typescript').replace('http://127.0.0.1:4000', url));
    try {
      await run(path.join(root, 'node_modules/.bin/tsx'), [file], {
        cwd: folder,
        env: { ...process.env, ATELIER_API_KEY: keyIn(output(), 'live') },
      });
    } finally {
      rmSync(file);
    }
    expect(await decode(readFileSync(path.join(folder, 'sailboat.png')))).toMatchObject({
      width: 1024,
      height: 1024,
    });
  });

  it('compiles the Python snippet of the README and makes its request with requests', async () => {
    const { url, output } = await start();
    const python = snippet('compile: python');
    const file = path.join(folder, 'snippet.py');
    writeFileSync(file, python);
    await run('/usr/bin/python3', ['-m', 'py_compile', file]);
    const wish = /images\.generate\(([\s\S]*?)\n\)/.exec(python)?.[1] ?? '';
    const request = [
      'import base64, os, requests',
      `wish = dict(${wish})`,
      `answer = requests.post("${url}/v1/images/generations", json=wish, headers={"authorization": "Bearer " + os.environ["ATELIER_API_KEY"]})`,
      'answer.raise_for_status()',
      'open("sailboat.png", "wb").write(base64.b64decode(answer.json()["data"][0]["b64_json"]))',
    ].join('\n');
    await run('/usr/bin/python3', ['-c', request], {
      cwd: folder,
      env: { ...process.env, ATELIER_API_KEY: keyIn(output(), 'live') },
    });
    expect(await decode(readFileSync(path.join(folder, 'sailboat.png')))).toMatchObject({
      width: 1024,
      height: 1024,
    });
  });
});

describe('the command line', () => {
  it('draws, lists models, makes and revokes keys, and says what is wrong', async () => {
    const { url, output } = await start();
    const env = { ...process.env, ATELIER_URL: url, ATELIER_API_KEY: keyIn(output(), 'test') };
    const atelier = (...args: string[]) => run(process.execPath, [program, ...args], { cwd: folder, env });

    const drawn = await atelier(
      'generate',
      'a fox',
      '-m',
      'dall-e-3',
      '-s',
      '512x512',
      '-n',
      '2',
      '-o',
      'fox.png',
    );
    expect(drawn.stdout).toContain('model dall-e-3, 8 credits');
    for (const name of ['fox-1.png', 'fox-2.png']) {
      expect(await decode(readFileSync(path.join(folder, name)))).toMatchObject({ width: 512, height: 512 });
    }
    expect((await atelier('models')).stdout).toMatch(/dall-e-3 +4–12 credits/);
    const [id = '', key = ''] = (await atelier('keys', 'create', 'ci')).stdout.trim().split('\n');
    expect(key).toMatch(/^atl_test_/);
    await atelier('keys', 'revoke', id);
    expect((await atelier('keys')).stdout).not.toContain(id);
    const wrongModel = await failureOf(atelier('generate', 'x', '-m', 'dall-e-9'));
    expect(wrongModel.code).toBe(1);
    expect(wrongModel.stderr).toContain('Did you mean');
    const nowhere = { env: { ...env, ATELIER_URL: 'http://127.0.0.1:1' } };
    expect((await failureOf(run(process.execPath, [program, 'models'], nowhere))).stderr).toContain(
      'no server answers',
    );
  });

  it('refuses to start beside another server on the same data, which goes on undisturbed', async () => {
    const { url, output } = await start();
    const key = keyIn(output(), 'test');
    const running = fetch(`${url}/v1/images/generations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'dall-e-3', prompt: 'a fox [[emulate:slow-5000]]' }),
    });
    await expect.poll(() => output().includes('"incoming request"'), { timeout: 10_000 }).toBe(true);
    const env = { ...process.env, PORT: '0', ATELIER_DATA_DIR: path.join(folder, 'data') };
    const refused = await failureOf(run(process.execPath, [program, 'serve'], { cwd: folder, env }));
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('another process runs on');
    expect((await running).status).toBe(200);
  });

  it('refuses to start on wrong settings and names all of them without their values', async () => {
    const env = { ...process.env, PORT: 'high', ATELIER_ADMIN_TOKEN: 'short', DATABASE_URL: 'mysql://x' };
    const refused = await failureOf(run(process.execPath, [program, 'serve'], { cwd: folder, env }));
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/PORT[\s\S]*ATELIER_ADMIN_TOKEN[\s\S]*DATABASE_URL/);
    expect(refused.stderr).not.toMatch(/short|mysql/);
  });
});

describe('stopping', () => {
  it('lets ten running generations finish, answers them all and ends with 0', async () => {
    const { child, url, output } = await start();
    const key = keyIn(output(), 'test');
    const answers = Array.from({ length: 10 }, async (_, index) => {
      const response = await fetch(`${url}/v1/images/generations`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          model: index % 2 === 0 ? 'dall-e-3' : 'gpt-image-2',
          prompt: `a fox [[emulate:slow-2000]]`,
          response_format: 'b64_json',
        }),
      });
      return { status: response.status, body: generation.parse(await response.json()) };
    });
    // The log says when a request has come in; all ten run once it names ten of them.
    await expect
      .poll(() => output().split('"incoming request"').length, { timeout: 10_000 })
      .toBeGreaterThan(11);
    child.kill('SIGTERM');
    const exited = once(child, 'exit');
    for (const { status, body } of await Promise.all(answers)) {
      expect(status).toBe(200);
      expect(body.status).toBe('succeeded');
      await decode(Buffer.from(body.data[0]?.b64_json ?? '', 'base64'));
    }
    expect(await exited).toEqual([0, null]);
  });
});
