/** An upstream of the OpenAI Images API on loopback that takes its time, as the prompt says: `wait 400 ms`. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { z } from 'zod';
import { makeNoisePng } from './noise-png.js';

export interface SlowUpstream {
  /** For OPENAI_BASE_URL. */
  readonly baseUrl: string;
  /** SHA-256 of its picture. */
  readonly sha256: string;
  /** Calls that it has answered. */
  answered(): number;
  /** The most calls that ran at once. */
  mostAtOnce(): number;
  close(): Promise<void>;
}

export async function startSlowUpstream(pictureBytes: number): Promise<SlowUpstream> {
  const picture = makeNoisePng(pictureBytes, 1);
  const body = JSON.stringify({ created: 1_700_000_000, data: [{ b64_json: picture.toString('base64') }] });
  let [running, most, answered] = [0, 0, 0];
  const server = createServer((incoming, response) => {
    running += 1;
    most = Math.max(most, running);
    response.once('close', () => {
      running -= 1;
    });
    let text = '';
    incoming.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    incoming.on('end', () => {
      const waitMs = Number(/wait (\d+) ms/.exec(text)?.[1] ?? 0);
      setTimeout(() => {
        if (response.destroyed) return;
        answered += 1;
        response.writeHead(200, { 'content-type': 'application/json' }).end(body);
      }, waitMs).unref();
    });
  });
  // Idle connections are closed soon, so that what stays open says something.
  server.keepAliveTimeout = 2_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = z.object({ port: z.int() }).parse(server.address());
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    sha256: createHash('sha256').update(picture).digest('hex'),
    answered: () => answered,
    mostAtOnce: () => most,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
