import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { callApi, CliError, connectionFrom } from './client.js';

const composition = z.object({
  renderings: z.array(
    z.object({
      model: z.string(),
      prompt: z.string().optional(),
      negative_prompt: z.string().optional(),
      explanation: z.array(z.string()),
    }),
  ),
});
const findings = z.object({
  findings: z.array(
    z.object({
      rule: z.string(),
      severity: z.string(),
      field: z.string(),
      start: z.number(),
      end: z.number(),
      message: z.string(),
      suggestions: z.array(z.object({ label: z.string() })),
    }),
  ),
});
const replayed = z.object({
  id: z.string(),
  model: z.string(),
  credits_used: z.number(),
  data: z.array(z.object({ id: z.string(), url: z.string() })),
  replay: z.object({ identical: z.boolean(), not_reproducible: z.array(z.string()) }),
});

/** `atelier compose`, `atelier lint` and `atelier replay`. */
export function registerPrompts(program: Command): void {
  program
    .command('compose')
    .description('show how a prompt is worded for models')
    .argument('<prompt>', 'text, JSON of its parts, or @FILE with either')
    .requiredOption('-m, --model <slug...>', 'models or aliases')
    .action(async (prompt: string, options: { model: string[] }) => {
      const body = { prompt: await readPrompt(prompt), models: options.model };
      const { renderings } = await callApi(
        connectionFrom(process.env),
        'POST',
        '/v1/prompts/compose',
        composition,
        body,
      );
      for (const { model, prompt: words, negative_prompt: negative, explanation } of renderings) {
        process.stdout.write(`${model}\n  ${words ?? '(no room for it)'}\n`);
        if (negative !== undefined) process.stdout.write(`  negative prompt: ${negative}\n`);
        for (const reason of explanation) process.stdout.write(`  - ${reason}\n`);
      }
    });
  program
    .command('lint')
    .description('look a prompt over before it costs anything; exit code 1 if there are warnings')
    .argument('<prompt>', 'text, JSON of its parts, or @FILE with either')
    .option('-m, --model <slug...>', 'models or aliases whose limits count')
    .option('--edit', 'the prompt is for an edit')
    .action(async (prompt: string, options: { model?: string[]; edit?: true }) => {
      const body = {
        prompt: await readPrompt(prompt),
        ...(options.model === undefined ? {} : { models: options.model }),
        ...(options.edit === undefined ? {} : { operation: 'edit' }),
      };
      const answer = await callApi(connectionFrom(process.env), 'POST', '/v1/prompts/lint', findings, body);
      for (const { severity, rule, field, start, end, message, suggestions } of answer.findings) {
        process.stdout.write(`${field}:${start}-${end}  ${severity}  ${rule}\n  ${message}\n`);
        for (const { label } of suggestions) process.stdout.write(`  → ${label}\n`);
      }
      if (answer.findings.length === 0) process.stdout.write('nothing found\n');
      if (answer.findings.some(({ severity }) => severity === 'warning')) process.exitCode = 1;
    });
  program
    .command('replay')
    .description('make a picture again, and say what can not be reproduced')
    .argument('<image>', 'id of a picture (img_…)')
    .action(async (image: string) => {
      const path = `/v1/images/${encodeURIComponent(image)}/replay`;
      const answer = await callApi(connectionFrom(process.env), 'POST', path, replayed, {});
      for (const { id, url } of answer.data) process.stdout.write(`${id}  ${url}\n`);
      const { identical, not_reproducible: reasons } = answer.replay;
      process.stdout.write(`model ${answer.model}, ${answer.credits_used} credits\n`);
      process.stdout.write(identical ? 'the bytes are the same\n' : 'the bytes differ\n');
      for (const reason of reasons) process.stdout.write(`not reproducible: ${reason}\n`);
    });
}

/** A prompt as it was typed: text, an object of parts, or a file with one of them. */
export async function readPrompt(given: string): Promise<unknown> {
  const text = given.startsWith('@') ? await readText(given.slice(1)) : given;
  if (!text.trimStart().startsWith('{')) return text;
  try {
    const parts: unknown = JSON.parse(text);
    return parts;
  } catch {
    // Braces alone make no parts.
    return text;
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new CliError(`${file} can't be read: ${error instanceof Error ? error.message : 'unknown error'}`);
  }
}
