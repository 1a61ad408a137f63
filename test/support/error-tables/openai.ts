/** Failures of OpenAI's Images API, row by row of section 9 of its protocol notes (2026-11-22). */
import { expect } from 'vitest';
import { z } from 'zod';
import type { JsonValue, NativeCall } from '../../../src/providers/provider.js';
import {
  AUTHENTICATION,
  BROKEN_OFF,
  INVALID_REQUEST,
  MODEL_UNAVAILABLE,
  moderatedAt,
  NO_IMAGE_UNKNOWN_PRICE,
  OUT_OF_CREDIT,
  OVERLOADED,
  RATE_LIMITED,
  RATE_LIMITED_1S,
  UNREADABLE,
  type ErrorRow,
  type ErrorTable,
} from './error-table.js';

/** One opaque pixel. */
const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGOon7MFAANtAdCk2ZvKAAAAAElFTkSuQmCC';
/** Two pixels side by side, with an alpha channel. */
const TWO_CLEAR_PIXELS =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAYAAAD0In+KAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAC0lEQVQImWNggAIAAAkAAeNZIR4AAAAASUVORK5CYII=';

function ask(model: string, fields: Readonly<Record<string, JsonValue>> = {}): NativeCall {
  const body = { model, prompt: 'a red fox', ...fields };
  return {
    path: '/images/generations',
    body,
    prompt: body.prompt,
    count: 1,
    streamed: fields['stream'] === true,
  };
}

function emulate(outcome: string, model = 'gpt-image-2', fields: Readonly<Record<string, JsonValue>> = {}) {
  return ask(model, { ...fields, prompt: `a red fox [[emulate:${outcome}]]` });
}

function edit(fields: Readonly<Record<string, JsonValue>>): NativeCall {
  return { ...ask('gpt-image-2', { images: [{ image_url: PIXEL }], ...fields }), path: '/images/edits' };
}

function wire(status: number, type: string, code: string | null, message: RegExp, param?: string | null) {
  const error = { type, code, message: matching(message), ...(param === undefined ? {} : { param }) };
  return { status, body: { error } };
}

function matching(pattern: RegExp): unknown {
  return expect.stringMatching(pattern);
}

const USER = 'image_generation_user_error';
const INVALID = 'invalid_request_error';

const refusals: readonly ErrorRow[] = [
  {
    when: 'GPT Image refuses the prompt',
    call: emulate('moderated-prompt'),
    wire: {
      status: 400,
      body: {
        error: {
          type: USER,
          code: 'moderation_blocked',
          moderation_details: { moderation_stage: 'input', categories: ['other'] },
        },
      },
    },
    ...moderatedAt('prompt'),
    fixture: 'error-400-moderation-blocked-input.json',
  },
  {
    when: 'GPT Image refuses the prompt or a picture of an edit',
    call: edit({ prompt: 'a hat [[emulate:moderated-input]]' }),
    wire: wire(400, USER, 'moderation_blocked', /rejected by the safety system/),
    ...moderatedAt('input'),
  },
  {
    when: 'GPT Image refuses the picture that it made of an edit',
    call: edit({ prompt: 'a hat [[emulate:moderated-output]]' }),
    wire: wire(400, USER, 'moderation_blocked', /rejected by the safety system/),
    ...moderatedAt('output'),
  },
  {
    when: 'GPT Image refuses its own picture',
    call: emulate('moderated-output'),
    wire: {
      status: 400,
      body: { error: { code: 'moderation_blocked', moderation_details: { moderation_stage: 'output' } } },
    },
    ...moderatedAt('output'),
    fixture: 'error-400-moderation-blocked-output.json',
  },
  {
    when: 'GPT Image refuses its own picture inside a stream',
    call: emulate('moderated-output', 'gpt-image-2', { stream: true }),
    wire: { status: 200, body: { error: { code: 'moderation_blocked' } } },
    ...moderatedAt('output'),
  },
  ...['dall-e-2', 'dall-e-3'].map((model): ErrorRow => ({
    when: `${model} refuses the prompt`,
    call: emulate('moderated-prompt', model),
    wire: wire(
      400,
      INVALID,
      'content_policy_violation',
      /^Your request was rejected.* Your prompt may contain/,
    ),
    ...moderatedAt('prompt'),
    fixture: 'error-400-content-policy-violation.json',
  })),
  {
    when: 'dall-e-3 blames the descriptions it made of the prompt',
    call: emulate('moderated-output', 'dall-e-3'),
    wire: wire(
      400,
      INVALID,
      'content_policy_violation',
      /descriptions generated from .*may succeed if retried/,
    ),
    error: { kind: 'moderated', stage: 'prompt', retryable: true, billed: false },
    answer: { code: 'content_policy_violation', status: 400, retry: true },
  },
];

