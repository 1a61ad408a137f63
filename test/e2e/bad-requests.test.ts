import { afterAll, beforeAll, expect, it } from 'vitest';
import { failure } from '../support/answers.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ env: { ATELIER_MAX_BODY_BYTES: '200000' } });
});
afterAll(async () => {
  await server.stop();
});

const ok = { model: 'dall-e-3', prompt: 'a fox' };

/** What is sent, what must come back, and words that the message must hold so that it says what would be right. */
const BODIES: readonly (readonly [string, unknown, number, string, string | null, RegExp])[] = [
  ['an empty object', {}, 400, 'invalid_request', 'model', /`model` is required/],
  ['no prompt', { model: 'dall-e-3' }, 400, 'invalid_request', 'prompt', /`prompt` is required/],
  ['an empty prompt', { ...ok, prompt: '' }, 400, 'invalid_request', 'prompt', /not be empty/],
  ['a blank prompt', { ...ok, prompt: '  \n ' }, 400, 'invalid_request', 'prompt', /not be empty/],
  ['a number as prompt', { ...ok, prompt: 42 }, 400, 'invalid_request', 'prompt', /must be text/],
  ['a null prompt', { ...ok, prompt: null }, 400, 'invalid_request', 'prompt', /required/],
  ['an array as prompt', { ...ok, prompt: ['a'] }, 400, 'invalid_request', 'prompt', /must be text/],
  [
    'an unknown model',
    { ...ok, model: 'dall-e-9' },
    404,
    'model_not_found',
    'model',
    /Did you mean `dall-e-/,
  ],
  ['a strange model', { ...ok, model: 'x'.repeat(150) }, 404, 'model_not_found', 'model', /GET \/v1\/models/],
  ['a model of a wrong type', { ...ok, model: 3 }, 400, 'invalid_request', 'model', /must be a string/],
  [
    'a PRC model without opt-in',
    { ...ok, model: 'qwen-image' },
    403,
    'prc_opt_in_required',
    'model',
    /opt in/,
  ],
  ['n of zero', { ...ok, n: 0 }, 400, 'invalid_request', 'n', /from 1 to 10/],
  ['n of eleven', { ...ok, n: 11 }, 400, 'invalid_request', 'n', /from 1 to 10/],
  ['half an image', { ...ok, n: 1.5 }, 400, 'invalid_request', 'n', /whole number/],
  ['n as text', { ...ok, n: '2' }, 400, 'invalid_request', 'n', /must be a number/],
  ['a size in words', { ...ok, size: 'large' }, 400, 'invalid_request', 'size', /1024x1024/],
  ['a size of one edge', { ...ok, size: '1024' }, 400, 'invalid_request', 'size', /WIDTHxHEIGHT/],
  ['a tiny size', { ...ok, size: '16x16' }, 400, 'unsupported_size', 'size', /nearest is 64x64/],
  ['a huge size', { ...ok, size: '9000x9000' }, 400, 'unsupported_size', 'size', /64 to 4096/],
  ['more than twice the model', { ...ok, size: '4096x4096' }, 400, 'unsupported_size', 'size', /1024x1024/],
  [
    'a foreign size under strict',
    { ...ok, size: '900x500', adapt: 'strict' },
    400,
    'unsupported_size',
    'size',
    /nearest size/,
  ],
  [
    'size and ratio that disagree',
    { ...ok, size: '1024x1024', aspect_ratio: '16:9' },
    400,
    'invalid_request',
    'aspect_ratio',
    /disagree/,
  ],
  ['a ratio in words', { ...ok, aspect_ratio: 'wide' }, 400, 'invalid_request', 'aspect_ratio', /16:9/],
  [
    'a resolution of 3K',
    { ...ok, resolution: '3K' },
    400,
    'invalid_request',
    'resolution',
    /512, 1K, 2K, 4K/,
  ],
  ['an unknown quality', { ...ok, quality: 'hdd' }, 400, 'invalid_request', 'quality', /nearest is hd/],
  ['an unknown format', { ...ok, output_format: 'bmp' }, 400, 'invalid_request', 'output_format', /png/],
  [
    'gif output',
    { ...ok, output_format: 'gif' },
    400,
    'unsupported_parameter',
    'output_format',
    /png, jpeg, webp, avif/,
  ],
  [
    'a transparent jpeg',
    { ...ok, background: 'transparent', output_format: 'jpeg' },
    400,
    'invalid_request',
    'output_format',
    /png, webp or avif/,
  ],
  [
    'compression beyond 100',
    { ...ok, output_compression: 101 },
    400,
    'invalid_request',
    'output_compression',
    /0 to 100/,
  ],
  ['a negative seed', { ...ok, seed: -1 }, 400, 'invalid_request', 'seed', /from 0/],
  [
    'a seed under strict where there is none',
    { ...ok, seed: 1, adapt: 'strict' },
    400,
    'unsupported_parameter',
    'seed',
    /no seed/,
  ],
  ['a misspelt field', { ...ok, promt: 'x' }, 400, 'unknown_parameter', 'promt', /`prompt`/],
  [
    'a foreign field',
    { ...ok, steps_count: 3 },
    400,
    'unknown_parameter',
    'steps_count',
    /Unknown parameter/,
  ],
  [
    'an unknown response format',
    { ...ok, response_format: 'png' },
    400,
    'invalid_request',
    'response_format',
    /url, b64_json/,
  ],
  [
    'a prompt beyond the model',
    { ...ok, prompt: 'x'.repeat(4001) },
    400,
    'prompt_too_long',
    'prompt',
    /at most 4000/,
  ],
  [
    'a foreign provider option',
    { ...ok, provider_options: { openai: { nope: 1 } } },
    400,
    'unknown_parameter',
    'provider_options.openai.nope',
    /nope/,
  ],
  [
    'metadata of a wrong type',
    { ...ok, metadata: { a: 1 } },
    400,
    'invalid_request',
    'metadata.a',
    /must be a string/,
  ],
  ['an array', [ok], 400, 'invalid_request', null, /JSON object/],
  ['a string', 'hello', 400, 'invalid_request', null, /JSON object/],
  ['null', null, 400, 'invalid_request', null, /JSON object/],
];

it.each(BODIES)('%s is refused clearly', async (_name, body, status, code, param, message) => {
  const answer = await server.call('POST', '/v1/images/generations', { key: server.testKey, body });
  expect(answer.status).toBe(status);
  const { error, request_id: requestId } = failure.parse(answer.body);
  expect(error).toMatchObject({ code, param });
  expect(error.message).toMatch(message);
  expect(error.type).toBe(status === 403 ? 'permission_error' : 'invalid_request_error');
  expect(answer.headers.get('x-request-id')).toBe(requestId);
  expect(answer.headers.get('x-should-retry')).toBe('false');
});

const json = { 'content-type': 'application/json' };
const RAW: readonly (readonly [string, string, Record<string, string>, number, string])[] = [
  ['broken JSON', '{"model": "dall-e-3", ', json, 400, 'invalid_json'],
  ['no body', '', json, 400, 'invalid_json'],
  [
    'a prototype attack',
    '{"__proto__": {"a": 1}, "model": "dall-e-3", "prompt": "x"}',
    json,
    400,
    'invalid_json',
  ],
  [
    'a body that is nested deeply',
    `{"model": "dall-e-3", "prompt": "x", "metadata": ${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
    json,
    400,
    'invalid_json',
  ],
  ['a huge body', `{"prompt": "${'x'.repeat(300_000)}"}`, json, 413, 'payload_too_large'],
  ['XML', '<prompt/>', { 'content-type': 'application/xml' }, 415, 'unsupported_media_type'],
  [
    'form fields',
    'prompt=x',
    { 'content-type': 'application/x-www-form-urlencoded' },
    415,
    'unsupported_media_type',
  ],
];

it.each(RAW)('%s is refused clearly', async (_name, raw, headers, status, code) => {
  const answer = await server.call('POST', '/v1/images/generations', { key: server.testKey, raw, headers });
  expect(answer.status).toBe(status);
  expect(failure.parse(answer.body).error.code).toBe(code);
});

it.each([5e-324, 1e-7, 0, -1, 1e300, 0.123_456_78])(
  '%d credits are refused, in any case clearly',
  async (credits) => {
    const answer = await server.call('POST', '/v1/credits/test', { key: server.testKey, body: { credits } });
    expect(failure.parse(answer.body).error).toMatchObject({ code: 'invalid_request', param: 'credits' });
  },
);

it('a model whose provider the operator has not set up says what is missing', async () => {
  for (const [model, setting] of [
    ['gpt-image-2', /OPENAI_API_KEY/],
    ['dall-e-3', /gpt-image-2.*OPENAI_API_KEY/],
    ['flux-1-pro', /FLUX_BASE_URL/],
    ['grok-image', /XAI_API_KEY/],
  ] as const) {
    const answer = await server.generate({ model, prompt: 'a fox' }, server.liveKey);
    expect(answer.status).toBe(400);
    const { error } = failure.parse(answer.body);
    expect(error).toMatchObject({ code: 'model_not_configured', param: 'model' });
    expect(error.message).toMatch(setting);
  }
});

it('keys that are missing, unknown or of the wrong form are 401', async () => {
  for (const key of [undefined, 'atl_live_unknown', 'x']) {
    const answer = await server.call('POST', '/v1/images/generations', { key, body: ok });
    expect(answer.status).toBe(401);
    expect(failure.parse(answer.body).error.code).toBe('invalid_api_key');
  }
  const basic = await server.call('GET', '/v1/models', { headers: { authorization: 'Basic abc' } });
  expect(basic.status).toBe(401);
});

it('paths and methods that do not exist say so', async () => {
  const nowhere = await server.call('GET', '/v1/nowhere', { key: server.testKey });
  expect(nowhere.status).toBe(404);
  expect(failure.parse(nowhere.body).error.code).toBe('not_found');
  const method = await server.call('DELETE', '/v1/images/generations', { key: server.testKey });
  expect(method.status).toBe(405);
  expect(method.headers.get('allow')).toContain('POST');
  const broken = await server.call('GET', '/v1/images/generations/%E0%A4%A', { key: server.testKey });
  expect(broken.status).toBe(400);
  expect(failure.parse(broken.body).error.code).toBe('invalid_request');
  expect((await server.call('GET', '/i/%E0%A4%A')).status).toBe(403);
  const query = await server.call('GET', '/v1/models?modality=video', { key: server.testKey });
  expect(failure.parse(query.body).error).toMatchObject({ code: 'invalid_request', param: 'modality' });
});

it('roles keep their bounds', async () => {
  const make = async (role: string) => {
    const answer = await server.call('POST', '/v1/keys', {
      key: server.liveKey,
      body: { kind: 'test', role, name: role },
    });
    expect(answer.status).toBe(201);
    return String(Object.entries(answer.body ?? {}).find(([name]) => name === 'key')?.[1]);
  };
  for (const role of ['viewer', 'billing']) {
    const refused = await server.generate(ok, await make(role));
    expect(refused.status).toBe(403);
    expect(failure.parse(refused.body).error.code).toBe('permission_denied');
  }
  const developer = await make('developer');
  expect(
    (await server.call('PATCH', '/v1/workspace', { key: developer, body: { retired_models: 'refuse' } }))
      .status,
  ).toBe(403);
  expect((await server.call('GET', '/v1/audit', { key: developer })).status).toBe(403);
  expect((await server.call('GET', '/v1/credits', { key: await make('viewer') })).status).toBe(403);
});

it('an idempotency key that is no key is refused', async () => {
  const answer = await server.call('POST', '/v1/images/generations', {
    key: server.testKey,
    body: ok,
    headers: { 'idempotency-key': 'a key with spaces' },
  });
  expect(failure.parse(answer.body).error).toMatchObject({
    code: 'invalid_request',
    param: 'idempotency-key',
  });
});
