import { once } from 'node:events';
import { createServer, request as send } from 'node:http';
import { z } from 'zod';
import type { CliRun } from './cli.js';
import { startChild } from './child.js';

const ran = z.object({ code: z.number(), stdout: z.string(), stderr: z.string() });

/** One process that runs commands of `atelier`, and what they call. */
export interface CommandRunner {
  run(...words: readonly string[]): Promise<CliRun>;
  /** Methods and paths of all calls so far, without queries. */
  readonly calls: readonly string[];
  stop(): Promise<void>;
}

/**
 * Starts it behind a proxy that notes each call.
 * @param env what the commands see beside ATELIER_URL
 */
export async function startCommandRunner(
  gatewayUrl: string,
  env: Readonly<Record<string, string>>,
): Promise<CommandRunner> {
  const calls: string[] = [];
  const proxy = createServer((request, response) => {
    calls.push(`${request.method ?? ''} ${(request.url ?? '').replace(/\?.*/, '')}`);
    const { method, headers } = request;
    const forwarded = send(new URL(request.url ?? '/', gatewayUrl), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    forwarded.on('error', () => response.destroy());
    request.pipe(forwarded);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const address = proxy.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const child = startChild(
    'run-commands-in-child.ts',
    JSON.stringify({ ...env, ATELIER_URL: `http://127.0.0.1:${port ?? 0}` }),
  );
  return {
    run: async (...words) => {
      child.tell(JSON.stringify({ words }));
      return ran.parse(JSON.parse(await child.nextLine()));
    },
    calls,
    stop: async () => {
      await child.kill();
      proxy.closeAllConnections();
      proxy.close();
    },
  };
}
