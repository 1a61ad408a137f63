/**
 * Failures of self-hosted servers that speak the OpenAI images protocol, row by row of sections B2 to B5 and C1 of the
 * protocol notes: five shapes of errors on six servers.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { DialectName } from '../../../src/providers/openai-images/dialects.js';
import {
  AUTHENTICATION,
  BROKEN_OFF,
  INVALID_REQUEST,
  MODEL_UNAVAILABLE,
  moderatedAt,
  NO_IMAGE_FREE,
  OUT_OF_CREDIT,
  OVERLOADED,
  RATE_LIMITED,
  RATE_LIMITED_1S,
  UNREADABLE,
  type ErrorRow,
  type ErrorTable,
} from './error-table.js';
import { editErrors } from './openai-images-edits.js';
import { ask, emulate, matching, on, PROXIES, SEEMING_FAULT, type Json } from './openai-images-servers.js';
import { textOf, type Sent } from './tampering.js';

const folder = new URL('../../../src/providers/openai-images/fixtures/', import.meta.url);
/** More members of the body than the adapter sends. */
function adding(fields: Json): (sent: Sent) => Sent {
  return (sent) => ({
    ...sent,
    body: `${textOf(sent).slice(0, -1)},${JSON.stringify(fields).slice(1)}`,
  });
}

function saying(body: string): (sent: Sent) => Sent {
  return (sent) => ({ ...sent, body });
}

/** An edit as a form, which has a prompt and no picture. */
function formOf(sent: Sent): Sent {
  const body = '--x\r\nContent-Disposition: form-data; name="prompt"\r\n\r\na hat\r\n--x--\r\n';
  const headers = { ...sent.headers, 'content-type': 'multipart/form-data; boundary=x' };
  return { ...sent, path: '/images/edits', headers, body };
}

/** How each documented failure comes about; its name tells the server and the status. */
const acted: Readonly<Record<string, Omit<ErrorRow, 'when' | 'wire'>>> = {
  'error-localai-500.json': {
    call: ask(),
    ...on('localai', adding({ file: 'data:image/png;base64,AAAA' })),
    ...SEEMING_FAULT,
  },
  'error-sd-server-400-1.json': { call: ask({ prompt: '' }), ...on('sd-server'), ...INVALID_REQUEST },
  'error-sd-server-400-2.json': { call: ask(), ...on('sd-server', saying('')), ...INVALID_REQUEST },
  'error-sd-server-400-3.json': {
    call: ask(),
    ...on('sd-server', (sent) => ({ ...sent, path: '/images/edits' })),
    ...INVALID_REQUEST,
  },
  'error-sd-server-400-4.json': { call: ask(), ...on('sd-server', formOf), ...INVALID_REQUEST },
  'error-sd-server-400-5.json': { call: ask({ n: 99 }), ...on('sd-server'), ...INVALID_REQUEST },
  'error-sd-server-400-6.json': {
    call: ask(),
    ...on(
      'sd-server',
      saying(JSON.stringify({ prompt: 'a <sd_cpp_extra_args>{"seed":</sd_cpp_extra_args>' })),
    ),
    ...INVALID_REQUEST,
  },
  'error-sd-server-400-7.json': {
    call: ask(),
    ...on('sd-server', adding({ output_format: 'gif' })),
    ...INVALID_REQUEST,
  },
  'error-sd-server-500-no-results.json': { call: emulate('no-image'), ...on('sd-server'), ...NO_IMAGE_FREE },
  'error-sd-server-500.json': { call: ask(), ...on('sd-server', saying('{"prompt":')), ...SEEMING_FAULT },
  'error-sglang-400.json': {
    call: ask(),
    apiKey: 'cloudless-1',
    ...on('sglang', asking('url')),
    ...INVALID_REQUEST,
  },
  'error-sglang-422.json': { call: ask(), ...on('sglang', formOf), ...INVALID_REQUEST },
  'error-vllm-omni-400.json': { call: ask({ size: '1024x' }), ...on('vllm-omni'), ...INVALID_REQUEST },
  'error-vllm-omni-422.json': { call: ask({ n: 11 }), ...on('vllm-omni'), ...INVALID_REQUEST },
  'error-vllm-omni-503.json': { call: emulate('overloaded'), ...on('vllm-omni'), ...OVERLOADED },
  'proxy-400.json': { call: emulate('moderated-prompt'), ...on('sd-server'), ...moderatedAt('unknown') },
};

