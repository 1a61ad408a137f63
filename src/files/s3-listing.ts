import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3';
import { CALL_TIMEOUT_MS, type S3Bucket } from './s3-bucket.js';
import { isMissingObject } from './s3-errors.js';

/** An object as the store lists it. */
interface ListedObject {
  /** Below the prefix. */
  readonly key: string;
  readonly sizeBytes: number;
  readonly modifiedAt: Date;
}

/** An upload in parts that neither ended nor was aborted. */
interface ListedUpload {
  /** Below the prefix. */
  readonly key: string;
  readonly uploadId: string;
  readonly begunAt: Date;
}

/** The objects below `folder/` in the order of their keys, a page of them in memory at a time. */
export async function* listObjects(bucket: S3Bucket, folder: string): AsyncGenerator<ListedObject> {
  let token: string | undefined;
  do {
    const { Bucket, Key } = bucket.at(`${folder}/`);
    const page = await bucket.explained(() =>
      bucket.client.send(
        new ListObjectsV2Command({
          Bucket,
          Prefix: Key,
          ...(token === undefined ? {} : { ContinuationToken: token }),
        }),
        { abortSignal: AbortSignal.timeout(CALL_TIMEOUT_MS) },
      ),
    );
    for (const { Key, Size, LastModified } of page.Contents ?? []) {
      if (Key === undefined || Size === undefined || LastModified === undefined) continue;
      yield { key: bucket.nameOf(Key), sizeBytes: Size, modifiedAt: LastModified };
    }
    token = page.NextContinuationToken;
  } while (token !== undefined);
}

/** The uploads in parts to keys below `folder/`, a page of them in memory at a time. */
export async function* listUploads(bucket: S3Bucket, folder: string): AsyncGenerator<ListedUpload> {
  let marker: { readonly KeyMarker: string; readonly UploadIdMarker: string } | undefined;
  do {
    const { Bucket, Key } = bucket.at(`${folder}/`);
    const page = await bucket.explained(() =>
      bucket.client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: Key, ...marker }), {
        abortSignal: AbortSignal.timeout(CALL_TIMEOUT_MS),
      }),
    );
    for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
      if (Key === undefined || UploadId === undefined || Initiated === undefined) continue;
      yield { key: bucket.nameOf(Key), uploadId: UploadId, begunAt: Initiated };
    }
    const { IsTruncated: more, NextKeyMarker: key, NextUploadIdMarker: id } = page;
    marker =
      more === true && key !== undefined && id !== undefined
        ? { KeyMarker: key, UploadIdMarker: id }
        : undefined;
  } while (marker !== undefined);
}

/** Lets the store drop the parts of an upload; harmless when it has ended. */
export async function abortUpload(bucket: S3Bucket, { key, uploadId }: ListedUpload): Promise<void> {
  await bucket.explained(async () => {
    try {
      await bucket.client.send(new AbortMultipartUploadCommand({ ...bucket.at(key), UploadId: uploadId }), {
        abortSignal: AbortSignal.timeout(CALL_TIMEOUT_MS),
      });
    } catch (error) {
      // Another process's sweep was first.
      if (!isMissingObject(error)) throw error;
    }
  });
}
