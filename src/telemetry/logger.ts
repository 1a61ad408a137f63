import { pino, type Logger } from 'pino';

/** Structured logs on standard output. Keys, prompts and signed links never enter a line. */
export function createLogger(level: string): Logger {
  return pino({
    level,
    redact: {
      paths: [
        'req.headers.authorization',
        'req.headers.cookie',
        'headers.authorization',
        'headers["x-goog-api-key"]',
      ],
      censor: '[redacted]',
    },
    serializers: {
      req: (request: { method: string; url: string; id: string; clientAddress?: string }) => ({
        method: request.method,
        // Queries hold signatures.
        path: request.url.split('?')[0],
        id: request.id,
        client: request.clientAddress,
      }),
    },
  });
}