const sizes: readonly (readonly [size: string, message: RegExp])[] = [
  ['1000x1000', /^Invalid size .*Width and height must both be divisible by 16\.$/],
  ['3856x2048', /^Invalid size .*The longest edge must be less than or equal to 3840\.$/],
  ['800x800', /^Invalid size .*Requested resolution is below the current minimum pixel budget\.$/],
  ['1024x576', /^Invalid size .*Requested resolution is below the current minimum pixel budget\.$/],
  ['3008x3008', /^Invalid size .*Requested resolution exceeds the current pixel budget\.$/],
];

const mistakes: readonly ErrorRow[] = [
  {
    when: 'a GPT model is sent response_format',
    call: ask('gpt-image-2', { response_format: 'b64_json' }),
    wire: wire(
      400,
      INVALID,
      'unknown_parameter',
      /^Unknown parameter: 'response_format'\.$/,
      'response_format',
    ),
    ...INVALID_REQUEST,
    fixture: 'error-400-unknown-parameter.json',
  },
  {
    when: 'any other unknown field is sent',
    call: ask('dall-e-3', { seed: 7 }),
    wire: wire(400, INVALID, 'unknown_parameter', /^Unknown parameter: 'seed'\.$/, 'seed'),
    ...INVALID_REQUEST,
  },
  ...sizes.map(([size, message]): ErrorRow => ({
    when: `gpt-image-2 is asked for ${size}`,
    call: ask('gpt-image-2', { size }),
    wire: wire(400, USER, 'invalid_value', message, 'size'),
    ...INVALID_REQUEST,
    fixture: 'error-400-invalid-size.json',
  })),
  {
    when: 'a GPT model is asked for a quality that it lacks',
    call: ask('gpt-image-2', { quality: 'max' }),
    wire: wire(400, USER, 'invalid_value', /^Invalid value: 'max'/, 'quality'),
    ...INVALID_REQUEST,
  },
  {
    when: 'a DALL·E model is asked for a size that it lacks',
    call: ask('dall-e-2', { size: '256x257' }),
    wire: wire(
      400,
      INVALID,
      null,
      /^'256x257' is not one of \['256x256', '512x512', '1024x1024'\] - 'size'$/,
      null,
    ),
    ...INVALID_REQUEST,
    fixture: 'error-400-invalid-size-dall-e.json',
  },
  {
    when: 'an edit holds a file of no image type',
    call: edit({ images: [{ image_url: 'data:application/octet-stream;base64,AAAA' }] }),
    wire: wire(
      400,
      INVALID,
      'unsupported_file_mimetype',
      /unsupported mimetype \('application\/octet-stream'\)/,
    ),
    ...INVALID_REQUEST,
    fixture: 'error-400-unsupported-mimetype.json',
  },
  {
    when: 'an edit holds a file that is no picture',
    call: edit({ images: [{ image_url: 'data:image/png;base64,bm8gcGljdHVyZSBhdCBhbGw=' }] }),
    wire: wire(400, USER, 'invalid_image_file', /^Invalid image file/, 'images[0]'),
    ...INVALID_REQUEST,
  },
  {
    when: 'an edit holds more pictures than a model takes',
    call: edit({ images: Array.from({ length: 17 }, () => ({ image_url: PIXEL })) }),
    wire: wire(400, INVALID, 'array_above_max_length', /maximum length 16, but got .* 17/, 'image'),
    ...INVALID_REQUEST,
  },
  {
    when: 'a mask has other pixels than its picture',
    call: edit({ mask: { image_url: TWO_CLEAR_PIXELS } }),
    wire: wire(400, USER, 'invalid_mask_image_format', /mask size does not match image size$/, 'mask'),
    ...INVALID_REQUEST,
  },
  {
    when: 'a mask has no alpha channel',
    call: edit({ mask: { image_url: PIXEL } }),
    wire: wire(400, USER, 'invalid_mask_image_format', /mask image missing alpha channel$/, 'mask'),
    ...INVALID_REQUEST,
  },
  {
    when: 'an edit asks gpt-image-1-mini for a fidelity that it lacks',
    call: edit({ model: 'gpt-image-1-mini', input_fidelity: 'high' }),
    wire: wire(400, INVALID, 'invalid_value', /^Invalid value: 'high'/, 'input_fidelity'),
    ...INVALID_REQUEST,
  },
  {
    when: 'a model that only generates is asked for an edit',
    call: edit({ model: 'dall-e-3' }),
    wire: wire(400, INVALID, 'invalid_value', /^Invalid value: 'dall-e-3'/, 'model'),
    ...INVALID_REQUEST,
  },
  {
    when: 'the model is unknown',
    call: ask('gpt-image-9'),
    wire: wire(404, INVALID, 'model_not_found', /^The model `gpt-image-9` does not exist/),
    ...MODEL_UNAVAILABLE,
    fixture: 'error-404-model-not-found.json',
  },
];

