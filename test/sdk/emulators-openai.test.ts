/**
 * The `openai` SDK against the emulator alone, changed in base URL and key only. Links and base64, streams, edits of one
 * picture, several, with a mask and as a stream, and models are proven in `src/providers/openai/emulator.test.ts`; here is
 * what else users of the SDK rely on: its defaults, its error classes and its own retries.
 */
import OpenAI, {
  APIError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openAiProvider } from '../../src/providers/openai/provider.js';
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

function client(apiKey = 'sk-good', options: { readonly maxRetries?: number } = {}): OpenAI {
  return new OpenAI({ apiKey, baseURL: emulators.baseUrl(openAiProvider), ...options });
}

describe('the openai SDK', () => {
  it.each([
    ['dall-e-2', '512x512', 512, 512],
    ['dall-e-3', '1792x1024', 1792, 1024],
  ] as const)('gets a link of %s at %s that needs no key', async (model, size, width, height) => {
    const answer = await client().images.generate({ model, prompt: 'a boat', size });
    expect(await fetchPicture(answer.data?.[0]?.url)).toMatchObject({ width, height, format: 'png' });
    expect(answer.usage).toBeUndefined();
  });

  it('reads resolved values and token counts of a GPT answer', async () => {
    const answer = await client().images.generate({
      model: 'gpt-image-2',
      prompt: 'a boat',
      output_format: 'jpeg',
      output_compression: 60,
    });
    expect(answer).toMatchObject({ size: '1024x1024', quality: 'low', output_format: 'jpeg' });
    expect(answer.usage?.output_tokens).toBe(196);
    expect(await decode(Buffer.from(answer.data?.[0]?.b64_json ?? '', 'base64'))).toMatchObject({
      format: 'jpeg',
    });
  });

  it('streams the completed picture alone where no partial ones are asked', async () => {
    const stream = await client().images.generate({ model: 'gpt-image-2', prompt: 'a boat', stream: true });
    const pictures = [];
    for await (const event of stream) {
      if (event.type === 'image_generation.completed') pictures.push(event.b64_json);
    }
    expect(pictures).toHaveLength(1);
    expect(await decode(Buffer.from(pictures[0] ?? '', 'base64'))).toMatchObject({
      width: 1024,
      height: 1024,
    });
  });

  it('raises on an error inside a stream', async () => {
    const prompt = 'a boat [[emulate:moderated-output]]';
    const stream = await client().images.generate({ model: 'gpt-image-2', prompt, stream: true });
    const reading = (async () => {
      for await (const event of stream) expect(event.type).not.toBe('image_generation.completed');
    })();
    await expect(reading).rejects.toBeInstanceOf(APIError);
    await expect(reading).rejects.toMatchObject({ code: 'moderation_blocked' });
  });
});

describe('errors reach users of the openai SDK as its own classes', () => {
  it.each([
    ['moderated-prompt', BadRequestError, 400, 'moderation_blocked'],
    ['bad-key', AuthenticationError, 401, 'invalid_api_key'],
    ['rate-limited', RateLimitError, 429, 'rate_limit_exceeded'],
    ['out-of-credit', RateLimitError, 429, 'insufficient_quota'],
    ['server-error', InternalServerError, 500, null],
    ['overloaded', InternalServerError, 503, 'server_is_overloaded'],
  ] as const)('%s', async (outcome, errorClass, status, code) => {
    const calling = client('sk-good', { maxRetries: 0 }).images.generate({
      model: 'gpt-image-2',
      prompt: `a boat [[emulate:${outcome}]]`,
    });
    await expect(calling).rejects.toBeInstanceOf(errorClass);
    await expect(calling).rejects.toMatchObject({ status, code });
    await expect(calling).rejects.toHaveProperty('requestID', expect.stringMatching(/^req_/));
  });

  it('an organisation without verification and an unknown model', async () => {
    const unverified = client('sk-unverified-1').images.generate({ model: 'gpt-image-2', prompt: 'a boat' });
    await expect(unverified).rejects.toBeInstanceOf(PermissionDeniedError);
    const unknown = client().images.generate({ model: 'gpt-image-9', prompt: 'a boat' });
    await expect(unknown).rejects.toBeInstanceOf(NotFoundError);
  });

  it('a refusal is sent once with the retries that the SDK has by default', async () => {
    const calling = client().images.generate({
      model: 'gpt-image-2',
      prompt: 'a boat [[emulate:moderated-prompt]]',
    });
    await expect(calling).rejects.toBeInstanceOf(BadRequestError);
    expect(emulators.records).toHaveLength(1);
  });
});
