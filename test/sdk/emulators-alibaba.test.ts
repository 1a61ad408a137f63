/**
 * The `openai` SDK against the OpenAI-shaped calls of Alibaba's emulator, changed in base URL and key only. The Vercel AI
 * SDK's own Alibaba package makes pictures only in versions for the AI SDK 7.
 */
import OpenAI, {
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from 'openai';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { qwenProvider } from '../../src/providers/qwen/provider.js';
import { fetchPicture } from '../support/answers.js';
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

const MODEL = 'qwen-image-3.0';

function client(apiKey = 'sk-good', maxRetries = 0): OpenAI {
  const baseURL = `${emulators.baseUrl(qwenProvider)}/compatible-mode/v1`;
  return new OpenAI({ apiKey, baseURL, maxRetries });
}

async function dataUri(width: number, height: number): Promise<string> {
  const picture = sharp({ create: { width, height, channels: 3, background: '#a53' } });
  return `data:image/png;base64,${(await picture.png().toBuffer()).toString('base64')}`;
}

const links = z.object({ data: z.array(z.object({ url: z.url() })) });

describe('the openai SDK', () => {
  it.each(['qwen-image-3.0', 'qwen-image-3.0-pro', 'qwen-image-2.1-pro'])(
    'gets a link of %s that needs no key',
    async (model) => {
      const answer = await client().images.generate({ model, prompt: 'a boat', size: '1024x1536' });
      expect(await fetchPicture(answer.data?.[0]?.url)).toMatchObject({
        width: 1024,
        height: 1536,
        format: 'png',
      });
    },
  );

  it('gets links whatever form it asks for, and several different pictures in one call', async () => {
    const answer = await client().images.generate({
      model: MODEL,
      prompt: 'a boat',
      n: 2,
      size: '512x512',
      response_format: 'b64_json',
    });
    const pictures = await Promise.all((answer.data ?? []).map(({ url }) => fetchPicture(url)));
    expect(pictures).toHaveLength(2);
    expect(pictures[0]?.bytes.equals(pictures[1]?.bytes ?? Buffer.alloc(0))).toBe(false);
    expect(answer.data?.map((item) => item.b64_json)).toEqual([undefined, undefined]);
  });

  it('edits with its general call, as the picture is a member of a generation', async () => {
    const body = { model: MODEL, prompt: 'add a hat', image: await dataUri(800, 400) };
    const answer = links.parse(await client().post('/images/generations', { body }));
    const { width, height } = await fetchPicture(answer.data[0]?.url);
    expect(width / height).toBeCloseTo(2, 1);
  });
});

describe('errors reach users of the openai SDK as its own classes', () => {
  it.each([
    ['moderated-prompt', BadRequestError, 400, 'DataInspectionFailed'],
    ['moderated-output', BadRequestError, 400, 'DataInspectionFailed'],
    ['out-of-credit', BadRequestError, 400, 'Arrearage'],
    ['bad-key', AuthenticationError, 401, 'InvalidApiKey'],
    ['rate-limited', RateLimitError, 429, 'Throttling.RateQuota'],
    ['server-error', InternalServerError, 500, 'InternalError.Algo'],
  ] as const)('%s', async (outcome, errorClass, status, code) => {
    const prompt = `a boat [[emulate:${outcome}]]`;
    const calling = client().images.generate({ model: MODEL, prompt });
    await expect(calling).rejects.toBeInstanceOf(errorClass);
    await expect(calling).rejects.toMatchObject({ status, code });
  });

  it('a model that has only native calls, and the separator of native sizes', async () => {
    const native = client().images.generate({ model: 'qwen-image', prompt: 'a boat' });
    await expect(native).rejects.toBeInstanceOf(NotFoundError);
    const starred = client().post('/images/generations', {
      body: { model: MODEL, prompt: 'a boat', size: '1024*1024' },
    });
    await expect(starred).rejects.toThrow(/size must be in format of "widthxheight"/);
  });

  it('a refusal is sent once with the retries of the SDK', async () => {
    const prompt = 'a boat [[emulate:moderated-prompt]]';
    const calling = client('sk-good', 2).images.generate({ model: MODEL, prompt });
    await expect(calling).rejects.toBeInstanceOf(BadRequestError);
    expect(emulators.records).toHaveLength(1);
  });
});
