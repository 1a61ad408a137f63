import type { Command } from 'commander';
import { createProgram } from '../src/cli/program.js';

const WIDTH = 110;

/** The reference of the command line, in Markdown: what every command says with `--help`. */
export function cliPage(): string {
  const program = createProgram();
  return [
    '# Commands',
    '',
    'Generated from the program by `npm run generate`: what each command says with `--help`. [cli.md](cli.md) tells how they are meant.',
    '',
    ...commandsOf(program).flatMap(({ name, command }) => [
      `## ${name}`,
      '',
      '```text',
      helpOf(command),
      '```',
      '',
    ]),
  ].join('\n');
}

function commandsOf(command: Command): readonly { readonly name: string; readonly command: Command }[] {
  const name = fullName(command);
  const below = command.commands.filter((one) => one.name() !== 'help').flatMap(commandsOf);
  return [{ name, command }, ...below];
}

function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}

/** With what stands behind the options, at a width that doesn't depend on who generates it. */
function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({
    getOutHelpWidth: () => WIDTH,
    writeOut: (piece) => {
      text += piece;
    },
  });
  command.outputHelp();
  return text.trim();
}
