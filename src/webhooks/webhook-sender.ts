import { request, type Agent } from 'undici';
import { readAllowedHosts } from '../net/fetch-target.js';
import { createGuardedAgent, isForbidden, type Resolve } from '../net/guarded-agent.js';

/** What came of an attempt. `status` is what the receiver answered; undefined: nothing. */
export type Sent =
  | { readonly delivered: true; readonly status: number }
  | { readonly delivered: false; readonly status: number | undefined; readonly error: string };

interface WebhookSenderOptions {
  /** `host` or `host:port` that may be at any address. */
  readonly allowedHosts: readonly string[];
  /** From the look-up to the status of the answer. */
  readonly timeoutMs: number;
  /** The operator's own resolver; undefined: the system's. */
  readonly resolve?: Resolve;
}

/** What is read of an answer before its connection is dropped. */
const MAX_ANSWER_BYTES = 16_384;

/** Sends to addresses that workspaces name: public ones only, checked at the moment of connecting; no redirect is followed. */
export class WebhookSender {
  readonly #agent: Agent;
  readonly #timeoutMs: number;

  constructor({ allowedHosts, timeoutMs, resolve }: WebhookSenderOptions) {
    this.#agent = createGuardedAgent(readAllowedHosts(allowedHosts), resolve);
    this.#timeoutMs = timeoutMs;
  }

  /** Never throws for what the receiver does or doesn't do. */
  async send(url: string, payload: string, headers: Readonly<Record<string, string>>): Promise<Sent> {
    const signal = AbortSignal.timeout(this.#timeoutMs);
    try {
      const { statusCode: status, body } = await request(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'Atelier-Webhooks', ...headers },
        body: payload,
        dispatcher: this.#agent,
        signal,
      });
      // Nobody wants the body; its end only lets the connection be used again.
      await body.dump({ limit: MAX_ANSWER_BYTES, signal }).catch(() => {});
      if (status >= 200 && status < 300) return { delivered: true, status };
      return { delivered: false, status, error: describeStatus(status) };
    } catch (error) {
      return { delivered: false, status: undefined, error: describeError(error, signal, this.#timeoutMs) };
    }
  }

  /** Breaks what is still being sent. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

function describeStatus(status: number): string {
  if (status >= 300 && status < 400) return `The receiver redirects (${status}); redirects are not followed.`;
  return `The receiver answered with status ${status}.`;
}

function describeError(error: unknown, signal: AbortSignal, timeoutMs: number): string {
  if (isForbidden(error)) return 'The address of the receiver is not public.';
  if (signal.aborted) return `The receiver did not answer within ${timeoutMs / 1000} seconds.`;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return `The receiver could not be reached${/^[A-Z_]+$/.test(code) ? ` (${code})` : ''}.`;
}
