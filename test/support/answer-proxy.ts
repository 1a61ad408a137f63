/** Stands before the emulators and changes their answers. */
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';

export interface ProxiedAnswer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: Buffer;
  /** The connection ends before the body does. */
  readonly breaksOff: boolean;
}

/** What was asked. */
export interface ProxiedRequest {
  readonly method: string;
  readonly url: string;
}

export interface AnswerProxy {
  /** Root address, as `ATELIER_EMULATORS_URL` takes it. */
  readonly root: string;
  /** Ends all connections: the next request looks the name up again. */
  disconnect(): void;
  close(): Promise<void>;
}

type Change = (answer: ProxiedAnswer, asked: ProxiedRequest) => ProxiedAnswer | Promise<ProxiedAnswer>;

/** @param target root address of the emulators */
export async function startAnswerProxy(target: string, change: Change): Promise<AnswerProxy> {
  const { hostname, port } = new URL(target);
  const server = createServer((incoming, outgoing) => {
    const asked = { method: incoming.method ?? '', url: incoming.url ?? '' };
    const passed = ask(
      { hostname, port, path: incoming.url, method: incoming.method, headers: incoming.headers },
      (answer) => {
        readAll(answer)
          .then((body) =>
            change(
              { status: answer.statusCode ?? 500, headers: answer.headers, body, breaksOff: false },
              asked,
            ),
          )
          .then(
            (changed) => {
              write(outgoing, changed);
            },
            () => outgoing.destroy(),
          );
      },
    );
    passed.on('error', () => outgoing.destroy());
    incoming.pipe(passed);
  });
  // Progress over sockets passes unread.
  server.on('upgrade', (incoming, socket, head: Buffer) => {
    const lines = Object.entries(incoming.headers).map(([name, value]) => `${name}: ${String(value)}`);
    const upstream = connect(Number(port), hostname, () => {
      upstream.write(
        `${incoming.method ?? ''} ${incoming.url ?? ''} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`,
      );
      upstream.write(head);
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    root: `http://127.0.0.1:${address.port}`,
    disconnect: () => {
      server.closeAllConnections();
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readAll(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function write(outgoing: ServerResponse, { status, headers, body, breaksOff }: ProxiedAnswer): void {
  const kept = Object.entries(headers).filter(
    ([name, value]) => value !== undefined && !/^(content-length|transfer-encoding|connection)$/.test(name),
  );
  const length = body.length + (breaksOff ? 10 : 0);
  const bodiless = status === 204 || status === 304;
  outgoing.writeHead(status, {
    ...Object.fromEntries(kept),
    ...(bodiless ? {} : { 'content-length': length }),
  });
  if (breaksOff && !bodiless) outgoing.write(body, () => outgoing.destroy());
  else outgoing.end(bodiless ? undefined : body);
}
