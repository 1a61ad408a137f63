/** Failures of Alibaba Model Studio's image calls, row by row of sections 6, 7 and 8 of its protocol notes (2026-11-22). */
import { expect } from 'vitest';
import { z } from 'zod';
import type { Adapter, JsonValue, NativeCall } from '../../../src/providers/provider.js';
import { resumeQwen, runQwen } from '../../../src/providers/qwen/adapter.js';
import {
  AUTHENTICATION,
  INVALID_REQUEST,
  MODEL_UNAVAILABLE,
  moderatedAt,
  NO_IMAGE_FREE,
  OUT_OF_CREDIT,
  OVERLOADED,
  RATE_LIMITED,
  RATE_LIMITED_1S,
  type ErrorRow,
  type ErrorTable,
} from './error-table.js';
import { tampered } from './tampering.js';

const CALL_PATH = '/api/v1/services/aigc/multimodal-generation/generation';
const TASK_PATH = '/api/v1/services/aigc/image-generation/generation';
const LEGACY_TASK_PATH = '/api/v1/services/aigc/text2image/image-synthesis';

const FIRST = 'qwen-image';
const SECOND = 'qwen-image-2.0';
const THIRD = 'qwen-image-3.0';
const EDITOR = 'qwen-image-edit-plus';
/** 384 x 384 pixels by its header, which is all that is looked at. */
const PICTURE = pngHeader(384, 384);

type Json = Readonly<Record<string, JsonValue>>;

function pngHeader(width: number, height: number): string {
  const bytes = Buffer.from('89504e470d0a1a0a0000000d494844520000000000000000080200000000000000', 'hex');
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  return `data:image/png;base64,${bytes.toString('base64')}`;
}

function raw(path: string, body: Json, prompt = 'a red fox'): NativeCall {
  return { path, body, prompt, count: 1, streamed: false };
}

/** The call that waits for its picture. */
function ask(model: string, parameters: Json = {}, prompt = 'a red fox', images: readonly string[] = []) {
  const content = [...images.map((image) => ({ image })), { text: prompt }];
  return raw(CALL_PATH, { model, input: { messages: [{ role: 'user', content }] }, parameters }, prompt);
}

function emulate(outcome: string, model = SECOND, images: readonly string[] = []): NativeCall {
  return ask(model, {}, `a red fox [[emulate:${outcome}]]`, images);
}

/** A task of the newer models. */
function task(prompt: string, parameters: Json = {}, images: readonly string[] = []): NativeCall {
  return { ...ask(THIRD, parameters, prompt, images), path: TASK_PATH };
}

function legacyTask(prompt: string, parameters: Json = {}): NativeCall {
  return raw(LEGACY_TASK_PATH, { model: FIRST, input: { prompt }, parameters }, prompt);
}

const OPENAI_FORM = { extra: { DASHSCOPE_FORM: 'openai' } } as const;

function wire(status: number, code: string, message: RegExp) {
  return { status, body: { code, message: matching(message) } };
}

/** What a failed task says is inside an answer with status 200. */
function failedTask(code: string, message: RegExp) {
  return { status: 200, body: { output: { task_status: 'FAILED', code, message: matching(message) } } };
}

function openAiWire(status: number, code: string, message: RegExp) {
  return { status, body: { error: { code, message: matching(message) } } };
}

function matching(pattern: RegExp): unknown {
  return expect.stringMatching(pattern);
}

