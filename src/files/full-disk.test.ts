import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { createTestFolder } from '../../test/factories/temporary-folder.js';

const run = promisify(execFile);

it('stores nothing under its final name when the disk takes only a part of the bytes', async () => {
  const folder = createTestFolder();
  try {
    // A limit on file size stands in for a full disk: the kernel takes what fits and says how much that was.
    const script = path.resolve(import.meta.dirname, '../../test/factories/limited-writer.ts');
    const { stdout } = await run('bash', [
      '-c',
      'trap "" XFSZ; ulimit -f 100; exec "$0" --import tsx "$1" "$2"',
      process.execPath,
      script,
      folder.path,
    ]);
    const files = readdirSync(folder.path, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    expect(files.map((entry) => entry.name)).toStrictEqual([]);
    expect(stdout).toMatch(/^refused /);
  } finally {
    folder.remove();
  }
});
