import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** A process of its own that runs one of the scripts in this folder. */
export interface Child {
  /** The next line that it writes. @throws Error when it ends instead */
  nextLine(): Promise<string>;
  tell(line: string): void;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
}

/** Starts a script; what it writes to standard error is shown. */
export function startChild(script: string, ...scriptArguments: string[]): Child {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', path.join(import.meta.dirname, script), ...scriptArguments],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const ended = once(child, 'exit');
  return {
    nextLine: async () => {
      const line = await lines.next();
      if (line.done === true) throw new Error(`${script} ended without a word`);
      return line.value;
    },
    tell: (line) => {
      child.stdin.write(`${line}\n`);
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
