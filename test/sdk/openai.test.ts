import OpenAI, { AuthenticationError, BadRequestError } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decode, fetchPicture } from '../support/answers.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server.stop();
});

const client = (apiKey: string) => new OpenAI({ apiKey, baseURL: `${server.url}/v1` });

describe('the unmodified openai SDK', () => {
  it('generates with a link on the built-in model with a live key', async () => {
    const answer = await client(server.liveKey).images.generate({
      model: 'atelier-sketch',
      prompt: 'a stone bridge over a pond',
      size: '512x512',
      response_format: 'url',
    });
    expect(await fetchPicture(answer.data?.[0]?.url)).toMatchObject({
      width: 512,
      height: 512,
      format: 'png',
    });
  });

  it.each(['atelier-sketch', 'dall-e-3', 'gpt-image-2'])('generates %s as base64', async (model) => {
    const answer = await client(model === 'atelier-sketch' ? server.liveKey : server.testKey).images.generate(
      {
        model,
        prompt: 'a stone bridge over a pond',
        size: '1024x1024',
        response_format: 'b64_json',
      },
    );
    const bytes = Buffer.from(answer.data?.[0]?.b64_json ?? '', 'base64');
    expect(await decode(bytes)).toMatchObject({ width: 1024, height: 1024 });
  });

  it.each(['dall-e-3', 'gpt-image-2'])('generates %s with a link', async (model) => {
    const answer = await client(server.testKey).images.generate({
      model,
      prompt: 'a stone bridge over a pond',
      size: '1024x1024',
      response_format: 'url',
    });
    expect(await fetchPicture(answer.data?.[0]?.url)).toMatchObject({ width: 1024, height: 1024 });
  });

  it('gives token usage and base64 for GPT Image without being asked', async () => {
    const answer = await client(server.testKey).images.generate({
      model: 'gpt-image-2',
      prompt: 'a fox',
      quality: 'low',
    });
    expect(answer.data?.[0]?.b64_json).toBeDefined();
    expect(answer.usage?.total_tokens).toBeGreaterThan(0);
  });

  it('gives the revised prompt of dall-e-3', async () => {
    const answer = await client(server.testKey).images.generate({ model: 'dall-e-3', prompt: 'a fox' });
    expect(answer.data?.[0]?.revised_prompt).toContain('a fox');
  });

  it('lists and retrieves models, by slug and by alias', async () => {
    const slugs: string[] = [];
    for await (const model of client(server.testKey).models.list()) slugs.push(model.id);
    expect(slugs).toEqual(
      expect.arrayContaining([
        'atelier-sketch',
        'dall-e-3',
        'gpt-image-2',
        'gemini-2-5-flash-image',
        'imagen-4',
        'qwen-image',
        'flux-1-pro',
        'grok-image',
      ]),
    );
    expect(await client(server.testKey).models.retrieve('dall-e-3')).toMatchObject({
      id: 'dall-e-3',
      object: 'model',
    });
    expect(await client(server.testKey).models.retrieve('openai/dall-e-3')).toMatchObject({ id: 'dall-e-3' });
  });

  it('raises its own error classes with our code and param', async () => {
    const tooMany = client(server.testKey).images.generate({ model: 'dall-e-3', prompt: 'a fox', n: 11 });
    await expect(tooMany).rejects.toThrow(BadRequestError);
    await expect(tooMany).rejects.toMatchObject({ status: 400, code: 'invalid_request', param: 'n' });
    await expect(client('atl_live_wrong').models.list()).rejects.toThrow(AuthenticationError);
  });

  it('asks a refused or billed call only once', async () => {
    const refused = client(server.testKey).images.generate({
      model: 'dall-e-3',
      prompt: '[[emulate:no-image]] a fox',
    });
    await expect(refused).rejects.toMatchObject({ status: 502, code: 'no_image_returned' });
    const ledger = await server.call('GET', '/v1/credits/ledger?limit=2', { key: server.testKey });
    expect(ledger.body).toMatchObject({ data: [{ kind: 'release' }, { kind: 'hold' }] });
  });
});
