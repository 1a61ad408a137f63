/** Secret settings that are encrypted, from the command that seals them to the server that opens them. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createTestFolder } from '../factories/temporary-folder.js';
import { runCli } from '../support/cli.js';
import { startTestGateway } from '../support/test-gateway.js';

const PROGRAM = path.resolve(import.meta.dirname, '../../dist/cli/main.js');
const FIRST = 'first-secret-of-the-operator-0001';
const SECOND = 'second-secret-of-the-operator-002';
const TOKEN = 'an-admin-token-that-nobody-sees';
const KEY = 'sk-key-of-a-provider-that-nobody-sees';

const folder = createTestFolder();
const data = path.join(folder.path, 'data');
mkdirSync(data);
afterAll(() => {
  folder.remove();
});
const base = { ATELIER_DATA_DIR: data, HOME: folder.path };

function write(name: string, content: string): string {
  const file = path.join(folder.path, name);
  writeFileSync(file, content, { mode: 0o600 });
  return file;
}

/** Seals a value that comes on standard input. */
async function seal(name: string, value: string, env: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn(process.execPath, [PROGRAM, 'secrets', 'seal', name], {
    env: { PATH: process.env['PATH'], ...base, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(`${value}\n`);
  const line = (await text(child.stdout)).trim();
  expect(line.startsWith(`${name}=sealed:v1:`)).toBe(true);
  expect(line).not.toContain(value);
  return line.slice(name.length + 1);
}

describe('atelier secrets', () => {
  it('seals a value for a server, which opens it, and for no other setting', async () => {
    const sealed = await seal('ATELIER_ADMIN_TOKEN', TOKEN, { ATELIER_SECRET: FIRST });
    const env = {
      ...base,
      PORT: '0',
      LOG_LEVEL: 'silent',
      ATELIER_ADMIN_TOKEN: sealed,
      ATELIER_SECRET_FILE: write('secret', `${FIRST}\n`),
      ATELIER_BOOTSTRAP_KEY_FILE: write('key', 'first-key-of-this-installation\n'),
    };
    const gateway = await startTestGateway(env, { clock: undefined, random: undefined });
    try {
      const status = async (bearer: string, where: string) =>
        (await fetch(gateway.url + where, { headers: { authorization: `Bearer ${bearer}` } })).status;
      expect(await status(TOKEN, '/v1/admin/workspaces')).toBe(200);
      expect(await status(sealed, '/v1/admin/workspaces')).toBe(401);
      expect(await status('first-key-of-this-installation', '/v1/credits')).toBe(200);
      // The command line takes the same settings.
      const { code, stdout } = await runCli(['admin', 'workspaces', '--json'], {
        ...env,
        ATELIER_URL: gateway.url,
      });
      expect([code, stdout.includes('default')]).toStrictEqual([0, true]);
    } finally {
      await gateway.stop();
    }
    const moved = { ...base, ATELIER_SECRET: FIRST, OPENAI_API_KEY: sealed };
    const { code, stderr } = await runCli(['serve'], moved);
    expect(code).toBe(1);
    expect(stderr).toMatch(/OPENAI_API_KEY: can not be opened: .* for another setting/);
    expect(stderr).not.toContain(sealed.slice(10));
  });

  it('is told by serve and doctor which setting the secret does not open, and never its value', async () => {
    const sealed = await seal('OPENAI_API_KEY', KEY, { ATELIER_SECRET: FIRST });
    const env = { ...base, ATELIER_SECRET: SECOND, OPENAI_API_KEY: sealed };
    for (const words of [['serve'], ['doctor'], ['secrets', 'check']]) {
      const { code, stdout, stderr } = await runCli(words, env);
      expect([words, code]).toStrictEqual([words, 1]);
      expect(stdout + stderr).toContain('OPENAI_API_KEY: can not be opened');
      expect(stdout + stderr).not.toContain(sealed.slice(10));
      expect(stdout + stderr).not.toContain(KEY);
    }
  });

  it('moves all to a new secret: both are given, what is set is sealed again, the old one goes', async () => {
    const rotating = { ...base, ATELIER_SECRET: `${SECOND},${FIRST}` };
    const before = {
      OPENAI_API_KEY: await seal('OPENAI_API_KEY', KEY, { ATELIER_SECRET: FIRST }),
      ATELIER_ADMIN_TOKEN_FILE: write(
        'token',
        await seal('ATELIER_ADMIN_TOKEN', TOKEN, { ATELIER_SECRET: FIRST }),
      ),
    };
    const check = async (env: Readonly<Record<string, string>>) => {
      const { stdout } = await runCli(['secrets', 'check', '--json'], env);
      return z
        .object({
          settings: z.array(
            z.object({
              name: z.string(),
              place: z.string(),
              sealed: z.boolean(),
              secret: z.number().optional(),
            }),
          ),
          problems: z.array(z.string()),
        })
        .parse(JSON.parse(stdout));
    };
    expect(await check({ ...rotating, ...before })).toStrictEqual({
      settings: [
        { name: 'ATELIER_ADMIN_TOKEN', place: 'file', sealed: true, secret: 2 },
        { name: 'OPENAI_API_KEY', place: 'environment', sealed: true, secret: 2 },
      ],
      problems: [],
    });
    const doctor = await runCli(['doctor', '--json'], {
      ...rotating,
      ...before,
      OPENAI_BASE_URL: 'http://127.0.0.1:1',
    });
    expect(doctor.stdout).toContain('seal --current ATELIER_ADMIN_TOKEN OPENAI_API_KEY');

    const { stdout } = await runCli(['secrets', 'seal', '--current'], { ...rotating, ...before });
    const after = Object.fromEntries(
      stdout
        .trim()
        .split('\n')
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
    expect(Object.keys(after)).toStrictEqual(['ATELIER_ADMIN_TOKEN', 'OPENAI_API_KEY']);
    const { settings, problems } = await check({ ...base, ATELIER_SECRET: SECOND, ...after });
    expect([settings.map(({ secret }) => secret), problems]).toStrictEqual([[1, 1], []]);
  });

  it('refuses what it can not seal', async () => {
    const refused = async (words: readonly string[], env: Readonly<Record<string, string>>) => {
      const { code, stderr } = await runCli(['secrets', 'seal', ...words], { ...base, ...env });
      expect([words, code]).toStrictEqual([words, 1]);
      return stderr;
    };
    const secret = { ATELIER_SECRET: FIRST };
    expect(await refused(['ATELIER_SECRET'], secret)).toContain('can not be sealed itself');
    expect(await refused(['PORT'], secret)).toContain('PORT is no secret');
    expect(await refused(['a=b'], secret)).toContain('no name of a setting');
    expect(await refused(['--current', 'XAI_API_KEY'], secret)).toContain('XAI_API_KEY is not set');
    const nowhere = { ATELIER_DATA_DIR: path.join(folder.path, 'nothing') };
    expect(await refused(['--current', 'XAI_API_KEY'], nowhere)).toContain('ATELIER_SECRET_FILE');
  });

  it('leaves no value in the data folder', () => {
    for (const value of [TOKEN, KEY]) {
      expect(readFileSync(path.join(data, 'atelier.sqlite')).includes(value)).toBe(false);
    }
  });
});
