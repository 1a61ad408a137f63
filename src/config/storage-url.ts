import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** Where blobs are kept. */
export type StoragePlace =
  | {
      readonly kind: 'disk';
      /** Absolute path. */
      readonly folder: string;
    }
  | S3Place;

/** A bucket of a server that speaks S3. */
export interface S3Place {
  readonly kind: 's3';
  readonly bucket: string;
  /** What all keys start with; empty, or without slashes at its ends. */
  readonly prefix: string;
  /** Undefined: Amazon's own for the region. */
  readonly endpoint: string | undefined;
  readonly region: string;
  /** True: the bucket stands in the path of requests, not in the host name. */
  readonly pathStyle: boolean;
}

/** All that is wrong with a storage URL; its values are never repeated. */
export class StorageUrlError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('; '));
    this.name = 'StorageUrlError';
    this.problems = problems;
  }
}

const FORMS = 'must be file:///absolute/path or s3://bucket/prefix?endpoint=…&region=…&path_style=…';

const parameters = z
  .strictObject(
    {
      endpoint: z
        .url({ protocol: /^https?$/, error: 'endpoint must be an http(s) URL', abort: true })
        .refine(isOrigin, 'endpoint must be scheme, host and port only')
        .transform((text) => new URL(text).origin)
        .optional(),
      region: z
        .string()
        .regex(/^[a-z0-9-]{1,64}$/, 'region must be a name such as us-east-1')
        .optional(),
      path_style: z
        .enum(['true', 'false'], { error: 'path_style must be true or false' })
        .transform((text) => text === 'true')
        .optional(),
    },
    {
      error: (issue) =>
        issue.code === 'unrecognized_keys'
          ? `knows endpoint, region and path_style, not ${issue.keys.join(', ')}`
          : undefined,
    },
  )
  .refine((given) => given.endpoint !== undefined || given.region !== undefined, {
    error: 'needs a region, or an endpoint',
  });

const bucketName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    'bucket must be 3 to 63 small letters, digits, dots and hyphens',
  );

/** Characters that every store takes in keys as they are. */
const prefixText = z
  .string()
  .max(512, 'prefix must have at most 512 characters')
  .regex(/^([A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*)?$/, {
    error: 'prefix must be names of letters, digits, dots, hyphens and underscores between single slashes',
  });

/**
 * Reads STORAGE_URL: `file:///absolute/path`, or `s3://bucket/prefix` with the parameters endpoint, region and
 * path_style. A given endpoint makes the region us-east-1 and the path style true, unless they are given as well.
 * @throws StorageUrlError naming everything that is wrong
 */
export function parseStorageUrl(text: string): StoragePlace {
  if (/^file:\/\/\/./.test(text)) return { kind: 'disk', folder: parseFolder(text) };
  if (!text.startsWith('s3://') || !URL.canParse(text)) throw new StorageUrlError([FORMS]);
  const url = new URL(text);
  const problems: string[] = [];
  if (url.username !== '' || url.password !== '') {
    problems.push('must not hold keys: they belong in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY');
  }
  if (url.port !== '') problems.push('names a bucket, not a host and port: use the parameter endpoint');
  if (url.hash !== '') problems.push('must have no #');
  const names = [...url.searchParams.keys()];
  const repeated = names.filter((name, index) => names.indexOf(name) !== index);
  if (repeated.length > 0) problems.push(`has ${[...new Set(repeated)].join(', ')} more than once`);
  const bucket = bucketName.safeParse(url.hostname);
  const prefix = prefixText.safeParse(url.pathname.replace(/^\/|\/$/g, ''));
  const given = parameters.safeParse(Object.fromEntries(url.searchParams));
  for (const result of [bucket, prefix, given]) {
    if (!result.success) problems.push(...result.error.issues.map((issue) => issue.message));
  }
  if (!bucket.success || !prefix.success || !given.success || problems.length > 0) {
    throw new StorageUrlError(problems);
  }
  const { endpoint, region = 'us-east-1', path_style: pathStyle = endpoint !== undefined } = given.data;
  return { kind: 's3', bucket: bucket.data, prefix: prefix.data, endpoint, region, pathStyle };
}

function parseFolder(text: string): string {
  try {
    return fileURLToPath(text);
  } catch (error) {
    throw new StorageUrlError([error instanceof Error ? `file: ${error.message}` : FORMS]);
  }
}

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { username, password, pathname, search, hash } = new URL(text);
  return username + password + search + hash === '' && pathname === '/';
}
