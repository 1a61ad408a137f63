/** Stands between a gateway and its database and cuts connections at chosen points. */
import { connect, createServer, type Socket } from 'node:net';
import { once } from 'node:events';

/**
 * Where a connection is cut at a commit: `reply` when the database has committed and before the gateway hears of it;
 * `request` before the database hears of the commit, so that it undoes everything.
 */
export type CutAt = 'reply' | 'request';

export interface PostgresProxy {
  /** As DATABASE_URL. */
  readonly url: string;
  /** Where the next connections lead. */
  lead(port: number): void;
  /**
   * Cuts the connection of the next transaction that has such a statement, once.
   * @returns resolves when it was cut
   */
  cutCommit(at: CutAt, statement: RegExp): Promise<void>;
  /** From now on bytes neither arrive nor get lost, and no connection is closed: a network that swallows everything. */
  stall(): void;
  /** What was on its way arrives. */
  flow(): void;
  /** Ends all connections as they are. @returns how many */
  cutAll(): number;
  close(): Promise<void>;
}

interface Cut {
  readonly at: CutAt;
  readonly statement: RegExp;
  readonly done: () => void;
}

const COMMIT = Buffer.from('commit\0');
/** The tag in the database's answer. */
const COMMITTED = Buffer.from('COMMIT\0');
const BEGIN = Buffer.from('start transaction');

/** @param url database behind it, on loopback */
export async function startPostgresProxy(url: string): Promise<PostgresProxy> {
  let port = Number(new URL(url).port);
  let cut: Cut | undefined;
  let stalled = false;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', end);
      socket.on('close', () => {
        sockets.delete(socket);
        end();
      });
    }
    /** What the transaction has said so far. */
    let said = '';
    let cutting: Cut | undefined;
    client.on('data', (chunk: Buffer) => {
      if (chunk.includes(BEGIN)) said = '';
      said += chunk.toString('latin1');
      if (cut !== undefined && chunk.includes(COMMIT) && cut.statement.test(said)) {
        cutting = cut;
        cut = undefined;
        if (cutting.at === 'request') {
          end();
          cutting.done();
          return;
        }
      }
      upstream.write(chunk);
    });
    upstream.on('data', (chunk: Buffer) => {
      if (cutting !== undefined && chunk.includes(COMMITTED)) {
        end();
        cutting.done();
        return;
      }
      client.write(chunk);
    });
    if (stalled) for (const socket of [client, upstream]) socket.pause();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  const own = new URL(url);
  own.port = String(address.port);
  return {
    url: own.href,
    lead: (next) => {
      port = next;
    },
    cutCommit: (at, statement) =>
      new Promise((resolve) => {
        cut = { at, statement, done: resolve };
      }),
    stall: () => {
      stalled = true;
      for (const socket of sockets) socket.pause();
    },
    flow: () => {
      stalled = false;
      for (const socket of sockets) socket.resume();
    },
    cutAll: () => {
      const count = sockets.size / 2;
      for (const socket of sockets) socket.destroy();
      return count;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
