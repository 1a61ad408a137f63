/** The `openai` SDK against each emulated server that speaks its protocol, changed in base URL and key only. */
import OpenAI, {
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
  toFile,
  UnprocessableEntityError,
} from 'openai';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DIALECT_NAMES, type DialectName } from '../../src/providers/openai-images/dialects.js';
import { decode, fetchPicture } from '../support/answers.js';
import { startEmulators, type Emulators } from '../support/emulators.js';

let emulators: Emulators;

beforeAll(async () => {
  emulators = await startEmulators();
});
afterAll(async () => {
  await emulators.close();
});
beforeEach(() => {
  emulators.forget();
});

function client(dialect: DialectName, apiKey = 'good'): OpenAI {
  return new OpenAI({ apiKey, baseURL: `${emulators.root}/openai-images/${dialect}/v1`, maxRetries: 0 });
}

async function file(width: number, height: number, name = 'a.png') {
  const picture = sharp({ create: { width, height, channels: 4, background: '#a53' } });
  return toFile(await picture.png().toBuffer(), name, { type: 'image/png' });
}

function bytesOf(answer: OpenAI.ImagesResponse, index = 0): Buffer {
  return Buffer.from(answer.data?.[index]?.b64_json ?? '', 'base64');
}

describe('the openai SDK generates', () => {
  it.each(DIALECT_NAMES)('with %s, as base64 in the pixels asked', async (dialect) => {
    const answer = await client(dialect).images.generate({
      model: 'flux-1',
      prompt: 'a boat',
      size: '512x512',
      response_format: 'b64_json',
    });
    const format = dialect === 'nim' ? 'jpeg' : 'png';
    expect(await decode(bytesOf(answer))).toEqual({ width: 512, height: 512, format });
  });

  it.each(DIALECT_NAMES)('several different pictures with %s in one call', async (dialect) => {
    const answer = await client(dialect).images.generate({
      model: 'flux-1',
      prompt: 'a boat',
      size: '256x256',
      n: 3,
      response_format: 'b64_json',
    });
    expect(new Set(answer.data?.map((item) => item.b64_json)).size).toBe(3);
    expect(emulators.records).toHaveLength(1);
  });

  it('with LocalAI by a link of its own, which is its default', async () => {
    const answer = await client('localai').images.generate({
      model: 'flux-1',
      prompt: 'a boat',
      size: '512x512',
    });
    expect(await fetchPicture(answer.data?.[0]?.url)).toMatchObject({ width: 512, height: 512 });
  });

  it('with SGLang by an address that only its server completes', async () => {
    const answer = await client('sglang').images.generate({
      model: 'flux-1',
      prompt: 'a boat',
      size: '512x512',
    });
    const url = answer.data?.[0]?.url ?? '';
    expect(url).toMatch(/^\/v1\/images\/.*\/content$/);
    const whole = `${emulators.root}/openai-images/sglang${url}`;
    expect(await fetchPicture(whole)).toMatchObject({ width: 512, height: 512 });
  });

  it("with Xinference by a path on the server's disk, which nobody can fetch", async () => {
    const answer = await client('xinference').images.generate({ model: 'flux-1', prompt: 'a boat' });
    expect(answer.data?.[0]?.url).toMatch(/^\/root\/\.xinference\//);
  });
});

describe('the openai SDK edits', () => {
  it.each(['sd-server', 'vllm-omni', 'sglang', 'nim'] as const)(
    'one picture with %s, which gives the size of its pixels',
    async (dialect) => {
      const image = await file(320, 192);
      const answer = await client(dialect).images.edit({
        model: 'flux-1',
        prompt: 'add a hat',
        image,
        response_format: 'b64_json',
      });
      expect(await decode(bytesOf(answer))).toMatchObject({ width: 320, height: 192 });
    },
  );

  it.each(['sd-server', 'sglang', 'nim'] as const)('several pictures with %s', async (dialect) => {
    const image = [await file(320, 192), await file(64, 64, 'b.png')];
    const answer = await client(dialect).images.edit({
      model: 'flux-1',
      prompt: 'add a hat',
      image,
      size: '512x512',
      response_format: 'b64_json',
    });
    expect(await decode(bytesOf(answer))).toMatchObject({ width: 512, height: 512 });
    expect(emulators.records[0]?.body).toMatchObject({ files: [{ name: 'image[]' }, { name: 'image[]' }] });
  });

  it('several pictures with vLLM-Omni in vain, because it knows their field by another name', async () => {
    const image = [await file(64, 64), await file(64, 64, 'b.png')];
    const editing = client('vllm-omni').images.edit({ prompt: 'add a hat', image });
    await expect(editing).rejects.toBeInstanceOf(UnprocessableEntityError);
  });

  it.each(['sd-server', 'nim'] as const)('with a mask that %s takes up', async (dialect) => {
    const { response } = await client(dialect)
      .images.edit({
        prompt: 'add a hat',
        image: await file(64, 64),
        mask: await file(64, 64, 'mask.png'),
        response_format: 'b64_json',
      })
      .withResponse();
    expect(response.headers.get('x-emulated-understood')).toContain('"mask":true');
  });

  it.each(['vllm-omni', 'sglang'] as const)('with a mask that %s drops without a word', async (dialect) => {
    const { response } = await client(dialect)
      .images.edit({
        prompt: 'add a hat',
        image: await file(64, 64),
        mask: await file(64, 64, 'mask.png'),
        response_format: 'b64_json',
      })
      .withResponse();
    expect(response.headers.get('x-emulated-understood')).toContain('"mask":false');
  });

  it.each(['localai', 'xinference'] as const)('not with %s, which has no such route', async (dialect) => {
    const editing = client(dialect).images.edit({ prompt: 'add a hat', image: await file(64, 64) });
    await expect(editing).rejects.toBeInstanceOf(NotFoundError);
  });
});

describe('errors reach users of the openai SDK as its own classes, whatever their shape', () => {
  it.each(DIALECT_NAMES)('of %s', async (dialect) => {
    const ask = (outcome: string, key?: string) =>
      client(dialect, key).images.generate({ model: 'flux-1', prompt: `a boat [[emulate:${outcome}]]` });
    await expect(ask('bad-key')).rejects.toBeInstanceOf(AuthenticationError);
    await expect(ask('none', 'bad-1')).rejects.toBeInstanceOf(AuthenticationError);
    await expect(ask('moderated-prompt')).rejects.toBeInstanceOf(BadRequestError);
    await expect(ask('moderated-prompt')).rejects.toMatchObject({ code: 'content_policy_violation' });
    await expect(ask('rate-limited')).rejects.toBeInstanceOf(RateLimitError);
    await expect(ask('out-of-credit')).rejects.toMatchObject({ status: 429, code: 'insufficient_quota' });
    await expect(ask('server-error')).rejects.toBeInstanceOf(InternalServerError);
    await expect(ask('overloaded')).rejects.toMatchObject({ status: 503 });
  });

  it.each([
    ['sd-server', BadRequestError],
    ['localai', InternalServerError],
    ['vllm-omni', UnprocessableEntityError],
    ['sglang', UnprocessableEntityError],
    ['xinference', UnprocessableEntityError],
    ['nim', UnprocessableEntityError],
  ] as const)('of %s without a prompt', async (dialect, errorClass) => {
    const calling = client(dialect).images.generate({ model: 'flux-1', prompt: '' });
    await expect(calling).rejects.toBeInstanceOf(errorClass);
  });
});
