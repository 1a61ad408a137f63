/** Failures of Google's image calls, row by row of sections 5, 7 and 8 of its protocol notes (2026-11-22). */
import { expect } from 'vitest';
import { z } from 'zod';
import { createGoogleRun } from '../../../src/providers/google/adapter.js';
import type { JsonValue, NativeCall } from '../../../src/providers/provider.js';
import {
  AUTHENTICATION,
  BROKEN_OFF,
  INVALID_REQUEST,
  MODEL_UNAVAILABLE,
  moderatedAt,
  NO_IMAGE_FREE,
  NO_IMAGE_UNKNOWN_PRICE,
  OUT_OF_CREDIT,
  OVERLOADED,
  RATE_LIMITED,
  RATE_LIMITED_1S,
  UNREADABLE,
  type ErrorRow,
  type ErrorTable,
} from './error-table.js';

const FLASH = 'gemini-2.5-flash-image';
const NEWEST = 'gemini-nano-banana-2.1';
const IMAGEN = 'imagen-4.0-generate-001';
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGOon7MFAANtAdCk2ZvKAAAAAElFTkSuQmCC';
const PICTURE = { inlineData: { mimeType: 'image/png', data: PIXEL } } as const;

type Json = Readonly<Record<string, JsonValue>>;

function ask(model: string, config: Json = {}, contents: readonly JsonValue[] = [user()]): NativeCall {
  const body = { contents, generationConfig: { responseModalities: ['IMAGE'], ...config } };
  return {
    path: `/v1beta/models/${model}:generateContent`,
    body,
    prompt: 'a red fox',
    count: 1,
    streamed: false,
  };
}

function user(prompt = 'a red fox', ...more: readonly JsonValue[]): JsonValue {
  return { role: 'user', parts: [{ text: prompt }, ...more] };
}

function emulate(outcome: string, model = FLASH, ...more: readonly JsonValue[]): NativeCall {
  return ask(model, {}, [user(`a red fox [[emulate:${outcome}]]`, ...more)]);
}

function predict(outcome: string, parameters: Json = { sampleCount: 1, includeRaiReason: true }): NativeCall {
  const prompt = `a red fox [[emulate:${outcome}]]`;
  return {
    path: `/v1beta/models/${IMAGEN}:predict`,
    body: { instances: [{ prompt }], parameters },
    prompt,
    count: Number(parameters['sampleCount'] ?? 1),
    streamed: false,
  };
}

/** Vertex AI with a project: the token stands in for one that a service account would be given. */
function onVertex(token: string): Pick<ErrorRow, 'run' | 'extra' | 'apiKey'> {
  return {
    run: createGoogleRun(() => Promise.resolve(token)),
    extra: { GOOGLE_VERTEX_PROJECT: 'p1' },
    apiKey: null,
  };
}

function wire(code: number, status: string, message: RegExp, reason?: string) {
  const detail: unknown = expect.objectContaining({ reason });
  const details: unknown = expect.arrayContaining([detail]);
  const error = { code, status, message: matching(message), ...(reason === undefined ? {} : { details }) };
  return { status: code, body: { error } };
}

function matching(pattern: RegExp): unknown {
  return expect.stringMatching(pattern);
}