const account: readonly ErrorRow[] = [
  {
    when: 'the billing limit is reached on a DALL·E model',
    call: emulate('out-of-credit', 'dall-e-3'),
    wire: wire(400, INVALID, 'billing_hard_limit_reached', /^Billing hard limit has been reached$/, null),
    ...OUT_OF_CREDIT,
    fixture: 'error-400-billing-hard-limit.json',
  },
  {
    when: 'the quota is used up on a GPT model',
    call: emulate('out-of-credit'),
    wire: wire(429, 'insufficient_quota', 'insufficient_quota', /exceeded your current quota/),
    ...OUT_OF_CREDIT,
    fixture: 'error-429-insufficient-quota.json',
  },
  {
    when: 'the balance is spent',
    call: ask('gpt-image-2'),
    apiKey: 'sk-exhausted-1',
    wire: wire(429, 'insufficient_quota', 'credit_balance_exhausted', /no credit left/),
    ...OUT_OF_CREDIT,
    fixture: 'error-429-credit-balance-exhausted.json',
  },
  {
    when: 'the key is wrong',
    call: ask('gpt-image-2'),
    apiKey: 'sk-bad-key-of-the-table',
    wire: wire(401, INVALID, 'invalid_api_key', /^Incorrect API key provided: sk-\*\*\*\./),
    ...AUTHENTICATION,
    fixture: 'error-401-invalid-api-key.json',
  },
  {
    when: 'a scripted wrong key is met',
    call: emulate('bad-key'),
    wire: wire(401, INVALID, 'invalid_api_key', /^Incorrect API key provided/),
    ...AUTHENTICATION,
  },
  {
    when: 'there is no key',
    call: ask('gpt-image-2'),
    apiKey: null,
    wire: wire(401, INVALID, null, /^You didn't provide an API key/),
    ...AUTHENTICATION,
  },
  {
    when: 'the key belongs to no organisation',
    call: ask('gpt-image-2'),
    apiKey: 'sk-homeless-1',
    wire: wire(401, INVALID, null, /organization/),
    ...AUTHENTICATION,
  },
  {
    when: 'the address is not on the allow-list',
    call: ask('gpt-image-2'),
    apiKey: 'sk-elsewhere-1',
    wire: wire(401, INVALID, 'ip_not_authorized', /IP address/),
    ...AUTHENTICATION,
  },
  {
    when: 'the organisation is not verified for the model',
    call: ask('gpt-image-2'),
    apiKey: 'sk-unverified-1',
    wire: wire(403, INVALID, null, /^Your organization must be verified to use the model `gpt-image-2`/),
    ...AUTHENTICATION,
    fixture: 'error-403-organization-unverified.json',
  },
  {
    when: 'the country is not supported',
    call: ask('gpt-image-2'),
    apiKey: 'sk-abroad-1',
    wire: wire(403, INVALID, null, /not supported$/),
    ...AUTHENTICATION,
  },
];

const pace: readonly ErrorRow[] = [
  {
    when: 'there are too many pictures per minute, with a hint',
    call: emulate('rate-limited'),
    wire: wire(429, 'requests', 'rate_limit_exceeded', /^Rate limit exceeded for images per minute/, null),
    ...RATE_LIMITED_1S,
    fixture: 'error-429-images-per-minute.json',
  },
  {
    when: 'there are too many pictures per minute, without a hint',
    call: emulate('rate-limited-no-hint'),
    wire: wire(429, 'requests', 'rate_limit_exceeded', /^Rate limit exceeded for images per minute/, null),
    ...RATE_LIMITED,
  },
  {
    when: 'there are too many tokens per minute, with the hint in the sentence',
    call: ask('gpt-image-2'),
    apiKey: 'sk-tokens-1',
    wire: wire(
      429,
      'tokens',
      'rate_limit_exceeded',
      /\(TPM\): Limit \d+, Used \d+, Requested \d+\. .*in 1s\.$/,
    ),
    ...RATE_LIMITED_1S,
    fixture: 'error-429-tokens-per-minute.json',
  },
  {
    when: 'calls ramp up too fast',
    call: ask('gpt-image-2'),
    apiKey: 'sk-ramping-1',
    wire: wire(429, 'rate_limit_error', 'slow_down', /slow down/),
    ...RATE_LIMITED,
    fixture: 'error-429-slow-down.json',
  },
  {
    when: 'the server fails',
    call: emulate('server-error'),
    wire: wire(500, 'server_error', null, /^The server had an error/),
    ...OVERLOADED,
    fixture: 'error-500-server-error.json',
  },
  {
    when: 'the server is overloaded',
    call: emulate('overloaded'),
    wire: wire(503, 'service_unavailable_error', 'server_is_overloaded', /overloaded/),
    ...OVERLOADED,
    fixture: 'error-503-overloaded.json',
  },
];

const broken: readonly ErrorRow[] = [
  { when: 'the body breaks off', call: emulate('cut-body'), wire: undefined, ...BROKEN_OFF },
  {
    when: 'the stream breaks off',
    call: emulate('cut-body', 'gpt-image-2', { stream: true }),
    wire: undefined,
    ...BROKEN_OFF,
  },
  { when: 'the base64 is none', call: emulate('bad-base64'), wire: undefined, ...UNREADABLE },
  {
    when: 'there is no data',
    call: emulate('no-image', 'dall-e-3'),
    wire: { status: 200, body: { created: expectNumber() } },
    ...NO_IMAGE_UNKNOWN_PRICE,
  },
  {
    when: 'the data is empty',
    call: emulate('text-only'),
    wire: { status: 200, body: { data: [] } },
    ...NO_IMAGE_UNKNOWN_PRICE,
  },
  {
    when: 'a delivery link of DALL·E has expired',
    call: emulate('expired-link', 'dall-e-3'),
    wire: { status: 200, body: { data: [{ url: matching(/^http.*&sig=/) }] } },
    linkStatus: 403,
    error: { kind: 'bad_response', retryable: false, billed: 'unknown' },
    answer: { code: 'upstream_error', status: 502, retry: false },
  },
  {
    when: 'a stream ends without a picture',
    call: emulate('no-image', 'gpt-image-2', { stream: true }),
    wire: undefined,
    ...NO_IMAGE_UNKNOWN_PRICE,
  },
];

function expectNumber(): unknown {
  return expect.any(Number);
}

const envelope = z.object({ error: z.object({ type: z.unknown(), code: z.unknown() }) });

export const openAiErrors: ErrorTable = {
  provider: 'openai',
  rows: [...refusals, ...mistakes, ...account, ...pace, ...broken],
  fixtures: /^error-/,
  identify: (body) => {
    const { error } = envelope.parse(body);
    return { type: error.type, code: error.code };
  },
  slugs: ['dall-e-3', 'gpt-image-2'],
  exceptions: [
    // dall-e-3 says that asking again may work, so that we may and so may the caller.
    {
      slug: 'dall-e-3',
      outcome: 'moderated-output',
      answer: { code: 'content_policy_violation', status: 400, retry: true },
    },
    // The Images API never says that an answer without a picture is free.
    {
      slug: 'dall-e-3',
      outcome: 'no-image',
      answer: NO_IMAGE_UNKNOWN_PRICE.answer,
    },
    { slug: 'dall-e-3', outcome: 'text-only', answer: NO_IMAGE_UNKNOWN_PRICE.answer },
    { slug: 'gpt-image-2', outcome: 'no-image', answer: NO_IMAGE_UNKNOWN_PRICE.answer },
    { slug: 'gpt-image-2', outcome: 'text-only', answer: NO_IMAGE_UNKNOWN_PRICE.answer },
  ],
};
