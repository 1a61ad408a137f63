import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { createTestFolder } from '../factories/temporary-folder.js';
import { findFreePort } from './free-port.js';

/** A Redis that a test may kill. */
export interface OwnRedis {
  readonly url: string;
  /** Stops answering without closing anything. */
  freeze(): void;
  kill(): Promise<void>;
}

/** Starts a Redis on a free loopback port, or on one that was used before. */
export async function startOwnRedis(url?: string): Promise<OwnRedis> {
  const port = url === undefined ? await findFreePort() : Number(new URL(url).port);
  const child = spawn(
    'redis-server',
    ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no'],
    { cwd: createTestFolder().path, stdio: 'ignore' },
  );
  const ended = once(child, 'exit');
  const client = new Redis(port, '127.0.0.1', { retryStrategy: () => 20, maxRetriesPerRequest: null });
  client.on('error', () => {});
  await Promise.race([client.ping(), sleep(10_000).then(() => Promise.reject(new Error('no Redis')))]);
  client.disconnect();
  return {
    url: `redis://127.0.0.1:${port}`,
    freeze: () => {
      child.kill('SIGSTOP');
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
