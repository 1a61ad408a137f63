import { z } from 'zod';
import { isPostgresUrl, isWholeUrl } from './database-url.js';
import { isNetwork } from './network.js';
import { findKeyListProblem } from './key-list.js';
import type { RegionConfig } from './region-schema.js';
import type { SecretPlace } from './secret-settings.js';
import { parseStorageUrl, StorageUrlError } from './storage-url.js';
import type { EndpointConfig } from './config-file-schema.js';

/** One setting read from the environment. `docs/configuration.md` and `.env.example` are generated from these. */
export interface Setting {
  readonly env: string;
  readonly description: string;
  readonly secret: boolean;
  /** A key in whose place several can stand: `first@3,second`. */
  readonly several?: true;
  /** Default as it would be written in the environment; undefined: unset. */
  readonly default?: string;
}

const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`));

const url = z
  .url({ protocol: /^https?$/, error: 'must be an http(s) URL' })
  .transform((text) => text.replace(/\/+$/, ''));

const MIB = 1024 * 1024;

/** A name, an IPv4 address or an IPv6 address in brackets, with or without a port. */
const HOST_PATTERN = /^([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/;

/** The gateway's own settings. Values arrive as strings; defaults are written the same way. */
export const coreSchema = z.object({
  HOST: z
    .string()
    .prefault('127.0.0.1')
    .meta({ description: 'Address to listen on. 0.0.0.0 listens on all interfaces.' }),
  PORT: integer(0, 65535).prefault('4000').meta({ description: 'Port to listen on; 0 takes any free one.' }),
  ATELIER_DATA_DIR: z
    .string()
    .prefault('./data')
    .meta({ description: 'Folder of the embedded database, the stored pictures and the generated secret.' }),
  ATELIER_CONFIG: z.string().optional().meta({
    description:
      'File that lists your own servers, see docs/self-hosted.md. Unset: atelier.config.yaml in the working folder, if it is there.',
  }),
  ATELIER_PUBLIC_URL: url.optional().meta({
    description:
      'Address that links to pictures start with. Unset: the listening address; the Host header is never used.',
  }),
  ATELIER_TRUSTED_PROXIES: z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(z.string().refine(isNetwork, 'must be addresses or networks such as 10.0.0.0/8')))
    .optional()
    .transform((networks) => networks ?? [])
    .meta({
      description:
        'Comma-separated addresses and networks (10.0.0.0/8) of your own proxies: from these alone x-forwarded-for tells who is calling, for limits by address, logs and the audit log. Unset: the header is never read.',
    }),
  ATELIER_MAX_FAILED_KEYS: integer(0, 1_000_000).prefault('60').meta({
    description:
      'Wrong keys that an address may send within a minute; further ones are 429, see docs/security.md. 0: as many as it likes.',
  }),
  ATELIER_ADMIN_TOKEN: z
    .string()
    .min(16, 'must have at least 16 characters')
    .optional()
    .meta({ description: 'Bearer token of /v1/admin/*. Unset: the admin calls are off.', secret: true }),
  ATELIER_SECRET: z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(z.string().min(32, 'each secret must have at least 32 characters')).min(1))
    .optional()
    .meta({
      description:
        'Comma-separated secrets for signed links and for the secrets of webhooks: the first signs and encrypts, all verify and decrypt. Unset: made once in the data folder with mode 0600.',
      secret: true,
    }),
  ATELIER_BOOTSTRAP_KEY: z.string().min(16, 'must have at least 16 characters').optional().meta({
    description:
      'A live owner key of the first workspace, made at first start from this string. Unset: a random key, printed once.',
    secret: true,
  }),
  ATELIER_BOOTSTRAP_CREDITS: integer(0, 9_000_000_000)
    .prefault('1000')
    .meta({ description: 'Credits of the first workspace, once as live and once as test credits.' }),
  DATABASE_URL: z
    .string()
    .refine(
      (text) => /^sqlite:\/\/./.test(text) || (isPostgresUrl(text) && isWholeUrl(text)),
      'must be sqlite:// and a path, or a whole postgres:// URL with its user, password and name percent-encoded',
    )
    .optional()
    .meta({
      description:
        'sqlite:///absolute/path, sqlite://relative/path, or postgres://user:password@host/name; PostgreSQL needs ATELIER_SECRET. Unset: atelier.sqlite in the data folder.',
      secret: true,
    }),
  REDIS_URL: z
    .string()
    .refine(
      (text) => /^rediss?:\/\/[^/?#]/.test(text) && isWholeUrl(text),
      'must be a whole redis:// or rediss:// URL with its user and password percent-encoded',
    )
    .optional()
    .meta({
      description:
        'redis://user:password@host:6379/0, or rediss:// for TLS: where several processes count their shared limits. Unset: each process counts for itself.',
      secret: true,
    }),
  STORAGE_URL: z
    .string()
    .transform((text, context) => {
      try {
        return parseStorageUrl(text);
      } catch (error) {
        if (!(error instanceof StorageUrlError)) throw error;
        for (const message of error.problems) context.addIssue({ code: 'custom', message });
        return z.NEVER;
      }
    })
    .optional()
    .meta({
      description:
        'Where pictures are stored: file:///absolute/path, or s3://bucket/prefix?endpoint=&region=&path_style= for an S3-compatible store. Unset: the folder blobs in the data folder.',
    }),
  AWS_ACCESS_KEY_ID: z.string().optional().meta({ description: 'Key of the S3-compatible store.' }),
  AWS_SECRET_ACCESS_KEY: z
    .string()
    .optional()
    .meta({ description: 'Secret of the S3-compatible store.', secret: true }),
  AWS_SESSION_TOKEN: z.string().optional().meta({
    description: 'Session token of the S3-compatible store, where the key needs one.',
    secret: true,
  }),
  ATELIER_LINK_TTL_S: integer(60, 604_800)
    .prefault('3600')
    .meta({ description: 'Life of links and of pictures that nobody keeps, in seconds.' }),
  ATELIER_DELIVERY: z.enum(['proxy', 'redirect']).prefault('proxy').meta({
    description:
      'How links to pictures and the contents of files are answered: proxy passes the bytes through the gateway; redirect sends callers to the bucket of STORAGE_URL, see docs/api.md.',
  }),
  ATELIER_EMULATORS_URL: url.optional().meta({
    description:
      'Where test keys find the provider emulators (see `atelier emulators`). Unset: inside this process.',
  }),
  ATELIER_EMULATOR_DETAIL: z
    .enum(['full', 'plain'])
    .prefault('full')
    .meta({ description: 'How much the emulators paint: full, or plain and at once for tests.' }),
  ATELIER_PAINTER_THREADS: integer(1, 64)
    .prefault('2')
    .meta({ description: 'Worker threads of the built-in painter.' }),
  ATELIER_MAX_BODY_BYTES: integer(1024, 1024 * MIB)
    .prefault(String(64 * MIB))
    .meta({
      description:
        'Largest JSON request body in bytes, where it may hold pictures; without them it may have 4194304 at most.',
    }),
  ATELIER_MAX_PIXELS: integer(MIB, 256 * MIB)
    .prefault(String(64 * MIB))
    .meta({ description: 'Largest picture that is ever decoded, in pixels.' }),
  ATELIER_MAX_IMAGE_BYTES: integer(65_536, 1024 * MIB)
    .prefault(String(256 * MIB))
    .meta({ description: 'Largest picture taken from a provider, in bytes.' }),
  ATELIER_RECENT_BYTES: integer(0, 64 * 1024 * MIB)
    .prefault(String(32 * MIB))
    .meta({
      description:
        'Memory for pictures that were just stored, so that their answers need not read them back. 0 keeps none.',
    }),
  ATELIER_MAX_INPUT_BYTES: integer(65_536, 1024 * MIB)
    .prefault(String(50 * MIB))
    .meta({ description: 'Largest picture taken as the input of an edit, in bytes.' }),
  ATELIER_MAX_FILE_BYTES: integer(65_536, 5 * 1024 * MIB)
    .prefault(String(576 * MIB))
    .meta({
      description:
        'Largest picture that can be uploaded as a file, in bytes. The default holds an uncompressed 16-bit picture of the most pixels.',
    }),
  ATELIER_INPUT_HOSTS: z
    .string()
    .transform((text) => text.split(',').map((host) => host.trim().toLowerCase()))
    .pipe(z.array(z.string().regex(HOST_PATTERN, 'must be host or host:port')))
    .optional()
    .transform((hosts) => hosts ?? [])
    .meta({
      description:
        'Comma-separated hosts (or host:port) that inputs may be fetched from although their addresses are not public.',
    }),
  ATELIER_WEBHOOK_HOSTS: z
    .string()
    .transform((text) => text.split(',').map((host) => host.trim().toLowerCase()))
    .pipe(z.array(z.string().regex(HOST_PATTERN, 'must be host or host:port')))
    .optional()
    .transform((hosts) => hosts ?? [])
    .meta({
      description:
        'Comma-separated hosts (or host:port) that webhooks may be sent to although their addresses are not public, and without TLS.',
    }),
  ATELIER_WEBHOOK_TIMEOUT_S: integer(1, 60)
    .prefault('15')
    .meta({ description: 'How long the receiver of a webhook may take to answer, in seconds.' }),
  ATELIER_MAX_RUNNING: integer(1, 100_000)
    .prefault('256')
    .meta({ description: 'Provider calls that run at once in this process; further ones wait.' }),
  ATELIER_MAX_WAITING: integer(1, 100_000).prefault('1000').meta({
    description: 'Provider calls that may wait for a free place; beyond that the answer is 503 queue_full.',
  }),
  ATELIER_MAX_REQUESTS: integer(1, 1_000_000).prefault('2000').meta({
    description:
      'Requests that this process answers at once, those that wait for their pictures among them, streams of events not; beyond that the answer is 503 overloaded. Health and metrics are always answered.',
  }),
  ATELIER_MAX_WATCHERS: integer(1, 1_000_000).prefault('1000').meta({
    description:
      'Streams of events (GET …/events) that this process serves at once; beyond that the answer is 503 overloaded.',
  }),
  ATELIER_MAX_CONNECTIONS: integer(1, 1_000_000).prefault('10000').meta({
    description: 'Open connections of callers; further ones are closed at once, without an answer.',
  }),
  ATELIER_MAX_HELD_BYTES: integer(1024, 64 * 1024 * MIB)
    .prefault(String(128 * MIB))
    .meta({
      description:
        'Memory for the JSON bodies of all requests under way, in bytes; beyond that the answer is 503 overloaded. Pictures of edits and files are not held in memory.',
    }),
  ATELIER_MAX_LOOP_DELAY_MS: integer(0, 60_000).prefault('500').meta({
    description:
      'How late the event loop may be, averaged over two seconds, before calls that make pictures get 503 overloaded, in milliseconds. 0: they never do.',
  }),
  ATELIER_ROUTE_ORDER: z.enum(['listed', 'health', 'price', 'latency']).prefault('listed').meta({
    description:
      'In which order the routes of one model are tried: listed as the catalogue has them, or by health, price or latency of their own; see docs/reliability.md.',
  }),
  OTEL_EXPORTER_OTLP_ENDPOINT: url.optional().meta({
    description:
      'Base URL of an OpenTelemetry collector that takes traces over OTLP/HTTP; see docs/operations.md. Without it nothing is traced.',
  }),
  ATELIER_MAX_ATTEMPTS: integer(1, 20)
    .prefault('3')
    .meta({ description: 'Calls for one image to one route, the first included; see docs/reliability.md.' }),
  ATELIER_MAX_ATTEMPTS_PER_IMAGE: integer(1, 100)
    .prefault('10')
    .meta({ description: 'Calls for one image to all routes and models together.' }),
  ATELIER_MAX_GENERATION_S: integer(1, 86_400).prefault('900').meta({
    description:
      'Seconds after which a generation begins no further call. One that runs by then may take its model’s time.',
  }),
  ATELIER_LEASE_S: integer(1, 600).prefault('30').meta({
    description:
      'How long a process that is not heard of is believed to run its generations, in seconds; then others take over.',
  }),
  ATELIER_SHUTDOWN_GRACE_S: integer(1, 3600)
    .prefault('420')
    .meta({ description: 'How long a stopping server lets running generations finish, in seconds.' }),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .prefault('info')
    .meta({ description: 'Least severe log level written.' }),
});

export type CoreConfig = Readonly<z.output<typeof coreSchema>>;

/** Everything the process was started with. Frozen; passed down, never read again. */
export interface Config extends CoreConfig {
  /** Values of the providers' own settings by variable name; unset ones are absent, also where there is a default. */
  readonly providers: Readonly<Record<string, string>>;
  /** Own servers from the configuration file, in its order. */
  readonly endpoints: readonly EndpointConfig[];
  /** Further places of vendors from the configuration file. */
  readonly regions: readonly RegionConfig[];
  /** Where each secret setting that is set has its value. */
  readonly secretPlaces: readonly SecretPlace[];
}

const keyList = z.string().superRefine((written, context) => {
  const problem = findKeyListProblem(written);
  if (problem !== undefined) context.addIssue(problem);
});

/** The schema of the settings that providers declare: base URLs are URLs, keys may be several, the rest is text. */
export function createProviderSchema(settings: readonly Setting[]) {
  return z.object(Object.fromEntries(settings.map((setting) => [setting.env, schemaOf(setting).optional()])));
}

function schemaOf(setting: Setting) {
  if (setting.env.endsWith('_BASE_URL')) return url;
  return setting.several === true ? keyList : z.string();
}

/** Names of the settings that may be sealed or stand in files. */
export function listSecretNames(providerSettings: readonly Setting[]): readonly string[] {
  return listSettings(providerSettings)
    .filter(({ secret }) => secret)
    .map(({ env }) => env);
}

/** All settings, our own first, as the documentation and `.env.example` list them. */
export function listSettings(providerSettings: readonly Setting[]): readonly Setting[] {
  const own = Object.entries(coreSchema.shape).map(([env, schema]) => {
    const meta = schema.meta();
    const fallback: unknown =
      'prefault' in schema && schema instanceof z.ZodPrefault ? schema.def.defaultValue : undefined;
    return {
      env,
      description: meta?.description ?? '',
      secret: meta?.['secret'] === true,
      ...(typeof fallback === 'string' ? { default: fallback } : {}),
    };
  });
  return [
    ...own,
    ...providerSettings.map((setting) =>
      setting.several === true
        ? { ...setting, description: `${setting.description} Several share the calls: first@3,second.` }
        : setting,
    ),
  ];
}
