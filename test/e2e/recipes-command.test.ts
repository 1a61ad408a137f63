/** `atelier recipes` and `atelier generate --recipe`: the built command against a server. */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { createTestFolder } from '../factories/temporary-folder.js';
import { decode } from '../support/answers.js';
import { startTestServer, type TestServer } from '../support/server.js';

const program = path.resolve(import.meta.dirname, '../../dist/cli/main.js');
const failed = z.object({ code: z.number(), stdout: z.string(), stderr: z.string() });
const folder = createTestFolder();
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server.stop();
  folder.remove();
});

async function atelier(...options: readonly string[]) {
  try {
    const env = {
      PATH: process.env['PATH'] ?? '',
      ATELIER_URL: server.url,
      ATELIER_API_KEY: server.testKey,
    };
    const done = await promisify(execFile)(process.execPath, [program, ...options], {
      env,
      cwd: folder.path,
    });
    return { code: 0, ...done };
  } catch (error) {
    return failed.parse(error);
  }
}

it('saves, shows, lists, runs and deletes a recipe', async () => {
  const request = { model: 'atelier-sketch', prompt: 'a flat icon of {{subject}}', size: '{{size}}' };
  writeFileSync(path.join(folder.path, 'card.json'), JSON.stringify(request));
  const save = ['recipes', 'save', 'card', '--request', '@card.json', '--description', 'for cards'];
  const saved = await atelier(...save, '--var', 'size=96x96');
  expect([saved.code, saved.stderr]).toEqual([0, '']);
  expect(saved.stdout.trim().split(/ {2,}/)).toEqual(['card', 'v1', 'size=96x96, subject', 'for cards']);
  expect((await atelier(...save, '--var', 'size=64x64', 'subject')).stdout).toContain('v2');
  const shown = await atelier('recipes', 'show', 'card');
  expect(JSON.parse(shown.stdout)).toMatchObject({ name: 'card', version: 2, request });
  expect((await atelier('recipes')).stdout).toMatch(/^card +v2 +size=64x64, subject +for cards\n$/);

  const drawn = await atelier(
    'generate',
    '--recipe',
    'card',
    '--var',
    'subject=a pear = a fruit',
    '--out',
    'a.png',
  );
  expect([drawn.code, drawn.stderr]).toEqual([0, expect.anything()]);
  expect(await decode(readFileSync(path.join(folder.path, 'a.png')))).toMatchObject({
    width: 64,
    height: 64,
  });

  expect((await atelier('recipes', 'delete', 'card')).stdout).toBe('deleted card\n');
  expect(await atelier('recipes', 'show', 'card')).toMatchObject({
    code: 1,
    stderr: 'atelier: There is no recipe "card". (not_found)\n',
  });
});

it.each([
  [['recipes', 'save', 'x'], 'say what to save'],
  [['recipes', 'save', 'x', '--request', '{'], '--request can’t be read'],
  [['generate'], 'say what to draw'],
  [['generate', '--recipe', 'x', '--var', 'subject'], '--var takes name=value, not "subject"'],
])('refuses %j in words', async (options, words) => {
  const { code, stderr } = await atelier(...options);
  expect([code, stderr]).toEqual([1, expect.stringContaining(words)]);
});
