/** A receiver of webhooks on loopback that does as it is told. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { vi } from 'vitest';
import { z } from 'zod';

/** A status to answer with at once; `stall`: never; `cut`: close the connection; `late`: answer 200 when `release` is called. */
export type Behaviour = number | 'stall' | 'cut' | 'late';

export interface ReceivedCall {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface WebhookReceiver {
  readonly url: string;
  /** `host:port`, for those who may be anywhere. */
  readonly host: string;
  readonly calls: readonly ReceivedCall[];
  /** What it does with the next calls; after them it answers 204. */
  will(...behaviours: readonly Behaviour[]): void;
  /** Lets late answers go out. */
  release(): void;
  close(): Promise<void>;
}

export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const calls: ReceivedCall[] = [];
  const script: Behaviour[] = [];
  const late: ServerResponse[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)] as const);
      calls.push({ headers: Object.fromEntries(headers), body: Buffer.concat(chunks).toString('utf8') });
      const behaviour = script.shift() ?? 204;
      if (behaviour === 'cut') request.socket.destroy();
      else if (behaviour === 'late') late.push(response);
      else if (behaviour !== 'stall') {
        response.writeHead(behaviour, { location: '/elsewhere' }).end('an answer that nobody reads');
      }
    });
    response.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = z.object({ port: z.number() }).parse(server.address());
  return {
    url: `http://127.0.0.1:${port}/hooks`,
    host: `127.0.0.1:${port}`,
    calls,
    will: (...behaviours) => {
      script.push(...behaviours);
    },
    release: () => {
      for (const response of late.splice(0)) response.writeHead(200).end();
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const payloadSchema = z.looseObject({
  id: z.string(),
  type: z.string(),
  timestamp: z.string(),
  workspace: z.string(),
  mode: z.enum(['live', 'test']),
  data: z.looseObject({}),
});

/** Reads a call as a receiver would: with the public library, at the time of the gateway's clock. @throws when it is not genuine */
export function verifyCall(call: ReceivedCall, secret: string, now: Date): z.output<typeof payloadSchema> {
  vi.useFakeTimers({ toFake: ['Date'], now });
  try {
    return payloadSchema.parse(new Webhook(secret).verify(call.body, { ...call.headers }));
  } finally {
    vi.useRealTimers();
  }
}
