import { connect } from 'node:net';

/** Sends bytes as they are. @returns everything that came back until the connection was closed */
export function sendRaw(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => socket.write(text, 'latin1'));
    socket.setTimeout(10_000, () => socket.destroy(new Error('no answer in time')));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => {
      resolve(Buffer.concat(chunks).toString('latin1'));
    });
  });
}

/** A request without a body, for a host of its own; the connection is closed behind it. */
export function rawHead(first: string, ...lines: readonly string[]): string {
  return [first, 'host: a', 'connection: close', ...lines, '', ''].join('\r\n');
}
