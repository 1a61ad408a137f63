/** Failures of xAI's image API, row by row of section 8 of its protocol notes (2026-11-22). */
import { expect } from 'vitest';
import { z } from 'zod';
import type { JsonValue, NativeCall } from '../../../src/providers/provider.js';
import { runXai } from '../../../src/providers/xai/adapter.js';
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
import { tampered } from './tampering.js';

const MODEL = 'grok-imagine-image-2.0';

type Json = Readonly<Record<string, JsonValue>>;
type Verdict = Pick<ErrorRow, 'error' | 'answer'>;

function ask(fields: Json = {}, path = '/images/generations'): NativeCall {
  const body = { model: MODEL, prompt: 'a red fox', response_format: 'b64_json', ...fields };
  return { path, body, prompt: body.prompt, count: Number(fields['n'] ?? 1), streamed: false };
}

function emulate(outcome: string, fields: Json = {}): NativeCall {
  return ask({ ...fields, prompt: `a red fox [[emulate:${outcome}]]` });
}

function matching(pattern: RegExp): unknown {
  return expect.stringMatching(pattern);
}

/** Codes before they became slugs. Two slugs share one sentence. */
const SENTENCES = {
  'invalid-argument': 'Client specified an invalid argument',
  'imagine:content-moderated': 'Client specified an invalid argument',
  'permission-denied': 'The caller does not have permission to execute the specified operation',
  'resource-exhausted': 'Some resource has been exhausted',
  internal: 'Internal error',
} as const;
type Code = keyof typeof SENTENCES;

/** Three of the four shapes, the flat one with either style of codes. */
const STYLES = {
  slug: { said: 'in a flat body with a slug', key: 'xai-good-1' },
  sentence: { said: 'in a flat body with a sentence for a code', key: 'xai-old-1' },
  envelope: { said: "in OpenAI's envelope", key: 'xai-envelope-1' },
  text: { said: 'in nothing but text', key: 'xai-text-1' },
} as const;
type Style = keyof typeof STYLES;

function bodyIn(style: Style, code: Code, text: RegExp): Readonly<Record<string, unknown>> {
  const error = matching(text);
  switch (style) {
    case 'slug':
      return { code, error };
    case 'sentence':
      return { code: SENTENCES[code], error };
    case 'envelope':
      return { error: { message: error, type: 'invalid_request_error', param: null, code } };
    case 'text':
      return { error };
  }
}

interface Told extends Verdict {
  readonly when: string;
  readonly call: NativeCall;
  readonly status: number;
  readonly code: Code;
  readonly text: RegExp;
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly fixtures?: Readonly<Partial<Record<Style, string>>>;
}

/** One failure as each style tells it. */
function inEveryStyle({ when, call, status, code, text, extra, fixtures, ...verdict }: Told): ErrorRow[] {
  const styles = ['slug', 'sentence', 'envelope', 'text'] as const;
  return styles.map((style): ErrorRow => {
    const fixture = fixtures?.[style];
    return {
      when: `${when}, told ${STYLES[style].said}`,
      call,
      apiKey: STYLES[style].key,
      wire: { status, body: { ...bodyIn(style, code, text), ...extra } },
      ...verdict,
      ...(fixture === undefined ? {} : { fixture }),
    };
  });
}

/** A refusal after painting, which is paid for. */
function billedModeration(stage: 'output' | 'unknown', billed: true | 'unknown' = true): Verdict {
  const { error, answer } = moderatedAt(stage);
  return { error: { ...error, billed }, answer };
}

/** The answer's own cost says that the picture which isn't there was paid for. */
const NO_IMAGE_BILLED: Verdict = {
  error: { ...NO_IMAGE_UNKNOWN_PRICE.error, billed: true },
  answer: NO_IMAGE_UNKNOWN_PRICE.answer,
};

const TICKS: unknown = expect.objectContaining({ cost_in_usd_ticks: 400_000_000 });

