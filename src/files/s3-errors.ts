import { S3ServiceException } from '@aws-sdk/client-s3';
import type { S3Place } from '../config/storage-url.js';

/**
 * A failure of the S3 store in our own words. The library's error isn't kept as its cause: that one holds the request, with
 * its signature and session token.
 */
export class S3StoreError extends Error {
  /** The store's name of the failure, such as `NoSuchBucket` or `SlowDown`, or the system's, such as `ECONNREFUSED`. */
  readonly code: string;
  /** HTTP status of the answer; undefined: there was none. */
  readonly status: number | undefined;

  constructor(message: string, code: string, status?: number) {
    super(message);
    this.name = 'S3StoreError';
    this.code = code;
    this.status = status;
  }
}

/** As the disk store's streams fail. */
export class BlobMissingError extends Error {
  readonly code = 'ENOENT';

  constructor(sha256: string) {
    super(`ENOENT: no blob ${sha256}`);
    this.name = 'BlobMissingError';
  }
}

/** What the store's answers mean for whoever runs the gateway. */
const MEANINGS: Readonly<Record<string, string>> = {
  InvalidAccessKeyId: 'it does not know AWS_ACCESS_KEY_ID',
  SignatureDoesNotMatch: 'AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID',
  AuthFailure: 'it refused AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
  InvalidToken: 'it refused AWS_SESSION_TOKEN',
  ExpiredToken: 'AWS_SESSION_TOKEN has expired',
  TokenRefreshRequired: 'AWS_SESSION_TOKEN has expired',
  PermanentRedirect: 'the bucket is in another region, see region in STORAGE_URL',
  AuthorizationHeaderMalformed: 'the bucket is in another region, see region in STORAGE_URL',
  RequestTimeTooSkewed: 'the clocks of the store and of this machine are too far apart',
};

/** Names the failure by the place, and by the setting to look at where that is known. */
export function explainS3Error(error: unknown, place: S3Place): Error {
  if (error instanceof S3StoreError || error instanceof BlobMissingError) return error;
  const where = `bucket ${place.bucket} at ${place.endpoint ?? `Amazon S3 in ${place.region}`}`;
  if (error instanceof S3ServiceException) {
    const { name, $metadata: metadata } = error;
    const status = metadata.httpStatusCode;
    const tries =
      metadata.attempts === undefined || metadata.attempts < 2 ? '' : ` ${metadata.attempts} times`;
    const meaning = MEANINGS[name] ?? describeStatus(name, status);
    return new S3StoreError(
      `${where}: ${meaning} (answered${tries} ${name}, status ${status ?? 'unknown'})`,
      name,
      status,
    );
  }
  const code = codeOf(error);
  if (code === 'AbortError' || code === 'TimeoutError' || code === 'ETIMEDOUT') {
    return new S3StoreError(`${where}: no answer in time`, 'ETIMEDOUT');
  }
  return new S3StoreError(`${where}: the store cannot be reached (${code})`, code);
}

/** True for the answer that there is no such object; a missing bucket is something else. */
export function isMissingObject(error: unknown): boolean {
  return (
    error instanceof S3ServiceException &&
    error.$metadata.httpStatusCode === 404 &&
    error.name !== 'NoSuchBucket'
  );
}

function describeStatus(name: string, status: number | undefined): string {
  if (name === 'NoSuchBucket') return 'the bucket of STORAGE_URL does not exist';
  if (status === 401 || status === 403) {
    return 'access denied: AWS_ACCESS_KEY_ID may not do this, or was refused';
  }
  if (status === 429 || status === 503) return 'the store is too busy';
  return 'the store failed';
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if ('code' in error && typeof error.code === 'string') return error.code;
  // The connection attempts to all addresses of a name, gathered.
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return error.name;
}
