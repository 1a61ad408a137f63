import * as z from 'zod/mini';

const envelopeSchema = z.object({
  error: z.looseObject({
    message: z.string(),
    code: z.string(),
    param: z.nullish(z.string()),
    required: z.optional(z.number()),
    available: z.optional(z.number()),
    nearest: z.optional(z.union([z.string(), z.number()])),
    allowed: z.optional(z.array(z.union([z.string(), z.number(), z.boolean()]))),
  }),
  request_id: z.optional(z.string()),
});

/** The public error of an answer, or what went wrong before there was one. */
export interface FailureFacts {
  readonly status: number;
  /** Of the catalogue in `docs/errors.md`; `connection` when no answer came, `bad_answer` for one that can't be read. */
  readonly code: string;
  readonly param?: string | undefined;
  readonly requestId?: string | undefined;
  readonly required?: number | undefined;
  readonly available?: number | undefined;
  readonly retryAfterMs?: number | undefined;
}

/** A call that failed, with words that can be shown. */
export class ApiFailure extends Error {
  readonly facts: FailureFacts;

  constructor(message: string, facts: FailureFacts) {
    super(message);
    this.name = 'ApiFailure';
    this.facts = facts;
  }
}

export interface Call<Schema extends z.ZodMiniType> {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly answer: Schema;
  readonly body?: object | undefined;
  /** Sent in place of a body where there are pictures. */
  readonly form?: FormData | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Calls the gateway with the cookie of this browser.
 * @param keyId which of the keys that it is signed in with acts; `1`: the newest
 * @returns the answer as its schema gives it; what isn't in the schema is dropped
 * @throws ApiFailure
 */
export async function callApi<Schema extends z.ZodMiniType>(
  keyId: string,
  { method = 'GET', path, answer, body, form, headers, signal }: Call<Schema>,
): Promise<z.output<Schema>> {
  const response = await send(keyId, path, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(form === undefined ? {} : { body: form }),
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(signal === undefined ? {} : { signal }),
  });
  const parsed = answer.safeParse(await readJson(response));
  if (parsed.success) return parsed.data;
  throw new ApiFailure('The server answered in a way that this page does not understand. Reload the page.', {
    status: response.status,
    code: 'bad_answer',
  });
}

/** The same for answers that are no JSON. @throws ApiFailure */
export async function send(
  keyId: string,
  path: string,
  init: Omit<RequestInit, 'headers'> & { readonly headers?: Readonly<Record<string, string>> },
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, {
      ...init,
      headers: { ...init.headers, 'x-atelier-session': keyId },
      credentials: 'same-origin',
    });
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    throw new ApiFailure('The server can not be reached. What you wrote stays here; try again in a moment.', {
      status: 0,
      code: 'connection',
    });
  }
  if (!response.ok) throw await toFailure(response);
  return response;
}

/** Whether a failure means that this browser is not signed in any more. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof ApiFailure && error.facts.status === 401;
}

async function toFailure(response: Response): Promise<ApiFailure> {
  const parsed = envelopeSchema.safeParse(await readJson(response));
  const after = Number(response.headers.get('retry-after-ms') ?? Number.NaN);
  const retryAfterMs = Number.isFinite(after) ? after : undefined;
  if (!parsed.success) {
    return new ApiFailure(`The server answered ${response.status} without saying why.`, {
      status: response.status,
      code: 'bad_answer',
      retryAfterMs,
    });
  }
  const { error, request_id: requestId } = parsed.data;
  return new ApiFailure(error.message, {
    status: response.status,
    code: error.code,
    param: error.param ?? undefined,
    requestId,
    required: error.required,
    available: error.available,
    retryAfterMs,
  });
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return JSON.parse(await response.text());
  } catch {
    // Told by the schema that nothing fits.
    return undefined;
  }
}
