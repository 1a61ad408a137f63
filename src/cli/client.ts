import { z } from 'zod';
import { readSecretSettings } from '../config/secret-settings.js';

/** A failure that a user of the command line can understand; printed without a stack. */
export class CliError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** What a refusal says beside its message. */
interface Refusal {
  readonly status: number;
  /** One of the codes of docs/errors.md; undefined: something else than the gateway answered. */
  readonly code: string | undefined;
  /** The generation that came to nothing; undefined: it never began, and nothing was held. */
  readonly generationId: string | undefined;
  /** Whether the same call can succeed later. */
  readonly retry: boolean;
  /** How long the server asks to wait until then. */
  readonly retryAfterMs: number | undefined;
}

/** An answer of the server that tells of a failure, in its own words. */
export class ApiError extends CliError {
  readonly status: number;
  readonly refusal: Refusal;

  constructor(message: string, refusal: Refusal) {
    super(message);
    this.status = refusal.status;
    this.refusal = refusal;
  }
}

/** No answer, or one that broke off: whether the call was heard is not known. */
export class UnreachableError extends CliError {}

const failure = z.object({
  error: z.object({ message: z.string(), code: z.string(), generation_id: z.string().optional() }),
});
/** Answers of proxies that ask for patience without saying so. */
const PASSING = [429, 502, 503, 504];

/** Where the server is and who calls it. */
export interface Connection {
  readonly url: string;
  readonly key: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads ATELIER_URL, without a slash at its end. */
export function serverUrl(env: Environment): string {
  return (env['ATELIER_URL'] ?? 'http://127.0.0.1:4000').replace(/\/+$/, '');
}

/** Reads ATELIER_URL and ATELIER_API_KEY. @throws CliError when the key is missing */
export function connectionFrom(env: Environment): Connection {
  const key = env['ATELIER_API_KEY'];
  if (key === undefined || key === '') {
    throw new CliError('set ATELIER_API_KEY to a key of the server (its first start prints two)');
  }
  return { url: serverUrl(env), key };
}

/** Reads ATELIER_URL and ATELIER_ADMIN_TOKEN, as the server reads it. @throws CliError when the token is missing */
export function adminConnectionFrom(env: Environment): Connection {
  const secrets = readSecretSettings(env, ['ATELIER_ADMIN_TOKEN']);
  if (secrets.problems.length > 0) throw new CliError(secrets.problems.join('\n'));
  const key = secrets.env['ATELIER_ADMIN_TOKEN'];
  if (key === undefined || key === '') {
    throw new CliError('set ATELIER_ADMIN_TOKEN to that of the server, which is off without one');
  }
  return { url: serverUrl(env), key };
}

export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type Method = (typeof METHODS)[number];

/** One call of the public API. @throws CliError with the server's own words */
export async function callApi<T>(
  { url, key }: Connection,
  method: Method,
  path: string,
  schema: z.ZodType<T>,
  body?: unknown,
  extraHeaders: Readonly<Record<string, string>> = {},
): Promise<T> {
  const response = await reach(url, `${url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...extraHeaders,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return read(schema, await answerOf(response));
}

/** One call with a body as it is. @returns the answer as text. @throws CliError with the server's own words */
export async function callRaw(
  { url, key }: Connection,
  method: Method,
  path: string,
  body: string | undefined,
  headers: Readonly<Record<string, string>>,
): Promise<string> {
  const response = await reach(url, `${url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  if (!response.ok) await answerOf(response);
  return response.text();
}

/** Sends a form. @throws CliError with the server's own words */
export async function uploadForm<T>(
  { url, key }: Connection,
  path: string,
  form: FormData,
  schema: z.ZodType<T>,
): Promise<T> {
  const headers = { authorization: `Bearer ${key}` };
  const response = await reach(url, `${url}${path}`, { method: 'POST', headers, body: form });
  return read(schema, await answerOf(response));
}

/** The bytes of an answer as they come. @throws CliError with the server's own words */
export async function openDownload({ url, key }: Connection, path: string) {
  const response = await reach(url, `${url}${path}`, { headers: { authorization: `Bearer ${key}` } });
  if (!response.ok || response.body === null) {
    // The server had sent us on to its storage, whose words are not its own.
    if (response.redirected) throw new CliError(`the storage of the server answered ${response.status}`);
    await answerOf(response);
    throw new CliError('the server sent no bytes');
  }
  return response.body;
}

async function answerOf(response: Response): Promise<unknown> {
  const text = await response.text().catch((error: unknown) => {
    throw new UnreachableError(`the answer of the server broke off${causeOf(error)}`);
  });
  const answer = parse(text);
  if (response.ok) return answer;
  const told = failure.safeParse(answer).data?.error;
  throw new ApiError(
    told === undefined ? `the server answered ${response.status}` : `${told.message} (${told.code})`,
    {
      status: response.status,
      code: told?.code,
      generationId: told?.generation_id,
      ...retryHint(response),
    },
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A page of a proxy, or nothing at all; whoever needs an answer says so.
    return undefined;
  }
}

function read<T>(schema: z.ZodType<T>, answer: unknown): T {
  const known = schema.safeParse(answer);
  if (known.success) return known.data;
  throw new CliError('the server gave an answer that this version of the command does not understand');
}

function retryHint({ status, headers }: Response): Pick<Refusal, 'retry' | 'retryAfterMs'> {
  const said = headers.get('x-should-retry');
  const [ms, seconds] = [headers.get('retry-after-ms'), headers.get('retry-after')];
  const after =
    ms !== null && /^\d+$/.test(ms)
      ? Number(ms)
      : seconds !== null && /^\d+$/.test(seconds)
        ? Number(seconds) * 1000
        : undefined;
  return { retry: said === null ? PASSING.includes(status) : said === 'true', retryAfterMs: after };
}

/** Downloads a link of the server. */
export async function download(connection: Connection, link: string): Promise<Uint8Array> {
  const { body } = await openLink(connection, link);
  return new Uint8Array(await new Response(body).arrayBuffer());
}

/**
 * The bytes behind a link of the server as they come.
 * @returns with the SHA-256 (hex) that the server announces; undefined: a storage of its own answers, which knows other tags
 * @throws ApiError when there is no picture any more
 */
export async function openLink(connection: Connection, link: string) {
  const response = await reach(connection.url, link, {});
  if (!response.ok || response.body === null) {
    await answerOf(response);
    throw new CliError(`the picture could not be downloaded: ${response.status}`);
  }
  return { body: response.body, sha256: /^"([0-9a-f]{64})"$/.exec(response.headers.get('etag') ?? '')?.[1] };
}

async function reach(server: string, url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    throw new UnreachableError(`no server answers at ${server} (set ATELIER_URL)${causeOf(error)}`);
  }
}

function causeOf(error: unknown): string {
  return error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
}
