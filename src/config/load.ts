import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { z } from 'zod';
import { readConfigFile, type EndpointCheck } from './config-file.js';
import { isPostgresUrl } from './database-url.js';
import { coreSchema, createProviderSchema, listSecretNames, type Config, type Setting } from './schema.js';
import { readSecretSettings } from './secret-settings.js';
import type { StoragePlace } from './storage-url.js';

/** All that is wrong with the settings, by name; values are never repeated. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`These settings are wrong:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/**
 * Reads, validates and freezes the settings and the configuration file. An empty variable counts as unset.
 * @param checkEndpoint what of an own server contradicts the models and servers that are known
 * @param regional ids of the providers that can have regions
 * @throws ConfigError naming every wrong setting at once
 */
export function loadConfig(
  env: Readonly<Record<string, string | undefined>>,
  providerSettings: readonly Setting[],
  checkEndpoint: EndpointCheck = () => [],
  regional: readonly string[] = [],
): Config {
  const secrets = readSecretSettings(env, listSecretNames(providerSettings));
  const given = Object.fromEntries(
    Object.entries(secrets.env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const core = coreSchema.safeParse(given);
  const providers = createProviderSchema(providerSettings).safeParse(given);
  const file = readConfigFile(given, checkEndpoint, regional);
  const problems = [
    ...secrets.problems,
    ...[core, providers].flatMap((result) => (result.success ? [] : describe(result.error))),
    ...file.problems,
  ];
  const isSecretTold = secrets.problems.some((problem) => problem.startsWith('ATELIER_SECRET'));
  if (isPostgresUrl(given['DATABASE_URL'] ?? '') && given['ATELIER_SECRET'] === undefined && !isSecretTold) {
    problems.push(
      'ATELIER_SECRET: must be set with PostgreSQL, the same for every process; `openssl rand -base64 32` makes one',
    );
  }
  if (core.success && core.data.ATELIER_DELIVERY === 'redirect' && core.data.STORAGE_URL?.kind !== 's3') {
    problems.push('ATELIER_DELIVERY: redirect needs an s3:// STORAGE_URL; a folder can not be linked to');
  }
  if (core.success && core.data.STORAGE_URL?.kind === 's3') {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const) {
      if (core.data[name] === undefined) problems.push(`${name}: must be set with an s3:// STORAGE_URL`);
    }
  }
  if (!core.success || !providers.success || problems.length > 0) throw new ConfigError(problems);
  const set = Object.fromEntries(
    providerSettings.flatMap((setting) => {
      const value = providers.data[setting.env];
      return typeof value === 'string' ? [[setting.env, value]] : [];
    }),
  );
  return Object.freeze({
    ...core.data,
    providers: Object.freeze(set),
    endpoints: Object.freeze(file.endpoints),
    regions: Object.freeze(file.regions),
    secretPlaces: Object.freeze([...secrets.places, ...file.secretPlaces]),
  });
}

function describe(error: z.ZodError): string[] {
  return error.issues.map((issue) => `${String(issue.path[0])}: ${issue.message}`);
}

/** Where the relational state is kept. */
export type DatabasePlace =
  | {
      readonly dialect: 'sqlite';
      /** Absolute path. */
      readonly file: string;
    }
  | {
      readonly dialect: 'postgres';
      /** With its password: never shown. */
      readonly url: string;
    };

/** The embedded database in the data folder, unless the settings name another one. */
export function databasePlace(config: Config): DatabasePlace {
  const url = config.DATABASE_URL;
  if (url === undefined) {
    return { dialect: 'sqlite', file: path.resolve(config.ATELIER_DATA_DIR, 'atelier.sqlite') };
  }
  if (isPostgresUrl(url)) return { dialect: 'postgres', url };
  return { dialect: 'sqlite', file: path.resolve(url.slice('sqlite://'.length)) };
}

/** Where pictures are stored: in the data folder, unless the settings name another place. */
export function storagePlace(config: Config): StoragePlace {
  return config.STORAGE_URL ?? { kind: 'disk', folder: path.resolve(config.ATELIER_DATA_DIR, 'blobs') };
}

/** The keys of an S3-compatible store, where the settings have them. */
export function storeCredentials(config: Config) {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = config;
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  return { accessKeyId, secretAccessKey, sessionToken: config.AWS_SESSION_TOKEN };
}

/**
 * The secrets that sign links: those given, else one made once in the data folder, readable by its owner only.
 */
export function loadSecrets(config: Config): readonly string[] {
  if (config.ATELIER_SECRET !== undefined) return config.ATELIER_SECRET;
  const file = path.resolve(config.ATELIER_DATA_DIR, 'secret');
  mkdirSync(path.dirname(file), { recursive: true });
  try {
    writeFileSync(file, randomBytes(32).toString('base64url'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    if (!exists) throw error;
  }
  return [readFileSync(file, 'utf8').trim()];
}
