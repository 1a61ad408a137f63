import { describe, expect, it } from 'vitest';
import { createTestIo } from '../../../test/support/scripted-upstream.js';
import type { NativeCall, ProviderErrorInfo } from '../provider.js';
import { readQwenError } from './errors.js';

const KEY = 'sk-ws-abcd.efgh.ijkl';
const io = createTestIo({ baseUrl: 'https://upstream.example' }, { apiKey: KEY });
const call: NativeCall = { path: '/x', body: {}, prompt: '', count: 1, streamed: false };

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}

async function read(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
  body_: NativeCall['body'] = {},
): Promise<ProviderErrorInfo> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const error = await readQwenError({ status, headers, body: bytesOf(text) }, { ...call, body: body_ }, io);
  return error.info;
}

const final = { retryable: false, billed: false } as const;
const passing = { retryable: true, billed: false } as const;

describe("DashScope's errors", () => {
  const cases: readonly [number, string, string, Partial<ProviderErrorInfo>][] = [
    [400, 'InvalidParameter', 'num_images_per_prompt must be 1', { kind: 'invalid_request', ...final }],
    [400, 'InvalidParameter', 'url error, please check url', { kind: 'model_unavailable', ...final }],
    [400, 'InvalidURL', 'The image could not be fetched.', { kind: 'invalid_request', ...final }],
    [400, 'BadRequest.EmptyInput', 'Required input is missing', { kind: 'invalid_request', ...final }],
    [400, 'UnsupportedOperation', 'Not supported', { kind: 'invalid_request', ...final }],
    [
      400,
      'DataInspectionFailed',
      'Input data may contain inappropriate content.',
      { kind: 'moderated', stage: 'prompt', ...final },
    ],
    [
      400,
      'DataInspectionFailed',
      'Output data may contain inappropriate content.',
      { kind: 'moderated', stage: 'output', ...final },
    ],
    [400, 'IPInfringementSuspect', 'Suspected.', { kind: 'moderated', stage: 'unknown', ...final }],
    [
      400,
      'Arrearage',
      'Access denied, please make sure your account is in good standing.',
      { kind: 'out_of_credit', ...final },
    ],
    [401, 'InvalidApiKey', 'Invalid API-key provided.', { kind: 'authentication', ...final }],
    [403, 'AccessDenied', 'Access denied.', { kind: 'authentication', ...final }],
    [403, 'AccessDenied.Unpurchased', 'Not activated.', { kind: 'model_unavailable', ...final }],
    [403, 'Model.AccessDenied', 'Model access denied.', { kind: 'model_unavailable', ...final }],
    [404, 'ModelNotFound', 'Model not found.', { kind: 'model_unavailable', ...final }],
    [404, 'WorkSpaceNotFound', 'No workspace.', { kind: 'authentication', ...final }],
    [429, 'Throttling', 'Request rate increased too quickly', { kind: 'rate_limited', ...passing }],
    [429, 'Throttling.RateQuota', 'Requests rate limit exceeded', { kind: 'rate_limited', ...passing }],
    [429, 'Throttling.AllocationQuota', 'Allocated quota exceeded', { kind: 'rate_limited', ...final }],
    [
      429,
      'Throttling.AllocationQuota',
      'Free allocated quota exceeded.',
      { kind: 'out_of_credit', ...final },
    ],
    [500, 'InternalError', 'Internal server error.', { kind: 'overloaded', ...passing }],
    [500, 'InternalError.Timeout', 'Timed out.', { kind: 'overloaded', ...passing }],
    [500, 'InternalError.Algo', 'Inference failed.', { kind: 'overloaded', ...passing }],
    [418, 'Teapot', 'Short and stout.', { kind: 'invalid_request', ...final }],
  ];
  it.each(cases)('%i %s: %s', async (status, code, message, info) => {
    expect(await read(status, { request_id: 'r-1', code, message })).toMatchObject({
      ...info,
      upstream: { status, code, message, requestId: 'r-1' },
    });
  });

  it('reads the nested errors of the OpenAI-shaped form', async () => {
    expect(await read(400, { error: { code: 'InvalidParameter', message: 'bad size' } })).toMatchObject({
      kind: 'invalid_request',
      message: 'Alibaba refused the request: bad size',
    });
  });

  it("does not know the price behind a proxy's page, and knows a missing path", async () => {
    expect(await read(502, '<html>Bad gateway</html>')).toMatchObject({
      kind: 'overloaded',
      retryable: true,
      billed: 'unknown',
    });
    expect(await read(404, '')).toMatchObject({ kind: 'model_unavailable' });
  });

  it('tells a refused input from a refused prompt', async () => {
    const body = { input: { messages: [{ role: 'user', content: [{ image: 'https://a.example/1.png' }] }] } };
    const told = { code: 'DataInspectionFailed', message: 'Input data may contain inappropriate content.' };
    expect(await read(400, told, {}, body)).toMatchObject({ stage: 'input' });
  });

  it('takes a hint when to come back', async () => {
    const info = await read(429, { code: 'Throttling', message: 'slow' }, { 'retry-after': '3' });
    expect(info.retryAfterMs).toBe(3000);
  });

  it('never repeats the key', async () => {
    const info = await read(400, { code: 'InvalidParameter', message: `the key ${KEY} is odd` });
    expect(JSON.stringify(info)).not.toContain('efgh');
  });
});
