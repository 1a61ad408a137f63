/** A provider that means harm: it answers with what it was sent, key included, in every place an answer has. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';

export interface HostileRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** The provider key that came with it; empty: none. */
  readonly key: string;
  readonly body: Buffer;
}

export interface HostileUpstream {
  readonly baseUrl: string;
  readonly port: number;
  readonly seen: readonly HostileRequest[];
  /** What the next requests are answered with. */
  answer(write: (request: HostileRequest, response: ServerResponse) => void): void;
  forget(): void;
  close(): Promise<void>;
}

export async function startHostileUpstream(): Promise<HostileUpstream> {
  const seen: HostileRequest[] = [];
  let write: (request: HostileRequest, response: ServerResponse) => void = (_request, response) =>
    response.writeHead(500).end();
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const request = read(incoming, Buffer.concat(chunks));
      seen.push(request);
      write(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    baseUrl: `http://127.0.0.1:${address.port}`,
    port: address.port,
    seen,
    answer: (next) => {
      write = next;
    },
    forget: () => {
      seen.length = 0;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function read(incoming: IncomingMessage, body: Buffer): HostileRequest {
  const { headers } = incoming;
  const google = headers['x-goog-api-key'];
  const bearer = /^Bearer (.*)$/.exec(headers.authorization ?? '')?.[1];
  return {
    method: incoming.method ?? '',
    url: incoming.url ?? '',
    headers,
    key: (typeof google === 'string' ? google : bearer) ?? '',
    body,
  };
}

/** Answers JSON, with headers that repeat the key as well. */
export function json(
  status: number,
  body: (key: string) => unknown,
  headers: (key: string) => Readonly<Record<string, string>> = () => ({}),
): (request: HostileRequest, response: ServerResponse) => void {
  return ({ key }, response) => {
    response
      .writeHead(status, { 'content-type': 'application/json', ...headers(key) })
      .end(JSON.stringify(body(key)));
  };
}

export function text(
  status: number,
  contentType: string,
  body: (key: string) => string,
  headers: (key: string) => Readonly<Record<string, string>> = () => ({}),
): (request: HostileRequest, response: ServerResponse) => void {
  return ({ key }, response) => {
    response.writeHead(status, { 'content-type': contentType, ...headers(key) }).end(body(key));
  };
}
