#!/usr/bin/env node
import { CliError } from './client.js';
import { createProgram } from './program.js';

try {
  await createProgram().parseAsync();
} catch (error) {
  if (!(error instanceof CliError)) throw error;
  process.stderr.write(`atelier: ${error.message}\n`);
  process.exitCode = error.exitCode;
}