/** Another form of result than the base64 that the adapter asks for. */
function asking(form: string): (sent: Sent) => Sent {
  return (sent) => ({
    ...sent,
    body: textOf(sent).replace('"response_format":"b64_json"', `"response_format":"${form}"`),
  });
}

/** Every documented failure; one that nobody acts out stops the tests. */
const documented: readonly ErrorRow[] = readdirSync(folder)
  .filter((name) => /^(error|proxy)-/.test(name))
  .map((name): ErrorRow => {
    const row = acted[name];
    if (row === undefined) throw new Error(`nothing acts out ${name}`);
    const body: unknown = JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
    const status = Number(/\d{3}/.exec(name)?.[0]);
    return {
      when: `it is as in ${name.replace('.json', '')}`,
      ...row,
      wire: { status, body: loosely(body) },
    };
  });

/** The same body, where what a decoder or a parser adds to a sentence does not count. */
function loosely(body: unknown): unknown {
  if (typeof body === 'string') return expect.stringContaining(body);
  if (Array.isArray(body)) return body.map(loosely);
  if (typeof body !== 'object' || body === null) return body;
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, loosely(value)]));
}

const account: readonly ErrorRow[] = [
  {
    when: 'the proxy of a server that knows no keys refuses one',
    call: ask(),
    apiKey: 'bad-key-of-the-table',
    ...on('sd-server'),
    wire: { status: 401, body: { error: { ...PROXIES, code: 'invalid_api_key' } } },
    ...AUTHENTICATION,
  },
  {
    when: 'LocalAI refuses the key',
    call: ask(),
    apiKey: 'bad-key-of-the-table',
    ...on('localai'),
    wire: { status: 401, body: { error: { code: 401, message: 'Unauthorized', type: '' } } },
    ...AUTHENTICATION,
  },
  ...(['vllm-omni', 'sglang', 'xinference', 'nim'] as const).map((dialect): ErrorRow => ({
    when: `${dialect} refuses the key`,
    call: ask(),
    apiKey: 'bad-key-of-the-table',
    ...on(dialect),
    wire: { status: 401, body: { detail: 'Unauthorized' } },
    ...AUTHENTICATION,
  })),
  {
    when: 'a proxy has no credit left',
    call: emulate('out-of-credit'),
    ...on('vllm-omni'),
    wire: { status: 429, body: { error: { ...PROXIES, code: 'insufficient_quota' } } },
    ...OUT_OF_CREDIT,
  },
  {
    when: 'a proxy limits the pace, with a hint',
    call: emulate('rate-limited'),
    ...on('sglang'),
    wire: { status: 429, body: { error: { ...PROXIES, code: 'rate_limit_exceeded' } } },
    ...RATE_LIMITED_1S,
  },
  {
    when: 'a proxy limits the pace, without a hint',
    call: emulate('rate-limited-no-hint'),
    ...on('localai'),
    wire: { status: 429, body: { error: { ...PROXIES, code: 'rate_limit_exceeded' } } },
    ...RATE_LIMITED,
  },
  {
    when: 'a path is not served, told in a detail',
    call: ask(),
    ...on('sglang', (sent) => ({ ...sent, path: '/images/variations' })),
    wire: { status: 404, body: { detail: 'Not Found' } },
    ...MODEL_UNAVAILABLE,
  },
  {
    when: 'a path is not served, told by nothing but the status',
    call: ask(),
    ...on('sd-server', (sent) => ({ ...sent, path: '/images/variations' })),
    wire: undefined,
    linkStatus: 404,
    ...MODEL_UNAVAILABLE,
  },
];

const faults: readonly ErrorRow[] = [
  {
    when: 'the model of LocalAI is loading, with a hint',
    call: emulate('overloaded'),
    ...on('localai'),
    wire: { status: 503, body: { error: { code: 503, message: 'model is loading' } } },
    error: { ...OVERLOADED.error, retryAfterMs: 1000 },
    answer: OVERLOADED.answer,
  },
  ...(['sglang', 'xinference', 'nim'] as const).map((dialect): ErrorRow => ({
    when: `${dialect} is not ready`,
    call: emulate('overloaded'),
    ...on(dialect),
    wire: { status: 503, body: { detail: 'model is loading' } },
    ...OVERLOADED,
  })),
  {
    when: 'a server is not ready and says nothing',
    call: emulate('overloaded'),
    ...on('sd-server'),
    wire: undefined,
    linkStatus: 503,
    ...OVERLOADED,
  },
  {
    when: 'sd-server fails',
    call: emulate('server-error'),
    ...on('sd-server'),
    wire: { status: 500, body: { error: 'server_error', message: matching(/\w/) } },
    ...OVERLOADED,
  },
  {
    when: 'LocalAI fails',
    call: emulate('server-error'),
    ...on('localai'),
    wire: { status: 500, body: { error: { code: 500, message: matching(/out of memory/), type: '' } } },
    ...OVERLOADED,
  },
  ...(['vllm-omni', 'sglang', 'xinference', 'nim'] as const).map((dialect): ErrorRow => ({
    when: `${dialect} fails`,
    call: emulate('server-error'),
    ...on(dialect),
    wire: { status: 500, body: { detail: matching(/out of memory/) } },
    ...OVERLOADED,
  })),
];

