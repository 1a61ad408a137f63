import { Option, type Command } from 'commander';
import { CliError } from '../client.js';
import { wholeNumber } from '../option-values.js';
import { fieldFromText, joinFields } from './typed-fields.js';

/** What all commands take that describe a picture. */
export interface RequestOptions {
  model?: string;
  recipe?: string;
  var?: string[];
  size?: string;
  number?: string;
  seed?: string;
  quality?: string;
  format?: string;
  set?: string[];
}

/** Adds the options that describe a picture. */
export function addRequestOptions(command: Command): Command {
  return command
    .option('-m, --model <slug>', 'model or alias; atelier-sketch unless a recipe says it')
    .option('-r, --recipe <name>', 'a saved recipe; the other options take the place of what it says')
    .option('--var <name=value...>', 'what stands for the variables of the recipe')
    .option('-s, --size <WxH>', 'size in pixels')
    .option('-n, --number <count>', 'number of pictures, 1 to 10')
    .option('--seed <number>', 'same seed, same start')
    .option('--quality <name>', 'low, standard, medium, high, hd, …')
    .option('--format <name>', 'png, jpeg, webp or avif')
    .addOption(
      new Option(
        '--set <field=value...>',
        'any other field of a request: aspect_ratio=16:9, persist=true, metadata.order=12',
      ),
    );
}

/** The request that the options describe, without its prompt. @throws CliError */
export function requestFrom(options: RequestOptions): Record<string, unknown> {
  const { recipe } = options;
  const model = options.model ?? (recipe === undefined ? 'atelier-sketch' : undefined);
  return joinFields(
    {
      ...(model === undefined ? {} : { model }),
      ...(recipe === undefined ? {} : { recipe }),
      ...(options.var === undefined ? {} : { variables: readPairs('--var', options.var) }),
      ...(options.number === undefined ? {} : { n: wholeNumber('--number', options.number) }),
      ...(options.size === undefined ? {} : { size: options.size }),
      ...(options.seed === undefined ? {} : { seed: wholeNumber('--seed', options.seed) }),
      ...(options.quality === undefined ? {} : { quality: options.quality }),
      ...(options.format === undefined ? {} : { output_format: options.format }),
    },
    ...Object.entries(readPairs('--set', options.set ?? [])).map(([name, text]) =>
      fieldFromText(name, text, `--set ${name}`),
    ),
  );
}

/** `name=value` of options. @throws CliError */
export function readPairs(option: string, given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new CliError(`${option} takes name=value, not ${JSON.stringify(pair)}`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
