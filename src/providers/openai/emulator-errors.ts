/** Refusals in OpenAI's words (protocol notes §9). Texts that the notes lack are marked as ours. */
import { WireError } from '../shared/emulator-kit.js';
import { EMULATED_RETRY_AFTER_S } from '../shared/scripted-outcome.js';
import type { JsonValue } from '../provider.js';

const ORGANISATION = 'org-emulated';

interface ErrorFields {
  readonly message: string;
  readonly type?: string;
  readonly param?: string;
  readonly code?: string;
  readonly extra?: Readonly<Record<string, JsonValue>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The envelope that every refusal has; `param` and `code` are null where there is nothing to name. */
export function refusal(status: number, fields: ErrorFields): WireError {
  const error = {
    message: fields.message,
    type: fields.type ?? 'invalid_request_error',
    param: fields.param ?? null,
    code: fields.code ?? null,
    ...fields.extra,
  };
  return new WireError(status, { error }, fields.headers);
}

export function unknownParameter(param: string): WireError {
  return refusal(400, { message: `Unknown parameter: '${param}'.`, param, code: 'unknown_parameter' });
}

export function missingParameter(param: string): WireError {
  return refusal(400, {
    message: `Missing required parameter: '${param}'.`,
    param,
    code: 'missing_required_parameter',
  });
}

export function wrongType(param: string, expected: string, value: unknown): WireError {
  const got = value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`;
  return refusal(400, {
    message: `Invalid type for '${param}': expected ${expected}, but got ${got} instead.`,
    param,
    code: 'invalid_type',
  });
}

/** Size and quality of GPT image models are refused as the caller's mistake in image generation, the rest as a bad request. */
export function invalidValue(param: string, message: string, byGenerator = false): WireError {
  const type = byGenerator ? 'image_generation_user_error' : 'invalid_request_error';
  return refusal(400, { message, type, param, code: 'invalid_value' });
}

export function notOneOf(
  param: string,
  value: string,
  allowed: readonly string[],
  byGenerator = false,
): WireError {
  const quoted = allowed.map((word) => `'${word}'`);
  const last = quoted.pop() ?? '';
  const list = quoted.length === 0 ? last : `${quoted.join(', ')}${quoted.length > 1 ? ',' : ''} and ${last}`;
  return invalidValue(param, `Invalid value: '${value}'. Supported values are: ${list}.`, byGenerator);
}

/** The older check of the DALL·E models, without `param` and `code`. */
export function notOneOfOld(param: string, value: string, allowed: readonly string[]): WireError {
  const list = allowed.map((word) => `'${word}'`).join(', ');
  return refusal(400, { message: `'${value}' is not one of [${list}] - '${param}'` });
}

export function outOfRange(param: string, value: number, bounds: { min: number; max: number }): WireError {
  const low = value < bounds.min;
  const wanted = low ? `>= ${bounds.min}` : `<= ${bounds.max}`;
  return refusal(400, {
    message: `Invalid '${param}': integer ${low ? 'below minimum' : 'above maximum'} value. Expected a value ${wanted}, but got ${value} instead.`,
    param,
    code: low ? 'integer_below_min_value' : 'integer_above_max_value',
  });
}

export function promptTooLong(maxChars: number, chars: number): WireError {
  return refusal(400, {
    message: `Invalid 'prompt': string too long. Expected a string with maximum length ${maxChars}, but got a string with length ${chars} instead.`,
    param: 'prompt',
    code: 'string_above_max_length',
  });
}

export function unsupportedFile(param: string, mimeType: string, allowed: readonly string[]): WireError {
  const quoted = allowed.map((type) => `'${type}'`);
  const last = quoted.pop() ?? '';
  const list = quoted.length === 0 ? last : `${quoted.join(', ')}, and ${last}`;
  return refusal(400, {
    message: `Invalid file '${param}': unsupported mimetype ('${mimeType}'). Supported file formats are ${list}.`,
    param,
    code: 'unsupported_file_mimetype',
  });
}

/** A picture that can't be read, or a mask that doesn't fit; the texts are ours. */
export function invalidPicture(param: string, code: string, message: string): WireError {
  return refusal(400, { message, type: 'image_generation_user_error', param, code });
}

/** Both 404 and a 400 `invalid_value` are reported for unknown ids; the notes call the 404 likelier. */
export function modelNotFound(id: string): WireError {
  return refusal(404, {
    message: `The model \`${id}\` does not exist or you do not have access to it.`,
    code: 'model_not_found',
  });
}

export function unsupportedContentType(contentType: string, wanted: string): WireError {
  return refusal(400, {
    message: `Unsupported content type: '${contentType}'. This API method only accepts '${wanted}' requests, but you specified the header 'Content-Type: ${contentType}'. Please try again with a supported content type.`,
    code: 'unsupported_content_type',
  });
}

