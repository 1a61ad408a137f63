import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

const PROGRAM = path.resolve(import.meta.dirname, '../../dist/cli/main.js');

/** The built gateway in a process of its own. */
export interface GatewayProcess {
  readonly url: string;
  readonly pid: number;
  /** Shown at the first start on a data folder only. */
  readonly testKey: string | undefined;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  /** Asks it to end, as a service manager does. @returns its exit code */
  stop(): Promise<number | null>;
  /** Makes it stand still, as a machine that is out of memory does. */
  stall(): void;
  wake(): void;
}

/**
 * @param env its settings; without PORT it takes any free one
 * @param launcher a command that puts the program in its own place, such as `prlimit --nofile=64`
 */
export async function startGatewayProcess(
  env: Readonly<Record<string, string>>,
  launcher: readonly string[] = [],
): Promise<GatewayProcess> {
  const line = [...launcher, process.execPath, PROGRAM, 'serve'];
  const child = spawn(line[0] ?? '', line.slice(1), {
    // Whoever shares the machine with other tests is late now and then.
    env: { ...process.env, PORT: '0', LOG_LEVEL: 'silent', ATELIER_MAX_LOOP_DELAY_MS: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  let output = '';
  for await (const chunk of child.stdout) {
    output += String(chunk);
    const url = /listens on (http:\S+)/.exec(output)?.[1];
    // The keys follow the address in the same piece.
    if (url === undefined || !output.endsWith('\n\n')) continue;
    return {
      url,
      pid: child.pid ?? 0,
      testKey: /atl_test_\w+/.exec(output)?.[0],
      kill: async () => {
        child.kill('SIGKILL');
        await ended;
      },
      stop: async () => {
        child.kill('SIGTERM');
        await ended;
        return child.exitCode;
      },
      stall: () => {
        child.kill('SIGSTOP');
      },
      wake: () => {
        child.kill('SIGCONT');
      },
    };
  }
  throw new Error(`the gateway did not start: ${output}`);
}
