/** Refusals in the service's words (protocol notes §A1, §A5). Texts that the notes lack are ours. */
import { randomUUID } from 'node:crypto';
import type { JsonValue } from '../provider.js';
import { WireError } from '../shared/emulator-kit.js';
import { EMULATED_RETRY_AFTER_S } from '../shared/scripted-outcome.js';
import type { OutcomeName } from '../shared/scripted-outcome.js';

/** One entry of a 422. */
export interface Problem {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
}

export function refusal(status: number, detail: JsonValue): WireError {
  return new WireError(status, { detail });
}

export function invalid(problems: readonly Problem[]): WireError {
  return refusal(
    422,
    problems.map(({ loc, msg, type }) => ({ loc, msg, type })),
  );
}

export function notAuthenticated(): WireError {
  return refusal(403, 'Not authenticated');
}

export function serverError(): WireError {
  return refusal(500, 'Internal server error');
}

export function tooManyTasks(max: number): WireError {
  return refusal(429, `Too many active tasks: at most ${max} may run at the same time.`);
}

/** What an outcome refuses at the submit; the rest shows in the task. */
export function scriptedRefusal(outcome: OutcomeName | undefined): WireError | undefined {
  switch (outcome) {
    case 'bad-key':
      return notAuthenticated();
    case 'out-of-credit':
      return refusal(402, 'Insufficient credits');
    case 'rate-limited':
      // Body and headers of the vendor's skills document; the header that clients know is what a proxy would add.
      return new WireError(
        429,
        {
          error: 'rate_limit_exceeded',
          message: 'Rate limit exceeded. Please retry later.',
          retry_after: EMULATED_RETRY_AFTER_S,
        },
        {
          'x-ratelimit-limit': '24',
          'x-ratelimit-remaining': '0',
          'x-ratelimit-reset': String(EMULATED_RETRY_AFTER_S),
          'retry-after': String(EMULATED_RETRY_AFTER_S),
        },
      );
    case 'rate-limited-no-hint':
      return tooManyTasks(24);
    case 'overloaded':
      return refusal(503, 'Service temporarily unavailable');
    default:
      return undefined;
  }
}

/** States that no scripted outcome covers, chosen by how the key begins. */
export function refusalOfKey(key: string): WireError | undefined {
  if (key.startsWith('bfl-internal')) return serverError();
  return key.startsWith('bfl-refused') ? refusal(400, 'Bad request') : undefined;
}

/** The delivery store's refusal, in XML. */
export function refusedByStore(detail: string): WireError {
  return new WireError(
    403,
    `\uFEFF<?xml version="1.0" encoding="utf-8"?><Error><Code>AuthenticationFailed</Code><Message>Server failed to authenticate the request.\nRequestId:${randomUUID()}</Message><AuthenticationErrorDetail>${detail}</AuthenticationErrorDetail></Error>`,
    { 'content-type': 'application/xml', 'x-ms-error-code': 'AuthenticationFailed' },
  );
}
