/** Failures of the A1111 family and of a proxy before it, row by row of sections B2 and B6 of the protocol notes. */
import { expect } from 'vitest';
import { z } from 'zod';
import { createSdapiRun } from '../../../src/providers/sdapi/adapter.js';
import type { DialectName } from '../../../src/providers/sdapi/dialects.js';
import { Turns } from '../../../src/providers/sdapi/turns.js';
import type { JsonValue, NativeCall } from '../../../src/providers/provider.js';
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
import { tampered, type Sent } from './tampering.js';

const runPlainly = createSdapiRun(new Turns());
const SAID: unknown = expect.stringMatching(/\w/);
const PROXIES = { message: SAID, param: null } as const;

function ask(fields: Readonly<Record<string, JsonValue>> = {}, path = 'txt2img'): NativeCall {
  const body = { prompt: 'a red fox', steps: 4, width: 256, height: 256, batch_size: 1, ...fields };
  return { path: `/sdapi/v1/${path}`, body, prompt: body.prompt, count: 1, streamed: false };
}

function emulate(outcome: string): NativeCall {
  return ask({ prompt: `a red fox [[emulate:${outcome}]]` });
}

/** A server of the emulator, which has each below its own name. */
function on(
  fork: DialectName,
  change: (sent: Sent) => Sent = (sent) => sent,
): Pick<ErrorRow, 'run' | 'extra'> {
  const run = tampered(runPlainly, (sent) => {
    const changed = sent.method === 'POST' ? change(sent) : sent;
    return { ...changed, path: `/${fork}${changed.path}` };
  });
  return { run, extra: { FLUX_DIALECT: fork } };
}

function saying(text: string): (sent: Sent) => Sent {
  return (sent) => ({ ...sent, body: text });
}

function wrapped(detail: string, status: number) {
  return { status, body: { error: 'HTTPException', detail, body: '', errors: '' } };
}

const mistakes: readonly ErrorRow[] = [
  {
    when: 'the sampler is not known',
    call: ask({ sampler_name: 'Euler Z' }),
    wire: wrapped('Sampler not found', 404),
    fixture: 'error-404-sampler.json',
    ...MODEL_UNAVAILABLE,
  },
  {
    when: 'there is no picture to edit',
    call: ask({}, 'img2img'),
    wire: wrapped('Init image not found', 404),
    fixture: 'error-404-init-image.json',
    ...INVALID_REQUEST,
  },
  {
    when: 'the picture can not be read',
    call: ask({ init_images: ['AAAA'] }, 'img2img'),
    wire: wrapped('Invalid encoded image', 500),
    fixture: 'error-500-encoded-image.json',
    ...INVALID_REQUEST,
  },
  {
    when: 'a member has another type',
    call: ask({ steps: 'many' }),
    wire: { status: 422, body: { detail: [{ loc: ['body', 'steps'] }] } },
    ...INVALID_REQUEST,
  },
  {
    when: 'a member is out of range',
    call: ask({ steps: 151 }),
    wire: { status: 422, body: { detail: [{ loc: ['body', 'steps'] }] } },
    ...INVALID_REQUEST,
  },
  {
    when: 'the body is no JSON',
    call: ask(),
    ...on('forge', saying('{"prompt":')),
    wire: { status: 422, body: { detail: [{ msg: 'JSON decode error' }] } },
    ...INVALID_REQUEST,
  },
  {
    when: 'the server was started without its API',
    call: ask({}, 'txt2vid'),
    wire: { status: 404, body: { detail: 'Not Found' } },
    ...MODEL_UNAVAILABLE,
  },
  {
    when: 'sd-server refuses a member',
    call: ask({ batch_size: 99 }),
    ...on('sd-server'),
    wire: { status: 400, body: { error: 'invalid params' } },
    ...INVALID_REQUEST,
  },
  {
    when: 'sd-server is asked for nothing',
    call: ask({ prompt: '' }),
    ...on('sd-server'),
    wire: { status: 400, body: { error: 'prompt required' } },
    ...INVALID_REQUEST,
  },
  {
    when: 'the body for sd-server is no JSON',
    call: ask(),
    ...on('sd-server', saying('{"prompt":')),
    wire: { status: 500, body: { error: 'server_error' } },
    ...OVERLOADED,
  },
  {
    when: 'sd-server has nothing to show',
    call: emulate('no-image'),
    ...on('sd-server'),
    wire: { status: 500, body: { error: 'generate_image returned no results' } },
    ...NO_IMAGE_FREE,
  },
];

const others: readonly ErrorRow[] = [
  {
    when: 'user or password are wrong',
    call: ask(),
    apiKey: 'bad:password',
    wire: { status: 401, body: { detail: 'Incorrect username or password' } },
    ...AUTHENTICATION,
  },
  {
    when: 'the device is out of memory',
    call: emulate('server-error'),
    wire: { status: 500, body: { error: 'OutOfMemoryError' } },
    ...OVERLOADED,
  },
  {
    when: 'sd-server fails',
    call: emulate('server-error'),
    ...on('sd-server'),
    wire: { status: 500, body: { error: 'server_error' } },
    ...OVERLOADED,
  },
  {
    when: 'a filter before it refuses the prompt',
    call: emulate('moderated-prompt'),
    wire: { status: 400, body: { error: { ...PROXIES, code: 'content_policy_violation' } } },
    ...moderatedAt('unknown'),
  },
  {
    when: 'a proxy has no credit left',
    call: emulate('out-of-credit'),
    wire: { status: 429, body: { error: { ...PROXIES, code: 'insufficient_quota' } } },
    ...OUT_OF_CREDIT,
  },
  {
    when: 'a proxy limits the pace, with a hint',
    call: emulate('rate-limited'),
    wire: { status: 429, body: { error: { ...PROXIES, code: 'rate_limit_exceeded' } } },
    ...RATE_LIMITED_1S,
  },
  {
    when: 'a proxy limits the pace, without a hint',
    call: emulate('rate-limited-no-hint'),
    wire: { status: 429, body: { error: { ...PROXIES, code: 'rate_limit_exceeded' } } },
    ...RATE_LIMITED,
  },
  {
    when: 'a proxy finds it busy',
    call: emulate('overloaded'),
    wire: undefined,
    linkStatus: 503,
    ...OVERLOADED,
  },
  {
    when: 'no picture comes',
    call: emulate('no-image'),
    wire: { status: 200, body: { images: [] } },
    ...NO_IMAGE_FREE,
  },
  {
    when: 'the body breaks off',
    call: emulate('cut-body'),
    ...on('sd-server'),
    wire: undefined,
    ...BROKEN_OFF,
  },
  {
    when: 'the base64 is none',
    call: emulate('bad-base64'),
    ...on('sd-server'),
    wire: undefined,
    ...UNREADABLE,
  },
];

const identified = z.object({ error: z.string(), detail: z.string() });

export const sdapiErrors: ErrorTable = {
  provider: 'sdapi',
  settings: { FLUX_PROTOCOL: 'sdapi' },
  rows: [...mistakes, ...others],
  fixtures: /^error-/,
  identify: (answer) => identified.parse(answer),
  slugs: ['flux-1-pro'],
  exceptions: [],
};
