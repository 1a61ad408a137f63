import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CommitUnknown, isOutage } from '../db/outage.js';
import { AppError, errorType, type ErrorCode } from '../errors.js';
import type { PublicError } from '../images/generation-result.js';
import { lingerOnClose } from './linger-on-close.js';

/** A restart or a failover of the database takes seconds. */
const RETRY_AFTER_MS = 2_000;

/** The body of every error answer. */
export const errorEnvelopeSchema = z
  .object({
    error: z.looseObject({
      message: z.string(),
      type: z.string(),
      code: z.string(),
      param: z.string().nullable(),
    }),
    request_id: z.string(),
  })
  .meta({ id: 'Error' });

/** Fastify's own refusals in our vocabulary. */
const FASTIFY_CODES: Readonly<Record<string, { code: ErrorCode; message: string }>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'invalid_json', message: 'The body is not valid JSON.' },
  FST_ERR_CTP_EMPTY_JSON_BODY: {
    code: 'invalid_json',
    message: 'The body is empty; a JSON object is needed.',
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'invalid_request',
    message: 'The body is not as long as content-length says.',
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'unsupported_media_type',
    message: 'Send the body as `content-type: application/json`; pictures also as `multipart/form-data`.',
  },
  FST_ERR_CTP_BODY_TOO_LARGE: {
    code: 'payload_too_large',
    message: 'The body is larger than this gateway takes.',
  },
  FST_ERR_BAD_URL: { code: 'invalid_request', message: 'The path is not a valid URL path.' },
  FST_ERR_MAX_PARAM_LENGTH: { code: 'not_found', message: 'There is nothing at this path.' },
};

/** Turns whatever was thrown into an AppError; unexpected failures become a 500 without detail. */
export function toKnownError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (isFastifyError(error)) {
    const known = FASTIFY_CODES[error.code];
    if (known !== undefined) return new AppError(known.code, { message: known.message, cause: error });
    // secure-json-parse and the like: a client's fault without a code of its own.
    if (error.statusCode === 400)
      return new AppError('invalid_json', { message: 'The body is not valid JSON.', cause: error });
  }
  if (error instanceof CommitUnknown) {
    return new AppError('storage_unavailable', {
      message:
        'The database went away at the very end: whether this was done is unknown. Look before asking again.',
      retry: false,
      cause: error,
    });
  }
  if (isOutage(error)) {
    return new AppError('storage_unavailable', {
      message: 'The gateway can not use its database at the moment. Nothing was done; try again in a moment.',
      retryAfterMs: RETRY_AFTER_MS,
      cause: error,
    });
  }
  // What sends files refuses paths that lead out of its folder, or nowhere.
  if (isRefusedPath(error))
    return new AppError('not_found', { message: 'There is nothing at this address.', cause: error });
  return new AppError('internal_error', { message: 'Something went wrong on our side.', cause: error });
}

/** Answers an error: envelope, `x-should-retry` and, where waiting helps, `retry-after`. */
export async function sendError(
  request: FastifyRequest,
  reply: FastifyReply,
  error: AppError,
): Promise<void> {
  for (const [name, value] of Object.entries(error.headers)) void reply.header(name, value);
  const body: PublicError = {
    message: error.message,
    type: errorType(error.status),
    code: error.code,
    param: error.param ?? null,
    ...error.facts,
  };
  await sendPublicError(request, reply, error.status, body, {
    retry: error.retry,
    retryAfterMs: error.retryAfterMs,
  });
}

/** The same for an error that was read back from a record. */
export async function sendPublicError(
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  error: PublicError,
  hints: { readonly retry: boolean; readonly retryAfterMs: number | undefined },
): Promise<void> {
  void reply.header('x-should-retry', String(hints.retry));
  if (hints.retryAfterMs !== undefined) {
    void reply.header('retry-after', String(Math.ceil(hints.retryAfterMs / 1000)));
    void reply.header('retry-after-ms', String(hints.retryAfterMs));
  }
  // The connection of a refused upload may still be full of its body, which nobody reads.
  if (!request.raw.complete) {
    void reply.header('connection', 'close');
    lingerOnClose(request.raw);
  }
  await reply
    .status(status)
    .type('application/json; charset=utf-8')
    .serializer(JSON.stringify)
    .send({ error, request_id: request.id });
}

function isRefusedPath(error: unknown): boolean {
  if (!(error instanceof Error) || !('statusCode' in error)) return false;
  return [400, 403, 404].some((status) => error.statusCode === status);
}

function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}