const ILLEGAL: readonly (readonly [when: string, call: NativeCall, message: RegExp])[] = [
  ['more pictures are asked than a call makes', ask(SECOND, { n: 7 }), /^n must be in \[1, 6\]$/],
  ['the size is written with an x', ask(SECOND, { size: '1024x1024' }), /^size must be in format of/],
  ['the size is not of the list', ask(FIRST, { size: '1024*1024' }), /^size must be in the list: 1664\*928/],
  ['the size has too many pixels', ask(THIRD, { size: '4096*4096' }), /^the total pixels of size/],
  ['a model that only draws is sent a picture', ask(FIRST, {}, 'a', [PICTURE]), /^image is not supported/],
  ['a model that only edits is sent none', ask(EDITOR), /^at least one image is required/],
  ['pictures are sent with the agent', ask(THIRD, { prompt_extend_mode: 'agent' }, 'a', [PICTURE]), /agent/],
  [
    'an edge of a picture is too short',
    ask(EDITOR, {}, 'a', [pngHeader(64, 64)]),
    /width and height must be/,
  ],
  ['an edge of a picture is too long', ask(THIRD, {}, 'a', [pngHeader(3073, 400)]), /got 3073\*400/],
  [
    'more pictures are sent than a model takes',
    ask(EDITOR, {}, 'a', [PICTURE, PICTURE, PICTURE, PICTURE]),
    /^the number of images must be at most 3$/,
  ],
  [
    'a picture is of an unknown type',
    ask(EDITOR, {}, 'a', ['data:image/avif;base64,AAAA']),
    /^The image format is not supported/,
  ],
  ['an edit has too long an edge', ask(EDITOR, { size: '512*2049' }, 'a', [PICTURE]), /^width and height/],
  ['there is no text', raw(CALL_PATH, messages([])), /^content must contain exactly one text$/],
  [
    'there are two messages',
    raw(CALL_PATH, messages([{ text: 'a' }], [{ text: 'b' }])),
    /^messages length must be 1$/,
  ],
];

const parameters: readonly ErrorRow[] = [
  {
    when: 'several pictures are asked of a model that makes one',
    call: ask(FIRST, { n: 2 }),
    wire: wire(400, 'InvalidParameter', /^num_images_per_prompt must be 1$/),
    ...INVALID_REQUEST,
    fixture: 'error-400-invalid-parameter.json',
  },
  ...ILLEGAL.map(([when, call, message]): ErrorRow => ({
    when,
    call,
    wire: wire(400, 'InvalidParameter', message),
    ...INVALID_REQUEST,
  })),
  {
    when: 'a picture can not be fetched',
    call: ask(EDITOR, {}, 'a hat', ['https://pictures.example/a.png']),
    wire: wire(400, 'InvalidURL', /^Failed to download the image/),
    ...INVALID_REQUEST,
  },
  {
    when: 'a picture can not be decoded',
    call: ask(EDITOR, {}, 'a hat', ['data:image/png;base64,AAAA']),
    wire: wire(400, 'InvalidURL', /could not be decoded/),
    ...INVALID_REQUEST,
  },
  {
    when: 'the input is missing',
    call: raw(CALL_PATH, { model: SECOND }),
    wire: wire(400, 'BadRequest.EmptyInput', /"input" missing/),
    ...INVALID_REQUEST,
  },
  {
    when: 'the parameters are none',
    call: raw(CALL_PATH, { ...messages([{ text: 'a' }]), parameters: [] }),
    wire: wire(400, 'BadRequest.EmptyParameters', /"parameters" missing/),
    ...INVALID_REQUEST,
  },
  {
    when: 'the model is missing',
    call: raw(CALL_PATH, { ...messages([{ text: 'a' }]), model: '' }),
    wire: wire(400, 'BadRequest.EmptyModel', /"model" missing/),
    ...INVALID_REQUEST,
  },
  {
    when: 'the model lacks the feature',
    call: ask(SECOND),
    apiKey: 'sk-feature-1',
    wire: wire(400, 'UnsupportedOperation', /unsupported/),
    ...INVALID_REQUEST,
  },
  {
    when: 'the model is not served on the path',
    call: { ...ask(SECOND), path: TASK_PATH },
    wire: wire(400, 'InvalidParameter', /^url error, please check url$/),
    ...MODEL_UNAVAILABLE,
    fixture: 'error-400-url.json',
  },
  {
    when: 'nothing is served on the path',
    call: { ...ask(SECOND), path: '/api/v1/services/aigc/elsewhere/generation' },
    wire: wire(404, 'InvalidParameter', /^url error, please check url$/),
    ...MODEL_UNAVAILABLE,
  },
];

