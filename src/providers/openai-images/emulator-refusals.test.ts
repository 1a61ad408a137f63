import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmulator } from '../../../test/support/emulator-server.js';
import type { EmulatorServer } from '../../../test/support/emulator-server.js';
import { dialectIds } from './emulator-dialects.js';
import type { DialectId } from './emulator-dialects.js';
import { errorAnswers } from './emulator-wire.js';
import { createOpenAiImagesEmulator } from './emulator.js';

const BOAT = { model: 'flux-1', prompt: 'a boat' };

let server: EmulatorServer;

beforeAll(async () => {
  server = await startEmulator(createOpenAiImagesEmulator);
});
afterAll(async () => {
  await server.close();
});

async function refuse(dialect: DialectId, path: string, body: string | FormData) {
  const answer = await fetch(`${server.url}/${dialect}/v1/images/${path}`, { method: 'POST', body });
  const text = JSON.stringify(errorAnswers[dialect].parse(await answer.json()));
  return [answer.status, text];
}

function generate(dialect: DialectId, body: unknown) {
  return refuse(dialect, 'generations', typeof body === 'string' ? body : JSON.stringify(body));
}

function form(fields: Record<string, string>, file?: string): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  if (file !== undefined) data.append(file, new Blob(['no picture']), 'a.png');
  return data;
}

function like(text: string): unknown {
  return expect.stringContaining(text);
}

describe('sd-server', () => {
  it.each([
    ['', 400, 'empty body'],
    ['{', 500, 'server_error'],
    [{}, 400, 'prompt required'],
    [{ prompt: '' }, 400, 'prompt required'],
    [{ ...BOAT, n: 0 }, 400, 'invalid params'],
    [{ ...BOAT, output_compression: 101 }, 400, 'invalid params'],
    [{ ...BOAT, output_format: 'gif' }, 400, 'invalid output_format, must be one of [png, jpeg]'],
    [{ prompt: 'a <sd_cpp_extra_args>{</sd_cpp_extra_args>' }, 400, 'invalid sd_cpp_extra_args'],
  ])('refuses %j with %i', async (body, status, text) => {
    expect(await generate('sd-server', body)).toEqual([status, like(text)]);
  });

  it('refuses edits that are no form, or lack a picture', async () => {
    expect(await refuse('sd-server', 'edits', JSON.stringify(BOAT))).toEqual([
      400,
      like('Content-Type must be multipart/form-data'),
    ]);
    expect(await refuse('sd-server', 'edits', form(BOAT))).toEqual([
      400,
      like('at least one image[] required'),
    ]);
    expect(await refuse('sd-server', 'edits', form(BOAT, 'image[]'))).toEqual([400, like('invalid params')]);
  });
});

describe('vLLM-Omni', () => {
  it.each([
    ['{', 422, 'json_invalid'],
    [{}, 422, '"loc":["body","prompt"]'],
    [{ ...BOAT, size: '1024x' }, 400, "Invalid size format: '1024x'."],
    [{ ...BOAT, n: 11 }, 422, 'less_than_equal'],
    [{ ...BOAT, response_format: 'url' }, 422, '"loc":["body","response_format"]'],
    [{ ...BOAT, num_inference_steps: 201 }, 422, '"loc":["body","num_inference_steps"]'],
    [{ ...BOAT, guidance_scale: 21 }, 422, 'less_than_equal'],
    [{ ...BOAT, seed: 'x' }, 422, 'int_parsing'],
  ])('refuses %j with %i', async (body, status, text) => {
    expect(await generate('vllm-omni', body)).toEqual([status, like(text)]);
  });

  it('refuses edits without a picture, with one it can’t read, or with an address', async () => {
    expect(await refuse('vllm-omni', 'edits', form(BOAT))).toEqual([422, like('"loc":["body","image"]')]);
    expect(await refuse('vllm-omni', 'edits', form(BOAT, 'image[]'))).toEqual([422, like('missing')]);
    expect(await refuse('vllm-omni', 'edits', form(BOAT, 'image'))).toEqual([400, like('decoded')]);
    const url = 'https://example.com/a.png';
    expect(await refuse('vllm-omni', 'edits', form({ ...BOAT, url }))).toEqual([400, like('download')]);
    const gif = { ...BOAT, output_format: 'gif' };
    expect((await refuse('vllm-omni', 'edits', form(gif, 'image')))[0]).toBe(400);
  });
});

describe('SGLang', () => {
  it('refuses sizes and edits in its words', async () => {
    expect(await generate('sglang', { ...BOAT, size: 'big' })).toEqual([400, like('Invalid size format')]);
    expect(await generate('sglang', { ...BOAT, output_format: 'gif' })).toEqual([422, like('literal_error')]);
    expect(await refuse('sglang', 'edits', form(BOAT))).toEqual([
      422,
      like("Field 'image' or 'url' is required"),
    ]);
  });
});

describe('LocalAI', () => {
  it('calls everything its own fault', async () => {
    expect(await generate('localai', '{')).toEqual([500, like('"code":500')]);
    expect(await generate('localai', { model: 'flux-1' })).toEqual([500, like('prompt')]);
    const uri = 'data:image/png;base64,AAAA';
    expect(await generate('localai', { ...BOAT, ref_images: [uri] })).toEqual([500, like('base64')]);
    expect(await refuse('localai', 'edits', form(BOAT, 'image'))).toEqual([404, like('"code":404')]);
    expect(await refuse('localai', 'inpainting', form(BOAT, 'image'))).toEqual([500, like('decoded')]);
  });
});

describe('Xinference', () => {
  it('wants a model and readable kwargs', async () => {
    expect(await generate('xinference', { prompt: 'a boat' })).toEqual([422, like('"loc":["body","model"]')]);
    expect(await generate('xinference', { ...BOAT, kwargs: '{' })).toEqual([400, like('kwargs')]);
    expect(await generate('xinference', { ...BOAT, kwargs: { seed: 1 } })).toEqual([
      422,
      like('string_type'),
    ]);
    expect(await refuse('xinference', 'inpainting', form(BOAT))).toEqual([422, like('"image"')]);
  });
});

describe('NIM', () => {
  it('refuses with places', async () => {
    expect(await generate('nim', { prompt: 7 })).toEqual([422, like('string_type')]);
    expect(await generate('nim', { ...BOAT, response_format: 'url' })).toEqual([422, like('literal_error')]);
  });
});

describe('every server', () => {
  it('refuses a bad key where it looks at keys, and unknown addresses', async () => {
    for (const dialect of dialectIds) {
      const headers = { authorization: 'Bearer bad-1' };
      const answer = await fetch(`${server.url}/${dialect}/v1/models`, { headers });
      expect(answer.status).toBe(401);
      expect((await fetch(`${server.url}/${dialect}/v1/images/none`, { method: 'POST' })).status).toBe(404);
    }
  });
});
