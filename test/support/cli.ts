import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

const PROGRAM = path.resolve(import.meta.dirname, '../../dist/cli/main.js');
const failed = z.object({ code: z.number(), stdout: z.string(), stderr: z.string() });

/** What a command of the built program did. */
export interface CliRun {
  /** Exit code. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `atelier …`, whatever comes of it. @param env all of its environment, but for PATH */
export async function runCli(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd?: string,
): Promise<CliRun> {
  try {
    const done = await promisify(execFile)(process.execPath, [PROGRAM, ...words], {
      env: {
        PATH: process.env['PATH'] ?? '',
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
        ...env,
      },
      maxBuffer: 64 * 1024 * 1024,
      ...(cwd === undefined ? {} : { cwd }),
    });
    return { code: 0, ...done };
  } catch (error) {
    return failed.parse(error);
  }
}
