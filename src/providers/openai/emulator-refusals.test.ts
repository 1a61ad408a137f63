import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmulator } from '../../../test/support/emulator-server.js';
import type { EmulatorServer } from '../../../test/support/emulator-server.js';
import { createOpenAiEmulator } from './emulator.js';
import { errorAnswer } from './emulator-wire.js';

const REQUEST = { model: 'gpt-image-2', prompt: 'a boat' };
const USER_ERROR = 'image_generation_user_error';
const BAD_REQUEST = 'invalid_request_error';

let server: EmulatorServer;
let png: Buffer;

beforeAll(async () => {
  server = await startEmulator(createOpenAiEmulator);
  png = await picture(64, 64, 4);
});
afterAll(async () => {
  await server.close();
});

function picture(width: number, height: number, channels: 3 | 4): Promise<Buffer> {
  return sharp({ create: { width, height, channels, background: { r: 9, g: 9, b: 9, alpha: 0 } } })
    .png()
    .toBuffer();
}

async function refusal(answer: Response): Promise<Record<string, unknown> & { status: number }> {
  return { status: answer.status, ...errorAnswer.parse(await answer.json()).error };
}

async function generate(body: unknown, headers: Record<string, string> = {}) {
  const answer = await fetch(`${server.url}/v1/images/generations`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk-good', 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return refusal(answer);
}

interface FilePart {
  readonly name: string;
  readonly bytes: Buffer;
  readonly type?: string;
}

async function edit(fields: Record<string, string>, files: readonly FilePart[]) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  for (const file of files) {
    form.append(
      file.name,
      new Blob([new Uint8Array(file.bytes)], { type: file.type ?? 'image/png' }),
      'a.png',
    );
  }
  const headers = { authorization: 'Bearer sk-good' };
  return refusal(await fetch(`${server.url}/v1/images/edits`, { method: 'POST', headers, body: form }));
}

