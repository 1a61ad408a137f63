import { Argument, type Command } from 'commander';
import { print } from './output.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

const INSTALL: Readonly<Record<Shell, string>> = {
  bash: 'atelier completion bash > ~/.local/share/bash-completion/completions/atelier',
  zsh: 'atelier completion zsh > "${fpath[1]}/_atelier"',
  fish: 'atelier completion fish > ~/.config/fish/completions/atelier.fish',
};

/** `atelier completion`: what a shell needs to complete the words of all commands, made of the commands themselves. */
export function registerCompletion(program: Command): void {
  program
    .command('completion')
    .description('print a completion script for your shell')
    .addArgument(new Argument('<shell>', 'your shell').choices(SHELLS))
    .addHelpText(
      'after',
      `\nInstall it:\n${Object.values(INSTALL)
        .map((line) => `  ${line}`)
        .join('\n')}`,
    )
    .action((shell: Shell) => {
      print(completionScript(program, shell));
    });
}

/** Where a command stands and what may follow. */
interface Node {
  /** Its words below the program: `keys create`; empty for the program itself. */
  readonly words: string;
  readonly commands: readonly { readonly name: string; readonly what: string }[];
  readonly options: readonly {
    readonly long: string;
    readonly short: string | undefined;
    readonly what: string;
    /** Fixed values that it takes. */
    readonly values: readonly string[];
  }[];
  /** Fixed values of its first argument. */
  readonly values: readonly string[];
}

/** A script that offers every command, option and fixed value of the program. */
export function completionScript(program: Command, shell: Shell): string {
  const nodes = nodesOf(program, []);
  switch (shell) {
    case 'bash':
      return bashScript(nodes);
    case 'zsh':
      return zshScript(nodes);
    case 'fish':
      return fishScript(nodes);
  }
}

function nodesOf(command: Command, words: readonly string[]): readonly Node[] {
  const visible = command.createHelp().visibleCommands(command);
  const node = {
    words: words.join(' '),
    commands: visible.map((one) => ({ name: one.name(), what: one.description() })),
    options: command
      .createHelp()
      .visibleOptions(command)
      .map(({ long, short, description, argChoices }) => ({
        long: long ?? '',
        short,
        what: description,
        values: argChoices ?? [],
      })),
    values: command.registeredArguments[0]?.argChoices ?? [],
  };
  return [
    node,
    ...visible.filter((one) => one.name() !== 'help').flatMap((one) => nodesOf(one, [...words, one.name()])),
  ];
}

/** Both shells walk the words that were typed and stop at the last one that is a command. */
function walk(nodes: readonly Node[]): string {
  const paths = nodes.filter(({ words }) => words !== '').map(({ words }) => `"${words}"`);
  return `    case "\${at:+$at }$word" in ${paths.join('|')}) at="\${at:+$at }$word" ;; esac`;
}

function wordsOf({ commands, options, values }: Node): string {
  return [
    ...commands.map(({ name }) => name),
    ...values,
    ...options.flatMap(({ long, short }) => (short === undefined ? [long] : [long, short])),
  ].join(' ');
}

function valueCases(nodes: readonly Node[], line: (values: readonly string[]) => string): readonly string[] {
  return nodes.flatMap(({ words, options }) =>
    options
      .filter(({ values }) => values.length > 0)
      .map(({ long, values }) => `    "${words} ${long}") ${line(values)} ;;`),
  );
}

function bashScript(nodes: readonly Node[]): string {
  return [
    '# Completion of atelier for bash.',
    '_atelier() {',
    '  local at="" word cur="${COMP_WORDS[COMP_CWORD]}" last="${COMP_WORDS[COMP_CWORD-1]}"',
    '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
    walk(nodes),
    '  done',
    '  COMPREPLY=()',
    '  case "$at $last" in',
    ...valueCases(nodes, (values) => `COMPREPLY=($(compgen -W "${values.join(' ')}" -- "$cur")); return`),
    '  esac',
    '  case "$at" in',
    ...nodes.map((node) => `    "${node.words}") COMPREPLY=($(compgen -W "${wordsOf(node)}" -- "$cur")) ;;`),
    '  esac',
    '}',
    'complete -o default -F _atelier atelier',
  ].join('\n');
}

function zshScript(nodes: readonly Node[]): string {
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const described = (name: string, what: string) => quoted(`${name}:${what}`);
  return [
    '#compdef atelier',
    '_atelier() {',
    '  local at="" word last="${words[CURRENT-1]}"',
    '  local -a offers',
    '  for word in "${(@)words[2,CURRENT-1]}"; do',
    walk(nodes),
    '  done',
    '  case "$at $last" in',
    ...valueCases(nodes, (values) => `compadd -- ${values.join(' ')}; return`),
    '  esac',
    '  case "$at" in',
    ...nodes.map((node) => {
      const offers = [
        ...node.commands.map(({ name, what }) => described(name, what)),
        ...node.values.map((value) => quoted(value)),
        ...node.options.map(({ long, what }) => described(long, what)),
      ];
      return `    "${node.words}") offers=(${offers.join(' ')}) ;;`;
    }),
    '  esac',
    "  _describe 'atelier' offers || _files",
    '}',
    '# When it is sourced instead of found on the path of functions.',
    'if [ "$funcstack[1]" = "_atelier" ]; then _atelier "$@"; else compdef _atelier atelier; fi',
  ].join('\n');
}

function fishScript(nodes: readonly Node[]): string {
  const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = nodes.flatMap((node) => {
    const start = `complete -c atelier -n ${quoted(`__atelier_at "${node.words}"`)}`;
    return [
      ...node.commands.map(({ name, what }) => `${start} -f -a ${quoted(name)} -d ${quoted(what)}`),
      ...node.values.map((value) => `${start} -f -a ${quoted(value)}`),
      ...node.options.map(({ long, short, what, values }) =>
        [
          `${start} -l ${long.slice(2)}`,
          ...(short === undefined ? [] : [`-s ${short.slice(1)}`]),
          ...(values.length === 0 ? [] : [`-x -a ${quoted(values.join(' '))}`]),
          `-d ${quoted(what)}`,
        ].join(' '),
      ),
    ];
  });
  const paths = nodes.filter(({ words }) => words !== '').map(({ words }) => quoted(words));
  return [
    '# Completion of atelier for fish.',
    'function __atelier_at',
    '  set -l at ""',
    '  for word in (commandline -opc)[2..-1]',
    `    if contains -- (string trim "$at $word") ${paths.join(' ')}`,
    '      set at (string trim "$at $word")',
    '    end',
    '  end',
    '  test "$at" = "$argv[1]"',
    'end',
    ...lines,
  ].join('\n');
}