const arguments400: readonly ErrorRow[] = [
  {
    when: 'a name is unknown',
    call: ask(FLASH, { aspectRatio: '16:9' }),
    wire: wire(
      400,
      'INVALID_ARGUMENT',
      /Unknown name "aspectRatio" at 'generation_config': Cannot find field/,
    ),
    ...INVALID_REQUEST,
    fixture: 'error-400-unknown-name.json',
  },
  {
    when: 'plain strings stand in responseFormat',
    call: ask(FLASH, { responseFormat: { image: { aspectRatio: '16:9' } } }),
    wire: wire(
      400,
      'INVALID_ARGUMENT',
      /^Invalid value at 'generation_config\.response_format\.image\.aspect_ratio'/,
    ),
    ...INVALID_REQUEST,
    fixture: 'error-400-response-format.json',
  },
  {
    when: 'the model lacks the ratio',
    call: ask(FLASH, { imageConfig: { aspectRatio: '1:8' } }),
    wire: wire(400, 'INVALID_ARGUMENT', /^Aspect ratio is not enabled for this model$/),
    ...INVALID_REQUEST,
    fixture: 'error-400-aspect-ratio.json',
  },
  {
    when: 'several candidates are asked',
    call: ask(FLASH, { candidateCount: 2 }),
    wire: wire(400, 'INVALID_ARGUMENT', /^Multiple candidates is not enabled for this model$/),
    ...INVALID_REQUEST,
  },
  {
    when: 'the model does not think',
    call: ask(FLASH, { thinkingConfig: { thinkingLevel: 'high' } }),
    wire: wire(400, 'INVALID_ARGUMENT', /^Thinking level is not supported for this model\.$/),
    ...INVALID_REQUEST,
  },
  {
    when: 'a picture of the model comes back without its signature',
    call: ask(NEWEST, {}, [user(), { role: 'model', parts: [PICTURE] }, user('add a hat')]),
    wire: wire(
      400,
      'INVALID_ARGUMENT',
      /missing a thought_signature in content position 2, part position 1\./,
    ),
    ...INVALID_REQUEST,
  },
  {
    when: 'an input picture can not be processed',
    call: ask(FLASH, {}, [user('a hat', { inlineData: { mimeType: 'image/svg+xml', data: 'PHN2Zy8+' } })]),
    wire: wire(400, 'INVALID_ARGUMENT', /^Unable to process input image/),
    ...INVALID_REQUEST,
  },
  {
    when: 'an input picture is none',
    call: ask(FLASH, {}, [user('a hat', { inlineData: { mimeType: 'image/png', data: 'QUJDREVG' } })]),
    wire: wire(400, 'INVALID_ARGUMENT', /^Unable to process input image/),
    ...INVALID_REQUEST,
  },
  {
    when: 'there are too many input pictures',
    call: ask(NEWEST, {}, [user('a hat', ...Array.from({ length: 15 }, () => PICTURE))]),
    wire: wire(400, 'INVALID_ARGUMENT', /images/),
    ...INVALID_REQUEST,
  },
  {
    when: 'Imagen refuses the prompt',
    call: predict('moderated-prompt'),
    wire: wire(400, 'INVALID_ARGUMENT', /^Image generation failed .*could not be submitted.*42876398$/),
    ...moderatedAt('prompt'),
    fixture: 'error-400-prompt-filtered.json',
  },
];

