import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../errors.js';
import { isBlobMissing } from '../files/blob-store.js';
import type { PictureStore } from '../files/picture-store.js';
import type { Picture } from '../providers/provider.js';
import { checkPreconditions, rangeHeader } from './preconditions.js';
import { parseRange } from './range.js';

/** Bytes that never change under their address. */
export interface SentPicture {
  readonly sha256: string;
  readonly sizeBytes: number;
  /** As the bytes themselves say. */
  readonly mimeType: Picture['mimeType'];
  readonly createdAt: Date;
  /** `Content-Disposition`; undefined: to be shown. */
  readonly disposition: string | undefined;
  /** What is answered when the bytes are gone; else that the picture has expired. */
  readonly gone?: () => AppError;
}

/**
 * Answers GET and HEAD with a stored picture: whole, one range of it (several ranges get the whole, as RFC 9110 §14.2 allows),
 * 304, 412 or 416. Type and bytes came from outside, so that the answer forbids everything but looking at it; other sites
 * may show it.
 * @throws AppError image_expired, or what `gone` says, when the bytes are gone
 */
export async function sendPicture(
  request: FastifyRequest,
  reply: FastifyReply,
  picture: SentPicture,
  pictures: PictureStore,
): Promise<FastifyReply> {
  const { sha256, sizeBytes, mimeType, createdAt, disposition, gone = imageGone } = picture;
  const validators = { etag: `"${sha256}"`, lastModified: createdAt };
  void reply
    .header('etag', validators.etag)
    .header('last-modified', createdAt.toUTCString())
    .header('accept-ranges', 'bytes')
    .header('x-content-type-options', 'nosniff')
    .header('content-security-policy', "default-src 'none'; sandbox")
    .header('cross-origin-resource-policy', 'cross-origin')
    .header('access-control-allow-origin', '*')
    .header('access-control-expose-headers', 'etag, accept-ranges, content-range, content-disposition');
  if (disposition !== undefined) void reply.header('content-disposition', disposition);
  const condition = checkPreconditions(request.headers, validators);
  if (condition === 'failed') return reply.status(412).send();
  if (condition === 'not-modified') return reply.status(304).send();
  if (request.method === 'HEAD') return reply.type(mimeType).header('content-length', sizeBytes).send();
  const range = parseRange(rangeHeader(request.headers, validators), sizeBytes);
  if (range === 'unsatisfiable') {
    return reply.status(416).header('content-range', `bytes */${sizeBytes}`).send();
  }
  const body = await opened(pictures.read(sha256, range), gone);
  void reply.type(mimeType);
  if (range === undefined) return reply.header('content-length', sizeBytes).send(body);
  return reply
    .status(206)
    .header('content-range', `bytes ${range.start}-${range.end}/${sizeBytes}`)
    .header('content-length', range.end - range.start + 1)
    .send(body);
}

/** Waits for the first bytes, so that what is gone can still be answered as such. */
async function opened(body: Readable, gone: () => AppError): Promise<Readable> {
  try {
    await once(body, 'readable');
    return body;
  } catch (error) {
    if (!isBlobMissing(error)) throw error;
    throw gone();
  }
}

function imageGone(): AppError {
  return new AppError('image_expired', { message: 'This picture has expired and was removed.' });
}