function messages(...contents: readonly (readonly JsonValue[])[]): Json {
  return { model: SECOND, input: { messages: contents.map((content) => ({ role: 'user', content })) } };
}

const INPUT = /^Input data may contain inappropriate content\.$/;
const OUTPUT = /^Output data may contain inappropriate content\.$/;

const refusals: readonly ErrorRow[] = [
  {
    when: 'the prompt does not pass the inspection',
    call: emulate('moderated-prompt'),
    wire: wire(400, 'DataInspectionFailed', INPUT),
    ...moderatedAt('prompt'),
    fixture: 'error-400-data-inspection.json',
  },
  {
    when: 'the prompt or a picture of an edit does not pass the inspection',
    call: emulate('moderated-input', EDITOR, [PICTURE]),
    wire: wire(400, 'DataInspectionFailed', INPUT),
    ...moderatedAt('input'),
  },
  {
    when: 'the picture made of an edit does not pass the inspection',
    call: emulate('moderated-output', EDITOR, [PICTURE]),
    wire: wire(400, 'DataInspectionFailed', OUTPUT),
    ...moderatedAt('output'),
  },
  {
    when: 'the finished picture does not pass the inspection',
    call: emulate('moderated-output'),
    wire: wire(400, 'DataInspectionFailed', OUTPUT),
    ...moderatedAt('output'),
  },
  {
    when: 'an infringement of rights is suspected',
    call: ask(SECOND),
    apiKey: 'sk-brand-1',
    wire: wire(400, 'IPInfringementSuspect', /IP infringement/),
    ...moderatedAt('prompt'),
  },
];

const withoutHeader: Adapter['run'] = tampered(runQwen, (sent) => ({
  ...sent,
  headers: Object.fromEntries(Object.entries(sent.headers).filter(([name]) => name !== 'x-dashscope-async')),
}));

const account: readonly ErrorRow[] = [
  {
    when: 'the account is overdue',
    call: emulate('out-of-credit'),
    wire: wire(400, 'Arrearage', /good standing/),
    ...OUT_OF_CREDIT,
    fixture: 'error-400-arrearage.json',
  },
  {
    when: 'the key is wrong, or of another region',
    call: ask(SECOND),
    apiKey: 'sk-bad-key-of-the-table',
    wire: wire(401, 'InvalidApiKey', /^Invalid API-key provided\.$/),
    ...AUTHENTICATION,
    fixture: 'error-401-invalid-api-key.json',
  },
  {
    when: 'a scripted wrong key is met',
    call: emulate('bad-key'),
    wire: wire(401, 'InvalidApiKey', /^Invalid API-key provided\.$/),
    ...AUTHENTICATION,
  },
  {
    when: 'there is no key',
    call: ask(SECOND),
    apiKey: null,
    wire: wire(401, 'InvalidApiKey', /^No API-key provided\.$/),
    ...AUTHENTICATION,
  },
  {
    when: 'a path for tasks is called without the header for tasks',
    call: task('a red fox'),
    run: withoutHeader,
    wire: wire(403, 'AccessDenied', /^current user api does not support synchronous calls\.$/),
    ...AUTHENTICATION,
  },
  {
    when: 'access is denied',
    call: ask(SECOND),
    apiKey: 'sk-denied-1',
    wire: wire(403, 'AccessDenied', /^Access denied\.$/),
    ...AUTHENTICATION,
  },
  {
    when: 'the model is not activated',
    call: ask(SECOND),
    apiKey: 'sk-unpurchased-1',
    wire: wire(403, 'AccessDenied.Unpurchased', /eligible/),
    ...MODEL_UNAVAILABLE,
  },
  {
    when: 'the workspace lacks the model',
    call: ask(SECOND),
    apiKey: 'sk-modelless-1',
    wire: wire(403, 'Model.AccessDenied', /denied/),
    ...MODEL_UNAVAILABLE,
  },
  {
    when: 'the model is unknown',
    call: ask('qwen-image-9'),
    wire: wire(404, 'ModelNotFound', /^Model not exist\.$/),
    ...MODEL_UNAVAILABLE,
  },
  {
    when: 'the workspace is unknown',
    call: ask(SECOND),
    apiKey: 'sk-homeless-1',
    wire: wire(404, 'WorkSpaceNotFound', /WorkSpace/),
    ...AUTHENTICATION,
  },
];