const told: readonly Told[] = [
  {
    when: 'an argument is not supported',
    call: ask({ size: '1024x1024' }),
    status: 400,
    code: 'invalid-argument',
    text: /^Argument not supported: size$/,
    ...INVALID_REQUEST,
    fixtures: {
      slug: 'error-400-size.json',
      sentence: 'error-400-size-old.json',
      envelope: 'error-400-envelope.json',
    },
  },
  {
    when: 'the key is wrong',
    call: emulate('bad-key'),
    status: 400,
    code: 'invalid-argument',
    text: /^Incorrect API key provided(?:: xa\*\*\*-1)?\. You can obtain an API key from/,
    ...AUTHENTICATION,
    fixtures: { slug: 'error-400-key.json', sentence: 'error-400-key-old.json' },
  },
  {
    when: 'the model is unknown',
    call: ask({ model: 'latest' }),
    status: 400,
    code: 'invalid-argument',
    text: /^Model not found: latest$/,
    ...MODEL_UNAVAILABLE,
    fixtures: { text: 'error-400-model-text.json' },
  },
  {
    when: 'the painted picture is rejected and billed',
    call: emulate('moderated-output', { quality: 'low' }),
    status: 400,
    code: 'imagine:content-moderated',
    text: /^Generated image rejected by content moderation\.$/,
    extra: { usage: TICKS },
    ...billedModeration('output'),
    fixtures: { slug: 'error-400-moderated.json' },
  },
  {
    when: 'the content violates the usage guidelines',
    call: emulate('moderated-input'),
    status: 403,
    code: 'permission-denied',
    text: /^Content violates usage guidelines\. Team: .*Failed check: SAFETY_CHECK_TYPE_/,
    ...moderatedAt('prompt'),
    fixtures: { slug: 'error-403-violation.json', sentence: 'error-403-violation-old.json' },
  },
  {
    when: 'the credits are used up',
    call: emulate('out-of-credit'),
    status: 429,
    code: 'resource-exhausted',
    text: /^Your team .* used all available credits or reached its monthly spending limit/,
    ...OUT_OF_CREDIT,
    fixtures: { sentence: 'error-429-credit.json' },
  },
  {
    when: 'there are too many requests, with a hint',
    call: emulate('rate-limited'),
    status: 429,
    code: 'resource-exhausted',
    text: /^Too many requests/,
    ...RATE_LIMITED_1S,
  },
  {
    when: 'there are too many requests, without a hint',
    call: emulate('rate-limited-no-hint'),
    status: 429,
    code: 'resource-exhausted',
    text: /^Too many requests/,
    ...RATE_LIMITED,
  },
  {
    when: 'the server fails',
    call: emulate('server-error'),
    status: 500,
    code: 'internal',
    text: /^Internal server error\./,
    ...OVERLOADED,
  },
];

const account: readonly ErrorRow[] = [
  {
    when: 'the key itself is wrong',
    call: ask(),
    apiKey: 'xai-bad-key-of-the-table',
    wire: {
      status: 400,
      body: { code: 'invalid-argument', error: matching(/^Incorrect API key provided\./) },
    },
    ...AUTHENTICATION,
  },
  {
    when: 'there is no key',
    call: ask(),
    apiKey: null,
    wire: { status: 401, body: { error: matching(/^No Authorization header/) } },
    ...AUTHENTICATION,
  },
  {
    when: 'the key lacks rights or is blocked',
    call: ask(),
    apiKey: 'xai-denied-1',
    wire: { status: 403, body: { code: 'permission-denied', error: matching(/permission/) } },
    ...AUTHENTICATION,
  },
  {
    when: 'the credits are used up, told as a lack of permission',
    call: ask(),
    apiKey: 'xai-spent-1',
    wire: { status: 403, body: { code: 'permission-denied', error: matching(/used all available credits/) } },
    ...OUT_OF_CREDIT,
    fixture: 'error-403-credit.json',
  },
];

