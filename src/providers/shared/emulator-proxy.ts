/** What a filtering, metering proxy in front of an operator's own server answers: OpenAI's error bodies. */
import { WireError } from './emulator-kit.js';
import { EMULATED_RETRY_AFTER_S } from './scripted-outcome.js';
import type { OutcomeName } from './scripted-outcome.js';

const RETRY_AFTER = { 'retry-after': String(EMULATED_RETRY_AFTER_S) };

/** What an outcome refuses before the server itself hears of the request. */
export function proxyRefusal(outcome: OutcomeName | undefined): WireError | undefined {
  switch (outcome) {
    case 'moderated-prompt':
    case 'moderated-input':
    case 'moderated-output':
      return ofProxy(
        400,
        'Your request was rejected as a result of our safety system.',
        'content_policy_violation',
      );
    case 'out-of-credit':
      return ofProxy(429, 'You exceeded your current quota.', 'insufficient_quota', 'insufficient_quota');
    case 'rate-limited':
      return ofProxy(429, 'Rate limit exceeded.', 'rate_limit_exceeded', 'requests', RETRY_AFTER);
    case 'rate-limited-no-hint':
      return ofProxy(429, 'Rate limit exceeded.', 'rate_limit_exceeded', 'requests');
    case 'overloaded':
      // Nothing but the status, as many proxies send it.
      return new WireError(503, '', { 'content-type': 'text/plain' });
    case 'bad-key':
      return ofProxy(401, 'Incorrect API key provided.', 'invalid_api_key');
    default:
      return undefined;
  }
}

/** An error body as OpenAI's, in the name of the proxy. */
export function ofProxy(
  status: number,
  message: string,
  code: string,
  type = 'invalid_request_error',
  headers: Readonly<Record<string, string>> = {},
): WireError {
  return new WireError(status, { error: { message, type, param: null, code } }, headers);
}