/** GPT image models name the stage; the DALL·E models know one code, and dall-e-3 blames its own rewriting after the fact. */
export function moderated(
  kind: 'gpt' | 'dall-e-2' | 'dall-e-3',
  stage: 'input' | 'output',
  requestId: string,
): WireError {
  if (kind === 'gpt') {
    return refusal(400, {
      message: `Your request was rejected by the safety system. If you believe this is an error, contact us at help.openai.com and include the request ID ${requestId}. safety_violations=[other].`,
      type: 'image_generation_user_error',
      code: 'moderation_blocked',
      extra: { moderation_details: { moderation_stage: stage, categories: ['other'] } },
    });
  }
  const blame =
    stage === 'output' && kind === 'dall-e-3'
      ? 'Image descriptions generated from your prompt may contain text that is not allowed by our safety system. If you believe this was done in error, your request may succeed if retried, or by adjusting your prompt.'
      : 'Your prompt may contain text that is not allowed by our safety system.';
  return refusal(400, {
    message: `Your request was rejected as a result of our safety system. ${blame}`,
    code: 'content_policy_violation',
  });
}

export function rateLimited(withHint: boolean): WireError {
  return refusal(429, {
    message: `Rate limit exceeded for images per minute in organization ${ORGANISATION}. Limit: 5/1min. Current: 6/1min. Please visit https://platform.openai.com/docs/guides/rate-limits to learn how to increase your rate limit.`,
    type: 'requests',
    code: 'rate_limit_exceeded',
    ...(withHint ? { headers: { 'retry-after': String(EMULATED_RETRY_AFTER_S) } } : {}),
  });
}

/** GPT image models answer 429, the older images endpoint 400. */
export function outOfCredit(kind: 'gpt' | 'dall-e-2' | 'dall-e-3'): WireError {
  if (kind !== 'gpt') {
    return refusal(400, {
      message: 'Billing hard limit has been reached',
      code: 'billing_hard_limit_reached',
    });
  }
  return refusal(429, {
    message: 'You exceeded your current quota, please check your plan and billing details.',
    type: 'insufficient_quota',
    code: 'insufficient_quota',
  });
}

export function overloaded(): WireError {
  return refusal(503, {
    message: 'Our servers are currently overloaded. Please try again later.',
    type: 'service_unavailable_error',
    code: 'server_is_overloaded',
  });
}

export function serverError(): WireError {
  return refusal(500, {
    message: 'The server had an error while processing your request. Sorry about that!',
    type: 'server_error',
  });
}

export function badKey(key: string): WireError {
  const shown = `${key.slice(0, 3)}***`;
  return refusal(401, {
    message: `Incorrect API key provided: ${shown}. You can find your API key at https://platform.openai.com/account/api-keys.`,
    code: 'invalid_api_key',
  });
}

export function missingKey(): WireError {
  return refusal(401, {
    message:
      "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
  });
}

/**
 * States of an account that no scripted outcome covers, chosen by the key a call comes with, so that every documented
 * refusal can be seen. The notes only name the cases of `homeless`, `elsewhere` and `abroad`: their texts,
 * and the code of a foreign address, are from memory.
 */
export function refusalOfKey(key: string, model: string): WireError | undefined {
  const states: Readonly<Record<string, () => WireError>> = {
    homeless: () => refusal(401, { message: 'You must be a member of an organization to use the API.' }),
    elsewhere: () =>
      refusal(401, { message: 'Your IP address is not on the allow-list.', code: 'ip_not_authorized' }),
    abroad: () => refusal(403, { message: 'Country, region, or territory not supported' }),
    unverified: () =>
      refusal(403, {
        message: `Your organization must be verified to use the model \`${model}\`. If you just verified, it can take up to 15 minutes for access to propagate.`,
      }),
    exhausted: () =>
      refusal(429, {
        message: 'You have no credit left. Please add credits to continue.',
        type: 'insufficient_quota',
        code: 'credit_balance_exhausted',
      }),
    ramping: () =>
      refusal(429, {
        message: 'Your request rate rises too fast. Please slow down.',
        type: 'rate_limit_error',
        code: 'slow_down',
      }),
    tokens: () =>
      refusal(429, {
        message: `Rate limit reached for ${model} in organization ${ORGANISATION} on tokens per min (TPM): Limit 100000, Used 99000, Requested 2000. Please try again in 1s.`,
        type: 'tokens',
        code: 'rate_limit_exceeded',
      }),
  };
  const state = Object.keys(states).find((name) => key.startsWith(`sk-${name}`));
  return state === undefined ? undefined : states[state]?.();
}