const faces: readonly ErrorRow[] = [
  {
    when: 'moderation shows as an error',
    call: emulate('moderated-prompt'),
    apiKey: 'xai-face-error-1',
    wire: { status: 400, body: { code: 'imagine:content-moderated', usage: TICKS } },
    ...billedModeration('output'),
  },
  {
    when: 'moderation shows as a lack of permission',
    call: emulate('moderated-output'),
    apiKey: 'xai-face-permission-1',
    wire: { status: 403, body: { error: matching(/^Content violates usage guidelines\./) } },
    ...moderatedAt('prompt'),
  },
  {
    when: 'moderation shows as an empty item',
    call: emulate('moderated-output'),
    apiKey: 'xai-face-item-1',
    wire: {
      status: 200,
      body: { data: [{ url: null, b64_json: null, respect_moderation: false }], usage: TICKS },
    },
    ...billedModeration('output'),
    fixture: 'images-blocked-item.json',
  },
  {
    when: 'moderation shows as an empty list',
    call: emulate('moderated-output'),
    apiKey: 'xai-face-list-1',
    wire: { status: 200, body: { data: [], usage: TICKS } },
    ...billedModeration('unknown'),
    fixture: 'images-blocked-list.json',
  },
  {
    when: 'moderation shows as a block reason, which is free',
    call: emulate('moderated-prompt'),
    wire: {
      status: 200,
      body: { block_reason: matching(/refused/), data: [], usage: { cost_in_usd_ticks: 0 } },
    },
    ...moderatedAt('prompt'),
    fixture: 'images-blocked-reason.json',
  },
  {
    when: 'one of two pictures is withheld, and the cost of both does not tell its price',
    call: emulate('moderated-output#2', { n: 2 }),
    wire: undefined,
    ...billedModeration('output', 'unknown'),
  },
];

/** The fourth shape: text that is no JSON, or nothing at all. */
const unshaped: readonly ErrorRow[] = [
  {
    when: 'the body is no JSON',
    call: ask(),
    run: tampered(runXai, (sent) => ({ ...sent, body: '{"model":' })),
    wire: undefined,
    linkStatus: 400,
    ...INVALID_REQUEST,
  },
  ...[{ resolution: '1K' }, { resolution: '1024x1024' }, { aspect_ratio: '7:3' }].map(
    (fields: Json): ErrorRow => ({
      when: `a field has a word that it lacks, as in ${JSON.stringify(fields)}`,
      call: ask(fields),
      wire: undefined,
      linkStatus: 422,
      ...INVALID_REQUEST,
    }),
  ),
  {
    when: 'the source of an edit is a flat text',
    call: ask({ image: 'data:image/png;base64,AAAA' }, '/images/edits'),
    wire: undefined,
    linkStatus: 422,
    ...INVALID_REQUEST,
  },
  {
    when: 'the body is of another type',
    call: ask(),
    run: tampered(runXai, (sent) => ({
      ...sent,
      headers: { ...sent.headers, 'content-type': 'multipart/form-data' },
    })),
    wire: undefined,
    linkStatus: 415,
    ...INVALID_REQUEST,
  },
  {
    when: 'the method is wrong',
    call: ask(),
    run: tampered(runXai, (sent) => ({ ...sent, method: 'GET', body: undefined })),
    wire: undefined,
    linkStatus: 405,
    ...INVALID_REQUEST,
  },
  {
    when: 'the path is wrong',
    call: ask({}, '/images/variations'),
    wire: { status: 404, body: { error: 'Not found' } },
    ...MODEL_UNAVAILABLE,
  },
  {
    when: 'the server is overloaded and its gateway answers a page',
    call: emulate('overloaded'),
    wire: undefined,
    linkStatus: 503,
    ...OVERLOADED,
  },
];

/** A picture of eight by eight pixels by its header, which is all that is looked at. */
const SOURCE = { url: pngHeader(8) };

function pngHeader(edge: number): string {
  const bytes = Buffer.from('89504e470d0a1a0a0000000d494844520000000000000000080200000000000000', 'hex');
  bytes.writeUInt32BE(edge, 16);
  bytes.writeUInt32BE(edge, 20);
  return `data:image/png;base64,${bytes.toString('base64')}`;
}

function edit(fields: Json, outcome?: string): NativeCall {
  const prompt = outcome === undefined ? 'a hat' : `a hat [[emulate:${outcome}]]`;
  return ask({ prompt, ...fields }, '/images/edits');
}

const BAD_SOURCES: readonly (readonly [when: string, fields: Json, text: RegExp])[] = [
  ['no picture', {}, /^Either image or images/],
  ['pictures in both places', { image: SOURCE, images: [SOURCE] }, /^Only one of image and images/],
  ['more pictures than the model takes', { images: Array.from({ length: 6 }, () => SOURCE) }, /at most 5/],
  ['a picture without an address', { image: {} }, /^Exactly one of url and file_id/],
  ['a picture that nobody uploaded', { image: { file_id: 'file_1' } }, /^File not found/],
  ['a picture that can not be fetched', { image: { url: 'https://a.example/a.png' } }, /^Failed to fetch/],
  ['something else than a picture', { image: { url: 'data:image/png;base64,AAAA' } }, /^Unsupported image/],
  ['a picture that is too small', { image: { url: pngHeader(7) } }, /^Image is too small/],
];

