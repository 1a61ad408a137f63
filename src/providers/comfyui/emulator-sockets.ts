/** WebSockets of emulated servers: one listener for upgrades on an HTTP server, however many emulators it has. */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';

type Open = (socket: WebSocket, request: IncomingMessage) => void;

const routes = new WeakMap<Server, Map<string, Open>>();

/** Takes up sockets at a path; requests for sockets anywhere else are refused. */
export function acceptSockets(server: Server, path: string, open: Open): void {
  const known = routes.get(server);
  if (known !== undefined) {
    known.set(path, open);
    return;
  }
  const paths = new Map([[path, open]]);
  routes.set(server, paths);
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1024 * 1024 });
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    const found = paths.get(pathOf(request));
    // A page of another host must not reach a server on somebody's machine.
    const refused =
      found === undefined ? '404 Not Found' : foreignOrigin(request) ? '403 Forbidden' : undefined;
    if (found === undefined || refused !== undefined) {
      stream.end(`HTTP/1.1 ${refused ?? ''}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, stream, head, (socket) => {
      found(socket, request);
    });
  });
}

export function pathOf(request: { readonly url?: string | undefined }): string {
  return (request.url ?? '').split('?')[0] ?? '';
}

/** Whether a request names an origin, and one of another host. */
export function foreignOrigin({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const { origin, host } = headers;
  if (origin === undefined) return false;
  return !URL.canParse(origin) || new URL(origin).host !== host;
}
