import { isCancel, password } from '@clack/prompts';
import type { Command } from 'commander';
import { CliError } from './client.js';
import { print, printJson, type JsonOption } from './output.js';

const MAX_VALUE_BYTES = 64 * 1024;

const EXAMPLES = `
The value comes from standard input, or is asked for: what stands on a command line can be seen by others on the machine.
What is printed goes into the environment of the server, or into a file that NAME_FILE names.

Examples:
  atelier secrets seal OPENAI_API_KEY < key.txt
  atelier secrets seal --current OPENAI_API_KEY XAI_API_KEY
  atelier secrets seal --current                       all that are set, for a new ATELIER_SECRET in front of the old one`;

/** `atelier secrets`: secret settings that stand encrypted in the environment. For operators: reads the settings of the server. */
export function registerSecrets(program: Command): void {
  const command = program
    .command('secrets')
    .description(
      'secret settings, encrypted under ATELIER_SECRET (for operators: reads the settings of the server)',
    );
  command
    .command('seal')
    .description('encrypt the value of a setting; prints NAME=sealed:v1:…')
    .argument('[name...]', 'settings, such as OPENAI_API_KEY')
    .option('--current', 'the values that are set now; without names, of all secret settings that are set')
    .addHelpText('after', EXAMPLES)
    .action(async (names: readonly string[], { current }: { current?: boolean }) => {
      const lines = current === true ? await sealCurrent(names) : [await sealGiven(names)];
      for (const line of lines) print(line);
    });
  command
    .command('check', { isDefault: true })
    .description(
      'where the value of each secret setting stands, and whether it can be opened; exit code 1 if not',
    )
    .option('--json', 'as JSON')
    .action(async ({ json }: JsonOption) => {
      const { places, problems } = await readSettings();
      const rows = places.map(({ name, inFile, sealedUnder }) => ({
        name,
        place: inFile ? 'file' : 'environment',
        sealed: sealedUnder !== undefined,
        ...(sealedUnder === undefined ? {} : { secret: sealedUnder }),
      }));
      if (json === true) printJson({ settings: rows, problems });
      else {
        for (const { name, place, sealed, secret } of rows) {
          const by =
            secret === undefined || secret === 1 ? '' : `, under secret number ${secret}: seal it again`;
          print(
            `${name}: ${sealed ? 'sealed' : 'as it is'}, in ${place === 'file' ? 'a file' : 'the environment'}${by}`,
          );
        }
        for (const problem of problems) print(problem);
        if (rows.length + problems.length === 0) print('no secret setting is set');
      }
      if (problems.length > 0) process.exitCode = 1;
    });
}

async function readSettings() {
  const { readSecretSettings } = await import('../config/secret-settings.js');
  return readSecretSettings(process.env, await secretNames());
}

async function secretNames(): Promise<readonly string[]> {
  const { listSecretNames } = await import('../config/schema.js');
  const { providers } = await import('../providers/registry.js');
  const { listProviderSettings } = await import('../providers/settings.js');
  return listSecretNames(listProviderSettings(providers));
}

async function sealGiven(names: readonly string[]): Promise<string> {
  const [name, another] = names;
  if (name === undefined || another !== undefined) {
    throw new CliError('name one setting, such as OPENAI_API_KEY; several with --current');
  }
  const seal = await sealer([name]);
  const value = process.stdin.isTTY ? await ask(name) : await readInput();
  if (value === '') throw new CliError('there is no value on standard input');
  return seal(name, value);
}

async function sealCurrent(names: readonly string[]): Promise<readonly string[]> {
  const { env, places, problems } = await readSettings();
  const chosen = names.length > 0 ? names : places.map(({ name }) => name);
  const seal = await sealer(chosen);
  const unreadable = problems.filter((problem) => chosen.some((name) => problem.startsWith(name)));
  if (unreadable.length > 0) throw new CliError(unreadable.join('\n'));
  if (chosen.length === 0) throw new CliError('no secret setting is set');
  return chosen.map((name) => {
    const value = env[name] ?? '';
    if (value === '') throw new CliError(`${name} is not set`);
    return seal(name, value);
  });
}

/** @throws CliError for names that can't be sealed, and without a secret to seal under */
async function sealer(names: readonly string[]): Promise<(name: string, value: string) => string> {
  const { OPERATOR_SECRET, operatorSecrets, readSecretSettings, sealSetting } =
    await import('../config/secret-settings.js');
  const { listSettings } = await import('../config/schema.js');
  const secret = await secretNames();
  const open = listSettings([]).filter(({ env }) => !secret.includes(env));
  for (const name of names) {
    if (!/^[A-Z][A-Z0-9_]*$/.test(name)) throw new CliError(`${name.slice(0, 100)} is no name of a setting`);
    if (name === OPERATOR_SECRET)
      throw new CliError(`${name} opens what is sealed, and can not be sealed itself`);
    if (open.some(({ env }) => env === name)) throw new CliError(`${name} is no secret; it is read as it is`);
  }
  const secrets = operatorSecrets(readSecretSettings(process.env, []).env);
  if (secrets === undefined) {
    throw new CliError(
      'set ATELIER_SECRET or ATELIER_SECRET_FILE to that of the server (openssl rand -base64 32 makes one); ' +
        'on the embedded database its first start makes one in ATELIER_DATA_DIR',
    );
  }
  return (name, value) => `${name}=${sealSetting(name, value, secrets)}`;
}

async function ask(name: string): Promise<string> {
  const given = await password({ message: `Value of ${name}`, output: process.stderr });
  if (isCancel(given)) throw new CliError('nothing was sealed');
  return given;
}

/** Without the line break at its end. */
async function readInput(): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of process.stdin) {
    if (!Buffer.isBuffer(chunk)) continue;
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_VALUE_BYTES) throw new CliError('a value has at most 64 KiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}
