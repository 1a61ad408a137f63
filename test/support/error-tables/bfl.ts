/** Failures of the Black Forest Labs API, row by row of sections A2 and A5 of its protocol notes. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { z } from 'zod';
import { resumeBfl, runBfl } from '../../../src/providers/bfl/adapter.js';
import type { Adapter, JsonValue, NativeCall } from '../../../src/providers/provider.js';
import {
  AUTHENTICATION,
  INVALID_REQUEST,
  MODEL_UNAVAILABLE,
  moderatedAt,
  NO_IMAGE_UNKNOWN_PRICE,
  OUT_OF_CREDIT,
  RATE_LIMITED,
  RATE_LIMITED_1S,
  type ErrorRow,
  type ErrorTable,
} from './error-table.js';

type Json = Readonly<Record<string, JsonValue>>;
type Verdict = Pick<ErrorRow, 'error' | 'answer'>;

/** A PNG of one pixel, and one of two beside each other. */
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGOon7MFAANtAdCk2ZvKAAAAAElFTkSuQmCC';
const TWO_PIXELS =
  'iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAYAAAD0In+KAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAC0lEQVQImWNggAIAAAkAAeNZIR4AAAAASUVORK5CYII=';

function ask(route: string, fields: Json = {}): NativeCall {
  const body = { prompt: 'a red fox', ...fields };
  return { path: `/v1/${route}`, body, prompt: body.prompt, count: 1, streamed: false };
}

function emulate(outcome: string, route = 'flux-2-pro', fields: Json = {}): NativeCall {
  return ask(route, { ...fields, prompt: `a red fox [[emulate:${outcome}]]` });
}

function matching(pattern: RegExp): unknown {
  return expect.stringMatching(pattern);
}