const credentials: readonly ErrorRow[] = [
  {
    when: 'the key is wrong',
    call: ask(FLASH),
    apiKey: 'bad-key-of-the-table',
    wire: wire(400, 'INVALID_ARGUMENT', /^API key not valid\./, 'API_KEY_INVALID'),
    ...AUTHENTICATION,
    fixture: 'error-400-api-key-invalid.json',
  },
  {
    when: 'a scripted wrong key is met',
    call: emulate('bad-key'),
    wire: wire(400, 'INVALID_ARGUMENT', /^API key not valid\./, 'API_KEY_INVALID'),
    ...AUTHENTICATION,
  },
  {
    when: 'the key has expired',
    call: ask(FLASH),
    apiKey: 'expired-1',
    wire: wire(400, 'INVALID_ARGUMENT', /^API key expired\. Please renew the API key\.$/),
    ...AUTHENTICATION,
  },
  {
    when: 'the server stands where Google does not serve',
    call: ask(FLASH),
    apiKey: 'abroad-1',
    wire: wire(400, 'FAILED_PRECONDITION', /^User location is not supported for the API use\.$/),
    ...AUTHENTICATION,
    fixture: 'error-400-location.json',
  },
  {
    when: 'a token of Vertex is wrong',
    call: ask('gemini-3-pro-image'),
    ...onVertex('bad-token'),
    wire: wire(401, 'UNAUTHENTICATED', /^Request had invalid authentication credentials\./),
    ...AUTHENTICATION,
    fixture: 'error-401-unauthenticated.json',
  },
  {
    when: 'there is no key',
    call: ask(FLASH),
    apiKey: null,
    wire: wire(403, 'PERMISSION_DENIED', /^Method doesn't allow unregistered callers/),
    ...AUTHENTICATION,
    fixture: 'error-403-unregistered.json',
  },
  {
    when: 'the key has leaked',
    call: ask(FLASH),
    apiKey: 'leaked-1',
    wire: wire(403, 'PERMISSION_DENIED', /reported as leaked/),
    ...AUTHENTICATION,
  },
  {
    when: 'the API is switched off',
    call: ask(FLASH),
    apiKey: 'disabled-1',
    wire: wire(403, 'PERMISSION_DENIED', /disabled/, 'SERVICE_DISABLED'),
    ...AUTHENTICATION,
    fixture: 'error-403-service-disabled.json',
  },
  {
    when: 'the service account lacks a permission on Vertex',
    call: ask('gemini-3-pro-image'),
    ...onVertex('iam-1'),
    wire: wire(403, 'PERMISSION_DENIED', /aiplatform\.endpoints\.predict/, 'IAM_PERMISSION_DENIED'),
    ...AUTHENTICATION,
    fixture: 'error-403-iam.json',
  },
];

const missing: readonly ErrorRow[] = [
  {
    when: 'the model is unknown',
    call: ask('gemini-9-image'),
    wire: wire(404, 'NOT_FOUND', /^models\/gemini-9-image is not found for API version v1beta/),
    ...MODEL_UNAVAILABLE,
    fixture: 'error-404-not-found.json',
  },
  {
    when: 'the model is closed to new users',
    call: ask(FLASH),
    apiKey: 'newcomer-1',
    wire: wire(404, 'NOT_FOUND', /is no longer available to new users/),
    ...MODEL_UNAVAILABLE,
  },
  {
    when: 'Vertex lacks the model at the location',
    call: ask('gemini-3-pro-image'),
    ...onVertex('good-token'),
    extra: { GOOGLE_VERTEX_PROJECT: 'p1', GOOGLE_VERTEX_LOCATION: 'us-central1' },
    wire: wire(404, 'NOT_FOUND', /^Publisher Model `projects\/p1\/locations\/us-central1\/.*` was not found/),
    ...MODEL_UNAVAILABLE,
    fixture: 'error-404-not-found-vertex.json',
  },
];

const pace: readonly ErrorRow[] = [
  {
    when: 'the quota of the minute is used up',
    call: emulate('rate-limited'),
    wire: wire(429, 'RESOURCE_EXHAUSTED', /Please retry in 1s\.$/),
    ...RATE_LIMITED_1S,
    fixture: 'error-429-quota-per-minute.json',
  },
  {
    when: 'the resource is exhausted without a word more',
    call: emulate('rate-limited-no-hint'),
    wire: wire(429, 'RESOURCE_EXHAUSTED', /^Resource has been exhausted \(e\.g\. check quota\)\.$/),
    ...RATE_LIMITED,
    fixture: 'error-429-bare.json',
  },
  {
    when: 'Vertex is exhausted',
    call: emulate('rate-limited', 'gemini-3-pro-image'),
    ...onVertex('good-token'),
    wire: wire(429, 'RESOURCE_EXHAUSTED', /^Resource exhausted\. Please try again later\./),
    ...RATE_LIMITED,
    fixture: 'error-429-vertex.json',
  },
  {
    when: 'the quota of the day is used up, whatever the delay says',
    call: ask(FLASH),
    apiKey: 'daily-1',
    wire: wire(429, 'RESOURCE_EXHAUSTED', /limit: 20, .*\nPlease retry in 38\.2s\.$/),
    error: { kind: 'rate_limited', retryable: false, billed: false },
    answer: { code: 'rate_limit_exceeded', status: 429, retry: false },
  },
  {
    when: 'the plan includes no pictures',
    call: emulate('out-of-credit'),
    wire: wire(429, 'RESOURCE_EXHAUSTED', /limit: 0/),
    ...OUT_OF_CREDIT,
    fixture: 'error-429-quota-per-day.json',
  },
  {
    when: 'a project on Vertex has no billing',
    call: emulate('out-of-credit', 'gemini-3-pro-image'),
    ...onVertex('good-token'),
    wire: wire(403, 'PERMISSION_DENIED', /enable billing/, 'BILLING_DISABLED'),
    ...OUT_OF_CREDIT,
  },
  {
    when: 'the server fails',
    call: emulate('server-error'),
    wire: wire(500, 'INTERNAL', /^An internal error has occurred\./),
    ...OVERLOADED,
    fixture: 'error-500-internal.json',
  },
  {
    when: 'Gemini 2.5 is sent a size tier',
    call: ask(FLASH, { imageConfig: { imageSize: '2K' } }),
    wire: wire(500, 'INTERNAL', /^An internal error has occurred\./),
    ...OVERLOADED,
  },
  {
    when: 'the demand is high',
    call: emulate('overloaded'),
    wire: wire(503, 'UNAVAILABLE', /experiencing high demand/),
    ...OVERLOADED,
    fixture: 'error-503-high-demand.json',
  },
  {
    when: 'the deadline of the server passes',
    call: ask(FLASH),
    apiKey: 'deadline-1',
    wire: wire(504, 'DEADLINE_EXCEEDED', /^Deadline expired/),
    error: { kind: 'timeout', retryable: true, billed: 'unknown' },
    answer: { code: 'upstream_timeout', status: 504, retry: false },
    fixture: 'error-504-deadline.json',
  },
];

/** @param content what the candidate is documented to hold, or one of the documented forms */
function finished(
  finishReason: string,
  facts: Pick<ErrorRow, 'error' | 'answer'>,
  content?: unknown,
): ErrorRow {
  const candidate = { finishReason, ...(content === undefined ? {} : { content }) };
  return {
    when: `the model ends with ${finishReason}`,
    call: ask(FLASH),
    apiKey: `finish-${finishReason}`,
    wire: { status: 200, body: { candidates: [candidate] } },
    ...facts,
  };
}

function blocked(blockReason: string): ErrorRow {
  return {
    when: `the prompt is blocked by ${blockReason}`,
    call: ask(FLASH),
    apiKey: `block-${blockReason}`,
    wire: { status: 200, body: { promptFeedback: { blockReason } } },
    ...moderatedAt('prompt'),
  };
}

function blockedOnVertex(blockReason: string): ErrorRow {
  const promptFeedback = { blockReason, blockReasonMessage: matching(/\w/) };
  return {
    ...blocked(blockReason),
    ...onVertex(`block-${blockReason}`),
    wire: { status: 200, body: { promptFeedback } },
  };
}

const withoutPicture: readonly ErrorRow[] = [
  {
    when: 'the model declines in prose',
    call: emulate('text-only'),
    wire: {
      status: 200,
      body: { candidates: [{ finishReason: 'STOP', content: { parts: [{ text: matching(/\w/) }] } }] },
    },
    ...NO_IMAGE_FREE,
    fixture: 'content-text-only.json',
  },
  {
    when: 'the model makes no picture',
    call: emulate('no-image'),
    wire: { status: 200, body: { candidates: [{ finishReason: 'NO_IMAGE' }] } },
    ...NO_IMAGE_FREE,
    fixture: 'content-no-image.json',
  },
  {
    when: 'the picture is filtered',
    call: emulate('moderated-output'),
    wire: { status: 200, body: { candidates: [{ finishReason: 'IMAGE_SAFETY', content: {} }] } },
    ...moderatedAt('output'),
    fixture: 'content-parts-null.json',
  },
  {
    when: 'the prompt is blocked',
    call: emulate('moderated-prompt'),
    wire: { status: 200, body: { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } } },
    ...moderatedAt('prompt'),
  },
  {
    when: 'an input picture is blocked',
    call: emulate('moderated-input', FLASH, PICTURE),
    wire: { status: 200, body: { promptFeedback: { blockReason: 'IMAGE_SAFETY' } } },
    ...moderatedAt('input'),
  },
  ...['SAFETY', 'BLOCKLIST', 'PROHIBITED_CONTENT', 'IMAGE_SAFETY'].map(blocked),
  ...['MODEL_ARMOR', 'JAILBREAK'].map(blockedOnVertex),
  { ...blocked('OTHER'), fixture: 'content-prompt-blocked.json' },
  finished('NO_IMAGE', NO_IMAGE_FREE, { parts: [{ text: matching(/\w/) }] }),
  finished('IMAGE_SAFETY', moderatedAt('output'), { parts: null }),
  {
    ...finished('IMAGE_PROHIBITED_CONTENT', moderatedAt('output'), { role: 'model' }),
    fixture: 'content-image-prohibited.json',
  },
  finished('IMAGE_RECITATION', moderatedAt('output'), { parts: null }),
  { ...finished('IMAGE_OTHER', NO_IMAGE_FREE, {}), fixture: 'content-image-other.json' },
  finished('OTHER', NO_IMAGE_FREE, { role: 'model' }),
  ...['SAFETY', 'PROHIBITED_CONTENT', 'BLOCKLIST', 'SPII', 'RECITATION'].map((reason) =>
    finished(reason, moderatedAt('unknown')),
  ),
  { ...finished('MODEL_ARMOR', moderatedAt('unknown')), ...onVertex('finish-MODEL_ARMOR') },
  finished('LANGUAGE', INVALID_REQUEST),
  {
    ...finished('MAX_TOKENS', {
      error: { kind: 'no_image', retryable: true, billed: true },
      answer: { code: 'no_image_returned', status: 502, retry: false },
    }),
    // A model that thinks, because thoughts are what the tokens go into.
    call: ask(NEWEST),
  },
  ...[
    'FINISH_REASON_UNSPECIFIED',
    'MALFORMED_FUNCTION_CALL',
    'UNEXPECTED_TOOL_CALL',
    'TOO_MANY_TOOL_CALLS',
  ].map((reason) => finished(reason, NO_IMAGE_UNKNOWN_PRICE)),
  {
    when: 'Imagen filters every picture and says why',
    call: predict('moderated-output'),
    wire: { status: 200, body: { predictions: [{ raiFilteredReason: matching(/29310472$/) }] } },
    ...moderatedAt('output'),
    fixture: 'predict-all-filtered.json',
  },
  {
    when: 'Imagen filters one of two',
    call: predict('no-image', { sampleCount: 2, includeRaiReason: true }),
    wire: undefined,
    ...moderatedAt('output'),
  },
  {
    when: 'Imagen filters every picture without a word',
    call: predict('moderated-output', { sampleCount: 1 }),
    wire: { status: 200, body: {} },
    ...NO_IMAGE_UNKNOWN_PRICE,
    fixture: 'predict-all-filtered-silent.json',
  },
];

