import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
const program = path.join(root, 'dist/cli/main.js');

/** The built program as a user starts it for the first time, on data of its own. */
export interface BuiltServer {
  readonly url: string;
  /** Signs one browser in, once. */
  readonly link: string;
  readonly liveKey: string;
  readonly testKey: string;
  /** Where it keeps its database and pictures. */
  readonly dataFolder: string;
  stop(): Promise<void>;
}

/** Starts `dist/cli/main.js`. @throws Error when it was not built */
export async function startBuiltServer(env: Readonly<Record<string, string>> = {}): Promise<BuiltServer> {
  if (!existsSync(program) || !existsSync(path.join(root, 'dist/web/index.html'))) {
    throw new Error('These tests are about the built program: run `npm run build` first.');
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'atelier-browser-'));
  const child = spawn(process.execPath, [program, 'serve'], {
    cwd: folder,
    env: {
      ...process.env,
      PORT: '0',
      LOG_LEVEL: 'silent',
      // Whoever shares the machine with other tests is late now and then.
      ATELIER_MAX_LOOP_DELAY_MS: '0',
      ATELIER_DATA_DIR: path.join(folder, 'data'),
      ATELIER_EMULATOR_DETAIL: 'plain',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  let output = '';
  const greeted = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('A first picture:')) resolve();
    });
    child.once('exit', (code) => {
      reject(new Error(`the server ended with ${String(code)}: ${output}`));
    });
  });
  await greeted;
  const find = (pattern: RegExp) => pattern.exec(output)?.[0] ?? '';
  return {
    url: find(/http:\/\/127\.0\.0\.1:\d+/),
    link: find(/http:\S+#sign-in=\S+/),
    liveKey: find(/atl_live_\w+/),
    testKey: find(/atl_test_\w+/),
    dataFolder: path.join(folder, 'data'),
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
