/** Runs every command of docs/keeping.md: those of callers against a gateway, those of operators when it has stopped. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { createTestFolder } from '../factories/temporary-folder.js';
import { startGatewayProcess } from '../support/gateway-process.js';
import { createOwnStores } from '../support/own-stores.js';

const root = path.resolve(import.meta.dirname, '../..');
const page = readFileSync(path.join(root, 'docs/keeping.md'), 'utf8');
const KEY = 'key-of-a-kept-gateway-01';

it('every command of the page runs', async () => {
  const folder = createTestFolder();
  const stores = await createOwnStores('embedded');
  const gateway = await startGatewayProcess({ ...stores.env, ATELIER_BOOTSTRAP_KEY: KEY });
  try {
    const atelier = path.join(folder.path, 'atelier');
    const program = path.join(root, 'dist/cli/main.js');
    writeFileSync(atelier, `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`, { mode: 0o755 });
    const run = async (mark: string) => {
      const blocks = [...page.matchAll(new RegExp(`<!-- run: ${mark} -->\n\`\`\`sh\n([^]*?)\`\`\``, 'g'))];
      for (const [, code = ''] of blocks) {
        await promisify(execFile)('sh', ['-euc', code], {
          cwd: folder.path,
          env: {
            PATH: `${folder.path}:${process.env['PATH'] ?? ''}`,
            ATELIER_URL: gateway.url,
            ATELIER_API_KEY: KEY,
            ...stores.env,
          },
        });
      }
      return blocks.length;
    };
    const made = await fetch(`${gateway.url}/v1/images/generations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'atelier-sketch',
        prompt: 'a flat icon of a fox',
        size: '256x256',
        persist: true,
      }),
    });
    expect(made.status).toBe(200);
    const callers = await run('cli');
    await gateway.kill();
    const operators = await run('operator');
    expect(page.match(/^```/gm)).toHaveLength(2 * (callers + operators));
    const read = (name: string) => readFileSync(path.join(folder.path, name), 'utf8');
    expect(read('pictures/manifest.jsonl')).toContain('"prompt":"a flat icon of a fox"');
    expect(read('summary.json')).toContain('"failed":0');
    for (const name of ['november.zip', 'sketches.zip', 'everything/manifest.jsonl']) {
      expect(existsSync(path.join(folder.path, name))).toBe(true);
    }
    expect(read('report.jsonl')).toContain('"problems":{"count":0');
  } finally {
    await gateway.kill();
    await stores.remove();
    folder.remove();
  }
}, 300_000);