const pace: readonly ErrorRow[] = [
  {
    when: 'calls ramp up too fast',
    call: ask(SECOND),
    apiKey: 'sk-burst-1',
    wire: wire(429, 'Throttling', /^Request rate increased too quickly$/),
    ...RATE_LIMITED,
    fixture: 'error-429-burst.json',
  },
  {
    when: 'there are too many calls',
    call: emulate('rate-limited-no-hint'),
    wire: wire(429, 'Throttling.RateQuota', /^Requests rate limit exceeded/),
    ...RATE_LIMITED,
    fixture: 'error-429-rate-quota.json',
  },
  {
    when: 'there are too many calls and something in front gives a hint',
    call: emulate('rate-limited'),
    wire: wire(429, 'Throttling.RateQuota', /^Requests rate limit exceeded/),
    ...RATE_LIMITED_1S,
  },
  {
    when: 'the allocated quota is used up, which a retry does not change',
    call: ask(SECOND),
    apiKey: 'sk-quota-1',
    wire: wire(429, 'Throttling.AllocationQuota', /^Allocated quota exceeded/),
    error: { kind: 'rate_limited', retryable: false, billed: false },
    answer: { code: 'rate_limit_exceeded', status: 429, retry: false },
  },
  {
    when: 'the server fails',
    call: ask(SECOND),
    apiKey: 'sk-internal-1',
    wire: wire(500, 'InternalError', /internal error/),
    ...OVERLOADED,
  },
  {
    when: 'the server runs out of time',
    call: emulate('overloaded'),
    wire: wire(500, 'InternalError.Timeout', /internal error/),
    ...OVERLOADED,
  },
  {
    when: 'the algorithm fails',
    call: emulate('server-error'),
    wire: wire(500, 'InternalError.Algo', /internal error/),
    ...OVERLOADED,
  },
];

/** Cancels a task as soon as it is accepted, as somebody with the same account could. */
const cancelling: Adapter['run'] = async function* run(call, io) {
  for await (const event of runQwen(call, io)) {
    if (event.type === 'accepted') {
      const headers = { authorization: `Bearer ${io.endpoint.apiKey ?? ''}` };
      const path = `/api/v1/tasks/${event.taskId}/cancel`;
      const { body } = await io.send({ method: 'POST', path, headers, body: undefined });
      for await (const chunk of body) expect(Buffer.from(chunk).toString()).toContain('request_id');
    }
    yield event;
  }
};

function resumed(taskId: string): Adapter['run'] {
  return (call, io) => resumeQwen(taskId, call, io);
}

