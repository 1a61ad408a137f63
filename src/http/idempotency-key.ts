import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../errors.js';
import type { IdempotentCall } from '../images/idempotent-calls.js';
import type { GivenEdit, GivenInput } from '../images/intake.js';
import { canonicalJson } from '../provenance/recipe-hash.js';
import type { Caller } from '../workspaces/workspace-store.js';

/**
 * The call's idempotency key, if it has one. Two bodies are the same when their fields are, in whatever order, and their
 * pictures have the same bytes, addresses or ids.
 * @throws AppError invalid_request for a key that is empty, too long or not plain text
 */
export function readIdempotentCall(
  request: FastifyRequest,
  caller: Caller,
  body: unknown,
  given: GivenEdit | undefined,
): IdempotentCall | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new AppError('invalid_request', {
      message: 'The header `Idempotency-Key` must be 1 to 255 printable ASCII characters without spaces.',
      param: 'idempotency-key',
    });
  }
  const pictures =
    given === undefined
      ? undefined
      : { inputs: given.inputs.map(nameOf), mask: given.mask === undefined ? undefined : nameOf(given.mask) };
  return {
    workspaceId: caller.workspace.id,
    mode: caller.key.mode,
    path: request.routeOptions.url ?? request.url,
    key,
    bodySha256: createHash('sha256').update(canonicalJson({ body, pictures })).digest('hex'),
  };
}

function nameOf({ picture }: GivenInput): string {
  switch (picture.kind) {
    case 'stored':
      return `sha256:${picture.stored.sha256}`;
    case 'url':
      return picture.url;
    case 'image':
    case 'file':
      return `${picture.kind}:${picture.id}`;
  }
}
