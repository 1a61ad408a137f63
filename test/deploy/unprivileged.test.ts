/** The built program as a user that may do nothing, on a machine of which it may write its own two folders only. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createTestFolder } from '../factories/temporary-folder.js';

const ROOT = path.resolve(import.meta.dirname, '../..');
const NOBODY = 65_534;

const folder = createTestFolder();
afterAll(() => {
  folder.remove();
});

/** Drops what can be dropped: who is not root has no other user to become. */
function unprivileged(): { readonly uid: number; readonly words: readonly string[] } {
  const own = process.getuid?.() ?? NOBODY;
  if (own !== 0) return { uid: own, words: ['--no-new-privs'] };
  const user = ['--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups'];
  return { uid: NOBODY, words: [...user, '--no-new-privs', '--bounding-set', '-all', '--inh-caps', '-all'] };
}

it('starts, makes a picture and stops without any privilege', async () => {
  const { uid, words } = unprivileged();
  const [data, temporary] = ['data', 'tmp'].map((name) => {
    const place = path.join(folder.path, name);
    mkdirSync(place, { mode: 0o700 });
    chownSync(place, uid, statSync(folder.path).gid);
    return place;
  });
  chmodSync(folder.path, 0o755);
  const program = path.join(ROOT, 'dist/cli/main.js');
  const child = spawn('setpriv', [...words, process.execPath, program, 'serve'], {
    cwd: '/',
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      LOG_LEVEL: 'silent',
      ATELIER_DATA_DIR: data,
      TMPDIR: temporary,
      ATELIER_BOOTSTRAP_KEY: 'the-first-key-of-a-nobody',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  try {
    let output = '';
    const url = await new Promise<string>((resolve, reject) => {
      const listen = (chunk: Buffer) => {
        output += chunk.toString();
        const found = /listens on (http:\/\/\S+)/.exec(output)?.[1];
        if (found !== undefined) resolve(found);
      };
      child.stdout.on('data', listen);
      child.stderr.on('data', listen);
      child.once('exit', () => {
        reject(new Error(`it did not start: ${output}`));
      });
    });
    const status = readFileSync(`/proc/${child.pid ?? 0}/status`, 'utf8');
    expect(status).toMatch(new RegExp(`^Uid:\\t${uid}\\t${uid}\\t${uid}\\t${uid}$`, 'm'));
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    expect(status).toMatch(/^CapEff:\t0+$/m);
    const answer = await fetch(`${url}/v1/images/generations`, {
      method: 'POST',
      headers: { authorization: 'Bearer the-first-key-of-a-nobody', 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'atelier-sketch', prompt: 'a fox', size: '64x64' }),
    });
    expect([answer.status, await answer.text()]).toStrictEqual([200, expect.stringContaining('"succeeded"')]);
  } finally {
    child.kill('SIGTERM');
  }
  expect(await ended).toStrictEqual([0, null]);
});