const tasks: readonly ErrorRow[] = [
  {
    when: 'the input of a task does not pass the inspection',
    call: task('a red fox [[emulate:moderated-prompt]]'),
    wire: failedTask('DataInspectionFailed', INPUT),
    ...moderatedAt('prompt'),
    fixture: 'task-failed.json',
  },
  {
    when: 'the prompt or a picture of a task that edits does not pass the inspection',
    call: task('a hat [[emulate:moderated-input]]', {}, [PICTURE]),
    wire: failedTask('DataInspectionFailed', INPUT),
    ...moderatedAt('input'),
  },
  {
    when: 'a task that edits is sent a picture that can not be decoded',
    call: task('a hat', {}, ['data:image/png;base64,AAAA']),
    wire: wire(400, 'InvalidURL', /could not be decoded/),
    ...INVALID_REQUEST,
  },
  {
    when: 'the picture of a task does not pass the inspection',
    call: legacyTask('a red fox [[emulate:moderated-output]]'),
    wire: failedTask('DataInspectionFailed', OUTPUT),
    ...moderatedAt('output'),
  },
  {
    when: 'a failed task is told by a flat body',
    call: legacyTask('a red fox [[emulate:moderated-output]]'),
    apiKey: 'sk-flat-1',
    wire: wire(200, 'DataInspectionFailed', OUTPUT),
    ...moderatedAt('output'),
    fixture: 'error-task-failed-flat.json',
  },
  {
    when: 'the algorithm of a task fails',
    call: task('a red fox [[emulate:server-error]]'),
    wire: failedTask('InternalError.Algo', /internal error/),
    ...OVERLOADED,
  },
  {
    when: 'a submit is refused',
    call: task('a red fox [[emulate:rate-limited-no-hint]]'),
    wire: wire(429, 'Throttling.RateQuota', /^Requests rate limit exceeded/),
    ...RATE_LIMITED,
  },
  {
    when: 'a task was cancelled by somebody else',
    call: task('a red fox [[emulate:slow-60000]]'),
    run: cancelling,
    wire: { status: 200, body: { output: { task_status: 'CANCELED' } } },
    error: { kind: 'cancelled', retryable: false, billed: false },
    answer: { code: 'upstream_unavailable', status: 503, retry: false },
    fixture: 'task-canceled.json',
  },
  {
    when: 'a task is older than a day, or of another account',
    call: task('a red fox'),
    run: resumed('0385dc79-5ff8-4d82-bcb6-000000000000'),
    wire: { status: 200, body: { output: { task_status: 'UNKNOWN' } } },
    error: { kind: 'bad_response', retryable: false, billed: 'unknown' },
    answer: { code: 'upstream_error', status: 502, retry: false },
    fixture: 'task-unknown.json',
  },
  {
    when: 'a look at a task comes with a wrong key, while the task goes on',
    call: task('a red fox'),
    apiKey: 'sk-bad-1',
    run: resumed('0385dc79-5ff8-4d82-bcb6-000000000000'),
    wire: wire(401, 'InvalidApiKey', /^Invalid API-key provided\.$/),
    error: { ...AUTHENTICATION.error, billed: 'unknown' },
    answer: AUTHENTICATION.answer,
  },
  {
    when: 'a picture of a task that succeeded has failed',
    call: legacyTask('a red fox'),
    apiKey: 'sk-partial-1',
    wire: {
      status: 200,
      body: { output: { task_status: 'SUCCEEDED', results: [{ code: 'InternalError.Algo' }] } },
    },
    ...OVERLOADED,
    fixture: 'task-legacy-partial.json',
  },
];

/** A picture that was made and can't be had any more. */
const GONE: Pick<ErrorRow, 'error' | 'answer'> = {
  error: { kind: 'bad_response', retryable: false, billed: 'unknown' },
  answer: { code: 'upstream_error', status: 502, retry: false },
};

const withoutPicture: readonly ErrorRow[] = [
  {
    when: 'there are no choices',
    call: emulate('no-image'),
    wire: { status: 200, body: { output: { choices: [] } } },
    ...NO_IMAGE_FREE,
  },
  {
    when: 'the message holds text alone',
    call: emulate('text-only'),
    wire: {
      status: 200,
      body: { output: { choices: [{ message: { content: [{ text: matching(/\w/) }] } }] } },
    },
    ...NO_IMAGE_FREE,
  },
  {
    when: 'a task of the older form has no results',
    call: legacyTask('a red fox [[emulate:no-image]]'),
    wire: { status: 200, body: { output: { task_status: 'SUCCEEDED' } } },
    ...NO_IMAGE_FREE,
  },
  {
    when: 'a task of the newer form has no picture',
    call: task('a red fox [[emulate:text-only]]'),
    wire: { status: 200, body: { output: { task_status: 'SUCCEEDED' } } },
    ...NO_IMAGE_FREE,
  },
  ...[
    emulate('expired-link'),
    task('a [[emulate:expired-link]]'),
    legacyTask('a [[emulate:expired-link]]'),
  ].map((call): ErrorRow => ({
    when: `the link to a picture has expired, after ${call.path}`,
    call,
    wire: { status: 200, body: { output: {} } },
    linkStatus: 403,
    ...GONE,
  })),
];