const broken: readonly ErrorRow[] = [
  { when: 'the body breaks off', call: emulate('cut-body'), wire: undefined, ...BROKEN_OFF },
  { when: "Imagen's body breaks off", call: predict('cut-body'), wire: undefined, ...BROKEN_OFF },
  { when: 'the base64 is none', call: emulate('bad-base64'), wire: undefined, ...UNREADABLE },
  { when: "Imagen's base64 is none", call: predict('bad-base64'), wire: undefined, ...UNREADABLE },
];

const identity = z.object({
  error: z
    .object({
      status: z.string(),
      details: z.array(z.object({ reason: z.string().optional() })).optional(),
    })
    .optional(),
  candidates: z.array(z.object({ finishReason: z.string() })).optional(),
  promptFeedback: z.object({ blockReason: z.string() }).optional(),
  predictions: z.array(z.object({ raiFilteredReason: z.string() })).optional(),
});

export const googleErrors: ErrorTable = {
  provider: 'google',
  rows: [...arguments400, ...credentials, ...missing, ...pace, ...withoutPicture, ...broken],
  fixtures: /^(error-|content-(?!lite)|predict-all)/,
  identify: (body) => {
    const { error, candidates, promptFeedback, predictions } = identity.parse(body);
    return {
      status: error?.status,
      finishReason: candidates?.[0]?.finishReason,
      blockReason: promptFeedback?.blockReason,
      filtered: predictions !== undefined,
    };
  },
  slugs: ['gemini-2-5-flash-image', 'imagen-4'],
  exceptions: [
    // Imagen's answer without predictions doesn't say that it is free, and its reasons are always asked for.
    { slug: 'imagen-4', outcome: 'no-image', answer: NO_IMAGE_UNKNOWN_PRICE.answer },
    { slug: 'imagen-4', outcome: 'text-only', answer: NO_IMAGE_UNKNOWN_PRICE.answer },
  ],
};