async function editJson(body: Record<string, unknown>) {
  const answer = await fetch(`${server.url}/v1/images/edits`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk-good', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return refusal(answer);
}

describe('keys', () => {
  it('that are missing or begin with sk-bad are refused with 401', async () => {
    expect(await generate(REQUEST, { authorization: '' })).toMatchObject({ status: 401, type: BAD_REQUEST });
    const bad = await generate(REQUEST, { authorization: 'Bearer sk-bad-1' });
    expect(bad).toMatchObject({ status: 401, type: BAD_REQUEST, code: 'invalid_api_key', param: null });
    expect(bad['message']).toMatch(/^Incorrect API key provided: sk-\*\*\*\. You can find your API key at /);
    const listed = await fetch(`${server.url}/v1/models`);
    expect(listed.status).toBe(401);
  });

  it.each([
    ['sk-homeless', 401, BAD_REQUEST, null],
    ['sk-elsewhere', 401, BAD_REQUEST, 'ip_not_authorized'],
    ['sk-abroad', 403, BAD_REQUEST, null],
    ['sk-unverified', 403, BAD_REQUEST, null],
    ['sk-exhausted', 429, 'insufficient_quota', 'credit_balance_exhausted'],
    ['sk-ramping', 429, 'rate_limit_error', 'slow_down'],
    ['sk-tokens', 429, 'tokens', 'rate_limit_exceeded'],
  ])('beginning with %s show a state of the account', async (key, status, type, code) => {
    expect(await generate(REQUEST, { authorization: `Bearer ${key}` })).toMatchObject({ status, type, code });
  });
});

describe('bodies', () => {
  it('that are no JSON, of another type, or at an unknown address are refused', async () => {
    expect(await generate('{"model"')).toMatchObject({ status: 400, code: null, param: null });
    expect(await generate('[]')).toMatchObject({ status: 400 });
    expect(await generate(REQUEST, { 'content-type': 'text/plain' })).toMatchObject({
      status: 400,
      code: 'unsupported_content_type',
    });
    const headers = { authorization: 'Bearer sk-good' };
    expect(
      await refusal(await fetch(`${server.url}/v1/images/upscale`, { method: 'POST', headers })),
    ).toMatchObject({
      status: 404,
      message: 'Invalid URL (POST /emulated/v1/images/upscale)',
    });
  });

  it.each([
    ['gpt-image-2', 'response_format', 'url'],
    ['chatgpt-image-latest', 'response_format', 'b64_json'],
    ['gpt-image-2', 'seed', 1],
    ['gpt-image-2', 'negative_prompt', 'fog'],
    ['gpt-image-2', 'complexity', 'low'],
    ['gpt-image-1', 'style', 'vivid'],
    ['dall-e-3', 'background', 'opaque'],
    ['dall-e-3', 'output_format', 'png'],
    ['dall-e-3', 'stream', true],
    ['dall-e-2', 'style', 'vivid'],
  ])('of %s with %s are refused as an unknown parameter', async (model, param, value) => {
    expect(await generate({ model, prompt: 'a boat', [param]: value })).toMatchObject({
      status: 400,
      type: BAD_REQUEST,
      code: 'unknown_parameter',
      param,
      message: `Unknown parameter: '${param}'.`,
    });
  });

  it.each([
    [{ prompt: 'a boat' }, 'model', 'missing_required_parameter'],
    [{ model: 'gpt-image-2' }, 'prompt', 'missing_required_parameter'],
    [{ model: 'gpt-image-2', prompt: '' }, 'prompt', 'empty_string'],
    [{ model: 'gpt-image-2', prompt: 7 }, 'prompt', 'invalid_type'],
    [{ ...REQUEST, n: 0 }, 'n', 'integer_below_min_value'],
    [{ ...REQUEST, n: 11 }, 'n', 'integer_above_max_value'],
    [{ ...REQUEST, n: 1.5 }, 'n', 'invalid_type'],
    [{ ...REQUEST, n: '1' }, 'n', 'invalid_type'],
    [{ model: 'dall-e-3', prompt: 'a boat', n: 2 }, 'n', 'invalid_value'],
    [{ ...REQUEST, background: 'blue' }, 'background', 'invalid_value'],
    [{ ...REQUEST, background: 'transparent', output_format: 'jpeg' }, 'background', 'invalid_value'],
    [{ ...REQUEST, output_format: 'avif' }, 'output_format', 'invalid_value'],
    [{ ...REQUEST, output_format: 'gif' }, 'output_format', 'invalid_value'],
    [{ ...REQUEST, output_compression: 50 }, 'output_compression', 'invalid_value'],
    [{ ...REQUEST, output_compression: 101 }, 'output_compression', 'integer_above_max_value'],
    [{ ...REQUEST, moderation: 'off' }, 'moderation', 'invalid_value'],
    [{ ...REQUEST, stream: 'true' }, 'stream', 'invalid_type'],
    [{ ...REQUEST, partial_images: 1 }, 'partial_images', 'invalid_value'],
    [{ ...REQUEST, stream: true, partial_images: 4 }, 'partial_images', 'integer_above_max_value'],
    [{ ...REQUEST, model: 'gpt-image-2.6-flare', complexity: 'max' }, 'complexity', 'invalid_value'],
    [{ model: 'dall-e-3', prompt: 'a boat', style: 'photo' }, 'style', 'invalid_value'],
    [{ model: 'dall-e-3', prompt: 'a boat', response_format: 'png' }, 'response_format', 'invalid_value'],
  ])('like %j are refused naming %s', async (body, param, code) => {
    expect(await generate(body)).toMatchObject({ status: 400, param, code });
  });

  it.each([
    ['dall-e-2', 1_000],
    ['dall-e-3', 4_000],
    ['gpt-image-2', 32_000],
  ])('of %s may hold %i characters of prompt, whatever their bytes', async (model, chars) => {
    expect(await generate({ model, prompt: '🛶'.repeat(chars + 1) })).toMatchObject({
      status: 400,
      param: 'prompt',
      code: 'string_above_max_length',
    });
    const atLimit = await generate({ model, prompt: `${'🛶'.repeat(chars - 30)}[[emulate:server-error]]` });
    expect(atLimit.status).toBe(500);
  });

  it('naming an unknown model are refused with 404, and null fields count as absent', async () => {
    expect(await generate({ model: 'x', prompt: 'a boat' })).toMatchObject({
      status: 404,
      code: 'model_not_found',
      message: 'The model `x` does not exist or you do not have access to it.',
    });
    const nulls = {
      n: null,
      size: null,
      quality: null,
      background: null,
      stream: null,
      output_compression: null,
    };
    expect(await generate({ ...REQUEST, ...nulls, moderation: 'none' })).toMatchObject({
      param: 'moderation',
    });
  });
});

describe('sizes and qualities', () => {
  it.each([
    ['1000x1000', 'Width and height must both be divisible by 16.'],
    ['3856x1600', 'The longest edge must be less than or equal to 3840.'],
    ['2048x512', 'The aspect ratio must be between 1:3 and 3:1.'],
    ['800x800', 'Requested resolution is below the current minimum pixel budget.'],
    ['1024x576', 'Requested resolution is below the current minimum pixel budget.'],
    ['3008x3008', 'Requested resolution exceeds the current pixel budget.'],
    ['big', "Expected 'auto' or a size in the format 'WIDTHxHEIGHT'."],
  ])('%s is refused on gpt-image-2', async (size, why) => {
    expect(await generate({ ...REQUEST, size })).toMatchObject({
      status: 400,
      type: USER_ERROR,
      code: 'invalid_value',
      param: 'size',
      message: `Invalid size '${size}'. ${why}`,
    });
  });

  it('outside the list are refused on the others, with the old text on DALL·E', async () => {
    expect(await generate({ model: 'gpt-image-1', prompt: 'a boat', size: '512x512' })).toMatchObject({
      status: 400,
      code: 'invalid_value',
      param: 'size',
    });
    expect(await generate({ model: 'dall-e-2', prompt: 'a boat', size: '256x257' })).toMatchObject({
      status: 400,
      type: BAD_REQUEST,
      code: null,
      param: null,
      message: "'256x257' is not one of ['256x256', '512x512', '1024x1024'] - 'size'",
    });
  });

  it.each([
    ['gpt-image-2', 'hd', 'invalid_value'],
    ['gpt-image-2', 'xhigh', 'invalid_value'],
    ['gpt-image-1', 'standard', 'invalid_value'],
    ['dall-e-3', 'high', null],
    ['dall-e-2', 'hd', null],
  ])('%s refuses quality %s', async (model, quality, code) => {
    const type = code === null ? BAD_REQUEST : USER_ERROR;
    expect(await generate({ model, prompt: 'a boat', quality })).toMatchObject({ status: 400, code, type });
  });

  it('are judged after the prompt', async () => {
    expect(await generate({ model: 'gpt-image-2', prompt: '', size: '1x1' })).toMatchObject({
      param: 'prompt',
    });
  });
});

describe('edits', () => {
  const fields = { model: 'gpt-image-2', prompt: 'add a hat' };

  it('refuse files of no image type, naming where they stand', async () => {
    const blob = { name: 'image', bytes: png, type: 'application/octet-stream' };
    expect(await edit(fields, [blob])).toMatchObject({
      status: 400,
      type: BAD_REQUEST,
      code: 'unsupported_file_mimetype',
      param: 'image',
      message:
        "Invalid file 'image': unsupported mimetype ('application/octet-stream'). Supported file formats are 'image/jpeg', 'image/png', and 'image/webp'.",
    });
    const listed = [
      { name: 'image[]', bytes: png },
      { ...blob, name: 'image[]' },
    ];
    expect(await edit(fields, listed)).toMatchObject({
      param: 'image[1]',
      code: 'unsupported_file_mimetype',
    });
    expect(await edit(fields, [{ name: 'image', bytes: Buffer.from('no picture at all') }])).toMatchObject({
      code: 'invalid_image_file',
    });
  });

  it('refuse no picture, too many, repeated plain parts and text in place of a file', async () => {
    expect(await edit(fields, [])).toMatchObject({ code: 'missing_required_parameter', param: 'image' });
    const many = Array.from({ length: 17 }, () => ({ name: 'image[]', bytes: png }));
    expect(await edit(fields, many)).toMatchObject({ code: 'array_above_max_length' });
    const twice = [1, 2].map(() => ({ name: 'image', bytes: png }));
    expect(await edit(fields, twice)).toMatchObject({ code: 'duplicate_parameter', param: 'image' });
    expect(await edit({ ...fields, image: 'data:' }, [])).toMatchObject({
      code: 'invalid_type',
      param: 'image',
    });
  });

  it('refuse masks of another size, without alpha or in another format', async () => {
    const image = { name: 'image', bytes: png };
    const code = 'invalid_mask_image_format';
    const other = { name: 'mask', bytes: await picture(64, 32, 4) };
    expect(await edit(fields, [image, other])).toMatchObject({ status: 400, code, param: 'mask' });
    const opaque = { name: 'mask', bytes: await picture(64, 64, 3) };
    expect(await edit(fields, [image, opaque])).toMatchObject({ status: 400, code, param: 'mask' });
    const jpeg = { name: 'mask', bytes: await sharp(png).jpeg().toBuffer(), type: 'image/jpeg' };
    expect(await edit(fields, [image, jpeg])).toMatchObject({
      code: 'unsupported_file_mimetype',
      param: 'mask',
    });
  });

  it('refuse what their form of body does not know', async () => {
    const image = [{ name: 'image', bytes: png }];
    for (const param of ['moderation', 'response_format', 'seed']) {
      const value = param === 'seed' ? '1' : 'low';
      expect(await edit({ ...fields, [param]: value }, image)).toMatchObject({
        code: 'unknown_parameter',
        param,
      });
    }
    expect(await edit({ ...fields, n: 'two' }, image)).toMatchObject({ code: 'invalid_type', param: 'n' });
    const low = { model: 'gpt-image-1-mini', prompt: 'a hat', input_fidelity: 'high' };
    expect(await edit(low, image)).toMatchObject({ code: 'invalid_value', param: 'input_fidelity' });
    expect(await edit({ model: 'dall-e-3', prompt: 'a hat' }, image)).toMatchObject({ param: 'model' });
    const headers = { authorization: 'Bearer sk-good', 'content-type': 'multipart/form-data; boundary=B' };
    const broken = await fetch(`${server.url}/v1/images/edits`, {
      method: 'POST',
      headers,
      body: '--B\r\nfoo',
    });
    expect(await refusal(broken)).toMatchObject({ status: 400 });
  });

  it('on dall-e-2 take one square PNG', async () => {
    const old = { model: 'dall-e-2', prompt: 'a hat' };
    expect(await edit(old, [{ name: 'image', bytes: await picture(64, 32, 4) }])).toMatchObject({
      param: 'image',
    });
    const webp = { name: 'image', bytes: await sharp(png).webp().toBuffer(), type: 'image/webp' };
    expect(await edit(old, [webp])).toMatchObject({ code: 'unsupported_file_mimetype' });
  });

  it('as JSON refuse references that are not exactly one picture at hand', async () => {
    const prompt = 'a hat';
    const model = 'gpt-image-2';
    const url = `data:image/png;base64,${png.toString('base64')}`;
    expect(await editJson({ model, prompt })).toMatchObject({ param: 'images' });
    expect(await editJson({ model, prompt, images: [] })).toMatchObject({ param: 'image' });
    expect(await editJson({ model, prompt, images: [{ image_url: url, file_id: 'file-1' }] })).toMatchObject({
      param: 'images[0]',
    });
    expect(await editJson({ model, prompt, images: [{ file_id: 'file-1' }] })).toMatchObject({
      param: 'images[0].file_id',
    });
    expect(
      await editJson({ model, prompt, images: [{ image_url: 'https://example.com/a.png' }] }),
    ).toMatchObject({
      param: 'images[0].image_url',
    });
    expect(await editJson({ model: 'dall-e-2', prompt, images: [{ image_url: url }] })).toMatchObject({
      param: 'model',
    });
  });
});
