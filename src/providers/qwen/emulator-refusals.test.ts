import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmulator } from '../../../test/support/emulator-server.js';
import type { EmulatorServer } from '../../../test/support/emulator-server.js';
import { errorAnswer } from './emulator-wire.js';
import { createQwenEmulator } from './emulator.js';

const SYNC = '/api/v1/services/aigc/multimodal-generation/generation';
const TASKS = '/api/v1/services/aigc/image-generation/generation';
const LEGACY = '/api/v1/services/aigc/text2image/image-synthesis';
const TEXT = { text: 'a boat' };

let server: EmulatorServer;

beforeAll(async () => {
  server = await startEmulator(createQwenEmulator);
});
afterAll(async () => {
  await server.close();
});

async function refuse(path: string, body: unknown, headers: Record<string, string> = {}) {
  const answer = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk-good', 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const { code, message } = errorAnswer.parse(await answer.json());
  return { status: answer.status, code, message };
}

function message(model: string, parameters: Record<string, unknown>, content: readonly unknown[] = [TEXT]) {
  return { model, input: { messages: [{ role: 'user', content }] }, parameters };
}

async function image(width: number, height: number): Promise<{ image: string }> {
  const create = { width, height, channels: 3 as const, background: { r: 9, g: 9, b: 200 } };
  const bytes = await sharp({ create }).png().toBuffer();
  return { image: `data:image/png;base64,${bytes.toString('base64')}` };
}

describe('keys', () => {
  it('that are missing or bad are refused with 401', async () => {
    const body = message('qwen-image', {});
    expect(await refuse(SYNC, body, { authorization: '' })).toEqual({
      status: 401,
      code: 'InvalidApiKey',
      message: 'No API-key provided.',
    });
    expect(await refuse(SYNC, body, { authorization: 'Bearer sk-bad-1' })).toMatchObject({
      status: 401,
      message: 'Invalid API-key provided.',
    });
  });

  it.each([
    ['burst', 429, 'Throttling'],
    ['quota', 429, 'Throttling.AllocationQuota'],
    ['brand', 400, 'IPInfringementSuspect'],
    ['feature', 400, 'UnsupportedOperation'],
    ['denied', 403, 'AccessDenied'],
    ['unpurchased', 403, 'AccessDenied.Unpurchased'],
    ['modelless', 403, 'Model.AccessDenied'],
    ['homeless', 404, 'WorkSpaceNotFound'],
    ['internal', 500, 'InternalError'],
  ])('beginning with sk-%s show a state of the account', async (state, status, code) => {
    const headers = { authorization: `Bearer sk-${state}-1` };
    expect(await refuse(SYNC, message('qwen-image', {}), headers)).toMatchObject({ status, code });
  });
});

describe('paths', () => {
  it('serve only their models', async () => {
    const url = { status: 400, code: 'InvalidParameter', message: 'url error, please check url' };
    const headers = { 'x-dashscope-async': 'enable' };
    expect(await refuse(TASKS, message('qwen-image', {}), headers)).toEqual(url);
    for (const model of ['qwen-image-3.0', 'qwen-image-max', 'qwen-image-edit-plus']) {
      expect(await refuse(LEGACY, { model, input: { prompt: 'a boat' } }, headers)).toEqual(url);
    }
    const elsewhere = await refuse('/api/v1/services/aigc/image/generation', {});
    expect(elsewhere).toEqual({ ...url, status: 404 });
    expect(await refuse(SYNC, message('qwen-image-9', {}))).toMatchObject({
      status: 404,
      code: 'ModelNotFound',
    });
  });

  it('have one form of call each', async () => {
    const denied = { status: 403, code: 'AccessDenied' };
    expect(await refuse(LEGACY, { model: 'qwen-image', input: { prompt: 'a boat' } })).toEqual({
      ...denied,
      message: 'current user api does not support synchronous calls.',
    });
    expect(await refuse(TASKS, message('qwen-image-3.0', {}))).toMatchObject(denied);
    const headers = { 'x-dashscope-async': 'enable' };
    expect(await refuse(SYNC, message('qwen-image', {}), headers)).toMatchObject(denied);
  });
});

