import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError, invariant } from '../errors.js';
import { isBlobMissing } from '../files/blob-store.js';
import type { PictureStore } from '../files/picture-store.js';
import { storageUnavailable } from '../files/store-health.js';
import type { Picture } from '../providers/provider.js';
import { checkPreconditions, rangeHeader } from './preconditions.js';
import { parseRange } from './range.js';

/** Life of a link to the store, in seconds: whoever gets it follows it at once. */
export const PRESIGNED_S = 300;

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
 * @param delivery with `redirectForS` the bytes come from the store itself, by a link that lives so many seconds
 * @throws AppError image_expired, or what `gone` says, when the bytes are gone
 */
export async function sendPicture(
  request: FastifyRequest,
  reply: FastifyReply,
  picture: SentPicture,
  pictures: PictureStore,
  delivery: { readonly redirectForS: number | undefined },
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
  if (delivery.redirectForS !== undefined) {
    return redirect(reply, picture, pictures, delivery.redirectForS);
  }
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

/** Type and disposition are part of the store's link. Caches may use it while a reader still has time to follow it. */
async function redirect(
  reply: FastifyReply,
  { sha256, mimeType, disposition }: SentPicture,
  pictures: PictureStore,
  lifeS: number,
): Promise<FastifyReply> {
  const url = await pictures.presign(sha256, {
    expiresInS: lifeS,
    contentType: mimeType,
    disposition: disposition ?? 'inline',
  });
  invariant(url !== undefined, 'a start without a store that makes links is refused');
  return reply
    .removeHeader('etag')
    .removeHeader('last-modified')
    .removeHeader('content-disposition')
    .header('cache-control', `private, max-age=${Math.floor(lifeS / 2)}`)
    .header('location', url)
    .status(302)
    .send();
}

/** Waits for the first bytes, so that what is gone can still be answered as such. */
async function opened(body: Readable, gone: () => AppError): Promise<Readable> {
  try {
    await once(body, 'readable');
    return body;
  } catch (error) {
    throw isBlobMissing(error) ? gone() : storageUnavailable(error);
  }
}

function imageGone(): AppError {
  return new AppError('image_expired', { message: 'This picture has expired and was removed.' });
}
