import { readFileSync, readdirSync } from 'node:fs';
import OpenAI, { toFile } from 'openai';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmulator } from '../../../test/support/emulator-server.js';
import type { EmulatorServer } from '../../../test/support/emulator-server.js';
import { dialectIds } from './emulator-dialects.js';
import type { DialectId } from './emulator-dialects.js';
import { errorAnswers, imagesAnswers, modelsAnswer, proxyErrorAnswer } from './emulator-wire.js';
import { createOpenAiImagesEmulator } from './emulator.js';

let server: EmulatorServer;

beforeAll(async () => {
  server = await startEmulator(createOpenAiImagesEmulator);
});
afterAll(async () => {
  await server.close();
});

function post(dialect: DialectId, body: Record<string, unknown>): Promise<Response> {
  return fetch(`${server.url}/${dialect}/v1/images/generations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'flux-1', prompt: 'a red boat', ...body }),
  });
}

async function send(
  dialect: DialectId,
  path: string,
  fields: Record<string, string>,
  files: readonly (readonly [string, Buffer])[],
): Promise<Response> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  for (const [name, bytes] of files) form.append(name, new Blob([new Uint8Array(bytes)]), 'a.png');
  return fetch(`${server.url}/${dialect}/v1/images/${path}`, { method: 'POST', body: form });
}

/** The answer's pictures, each as what stands in its item. */
async function success(dialect: DialectId, answer: Response): Promise<{ base64: string; url: string }[]> {
  expect(answer.status).toBe(200);
  const { data } = imagesAnswers[dialect].parse(await answer.json());
  return data.map((item) => ({
    base64: 'b64_json' in item ? (item.b64_json ?? '') : '',
    url: 'url' in item ? (item.url ?? '') : '',
  }));
}

async function describePicture(bytes: Buffer): Promise<string> {
  const { width, height, format } = await sharp(bytes).metadata();
  return `${width}x${height} ${format}`;
}

function understood(answer: Response): unknown {
  return JSON.parse(answer.headers.get('x-emulated-understood') ?? '{}');
}

async function png(width: number, height: number): Promise<Buffer> {
  const create = { width, height, channels: 3 as const, background: { r: 9, g: 9, b: 200 } };
  return sharp({ create }).png().toBuffer();
}

/** How each server is told steps, a seed and what to leave out. */
const EXTRAS: Readonly<Record<DialectId, Record<string, unknown>>> = {
  'sd-server': {
    prompt:
      'a boat<sd_cpp_extra_args>{"seed":7,"negative_prompt":"fog","sample_params":{"sample_steps":4,"guidance":{"txt_cfg":1,"distilled_guidance":3.5}}}</sd_cpp_extra_args>',
  },
  localai: { prompt: 'a boat|fog', step: 4 },
  'vllm-omni': { num_inference_steps: 4, guidance_scale: 3.5, seed: 7, negative_prompt: 'fog' },
  sglang: { num_inference_steps: 4, guidance_scale: 3.5, seed: 7, negative_prompt: 'fog' },
  xinference: {
    kwargs: '{"num_inference_steps":4,"guidance_scale":3.5,"seed":7,"negative_prompt":"fog"}',
  },
  nim: { steps: 4, cfg_scale: 3.5, seed: 7, negative_prompt: 'fog' },
};

describe.each(dialectIds)('generations of %s', (dialect) => {
  it('have the asked pixels as base64, n different ones', async () => {
    const body = { size: '768x512', n: 2, response_format: 'b64_json' };
    const pictures = await success(dialect, await post(dialect, body));
    const format = dialect === 'nim' ? 'jpeg' : 'png';
    for (const { base64 } of pictures) {
      expect(await describePicture(Buffer.from(base64, 'base64'))).toBe(`768x512 ${format}`);
    }
    expect(new Set(pictures.map((picture) => picture.base64)).size).toBe(2);
  });

  it('take extras under the names of the server', async () => {
    const body = { size: '256x256', response_format: 'b64_json', ...EXTRAS[dialect] };
    const answers = [await post(dialect, body), await post(dialect, body)];
    const none = { images: 0, mask: false, negative: true };
    const blind = dialect === 'localai';
    expect(understood(answers[0] ?? Response.json({}))).toEqual(
      blind ? { ...none, steps: 4 } : { ...none, steps: 4, guidance: 3.5, seed: 7 },
    );
    const drawn = await Promise.all(answers.map((answer) => success(dialect, answer)));
    const pictures = drawn.map(([picture]) => picture?.base64);
    // LocalAI draws with the seed of its model file or with chance.
    expect(new Set(pictures).size).toBe(blind ? 2 : 1);
  });

  it('drop what stands under another name', async () => {
    const answer = await post(dialect, { size: '256x256', inference_steps: 4, random_seed: 7 });
    expect(understood(answer)).toEqual({ images: 0, mask: false, negative: false });
  });
});

describe('results', () => {
  it('are links of LocalAI unless base64 is asked, also without the version', async () => {
    const [picture] = await success('localai', await post('localai', { size: '300x200' }));
    expect(picture?.url).toMatch(/\/emulated\/localai\/generated-images\/b64.*\.png$/);
    const bytes = Buffer.from(await (await fetch(picture?.url ?? '')).arrayBuffer());
    expect(await describePicture(bytes)).toBe('300x200 png');
    const plain = await fetch(`${server.url}/localai/images/generations`, {
      method: 'POST',
      body: JSON.stringify({ model: 'flux-1', prompt: 'a boat' }),
    });
    expect(await success('localai', plain)).toHaveLength(1);
  });

  it('are relative paths of SGLang, or nothing without a cloud', async () => {
    const [picture] = await success('sglang', await post('sglang', { width: 300, height: 200 }));
    expect(picture?.url).toMatch(/^\/v1\/images\/.*\/content$/);
    const fetched = await fetch(`${server.url}/sglang${picture?.url ?? ''}`);
    expect(await describePicture(Buffer.from(await fetched.arrayBuffer()))).toBe('300x200 png');
    const refused = await fetch(`${server.url}/sglang/v1/images/generations`, {
      method: 'POST',
      headers: { authorization: 'Bearer cloudless' },
      body: JSON.stringify({ prompt: 'a boat', response_format: 'url' }),
    });
    expect([refused.status, await refused.json()]).toEqual([
      400,
      { detail: "response_format='url' requires cloud storage to be configured." },
    ]);
  });

  it('are raw bytes of vLLM-Omni where a file is asked', async () => {
    const answer = await post('vllm-omni', { size: '300x200', response_format: 'file' });
    expect(answer.headers.get('content-type')).toBe('image/png');
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename=".*\.png"$/);
    expect(await describePicture(Buffer.from(await answer.arrayBuffer()))).toBe('300x200 png');
  });

  it('are files on the server of Xinference unless base64 is asked', async () => {
    const [picture] = await success('xinference', await post('xinference', {}));
    expect(picture?.url).toMatch(/^\/root\//);
  });

  it('of sd-server are base64 whatever is asked, in three formats', async () => {
    const body = { response_format: 'url', output_format: 'webp', output_compression: 50, size: 'big' };
    const [picture] = await success('sd-server', await post('sd-server', body));
    expect(await describePicture(Buffer.from(picture?.base64 ?? '', 'base64'))).toBe('512x512 webp');
  });

  it('of SGLang are at most ten', async () => {
    const body = { n: 12, size: '64x64', response_format: 'b64_json' };
    expect(await success('sglang', await post('sglang', body))).toHaveLength(10);
  });
});

describe('edits', () => {
  it.each([
    ['sd-server', 'edits', ['image[]', 'image[]'], 'mask', '200x300 png', { images: 2, mask: true }],
    ['sd-server', 'edits', ['image'], undefined, '200x300 png', { images: 1, mask: false }],
    ['vllm-omni', 'edits', ['image', 'image'], 'mask_image', '200x300 png', { images: 2, mask: true }],
    ['vllm-omni', 'edits', ['image'], 'mask', '200x300 png', { images: 1, mask: false }],
    ['sglang', 'edits', ['image', 'image[]'], 'mask', '200x300 png', { images: 2, mask: false }],
    ['xinference', 'variations', ['image'], undefined, '200x300 png', { images: 1, mask: false }],
    ['xinference', 'inpainting', ['image'], 'mask_image', '200x300 png', { images: 1, mask: true }],
    ['nim', 'edits', ['image'], 'mask', '200x300 jpeg', { images: 1, mask: true }],
  ] as const)('of %s at %s take %j and mask %s', async (dialect, path, images, mask, picture, told) => {
    const image = await png(200, 300);
    const files = [...images, ...(mask === undefined ? [] : [mask])].map((name) => [name, image] as const);
    const fields = { prompt: 'add a hat', model: 'flux-1', response_format: 'b64_json' };
    const answer = await send(dialect, path, fields, files);
    expect(understood(answer)).toMatchObject(told);
    const [first] = await success(dialect, answer);
    expect(await describePicture(Buffer.from(first?.base64 ?? '', 'base64'))).toBe(picture);
  });

  it('of LocalAI are bare base64 in generations, or an inpainting of its own size', async () => {
    const image = await png(200, 300);
    const bare = image.toString('base64');
    const answer = await post('localai', { ref_images: [bare, bare], file: bare, size: '200x300' });
    expect(understood(answer)).toMatchObject({ images: 3 });
    const files = [['image', image] as const, ['mask', image] as const];
    const painted = await send(
      'localai',
      'inpainting',
      { prompt: 'a hat', model: 'flux-1', steps: '9' },
      files,
    );
    expect(understood(painted)).toMatchObject({ images: 1, mask: true, steps: 9 });
    const [picture] = await success('localai', painted);
    const bytes = Buffer.from(await (await fetch(picture?.url ?? '')).arrayBuffer());
    expect(await describePicture(bytes)).toBe('512x512 png');
  });

  it('take sizes, formats and extras as form fields', async () => {
    const fields = {
      prompt: 'add a hat',
      n: '2',
      size: '320x240',
      output_format: 'jpeg',
      output_compression: '40',
      num_inference_steps: '8',
      seed: '3',
    };
    const answer = await send('vllm-omni', 'edits', fields, [['image', await png(64, 64)]]);
    expect(understood(answer)).toMatchObject({ steps: 8, seed: 3 });
    const pictures = await success('vllm-omni', answer);
    expect(await describePicture(Buffer.from(pictures[1]?.base64 ?? '', 'base64'))).toBe('320x240 jpeg');
    expect(server.records.at(-1)).toMatchObject({ method: 'POST', body: { fields: { n: '2' } } });
  });
});

describe('models and health', () => {
  it('are told by every server', async () => {
    for (const dialect of dialectIds) {
      const answer = await fetch(`${server.url}/${dialect}/v1/models`);
      modelsAnswer.parse(await answer.json());
    }
    const health = ['sd-server/', 'localai/readyz', 'vllm-omni/health', 'sglang/health', 'xinference/status'];
    for (const path of health) expect((await fetch(`${server.url}/${path}`)).status).toBe(200);
  });
});

describe('the openai client', () => {
  it('draws and edits on sd-server at the plain address', async () => {
    const client = new OpenAI({ apiKey: 'any', baseURL: `${server.url}/v1`, maxRetries: 0 });
    const drawn = await client.images.generate({ prompt: 'a boat', size: '1024x1024', n: 2 });
    expect(await describePicture(Buffer.from(drawn.data?.[1]?.b64_json ?? '', 'base64'))).toBe(
      '1024x1024 png',
    );
    const image = await toFile(await png(256, 128), 'a.png', { type: 'image/png' });
    const edited = await client.images.edit({ image: [image, image], mask: image, prompt: 'add a hat' });
    expect(await describePicture(Buffer.from(edited.data?.[0]?.b64_json ?? '', 'base64'))).toBe(
      '256x128 png',
    );
  });

  it('reaches the server that was chosen', async () => {
    const own = await startEmulator((settings) =>
      createOpenAiImagesEmulator({
        ...settings,
        dialect: 'vllm-omni',
        servedModel: 'black-forest-labs/FLUX.1-dev',
      }),
    );
    const client = new OpenAI({ apiKey: 'any', baseURL: `${own.url}/v1`, maxRetries: 0 });
    const model = 'black-forest-labs/FLUX.1-dev';
    expect((await client.images.generate({ model, prompt: 'a boat', size: '1024x1024' })).data).toHaveLength(
      1,
    );
    await expect(client.images.generate({ model: 'dall-e-3', prompt: 'a boat' })).rejects.toMatchObject({
      status: 400,
    });
    const ids = [];
    for await (const one of client.models.list()) ids.push(one.id);
    expect(ids).toEqual([model]);
    await own.close();
  });
});

describe('fixtures', () => {
  const folder = new URL('fixtures/', import.meta.url);
  const names = readdirSync(folder).filter((name) => /^(images|error|models|proxy)-/.test(name));

  it.each(names)('%s is an answer as emulated', (name) => {
    const body: unknown = JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
    const dialect = dialectIds.find((id) => name.includes(`-${id}`)) ?? 'nim';
    const schema = {
      images: imagesAnswers[dialect],
      error: errorAnswers[dialect],
      models: modelsAnswer,
      proxy: proxyErrorAnswer,
    }[/^\w+/.exec(name)?.[0] ?? ''];
    expect(() => schema?.parse(body)).not.toThrow();
    expect(schema).toBeDefined();
  });

  it('are all looked at', () => {
    expect(names.length).toBeGreaterThanOrEqual(24);
  });
});
