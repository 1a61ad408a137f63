import { z } from 'zod';

/** A failure that a user of the command line can understand; printed without a stack. */
export class CliError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** An answer of the server that tells of a failure, in its own words. */
export class ApiError extends CliError {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

const failure = z.object({ error: z.object({ message: z.string(), code: z.string() }) });

/** Where the server is and who calls it. */
export interface Connection {
  readonly url: string;
  readonly key: string;
}

/** Reads ATELIER_URL and ATELIER_API_KEY. @throws CliError when the key is missing */
export function connectionFrom(env: Readonly<Record<string, string | undefined>>): Connection {
  const url = (env['ATELIER_URL'] ?? 'http://127.0.0.1:4000').replace(/\/+$/, '');
  const key = env['ATELIER_API_KEY'];
  if (key === undefined || key === '') {
    throw new CliError('set ATELIER_API_KEY to a key of the server (its first start prints two)');
  }
  return { url, key };
}

/** One call of the public API. @throws CliError with the server's own words */
export async function callApi<T>(
  { url, key }: Connection,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
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
  return schema.parse(await answerOf(response));
}

/** Sends a form. @throws CliError with the server's own words */
export async function uploadForm<T>(
  { url, key }: Connection,
  path: string,
  form: FormData,
  schema: z.ZodType<T>,
): Promise<T> {
  const headers = { authorization: `Bearer ${key}` };
  return schema.parse(
    await answerOf(await reach(url, `${url}${path}`, { method: 'POST', headers, body: form })),
  );
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
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok) return answer;
  const told = failure.safeParse(answer);
  throw new ApiError(
    told.success
      ? `${told.data.error.message} (${told.data.error.code})`
      : `the server answered ${response.status}`,
    response.status,
  );
}

/** Downloads a link of the server. */
export async function download(connection: Connection, link: string): Promise<Uint8Array> {
  const response = await reach(connection.url, link, {});
  if (!response.ok) throw new CliError(`the picture could not be downloaded: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

async function reach(server: string, url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
    throw new CliError(`no server answers at ${server} (set ATELIER_URL)${cause}`);
  }
}
