/** An export of several hundred megabytes needs no more memory than one of a single picture. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { createTestFolder } from '../factories/temporary-folder.js';
import { fileForm } from '../support/files.js';
import { startGatewayProcess } from '../support/gateway-process.js';
import { createOwnStores } from '../support/own-stores.js';

const KEY = 'key-of-an-exported-gateway-01';
const PROGRAM = path.resolve(import.meta.dirname, '../../dist/cli/main.js');
const PICTURES = 50;
const EDGE = 1800;
const MIB = 1024 * 1024;

it('an export of several hundred megabytes', async () => {
  const folder = createTestFolder();
  const stores = await createOwnStores('embedded');
  const gateway = await startGatewayProcess({ ...stores.env, ATELIER_BOOTSTRAP_KEY: KEY });
  const upload = async () => {
    const pixels = randomBytes(EDGE * EDGE * 3);
    const picture = sharp(pixels, { raw: { width: EDGE, height: EDGE, channels: 3 } });
    const answer = await fetch(`${gateway.url}/v1/files`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}` },
      body: fileForm(await picture.png({ compressionLevel: 0 }).toBuffer()),
    });
    expect(answer.status).toBe(200);
  };
  /** @returns most memory that it had at once, in bytes */
  const exportTo = async (out: string): Promise<number> => {
    const child = spawn(process.execPath, [PROGRAM, 'export', '--out', out, '--all-files'], {
      cwd: folder.path,
      env: { ...process.env, ATELIER_URL: gateway.url, ATELIER_API_KEY: KEY },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    let peak = 0;
    const timer = setInterval(() => {
      peak = Math.max(peak, peakOf(child.pid ?? 0));
    }, 20);
    const ended: unknown[] = await once(child, 'exit');
    clearInterval(timer);
    expect(ended[0]).toBe(0);
    return peak;
  };
  try {
    await upload();
    const small = { folder: await exportTo('one'), zip: await exportTo('one.zip') };
    for (let number = 1; number < PICTURES; number += 1) await upload();
    const large = { folder: await exportTo('many'), zip: await exportTo('many.zip') };
    const grown = { folder: large.folder - small.folder, zip: large.zip - small.zip };
    const mib = (bytes: number) => Math.round(bytes / MIB);
    process.stdout.write(
      `${PICTURES} pictures of ${mib(EDGE * EDGE * 3)} MiB: to a folder ${mib(large.folder)} MiB at most, ${mib(grown.folder)} more than for one; ` +
        `to a zip ${mib(large.zip)} MiB, ${mib(grown.zip)} more\n`,
    );
    expect(grown.folder).toBeLessThan(64 * MIB);
    expect(grown.zip).toBeLessThan(64 * MIB);
  } finally {
    await gateway.kill();
    await stores.remove();
    folder.remove();
  }
}, 1_800_000);

function peakOf(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    // It has ended.
    return 0;
  }
}
