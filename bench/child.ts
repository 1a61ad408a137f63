import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';

/** Work on the one core does not disturb what is measured on the other, where the system lets us choose. */
const canPin = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0;

/** A process of a benchmark and the lines that it prints. */
export interface Child {
  readonly process: ChildProcess;
  readonly lines: AsyncIterator<string>;
  stop(): Promise<void>;
}

/** @param core where it runs, from 0 */
export function startChild(core: number, args: readonly string[], env: NodeJS.ProcessEnv = {}): Child {
  const [command, before] = canPin
    ? ['taskset', ['-c', String(core), process.execPath]]
    : [process.execPath, []];
  const child = spawn(command, [...before, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const ended = once(child, 'exit');
  return {
    process: child,
    lines: createInterface({ input: child.stdout })[Symbol.asyncIterator](),
    stop: async () => {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** The next line of a child. @throws Error when it ended before */
export async function nextLine(child: Child): Promise<string> {
  const line = await child.lines.next();
  if (line.done === true) throw new Error(`a process of the benchmark ended (${child.process.exitCode})`);
  return line.value;
}