/** The OpenAI-shaped form of workspace hosts. */
const openAiShaped: readonly ErrorRow[] = [
  {
    when: 'the OpenAI-shaped form refuses a size',
    call: task('a red fox', { size: '4096*4096' }),
    wire: openAiWire(400, 'InvalidParameter', /^the total pixels of size/),
    ...INVALID_REQUEST,
  },
  {
    when: 'the OpenAI-shaped form lacks the model',
    call: ask(SECOND),
    wire: openAiWire(404, 'ModelNotFound', /^Model not exist\.$/),
    ...MODEL_UNAVAILABLE,
  },
  {
    when: 'the OpenAI-shaped form refuses the key',
    call: task('a red fox'),
    apiKey: 'sk-bad-1',
    wire: openAiWire(401, 'InvalidApiKey', /^Invalid API-key provided\.$/),
    ...AUTHENTICATION,
  },
  {
    when: 'the OpenAI-shaped form inspects its picture',
    call: task('a red fox [[emulate:moderated-output]]'),
    wire: openAiWire(400, 'DataInspectionFailed', OUTPUT),
    ...moderatedAt('output'),
  },
  {
    when: 'the OpenAI-shaped form inspects the pictures of an edit',
    call: task('a hat [[emulate:moderated-input]]', {}, [PICTURE]),
    wire: openAiWire(400, 'DataInspectionFailed', INPUT),
    ...moderatedAt('input'),
  },
  {
    when: 'the OpenAI-shaped form is asked too often',
    call: task('a red fox [[emulate:rate-limited]]'),
    wire: openAiWire(429, 'Throttling.RateQuota', /^Requests rate limit exceeded/),
    ...RATE_LIMITED_1S,
  },
  {
    when: 'the OpenAI-shaped form fails',
    call: task('a red fox [[emulate:server-error]]'),
    wire: openAiWire(500, 'InternalError.Algo', /internal error/),
    ...OVERLOADED,
  },
  {
    when: 'the OpenAI-shaped form answers without a picture',
    call: task('a red fox [[emulate:no-image]]'),
    wire: { status: 200, body: { data: [] } },
    ...NO_IMAGE_FREE,
  },
].map((row: ErrorRow) => ({ ...row, ...OPENAI_FORM }));

const identity = z.object({
  code: z.string().optional(),
  output: z
    .object({
      code: z.string().optional(),
      task_status: z.string().optional(),
      results: z.array(z.object({ code: z.string().optional() })).optional(),
    })
    .optional(),
});

/** One for each form of call: tasks of the older form, the call that waits, tasks of the newer form. */
const SLUGS = ['qwen-image', 'qwen-image-2.0', 'qwen-image-3.0'] as const;

export const qwenErrors: ErrorTable = {
  provider: 'qwen',
  rows: [...parameters, ...refusals, ...account, ...pace, ...tasks, ...withoutPicture, ...openAiShaped],
  fixtures: /^(error-|task-(canceled|failed|unknown|legacy-partial))/,
  identify: (body) => {
    const { code, output } = identity.parse(body);
    return {
      code,
      status: output?.task_status,
      inner: output?.code,
      result: output?.results?.find((one) => one.code !== undefined)?.code,
    };
  },
  slugs: SLUGS,
  exceptions: SLUGS.map((slug) => ({ slug, outcome: 'expired-link', answer: GONE.answer })),
};
