/** nginx as the documentation sets it up, over servers that a test started. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTestFolder } from '../factories/temporary-folder.js';

const SHIPPED = path.resolve(import.meta.dirname, '../../deploy/nginx/atelier.conf');
const START_MS = 20_000;

/** A running nginx. */
export interface Nginx {
  stop(): Promise<void>;
}

/**
 * The file of `deploy/nginx` with other addresses in it.
 * @param port where nginx listens on loopback
 * @param upstreams addresses such as `http://127.0.0.1:4000`, in turn
 */
export function fillShippedFile(text: string, port: number, upstreams: readonly string[]): string {
  const servers = upstreams.map((url) => `  server ${new URL(url).host} max_fails=1 fail_timeout=2s;\n`);
  const filled = text
    .replace(/(?:^ {2}server [^{\n]*;\n)+/m, servers.join(''))
    .replace(/listen 80;/, `listen 127.0.0.1:${port};`);
  if (!filled.includes(`listen 127.0.0.1:${port};`) || !filled.includes(servers.join(''))) {
    throw new Error('deploy/nginx/atelier.conf has no list of servers, or does not listen on 80');
  }
  return filled;
}

/** Starts nginx with the shipped file, and waits until it answers. */
export async function startNginx(port: number, upstreams: readonly string[]): Promise<Nginx> {
  const folder = createTestFolder();
  const place = (name: string) => path.join(folder.path, name);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${place(name)};`,
  );
  const file = place('nginx.conf');
  writeFileSync(
    file,
    [
      'daemon off;',
      // Else the workers of one that root starts could not write below the folder.
      process.getuid?.() === 0 ? 'user root;' : '',
      'worker_processes 1;',
      `pid ${place('nginx.pid')};`,
      `error_log ${place('error.log')};`,
      'events { worker_connections 1024; }',
      `http { access_log off; ${temporary.join(' ')}`,
      fillShippedFile(readFileSync(SHIPPED, 'utf8'), port, upstreams),
      '}',
    ].join('\n'),
  );
  const child = spawn('nginx', ['-p', folder.path, '-c', file, '-e', place('error.log')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(child, 'exit');
  const deadline = Date.now() + START_MS;
  while (!(await answers(port))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      throw new Error(`nginx did not start: ${readFileSync(place('error.log'), 'utf8')}`);
    }
    await sleep(20);
  }
  return {
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      folder.remove();
    },
  };
}

async function answers(port: number): Promise<boolean> {
  try {
    await (await fetch(`http://127.0.0.1:${port}/healthz`)).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}