/** A body as the notes have it, word for word. */
function documented(name: string): unknown {
  const file = new URL(`../../../src/providers/bfl/fixtures/${name}`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8'));
}

function problem(field: string, message: RegExp, type: string) {
  return { status: 422, body: { detail: [{ loc: ['body', field], msg: matching(message), type }] } };
}

function ended(status: string, details: Readonly<Record<string, unknown>> = {}, httpStatus = 200) {
  return { status: httpStatus, body: { status, result: null, details } };
}

/** A repeated submit is billed again, so that nobody is told to repeat one after a fault. */
const FAULT: Verdict = {
  error: { kind: 'overloaded', retryable: true, billed: 'unknown' },
  answer: { code: 'upstream_unavailable', status: 503, retry: false },
};

/** Whether refused tasks cost anything is not documented. */
function moderatedTask(stage: 'prompt' | 'input' | 'output'): Verdict {
  const { error, answer } = moderatedAt(stage);
  return { error: { ...error, billed: 'unknown' }, answer };
}

const LOST: Verdict = {
  error: { kind: 'bad_response', retryable: false, billed: 'unknown' },
  answer: { code: 'upstream_error', status: 502, retry: false },
};

/** Highest safety tolerance of each family. */
const TOLERANCES = [
  ['flux-pro-1.1', 6],
  ['flux-2-pro', 5],
  ['flux-3-image', 4],
] as const;

const submits: readonly ErrorRow[] = [
  {
    when: 'the request is bad',
    call: ask('flux-2-pro'),
    apiKey: 'bfl-refused-1',
    wire: { status: 400, body: { detail: matching(/\w/) } },
    ...INVALID_REQUEST,
  },
  {
    when: 'a picture can not be decoded',
    call: ask('flux-2-pro', { input_image: 'AAAA' }),
    wire: { status: 400, body: { detail: matching(/could not be decoded/) } },
    ...INVALID_REQUEST,
  },
  {
    when: 'a picture is too small for FLUX 3',
    call: ask('flux-3-image', { images: [PIXEL] }),
    wire: { status: 422, body: { detail: matching(/256x256/) } },
    ...INVALID_REQUEST,
  },
  {
    when: 'a picture is no base64',
    call: ask('flux-kontext-pro', { input_image: 'no picture!' }),
    wire: problem('input_image', /invalid base64 image$/, 'value_error'),
    ...INVALID_REQUEST,
  },
  {
    when: 'FLUX 3 is sent more pictures than it takes',
    call: ask('flux-3-image', { images: Array.from({ length: 11 }, () => PIXEL) }),
    wire: problem('images', /at most 10 items/, 'too_long'),
    ...INVALID_REQUEST,
  },
  {
    when: 'Kontext is sent a tolerance that it only takes without pictures',
    call: ask('flux-kontext-pro', { input_image: PIXEL, safety_tolerance: 3 }),
    wire: problem('safety_tolerance', /^Input should be less than or equal to 2$/, 'less_than_equal'),
    ...INVALID_REQUEST,
  },
  {
    when: 'Fill is sent no picture',
    call: ask('flux-pro-1.0-fill'),
    wire: problem('image', /^Field required$/, 'missing'),
    ...INVALID_REQUEST,
  },
  {
    when: 'a mask has other pixels than its picture',
    call: ask('flux-pro-1.0-fill', { image: PIXEL, mask: TWO_PIXELS }),
    wire: { status: 422, body: { detail: matching(/mask must have the same size/) } },
    ...INVALID_REQUEST,
  },
  {
    when: 'the credits are used up',
    call: emulate('out-of-credit'),
    wire: { status: 402, body: documented('error-402.json') },
    ...OUT_OF_CREDIT,
  },
  {
    when: 'the key is wrong',
    call: ask('flux-2-pro'),
    apiKey: 'bfl-bad-key-of-the-table',
    wire: { status: 403, body: documented('error-403.json') },
    ...AUTHENTICATION,
  },
  {
    when: 'a scripted wrong key is met',
    call: emulate('bad-key'),
    wire: { status: 403, body: documented('error-403.json') },
    ...AUTHENTICATION,
  },
  {
    when: 'there is no key',
    call: ask('flux-2-pro'),
    apiKey: null,
    wire: { status: 403, body: documented('error-403.json') },
    ...AUTHENTICATION,
  },
  {
    when: 'the route is unknown',
    call: ask('flux-9'),
    wire: { status: 404, body: { detail: 'Not Found' } },
    ...MODEL_UNAVAILABLE,
  },
  {
    when: 'an edge is no multiple of 32',
    call: ask('flux-pro-1.1', { width: 1000 }),
    wire: problem('width', /^Input should be a multiple of 32$/, 'multiple_of'),
    ...INVALID_REQUEST,
    fixture: 'error-422-list.json',
  },
  {
    when: 'the picture would have too many pixels, told by a text',
    call: ask('flux-2-pro', { width: 4096, height: 4096 }),
    wire: { status: 422, body: documented('error-422-text.json') },
    ...INVALID_REQUEST,
    fixture: 'error-422-text.json',
  },
  {
    when: 'the prompt is missing',
    call: { ...ask('flux-2-pro'), body: {} },
    wire: problem('prompt', /^Field required$/, 'missing'),
    ...INVALID_REQUEST,
  },
  {
    when: 'FLUX 3 is sent a seed',
    call: ask('flux-3-image', { seed: 7 }),
    wire: problem('seed', /^Extra inputs are not permitted$/, 'extra_forbidden'),
    ...INVALID_REQUEST,
  },
  ...TOLERANCES.map(([route, most]): ErrorRow => ({
    when: `${route} is sent a tolerance above its ${most}`,
    call: ask(route, { safety_tolerance: most + 1 }),
    wire: problem(
      'safety_tolerance',
      new RegExp(`^Input should be less than or equal to ${most}$`),
      'less_than_equal',
    ),
    ...INVALID_REQUEST,
  })),
];

/** Fills all places of an account before the call that is looked at. */
function crowded(tasks: number): Adapter['run'] {
  return async function* run(call, io) {
    const headers = { 'content-type': 'application/json', 'x-key': io.endpoint.apiKey ?? '' };
    const body = JSON.stringify({ prompt: 'a crowd [[emulate:slow-60000]]' });
    for (let count = 0; count < tasks; count += 1) {
      const submitted = await io.send({ method: 'POST', path: call.path, headers, body });
      expect(submitted.status).toBe(200);
      for await (const chunk of submitted.body) expect(chunk.length).toBeGreaterThan(0);
    }
    yield* runBfl(call, io);
  };
}

const pace: readonly ErrorRow[] = [
  {
    when: "there are too many requests, in the skills document's words",
    call: emulate('rate-limited'),
    wire: { status: 429, body: { error: 'rate_limit_exceeded', retry_after: 1 } },
    ...RATE_LIMITED_1S,
    fixture: 'error-429-skills.json',
  },
  {
    when: 'there are too many active tasks, without a hint',
    call: emulate('rate-limited-no-hint'),
    wire: { status: 429, body: { detail: matching(/^Too many active tasks/) } },
    ...RATE_LIMITED,
  },
  {
    when: 'twenty-four tasks of the account are active',
    call: ask('flux-2-pro'),
    apiKey: 'crowd-of-the-account',
    run: crowded(24),
    wire: { status: 429, body: { detail: matching(/at most 24 /) } },
    ...RATE_LIMITED,
  },
  {
    when: 'six tasks of Kontext [max] are active',
    call: ask('flux-kontext-max'),
    apiKey: 'crowd-of-kontext-max',
    run: crowded(6),
    wire: { status: 429, body: { detail: matching(/at most 6 /) } },
    ...RATE_LIMITED,
  },
  {
    when: 'the server fails',
    call: ask('flux-2-pro'),
    apiKey: 'bfl-internal-1',
    wire: { status: 500, body: { detail: matching(/\w/) } },
    ...FAULT,
  },
  {
    when: 'the service is unavailable',
    call: emulate('overloaded'),
    wire: { status: 503, body: { detail: matching(/unavailable/) } },
    ...FAULT,
  },
];

/** Submits what stands for a call with its picture inside, and follows it as the call's. */
function withPicture(submitted: NativeCall): Adapter['run'] {
  return async function* run(call, io) {
    for await (const event of runBfl(submitted, io)) {
      if (event.type !== 'accepted') continue;
      yield event;
      yield* resumeBfl(event.taskId, call, io);
      return;
    }
  };
}

const reasons = (...told: readonly string[]) => ({ 'Moderation Reasons': told });

const ends: readonly ErrorRow[] = [
  {
    when: 'the prompt is refused',
    call: emulate('moderated-prompt'),
    wire: ended('Request Moderated', reasons('Prompt')),
    ...moderatedTask('prompt'),
    fixture: 'poll-request-moderated.json',
  },
  {
    when: 'the picture is refused',
    call: emulate('moderated-output'),
    wire: ended('Content Moderated', reasons('Derivative Works Filter')),
    ...moderatedTask('output'),
    fixture: 'poll-content-moderated.json',
  },
  {
    // A look at a task that was submitted with a picture tells what became of it, and no more than the status does.
    when: 'the picture of an edit is refused',
    call: { ...ask('flux-2-pro'), body: { prompt: 'a red fox', input_image: { $input: 0, as: 'base64' } } },
    run: withPicture(emulate('moderated-input', 'flux-2-pro', { input_image: PIXEL })),
    wire: ended('Request Moderated', reasons('Input image')),
    ...moderatedTask('input'),
  },
  {
    when: 'FLUX 3 refuses the prompt',
    call: emulate('moderated-prompt', 'flux-3-image'),
    wire: ended('Request Moderated', reasons('Prompt')),
    ...moderatedTask('prompt'),
  },
  {
    when: 'the task ends with an error',
    call: emulate('server-error'),
    wire: ended('Error'),
    ...FAULT,
    fixture: 'poll-error.json',
  },
  {
    when: 'the task has failed',
    call: emulate('server-error'),
    apiKey: 'bfl-failed-1',
    wire: ended('Failed'),
    ...FAULT,
    fixture: 'poll-failed.json',
  },
  {
    when: 'the task can not be found, time and again',
    call: ask('flux-2-pro'),
    run: (call, io) => resumeBfl(JSON.stringify({ id: '9c1b0000-0000-4000-8000-000000000000' }), call, io),
    wire: { status: 200, body: { status: 'Task not found' } },
    ...LOST,
    fixture: 'poll-not-found.json',
  },
  {
    when: 'a refused prompt is told with status 422',
    call: emulate('moderated-prompt'),
    apiKey: 'bfl-odd-1',
    wire: ended('Request Moderated', reasons('Prompt'), 422),
    ...moderatedTask('prompt'),
  },
  {
    when: 'a refused picture is told with status 422',
    call: emulate('moderated-output'),
    apiKey: 'bfl-odd-1',
    wire: ended('Content Moderated', reasons('Derivative Works Filter'), 422),
    ...moderatedTask('output'),
  },
  {
    when: 'an error of a task is told with status 503',
    call: emulate('server-error'),
    apiKey: 'bfl-odd-1',
    wire: ended('Error', {}, 503),
    ...FAULT,
  },
  {
    when: 'a look at a task comes with a wrong key, while the task goes on',
    call: ask('flux-2-pro'),
    apiKey: 'bfl-bad-1',
    run: (call, io) => resumeBfl(JSON.stringify({ id: '9c1b0000-0000-4000-8000-000000000000' }), call, io),
    wire: { status: 403, body: documented('error-403.json') },
    error: { ...AUTHENTICATION.error, billed: 'unknown' },
    answer: AUTHENTICATION.answer,
  },
];

const withoutPicture: readonly ErrorRow[] = [
  {
    when: 'the task is ready without a result',
    call: emulate('no-image'),
    wire: ended('Ready'),
    ...NO_IMAGE_UNKNOWN_PRICE,
  },
  {
    when: 'the result holds text alone',
    call: emulate('text-only'),
    wire: { status: 200, body: { status: 'Ready', result: { prompt: matching(/fox/) } } },
    ...NO_IMAGE_UNKNOWN_PRICE,
  },
  {
    when: 'the link to the picture has expired',
    call: emulate('expired-link'),
    wire: { status: 200, body: { result: { sample: matching(/\/delivery\/.*sig=/) } } },
    linkStatus: 403,
    ...LOST,
  },
];

const identity = z.object({
  status: z.string().optional(),
  error: z.string().optional(),
  detail: z.union([z.string(), z.array(z.object({ loc: z.array(z.string()), type: z.string() }))]).optional(),
});

/** One for each way of asking for pixels: edges, ratios, free edges, tiers. */
const SLUGS = ['flux-2-pro'] as const;

export const bflErrors: ErrorTable = {
  provider: 'bfl',
  rows: [...submits, ...pace, ...ends, ...withoutPicture],
  // The 402 and the 403 are compared word for word in their rows.
  fixtures: /^(error-4\d\d-|poll-(content-moderated|error|failed|not-found|request-moderated))/,
  identify: (body) => {
    const { status, error, detail } = identity.parse(body);
    return { status, error, detail };
  },
  slugs: SLUGS,
  exceptions: SLUGS.flatMap((slug) => [
    { slug, outcome: 'overloaded', answer: FAULT.answer },
    { slug, outcome: 'server-error', answer: FAULT.answer },
    // What an answer without a picture cost is not told.
    { slug, outcome: 'no-image', answer: NO_IMAGE_UNKNOWN_PRICE.answer },
    { slug, outcome: 'text-only', answer: NO_IMAGE_UNKNOWN_PRICE.answer },
    { slug, outcome: 'expired-link', answer: LOST.answer },
  ]),
};
