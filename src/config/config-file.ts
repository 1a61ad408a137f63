/** Reads `atelier.config.yaml`: the operator's own servers. */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import {
  configFileSchema,
  ENDPOINT_PROTOCOLS,
  membersAt,
  toEndpointConfig,
  type EndpointConfig,
} from './config-file-schema.js';
import { nearestName } from './nearest-name.js';
import { toRegions, type RegionConfig } from './region-schema.js';
import { readSecretSettings, type SecretPlace } from './secret-settings.js';

export type { EndpointConfig } from './config-file-schema.js';

/** Read where ATELIER_CONFIG names no other file, if it is there. */
export const DEFAULT_CONFIG_FILE = 'atelier.config.yaml';

const MAX_FILE_BYTES = 1024 * 1024;
/** Repeated values that a file may refer to, so that a small one can't grow without end. */
const MAX_ALIASES = 100;

/** What of an endpoint contradicts the models and servers that are known; paths are in the file's own names. */
export type EndpointCheck = (
  endpoint: EndpointConfig,
) => readonly { readonly path: readonly string[]; readonly message: string }[];

type Env = Readonly<Record<string, string | undefined>>;

/** What a configuration file says, and all that is wrong with it, by path. */
export interface ConfigFile {
  readonly endpoints: readonly EndpointConfig[];
  readonly regions: readonly RegionConfig[];
  /** Of the secrets that it names. */
  readonly secretPlaces: readonly SecretPlace[];
  /** `FILE: PLACE: what is wrong`; values are never repeated. */
  readonly problems: readonly string[];
}

const NOTHING = { endpoints: [], regions: [], secretPlaces: [] } as const;

/**
 * Reads the file that the environment names, else the default one if it exists.
 * @param env where keys are looked up that the file names
 * @param regional ids of the providers that can have regions
 */
export function readConfigFile(env: Env, check: EndpointCheck, regional: readonly string[] = []): ConfigFile {
  const named = env['ATELIER_CONFIG'];
  const file = path.resolve(named ?? DEFAULT_CONFIG_FILE);
  let text: string;
  try {
    if (statSync(file).size > MAX_FILE_BYTES) {
      return { ...NOTHING, problems: ['ATELIER_CONFIG: names a file of more than 1 MiB'] };
    }
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (missing && named === undefined) return { ...NOTHING, problems: [] };
    const what = missing ? 'names a file that is not there' : 'names a file that can not be read';
    return { ...NOTHING, problems: [`ATELIER_CONFIG: ${what}`] };
  }
  const { problems, ...read } = parseConfigFile(text, env, check, path.dirname(file), regional);
  return { ...read, problems: problems.map((problem) => `${path.basename(file)}: ${problem}`) };
}

/**
 * As `readConfigFile`, from the file's text; problems don't name the file.
 * @param folder that the graphs are named from
 */
