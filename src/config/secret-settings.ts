/** Secret settings that don't stand in the environment as they are: in files, or sealed. */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { SecretBox } from '../secret-box.js';

type Env = Readonly<Record<string, string | undefined>>;

/** The operator's own secret opens the others; it can't be sealed itself. */
export const OPERATOR_SECRET = 'ATELIER_SECRET';

const SEALED = /^sealed:v1:([A-Za-z0-9_-]+)$/;
const LABEL = 'atelier settings v1';
const MAX_FILE_BYTES = 64 * 1024;

/** Where the value of a secret setting stands. */
export interface SecretPlace {
  readonly name: string;
  readonly inFile: boolean;
  /** Number of the operator's secret that opens it, from 1; undefined: it is not sealed. */
  readonly sealedUnder: number | undefined;
}

export interface SecretSettings {
  /** All variables, the secret ones among them as they were before they were sealed or put into files. */
  readonly env: Env;
  /** Of the secret settings that have a value. */
  readonly places: readonly SecretPlace[];
  /** By name; values are never repeated. */
  readonly problems: readonly string[];
}

/**
 * Finds the values of secret settings: as they are, in the file that `NAME_FILE` names, or sealed, in either place.
 * @param names of the secret settings
 */
export function readSecretSettings(env: Env, names: readonly string[]): SecretSettings {
  const values: Record<string, string | undefined> = { ...env };
  const problems: string[] = [];
  const places: SecretPlace[] = [];
  const read = (name: string) => {
    const found = readValue(env, name);
    if (found.problem !== undefined) problems.push(found.problem);
    if (found.value !== undefined) values[name] = found.value;
    // It has been read: whoever looks at these variables again finds the value alone.
    values[`${name}_FILE`] = undefined;
    return found;
  };
  read(OPERATOR_SECRET);
  let box: SecretBox | undefined;
  for (const name of new Set(names)) {
    if (name === OPERATOR_SECRET) continue;
    const { value, inFile } = read(name);
    if (value === undefined) continue;
    if (!value.startsWith('sealed:')) {
      places.push({ name, inFile, sealedUnder: undefined });
      continue;
    }
    box ??= new SecretBox(operatorSecrets(values) ?? [], LABEL);
    const sealed = SEALED.exec(value)?.[1];
    const opened = sealed === undefined ? undefined : box.open(name, sealed);
    // What can't be opened is nobody's value.
    values[name] = opened?.text;
    if (opened !== undefined) places.push({ name, inFile, sealedUnder: opened.secretNumber });
    else problems.push(`${name}: ${whyNot(sealed, values)}`);
  }
  const own = values[OPERATOR_SECRET];
  if (own?.startsWith('sealed:') === true) {
    problems.push(`${OPERATOR_SECRET}: can not be sealed, since it opens what is`);
    values[OPERATOR_SECRET] = undefined;
  }
  return { env: values, places, problems };
}

/** Encrypts the value of a setting, for this setting only. @returns what to set it to */
export function sealSetting(name: string, value: string, secrets: readonly string[]): string {
  return `sealed:v1:${new SecretBox(secrets, LABEL).seal(name, value)}`;
}

/** The secrets that seal and open: those that are set, else the one that a first start has made; undefined without any. */
export function operatorSecrets(env: Env): readonly string[] | undefined {
  const given = env[OPERATOR_SECRET] ?? '';
  if (given !== '') return splitSecrets(given);
  const made = readText(path.resolve(env['ATELIER_DATA_DIR'] ?? './data', 'secret'));
  return made.text === undefined ? undefined : [made.text];
}

/** The secrets of a comma list. */
function splitSecrets(text: string): readonly string[] {
  return text.split(',').map((part) => part.trim());
}

function whyNot(sealed: string | undefined, env: Env): string {
  if (sealed === undefined)
    return 'begins with sealed: and is no sealed value; `atelier secrets seal` makes one';
  return operatorSecrets(env) === undefined
    ? `is sealed, and there is no ${OPERATOR_SECRET} to open it with`
    : `can not be opened: it was sealed under another ${OPERATOR_SECRET} or for another setting, or was changed`;
}

interface Found {
  readonly value: string | undefined;
  readonly inFile: boolean;
  readonly problem?: string;
}

function readValue(env: Env, name: string): Found {
  const [value, file] = [env[name] ?? '', env[`${name}_FILE`] ?? ''];
  if (file === '') return { value: value === '' ? undefined : value, inFile: false };
  const problem = (what: string) => ({ value: undefined, inFile: true, problem: `${name}_FILE: ${what}` });
  if (value !== '') return { ...problem(`is set beside ${name}; set one of them`), value };
  const { text, error } = readText(file);
  if (text === undefined) return problem(`names a file that ${error ?? 'can not be read'}`);
  return text === '' ? problem('names a file that is empty') : { value: text, inFile: true };
}

/** A file without the line break at its end, which editors add. */
function readText(file: string): { readonly text?: string; readonly error?: string } {
  try {
    const found = statSync(file);
    if (!found.isFile() || found.size > MAX_FILE_BYTES) return { error: 'is none, or has more than 64 KiB' };
    return { text: readFileSync(file, 'utf8').replace(/\r?\n$/, '') };
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return { error: missing ? 'is not there' : 'can not be read' };
  }
}
