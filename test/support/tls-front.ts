/** Speaks TLS before a server on loopback, as well or as badly as a test tells it. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { OwnCertificate } from './own-certificates.js';

/** A certificate; `cut`: the connection ends amid the handshake; `plain`: HTTP without TLS; `silent`: no handshake at all. */
export type TlsManner = OwnCertificate | 'cut' | 'plain' | 'silent';

export interface TlsFront {
  /** Origin, with https. */
  readonly url: string;
  /** Connections so far. */
  readonly connections: number;
  /** How the next connections are taken; open ones end. */
  behave(manner: TlsManner): void;
  close(): Promise<void>;
}

/** @param target where what was understood goes, on loopback */
export async function startTlsFront(target: string, first: TlsManner): Promise<TlsFront> {
  let manner = first;
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    if (manner === 'silent') return;
    if (manner === 'cut') {
      socket.once('data', () => socket.destroy());
      return;
    }
    if (manner === 'plain') {
      socket.once('data', () => {
        socket.end('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
      });
      return;
    }
    const secured = new TLSSocket(socket, { isServer: true, secureContext: createSecureContext(manner) });
    secured.on('error', () => socket.destroy());
    const upstream = connect(Number(new URL(target).port), '127.0.0.1');
    upstream.on('error', () => socket.destroy());
    upstream.on('close', () => socket.destroy());
    socket.on('close', () => upstream.destroy());
    secured.pipe(upstream).pipe(secured);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the front has no port');
  const endAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `https://127.0.0.1:${address.port}`,
    get connections() {
      return connections;
    },
    behave: (next) => {
      manner = next;
      endAll();
    },
    close: async () => {
      endAll();
      server.close();
      await once(server, 'close');
    },
  };
}
