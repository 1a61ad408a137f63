/**
 * Runs commands of `atelier` in this process, one after another: each line of standard input is JSON with their words, each line of
 * standard output what came of them. The first argument is JSON with their environment. Starting the program for each takes most of a second, and there are many.
 */
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { CliError } from '../../src/cli/client.js';
import { createProgram } from '../../src/cli/program.js';

class Left extends Error {
  readonly code: number;

  constructor(code: number) {
    super('the program left');
    this.code = code;
  }
}

Object.assign(process.env, z.record(z.string(), z.string()).parse(JSON.parse(process.argv[2] ?? '{}')));

const asked = z.object({ words: z.array(z.string()) });
const tell = process.stdout.write.bind(process.stdout);
let [stdout, stderr] = ['', ''];
process.stdout.write = (text: string | Uint8Array) => {
  stdout += String(text);
  return true;
};
process.stderr.write = (text: string | Uint8Array) => {
  stderr += String(text);
  return true;
};
process.exit = (code) => {
  throw new Left(Number(code ?? 0));
};

for await (const line of createInterface({ input: process.stdin })) {
  const { words } = asked.parse(JSON.parse(line));
  [stdout, stderr] = ['', ''];
  process.exitCode = 0;
  let code: number;
  try {
    await createProgram().parseAsync(words, { from: 'user' });
    code = process.exitCode;
  } catch (error) {
    if (error instanceof Left) code = error.code;
    else if (error instanceof CliError) {
      code = error.exitCode;
      stderr += `atelier: ${error.message}\n`;
    } else throw error;
  }
  process.exitCode = 0;
  tell(`${JSON.stringify({ code, stdout, stderr })}\n`);
}