describe('bodies', () => {
  it.each([
    ['{', 'InvalidParameter'],
    [{ input: {} }, 'BadRequest.EmptyModel'],
    [{ model: 'qwen-image' }, 'BadRequest.EmptyInput'],
    [{ ...message('qwen-image', {}), parameters: null }, 'BadRequest.EmptyParameters'],
    [{ model: 'qwen-image', input: { messages: [] } }, 'InvalidParameter'],
    [{ model: 'qwen-image', input: { prompt: 'a boat' } }, 'InvalidParameter'],
    [
      { model: 'qwen-image', input: { messages: Array(2).fill({ role: 'user', content: [TEXT] }) } },
      'InvalidParameter',
    ],
    [{ model: 'qwen-image', input: { messages: [{ role: 'system', content: [TEXT] }] } }, 'InvalidParameter'],
    [message('qwen-image', {}, []), 'InvalidParameter'],
    [message('qwen-image', {}, [TEXT, TEXT]), 'InvalidParameter'],
    [message('qwen-image', {}, [{ text: '' }]), 'InvalidParameter'],
    [message('qwen-image', {}, [{ type: 'text', text: 'a boat' }]), 'InvalidParameter'],
    [message('qwen-image-3.0', {}, [TEXT, { image: 'https://example.com/a.png' }]), 'InvalidURL'],
    [message('qwen-image-3.0', {}, [TEXT, { image: 'data:image/png;base64,AAAA' }]), 'InvalidURL'],
    [message('qwen-image-3.0', {}, [TEXT, { image: 'data:image/svg;base64,AAAA' }]), 'InvalidParameter'],
    [message('qwen-image-edit-plus', {}), 'InvalidParameter'],
  ])('%j is refused as %s', async (body, code) => {
    expect(await refuse(SYNC, body)).toMatchObject({ status: 400, code });
  });

  it.each([
    ['qwen-image', { size: '1024*1024' }],
    ['qwen-image', { size: '1664x928' }],
    ['qwen-image', { size: 'auto' }],
    ['qwen-image-2.0', { size: '512*511' }],
    ['qwen-image-2.0', { size: 'auto' }],
    ['qwen-image-3.0', { size: '2048*2049' }],
    ['qwen-image-3.0', { size: '2000*200' }],
    ['qwen-image-3.0', { size: '1K' }],
    ['qwen-image-3.0', { size: 1024 }],
    ['qwen-image-3.0', { n: 0 }],
    ['qwen-image-3.0', { n: 7 }],
    ['qwen-image-3.0', { n: 1.5 }],
    ['qwen-image-3.0', { seed: -1 }],
    ['qwen-image-3.0', { seed: 2_147_483_648 }],
    ['qwen-image-3.0', { watermark: 'false' }],
    ['qwen-image-3.0', { prompt_extend: 1 }],
    ['qwen-image-3.0', { prompt_extend_mode: 'quick' }],
    ['qwen-image-2.1-pro', { negative_prompt: 'fog' }],
    ['qwen-image-2.0', { negative_prompt: 5 }],
  ])('of %s with %j are refused', async (model, parameters) => {
    expect(await refuse(SYNC, message(model, parameters))).toMatchObject({
      status: 400,
      code: 'InvalidParameter',
    });
  });

  it('of single-picture models with n above 1 are refused in the vendor’s words', async () => {
    expect(await refuse(SYNC, message('qwen-image-max', { n: 2 }))).toEqual({
      status: 400,
      code: 'InvalidParameter',
      message: 'num_images_per_prompt must be 1',
    });
  });

  it('of edits are held against the model’s rules', async () => {
    const good = await image(400, 400);
    const cases: [string, Record<string, unknown>, readonly unknown[]][] = [
      ['qwen-image', {}, [good, TEXT]],
      ['qwen-image-3.0', {}, [good, good, good, good, TEXT]],
      ['qwen-image-3.0', { prompt_extend_mode: 'agent' }, [good, TEXT]],
      ['qwen-image-edit', { size: '1024*1024' }, [good, TEXT]],
      ['qwen-image-edit', { prompt_extend: false }, [good, TEXT]],
      ['qwen-image-edit', { n: 2 }, [good, TEXT]],
      ['qwen-image-edit-plus', { size: '511*1024' }, [good, TEXT]],
      ['qwen-image-edit-max', { size: '1024*2049' }, [good, TEXT]],
      ['qwen-image-edit-plus', {}, [await image(383, 400), TEXT]],
      ['qwen-image-edit-plus', {}, [await image(400, 3073), TEXT]],
    ];
    for (const [model, parameters, content] of cases) {
      expect(await refuse(SYNC, message(model, parameters, content))).toMatchObject({
        status: 400,
        code: 'InvalidParameter',
      });
    }
  });

  it('with pictures above 10 MB are refused', async () => {
    const { image: uri } = await image(400, 400);
    const padded = `${uri.slice(0, uri.length - (uri.length % 4))}${'A'.repeat(14_000_000)}`;
    expect(await refuse(SYNC, message('qwen-image-3.0', {}, [{ image: padded }, TEXT]))).toMatchObject({
      status: 400,
      message: 'The size of the image file exceeds 10MB.',
    });
  });
});
