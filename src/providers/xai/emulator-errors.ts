/** Refusals in the service's words, in each of its four shapes and both code styles (protocol notes §8). */
import type { JsonValue } from '../provider.js';
import { WireError } from '../shared/emulator-kit.js';
import { EMULATED_RETRY_AFTER_S } from '../shared/scripted-outcome.js';
import type { OutcomeName } from '../shared/scripted-outcome.js';

/** How refusals are worded. What decides it at the real service is not known; here the key does. */
export interface Style {
  /** Flat `{code, error}`, OpenAI's envelope, or nothing but text in JSON. The fourth, plain text, has its own places. */
  readonly shape: 'flat' | 'envelope' | 'text';
  /** Sentences as until 2026, or slugs. */
  readonly codes: 'sentences' | 'slugs';
}

export function styleOf(key: string | undefined): Style {
  const shape = key?.startsWith('xai-envelope') === true ? 'envelope' : 'flat';
  return {
    shape: key?.startsWith('xai-text') === true ? 'text' : shape,
    codes: key?.startsWith('xai-old') === true ? 'sentences' : 'slugs',
  };
}

/** The new slugs of the last three are not certain. */
const SENTENCES = {
  'invalid-argument': 'Client specified an invalid argument',
  'imagine:content-moderated': 'Client specified an invalid argument',
  'permission-denied': 'The caller does not have permission to execute the specified operation',
  'resource-exhausted': 'Some resource has been exhausted',
  unauthenticated: 'The request does not have valid authentication credentials',
  internal: 'Internal error',
} as const;
type Code = keyof typeof SENTENCES;

export function refusal(
  style: Style,
  status: number,
  code: Code,
  text: string,
  more: {
    readonly extra?: Readonly<Record<string, JsonValue>>;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): WireError {
  const told = style.codes === 'slugs' ? code : SENTENCES[code];
  const body = {
    flat: { code: told, error: text },
    envelope: { error: { message: text, type: 'invalid_request_error', param: null, code: told } },
    text: { error: text },
  }[style.shape];
  return new WireError(status, { ...body, ...more.extra }, more.headers);
}

export function invalidArgument(style: Style, text: string): WireError {
  return refusal(style, 400, 'invalid-argument', text);
}

/** The fourth shape. */
export function plainRefusal(status: number, text: string): WireError {
  return new WireError(status, text, { 'content-type': 'text/plain; charset=utf-8' });
}

export function brokenJson(): WireError {
  return plainRefusal(400, 'Failed to parse the request body as JSON: EOF while parsing an object');
}

/** A field of a wrong type or with a word that the field doesn't have. */
export function badField(text: string): WireError {
  return plainRefusal(422, `Failed to deserialize the JSON body into the target type: ${text}`);
}

export function unknownVariant(name: string, value: string, allowed: readonly string[]): WireError {
  const list = allowed.map((word) => `\`${word}\``).join(', ');
  return badField(`${name}: unknown variant \`${value}\`, expected one of ${list}`);
}

/** Both 400 and 404 are told for it. */
export function modelNotFound(style: Style, id: string): WireError {
  return invalidArgument(style, `Model not found: ${id}`);
}

export function notFound(): WireError {
  return new WireError(404, { error: 'Not found' });
}

export function methodNotAllowed(): WireError {
  return new WireError(405, '', { 'content-type': 'text/plain; charset=utf-8' });
}

export function wrongContentType(): WireError {
  return plainRefusal(415, 'Expected request with `Content-Type: application/json`');
}

export function missingKey(style: Style): WireError {
  return refusal(
    style,
    401,
    'unauthenticated',
    'No Authorization header or bearer token was found in the request.',
  );
}

/** A wrong key is a 400. */
export function badKey(style: Style, key: string): WireError {
  const shown = style.codes === 'sentences' ? `: ${key.slice(0, 2)}***${key.slice(-2)}` : '';
  return invalidArgument(
    style,
    `Incorrect API key provided${shown}. You can obtain an API key from https://console.x.ai.`,
  );
}

const NO_CREDIT =
  'Your team 00000000-0000-0000-0000-000000000000 has either used all available credits or reached its monthly spending limit. To continue making API requests, please purchase more credits or raise your spending limit.';

/** What an outcome refuses before anything is drawn, block reasons aside. */
export function scriptedRefusal(
  outcome: OutcomeName | undefined,
  style: Style,
  key: string,
): WireError | undefined {
  switch (outcome) {
    case 'bad-key':
      return badKey(style, key);
    case 'out-of-credit':
      return refusal(style, 429, 'resource-exhausted', NO_CREDIT);
    case 'rate-limited':
      // Not documented on image calls; adapters are told to accept it.
      return tooManyRequests(style, { 'retry-after': String(EMULATED_RETRY_AFTER_S) });
    case 'rate-limited-no-hint':
      return tooManyRequests(style, {});
    case 'overloaded':
      return new WireError(
        503,
        '<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n<body>\r\n<center><h1>503 Service Temporarily Unavailable</h1></center>\r\n</body>\r\n</html>\r\n',
        { 'content-type': 'text/html' },
      );
    case 'server-error':
      return serverError(style);
    default:
      return undefined;
  }
}

export function serverError(style: Style): WireError {
  return refusal(style, 500, 'internal', 'Internal server error. Please try again later.');
}

function tooManyRequests(style: Style, headers: Readonly<Record<string, string>>): WireError {
  const text = 'Too many requests. Please slow down.';
  return refusal(style, 429, 'resource-exhausted', text, { headers });
}

/** The picture was made, looked at, and refused; often it is billed. */
export function moderatedPicture(style: Style, ticks: number): WireError {
  return refusal(style, 400, 'imagine:content-moderated', 'Generated image rejected by content moderation.', {
    extra: { usage: { cost_in_usd_ticks: ticks } },
  });
}

/** The check before the work, as a refusal of permission. */
export function violation(style: Style, model: string): WireError {
  return refusal(
    style,
    403,
    'permission-denied',
    `Content violates usage guidelines. Team: 00000000-0000-0000-0000-000000000000, API key ID: 00000000-0000-0000-0000-000000000000, Model: ${model}, Failed check: SAFETY_CHECK_TYPE_BIO`,
  );
}

/** States of an account that no scripted outcome covers, chosen by how the key begins. */
export function refusalOfKey(key: string, style: Style): WireError | undefined {
  if (key.startsWith('xai-denied')) {
    const text = 'Your API key does not have permission to use this model, or is blocked.';
    return refusal(style, 403, 'permission-denied', text);
  }
  return key.startsWith('xai-spent') ? refusal(style, 403, 'permission-denied', NO_CREDIT) : undefined;
}