const edits: readonly ErrorRow[] = [
  ...BAD_SOURCES.map(([when, fields, text]): ErrorRow => ({
    when: `an edit holds ${when}`,
    call: edit(fields),
    wire: { status: 400, body: { code: 'invalid-argument', error: matching(text) } },
    ...INVALID_REQUEST,
  })),
  {
    when: 'a picture or the prompt of an edit violates the usage guidelines',
    call: edit({ image: SOURCE }, 'moderated-input'),
    wire: { status: 403, body: { code: 'permission-denied', error: matching(/SAFETY_CHECK_TYPE_/) } },
    ...moderatedAt('input'),
  },
  {
    when: 'an edit is blocked for a reason, which is free',
    call: edit({ images: [SOURCE, SOURCE] }, 'moderated-prompt'),
    wire: { status: 200, body: { block_reason: matching(/refused/), data: [] } },
    ...moderatedAt('input'),
  },
  {
    when: 'the picture made of an edit is rejected, and billed with its source',
    call: edit({ image: SOURCE }, 'moderated-output'),
    wire: {
      status: 400,
      body: { code: 'imagine:content-moderated', usage: { cost_in_usd_ticks: 700_000_000 } },
    },
    ...billedModeration('output'),
  },
];

const withoutPicture: readonly ErrorRow[] = [
  {
    when: 'the item is empty without a word on moderation',
    call: emulate('no-image', { quality: 'low' }),
    wire: { status: 200, body: { data: [{ url: null, b64_json: null }], usage: TICKS } },
    ...NO_IMAGE_BILLED,
  },
  {
    when: 'the item holds text alone',
    call: emulate('text-only', { quality: 'low' }),
    wire: { status: 200, body: { data: [{ revised_prompt: matching(/describe/) }], usage: TICKS } },
    ...NO_IMAGE_BILLED,
  },
  { when: 'the body breaks off', call: emulate('cut-body'), wire: undefined, ...BROKEN_OFF },
  { when: 'the base64 is none', call: emulate('bad-base64'), wire: undefined, ...UNREADABLE },
  {
    when: 'the base64 behind a prefix is none',
    call: emulate('bad-base64'),
    apiKey: 'xai-prefix-1',
    wire: undefined,
    ...UNREADABLE,
  },
  {
    when: 'a link is gone',
    call: emulate('expired-link', { response_format: 'url' }),
    wire: { status: 200, body: { data: [{ url: matching(/\/xai-imgen\/xai-tmp-imgen-/) }] } },
    linkStatus: 404,
    error: { kind: 'bad_response', retryable: false, billed: 'unknown' },
    answer: { code: 'upstream_error', status: 502, retry: false },
  },
];

const identity = z.object({
  code: z.string().optional(),
  error: z.union([z.string(), z.object({ code: z.string() })]).optional(),
  block_reason: z.string().nullish(),
  data: z.array(z.object({ respect_moderation: z.boolean().optional() })).optional(),
});

export const xaiErrors: ErrorTable = {
  provider: 'xai',
  rows: [...told.flatMap(inEveryStyle), ...account, ...faces, ...unshaped, ...edits, ...withoutPicture],
  fixtures: /^(error-|images-blocked)/,
  identify: (body) => {
    const { code, error, block_reason: reason, data } = identity.parse(body);
    const inner = typeof error === 'object' ? error.code : undefined;
    return {
      shape: error === undefined ? 'pictures' : inner !== undefined ? 'envelope' : 'flat',
      // The refusal of permission for lack of credit is acted out with its slug and documented with its sentence.
      code: Object.entries(SENTENCES).find(([slug, sentence]) => [slug, sentence].includes(code ?? ''))?.[1],
      inner,
      reason: (reason ?? '') !== '',
      items: data?.map((item) => item.respect_moderation),
    };
  },
  slugs: ['grok-image'],
  exceptions: [
    // The answer tells a cost, so that asking again would buy twice.
    { slug: 'grok-image', outcome: 'no-image', answer: NO_IMAGE_UNKNOWN_PRICE.answer },
    { slug: 'grok-image', outcome: 'text-only', answer: NO_IMAGE_UNKNOWN_PRICE.answer },
  ],
};
