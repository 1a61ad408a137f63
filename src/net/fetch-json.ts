import { request } from 'undici';

/** What a small document of a server says. */
export interface JsonAnswer {
  readonly status: number;
  /** undefined where the body is no JSON. */
  readonly body: unknown;
}

const MAX_BODY_BYTES = 1024 * 1024;

/**
 * Reads a small JSON document from an address that the operator has configured. Redirects are not followed, so that
 * headers stay with that address.
 * @throws Error when there is no answer, or one of more than 1 MiB
 */
export async function fetchJson(
  url: string,
  options: { readonly headers: Readonly<Record<string, string>>; readonly signal: AbortSignal },
): Promise<JsonAnswer> {
  const { headers, signal } = options;
  const response = await request(url, { method: 'GET', headers: { ...headers }, signal, reset: true });
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of response.body) {
    if (!Buffer.isBuffer(chunk)) continue;
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_BODY_BYTES) throw new Error('the answer is larger than 1 MiB');
    chunks.push(chunk);
  }
  return { status: response.statusCode, body: parse(Buffer.concat(chunks).toString('utf8')) };
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    // Health routes often answer with a word or nothing.
    return undefined;
  }
}
