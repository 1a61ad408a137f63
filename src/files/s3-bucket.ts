import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { Readable } from 'node:stream';
import type { ByteRange, PresignOptions } from './blob-store.js';
import { explainS3Error, isMissingObject } from './s3-errors.js';
import { S3Patience } from './s3-patience.js';
import type { S3Place } from '../config/storage-url.js';

/** Keys of the store, as the AWS_* settings give them. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of keys that live for a while only. */
  readonly sessionToken: string | undefined;
}

/** What the store says of an object. */
interface S3Object {
  readonly sizeBytes: number;
  readonly modifiedAt: Date | undefined;
}

/** The bytes of an object, as they come. */
export interface S3Body {
  readonly stream: Readable;
  readonly sizeBytes: number;
}

/** How often a call is tried in all, with growing waits, when the store is busy or fails by itself. */
const MAX_ATTEMPTS = 4;
const CONNECT_TIMEOUT_MS = 5000;
/** Of one attempt, until the answer begins: enough for a part of 8 MiB on a slow line. */
const ATTEMPT_TIMEOUT_MS = 120_000;
/** Of a call with all its attempts. */
export const CALL_TIMEOUT_MS = 300_000;
/** Some stores answer a copy only when all bytes are copied. */
const COPY_TIMEOUT_MS = 600_000;
/** A reader that is slower than the store keeps its connection meanwhile; they must not run out for everybody else. */
const MAX_SOCKETS = 1024;

/** The calls that the blob store makes, on keys below the prefix; every failure comes in our own words. */
export class S3Bucket {
  readonly place: S3Place;
  readonly client: S3Client;
  /** For parts of what is still coming: it can't be had again, and may be paid for. */
  readonly patientClient: S3Client;

  constructor(place: S3Place, credentials: S3Credentials) {
    this.place = place;
    const { accessKeyId, secretAccessKey, sessionToken } = credentials;
    const config: S3ClientConfig = {
      region: place.region,
      forcePathStyle: place.pathStyle,
      ...(place.endpoint === undefined ? {} : { endpoint: place.endpoint }),
      credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
      maxAttempts: MAX_ATTEMPTS,
      retryMode: 'standard',
      // The newer checksums are unknown to many stores; every request's body is signed with its SHA-256 or sent over TLS.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: {
        connectionTimeout: CONNECT_TIMEOUT_MS,
        requestTimeout: ATTEMPT_TIMEOUT_MS,
        throwOnRequestTimeout: true,
        // A quiet socket is not a fault: whoever reads a blob may be slow. Readers watch the store by themselves.
        socketTimeout: 0,
        httpAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
        httpsAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
      },
    };
    this.client = new S3Client(config);
    this.patientClient = new S3Client({
      ...config,
      retryStrategy: new S3Patience(),
      requestHandler: this.client.config.requestHandler,
    });
  }

  /** Names the bucket and the full key. */
  at(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.place.bucket, Key: this.#below(key) };
  }

  /** Proves that the bucket is there and may be listed. Listing is what tells a missing object from a forbidden one. */
  async ensureListable(): Promise<void> {
    await this.explained(() =>
      this.client.send(
        new ListObjectsV2Command({ Bucket: this.place.bucket, Prefix: this.#below('tmp/'), MaxKeys: 1 }),
        { abortSignal: AbortSignal.timeout(CALL_TIMEOUT_MS) },
      ),
    );
  }

  /** @returns undefined when there is no such object, or no such bucket: the store's answer doesn't tell them apart */
  async findSize(key: string): Promise<number | undefined> {
    return (await this.find(key))?.sizeBytes;
  }

  /** The same with the time of writing. */
  async find(key: string): Promise<S3Object | undefined> {
    return this.explained(async () => {
      const abortSignal = AbortSignal.timeout(CALL_TIMEOUT_MS);
      try {
        const head = await this.client.send(new HeadObjectCommand(this.at(key)), { abortSignal });
        return { sizeBytes: head.ContentLength ?? 0, modifiedAt: head.LastModified };
      } catch (error) {
        if (isMissingObject(error)) return undefined;
        throw error;
      }
    });
  }

  /** Fails when the bucket is gone. */
  async ensureExists(): Promise<void> {
    await this.explained(async () => {
      try {
        await this.client.send(new HeadBucketCommand({ Bucket: this.place.bucket }), {
          abortSignal: AbortSignal.timeout(CALL_TIMEOUT_MS),
        });
      } catch (error) {
        if (error instanceof S3ServiceException && isMissingObject(error)) error.name = 'NoSuchBucket';
        throw error;
      }
    });
  }

  async put(key: string, body: Uint8Array): Promise<void> {
    await this.explained(() =>
      this.client.send(
        new PutObjectCommand({ ...this.at(key), Body: body, ContentLength: body.byteLength }),
        {
          abortSignal: AbortSignal.timeout(CALL_TIMEOUT_MS),
        },
      ),
    );
  }

  /** Copies within the store; the bytes don't come here. At most 5 GiB. */
  async copy(from: string, to: string): Promise<void> {
    const source = this.at(from);
    const path = [source.Bucket, ...source.Key.split('/')].map(encodeURIComponent).join('/');
    await this.explained(() =>
      this.client.send(new CopyObjectCommand({ ...this.at(to), CopySource: path }), {
        requestTimeout: COPY_TIMEOUT_MS,
        abortSignal: AbortSignal.timeout(COPY_TIMEOUT_MS),
      }),
    );
  }

  /** Harmless when the object is gone already. */
  async delete(key: string): Promise<void> {
    await this.explained(async () => {
      try {
        await this.client.send(new DeleteObjectCommand(this.at(key)), {
          abortSignal: AbortSignal.timeout(CALL_TIMEOUT_MS),
        });
      } catch (error) {
        if (!isMissingObject(error)) throw error;
      }
    });
  }

  /** @returns undefined when there is no such object, no bytes when the range begins behind its end */
  async get(key: string, range: ByteRange | undefined, signal: AbortSignal): Promise<S3Body | undefined> {
    return this.explained(async () => {
      try {
        const answer = await this.client.send(
          new GetObjectCommand({
            ...this.at(key),
            ...(range === undefined ? {} : { Range: `bytes=${range.start}-${range.end}` }),
          }),
          { abortSignal: AbortSignal.any([signal, AbortSignal.timeout(CALL_TIMEOUT_MS)]) },
        );
        const { Body: stream, ContentLength: sizeBytes } = answer;
        if (!(stream instanceof Readable) || sizeBytes === undefined) {
          throw new Error('the answer has no body of a known length');
        }
        return { stream, sizeBytes };
      } catch (error) {
        if (isMissingObject(error)) return undefined;
        if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 416) {
          return { stream: Readable.from([]), sizeBytes: 0 };
        }
        throw error;
      }
    });
  }

  async presign(key: string, options: PresignOptions): Promise<string> {
    return this.explained(() =>
      getSignedUrl(
        this.client,
        new GetObjectCommand({
          ...this.at(key),
          ResponseContentType: options.contentType,
          ResponseContentDisposition: options.disposition,
        }),
        { expiresIn: options.expiresInS },
      ),
    );
  }

  /** The name below the prefix of a key as the store lists it. */
  nameOf(fullKey: string): string {
    return fullKey.slice(this.#below('').length);
  }

  #below(key: string): string {
    return this.place.prefix === '' ? key : `${this.place.prefix}/${key}`;
  }

  /** Runs a call of the client. @throws S3StoreError in our own words */
  async explained<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw explainS3Error(error, this.place);
    }
  }
}
