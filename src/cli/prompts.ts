import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { callApi, CliError, connectionFrom } from './client.js';
import { print, printJson, type JsonOption } from './output.js';

const composition = z.looseObject({
  renderings: z.array(
    z.looseObject({
      model: z.string(),
      prompt: z.string().optional(),
      negative_prompt: z.string().optional(),
      explanation: z.array(z.string()),
    }),
  ),
});
const findings = z.looseObject({
  findings: z.array(
    z.looseObject({
      rule: z.string(),
      severity: z.string(),
      field: z.string(),
      start: z.number(),
      end: z.number(),
      message: z.string(),
      suggestions: z.array(z.looseObject({ label: z.string() })),
    }),
  ),
});
const replayed = z.looseObject({
  id: z.string(),
  model: z.string(),
  credits_used: z.number(),
  data: z.array(z.looseObject({ id: z.string(), url: z.string() })),
  replay: z.looseObject({ identical: z.boolean(), not_reproducible: z.array(z.string()) }),
});

const parts = z.looseObject({ prompt: z.looseObject({}) });
const planned = z.looseObject({ model: z.string(), quote: z.looseObject({ credits: z.number() }) });

/** `atelier compose`, `atelier lint`, `atelier parse` and `atelier replay`. */
export function registerPrompts(program: Command): void {
  program
    .command('compose')
    .description('show how a prompt is worded for models')
    .argument('<prompt>', 'text, JSON of its parts, or @FILE with either')
    .requiredOption('-m, --model <slug...>', 'models or aliases')
    .option('--json', 'as the server answers')
    .action(async (prompt: string, options: JsonOption & { model: string[] }) => {
      const body = { prompt: await readPrompt(prompt), models: options.model };
      const connection = connectionFrom(process.env);
      const answer = await callApi(connection, 'POST', '/v1/prompts/compose', composition, body);
      if (options.json === true) {
        printJson(answer);
        return;
      }
      for (const { model, prompt: words, negative_prompt: negative, explanation } of answer.renderings) {
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
    .option('--json', 'as the server answers')
    .action(async (prompt: string, options: JsonOption & { model?: string[]; edit?: true }) => {
      const body = {
        prompt: await readPrompt(prompt),
        ...(options.model === undefined ? {} : { models: options.model }),
        ...(options.edit === undefined ? {} : { operation: 'edit' }),
      };
      const answer = await callApi(connectionFrom(process.env), 'POST', '/v1/prompts/lint', findings, body);
      if (options.json === true) printJson(answer);
      else showFindings(answer);
      if (answer.findings.some(({ severity }) => severity === 'warning')) process.exitCode = 1;
    });
  program
    .command('parse')
    .description('split a prompt into its parts by rules, as JSON')
    .argument('<prompt>', 'text, or @FILE with it')
    .option('--json', 'with the language that was found')
    .action(async (prompt: string, { json }: JsonOption) => {
      const body = { prompt: prompt.startsWith('@') ? await readText(prompt.slice(1)) : prompt };
      const answer = await callApi(connectionFrom(process.env), 'POST', '/v1/prompts/parse', parts, body);
      printJson(json === true ? answer : answer.prompt);
    });
  program
    .command('replay')
    .description('make a picture again, and say what can not be reproduced')
    .argument('<image>', 'id of a picture (img_…)')
    .option('--dry-run', 'tell what it would cost, and run nothing')
    .option('--json', 'as the server answers')
    .action(async (image: string, { dryRun, json }: JsonOption & { dryRun?: boolean }) => {
      const path = `/v1/images/${encodeURIComponent(image)}/replay`;
      const connection = connectionFrom(process.env);
      if (dryRun === true) {
        const plan = await callApi(connection, 'POST', path, planned, { dry_run: true });
        if (json === true) printJson(plan);
        else print(`at most ${plan.quote.credits} credits on ${plan.model}`);
        return;
      }
      const answer = await callApi(connection, 'POST', path, replayed, {});
      if (json === true) {
        printJson(answer);
        return;
      }
      for (const { id, url } of answer.data) process.stdout.write(`${id}  ${url}\n`);
      const { identical, not_reproducible: reasons } = answer.replay;
      process.stdout.write(`model ${answer.model}, ${answer.credits_used} credits\n`);
      process.stdout.write(identical ? 'the bytes are the same\n' : 'the bytes differ\n');
      for (const reason of reasons) process.stdout.write(`not reproducible: ${reason}\n`);
    });
}

function showFindings({ findings: found }: z.output<typeof findings>): void {
  for (const { severity, rule, field, start, end, message, suggestions } of found) {
    print(`${field}:${start}-${end}  ${severity}  ${rule}`, `  ${message}`);
    for (const { label } of suggestions) print(`  → ${label}`);
  }
  if (found.length === 0) print('nothing found');
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