export function parseConfigFile(
  text: string,
  environment: Env,
  check: EndpointCheck,
  folder = '.',
  regional: readonly string[] = [],
): ConfigFile {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  if (document.errors.length > 0) {
    const problems = document.errors.map(({ code, pos }) => {
      const { line, col } = lineCounter.linePos(pos[0]);
      return `line ${line}, column ${col}: is no YAML (${code.toLowerCase().replaceAll('_', ' ')})`;
    });
    return { ...NOTHING, problems };
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch {
    // Unknown or too many aliases; the parser has no place for it.
    return { ...NOTHING, problems: ['uses aliases that can not be resolved'] };
  }
  const given = value ?? {};
  const parsed = configFileSchema.safeParse(given);
  if (!parsed.success) {
    return {
      ...NOTHING,
      problems: parsed.error.issues.flatMap((issue) => describe(issue, given)),
    };
  }
  const written = parsed.data.endpoints;
  const named = [...written, ...parsed.data.regions].flatMap((one) => one.api_key_env ?? []);
  const { env, places: secretPlaces, problems: secretProblems } = readSecretSettings(environment, named);
  const problems: string[] = [...secretProblems];
  const endpoints = written.map((one, index) => {
    const place = ['endpoints', index] as const;
    const key = one.api_key_env === undefined ? undefined : env[one.api_key_env];
    if (one.api_key_env !== undefined && (key === undefined || key === '')) {
      problems.push(`${formatPath([...place, 'api_key_env'])}: names a variable that is not set`);
    }
    const twin = written.findIndex((other) => isTwin(one, other));
    if (twin < index)
      problems.push(`${formatPath(place)}: is the same as ${formatPath(['endpoints', twin])}`);
    const readGraph = (member: 'graph' | 'edit_graph') => {
      const name = one.protocol === 'comfyui' ? one[member] : undefined;
      const read = name === undefined ? {} : readJsonFile(path.resolve(folder, name));
      if (read.problem !== undefined) problems.push(`${formatPath([...place, member])}: ${read.problem}`);
      return read.value;
    };
    const endpoint = toEndpointConfig(one, {
      apiKey: key,
      graph: readGraph('graph'),
      editGraph: readGraph('edit_graph'),
    });
    for (const problem of check(endpoint)) {
      problems.push(`${formatPath([...place, ...problem.path])}: ${problem.message}`);
    }
    return endpoint;
  });
  const regions = toRegions(parsed.data.regions, env, regional);
  return {
    endpoints,
    regions: regions.regions,
    secretPlaces,
    problems: [...problems, ...regions.problems],
  };
}

/** What a file that the configuration names holds, or what is wrong with it. */
function readJsonFile(file: string): { readonly value?: unknown; readonly problem?: string } {
  let text: string;
  try {
    if (statSync(file).size > MAX_FILE_BYTES) return { problem: 'names a file of more than 1 MiB' };
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return { problem: missing ? 'names a file that is not there' : 'names a file that can not be read' };
  }
  try {
    const value: unknown = JSON.parse(text);
    return { value };
  } catch {
    // The parser's message would quote the file.
    return { problem: 'names a file that is no JSON' };
  }
}

type Written = z.output<typeof configFileSchema>['endpoints'][number];

/** Several servers may serve one model; the same one twice is a slip. */
function isTwin(a: Written, b: Written): boolean {
  return a.slug === b.slug && a.url === b.url && a.model === b.model;
}

function describe(issue: z.core.$ZodIssue, given: unknown): readonly string[] {
  const protocol = valueAt(given, [...issue.path.slice(0, 2), 'protocol']);
  const known = membersAt(
    issue.path.filter((part) => typeof part === 'string'),
    protocol,
  );
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const place = formatPath([...issue.path, key.slice(0, 100)]);
      return `${place}: is not known${suggestion(key, known)}`;
    });
  }
  const place = formatPath(issue.path);
  const value = valueAt(given, issue.path);
  const start = place === '' ? '' : `${place}: `;
  if (value === undefined || value === null) return [`${start}is missing`];
  if (issue.code === 'invalid_value' || issue.code === 'invalid_union') {
    // The only union is that of the protocols.
    const names = issue.code === 'invalid_value' ? issue.values.map(String) : ENDPOINT_PROTOCOLS;
    return [
      `${start}must be one of ${names.join(', ')}${suggestion(typeof value === 'string' ? value : '', names)}`,
    ];
  }
  return [`${start}${issue.message}`];
}

function suggestion(given: string, known: readonly string[]): string {
  const nearest = nearestName(given, known) ?? known.find((name) => name.startsWith(`${given}_`));
  return nearest === undefined ? '' : `. Did you mean ${nearest}?`;
}

/** `endpoints[0].size.multiple_of` */
function formatPath(parts: readonly PropertyKey[]): string {
  return parts
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`,
    )
    .join('');
}

function valueAt(value: unknown, parts: readonly PropertyKey[]): unknown {
  let found = value;
  for (const part of parts) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = Object.entries(found).find(([name]) => name === String(part))?.[1];
  }
  return found;
}