const FASTAPI: readonly (readonly [dialect: DialectName, fields: Json, field: string])[] = [
  ['vllm-omni', { prompt: '' }, 'prompt'],
  ['vllm-omni', { guidance: 21 }, 'guidance_scale'],
  ['vllm-omni', { steps: 201 }, 'num_inference_steps'],
  ['sglang', { steps: 0 }, 'num_inference_steps'],
  ['xinference', { steps: 0 }, 'num_inference_steps'],
  ['nim', { n: 11 }, 'n'],
];

const mistakes: readonly ErrorRow[] = [
  ...FASTAPI.map(([dialect, fields, field]): ErrorRow => ({
    when: `${dialect} refuses ${JSON.stringify(fields)}`,
    call: ask(fields),
    ...on(dialect),
    wire: { status: 422, body: { detail: [{ loc: ['body', field], msg: matching(/\w/) }] } },
    ...INVALID_REQUEST,
  })),
  {
    when: 'vLLM-Omni is asked for links',
    call: ask(),
    ...on('vllm-omni', asking('url')),
    wire: { status: 422, body: { detail: [{ loc: ['body', 'response_format'] }] } },
    ...INVALID_REQUEST,
  },
  {
    when: 'Xinference is sent settings that are no JSON',
    call: ask({ steps: 4 }),
    ...on('xinference', (sent) => ({
      ...sent,
      body: textOf(sent).replace(/"kwargs":"[^}]*}"/, '"kwargs":"steps=4"'),
    })),
    wire: { status: 400, body: { detail: matching(/kwargs/) } },
    ...INVALID_REQUEST,
  },
];

/** Nobody is charged by an own server, but a picture that broke off may have been made. */
const withoutPicture: readonly ErrorRow[] = [
  ...(['localai', 'vllm-omni', 'sglang', 'xinference', 'nim'] as const).map((dialect): ErrorRow => ({
    when: `the list of ${dialect} is empty`,
    call: emulate('no-image'),
    ...on(dialect),
    wire: { status: 200, body: { data: [] } },
    ...NO_IMAGE_FREE,
  })),
  {
    when: 'the list of sd-server is empty',
    call: emulate('text-only'),
    ...on('sd-server'),
    wire: { status: 200, body: { data: [] } },
    ...NO_IMAGE_FREE,
  },
  {
    when: "the picture is a path on the server's disk",
    call: ask(),
    ...on('xinference', asking('url')),
    wire: { status: 200, body: { data: [{ url: matching(/^\/root\//) }] } },
    error: { kind: 'bad_response', retryable: false, billed: false },
    answer: { code: 'upstream_error', status: 502, retry: false },
  },
  {
    when: 'a link of LocalAI is gone',
    call: emulate('expired-link'),
    apiKey: null,
    ...on('localai', asking('url')),
    wire: { status: 200, body: { data: [{ url: matching(/\/generated-images\/b64/) }] } },
    linkStatus: 404,
    error: { kind: 'bad_response', retryable: false, billed: 'unknown' },
    answer: { code: 'upstream_error', status: 502, retry: false },
  },
  {
    when: 'the body breaks off',
    call: emulate('cut-body'),
    ...on('sd-server'),
    wire: undefined,
    ...BROKEN_OFF,
  },
  {
    when: "a picture's bytes break off",
    call: emulate('cut-body'),
    ...on('vllm-omni', asking('file')),
    wire: undefined,
    ...BROKEN_OFF,
  },
  { when: 'the base64 is none', call: emulate('bad-base64'), ...on('nim'), wire: undefined, ...UNREADABLE },
];

export const openAiImagesErrors: ErrorTable = {
  provider: 'openai-images',
  rows: [...documented, ...account, ...faults, ...mistakes, ...editErrors, ...withoutPicture],
  // The names tell the server before the status; the rows themselves are made from them and compare whole bodies.
  fixtures: /^$/,
  identify: () => ({}),
  slugs: ['flux-1-pro'],
  exceptions: [],
};
