import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { failure, fetchPicture, decode, generation } from '../support/answers.js';
import { ADMIN_TOKEN, startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server.stop();
});

describe('the main job', () => {
  it('paints the exact size, answers a link that serves the whole picture, and charges nothing', async () => {
    const answer = await server.generate(
      { model: 'atelier-sketch', prompt: 'a red sailboat on a calm lake', size: '640x360', seed: 7 },
      server.liveKey,
    );
    expect(answer.status).toBe(200);
    const body = generation.parse(answer.body);
    expect(body.status).toBe('succeeded');
    expect(body.credits_used).toBe(0);
    expect(body.data[0]).toMatchObject({ width: 640, height: 360, mime_type: 'image/png', seed: 7 });
    expect(await fetchPicture(body.data[0]?.url)).toMatchObject({ width: 640, height: 360, format: 'png' });
    expect(answer.headers.get('x-generation-id')).toBe(body.id);
    expect(answer.headers.get('x-model-used')).toBe('atelier-sketch');
    expect(answer.headers.get('x-credits-used')).toBe('0');
  });

  it('gives the same bytes for the same prompt, seed and size', async () => {
    const wish = {
      model: 'atelier-sketch',
      prompt: 'a lighthouse',
      size: '256x256',
      seed: 0,
      response_format: 'b64_json',
    };
    const [one, two] = await Promise.all([server.generate(wish), server.generate(wish)]);
    const bytes = generation.parse(one.body).data[0]?.b64_json;
    expect(bytes).toMatch(/^[A-Za-z0-9+/]+=*$/);
    expect(generation.parse(two.body).data[0]?.b64_json).toBe(bytes);
  });

  it.each(['dall-e-3', 'gpt-image-2', 'atelier-sketch'])(
    '%s answers links and base64 of the same kind',
    async (model) => {
      const wish = { model, prompt: 'a fox', size: '1024x1024' };
      const linked = generation.parse((await server.generate({ ...wish, response_format: 'url' })).body);
      expect(await fetchPicture(linked.data[0]?.url)).toMatchObject({ width: 1024, height: 1024 });
      const answer = await server.generate({ ...wish, response_format: 'b64_json' });
      const inline = generation.parse(answer.body);
      expect(inline.data[0]?.url).toBeUndefined();
      const bytes = Buffer.from(inline.data[0]?.b64_json ?? '', 'base64');
      expect(await decode(bytes)).toMatchObject({ width: 1024, height: 1024 });
      expect(Number(answer.headers.get('content-length'))).toBeGreaterThan(bytes.length);
    },
  );

  it('answers base64 by default where GPT Image clients expect it, else a link', async () => {
    const gpt = generation.parse((await server.generate({ model: 'gpt-image-2', prompt: 'a fox' })).body);
    expect(gpt.data[0]?.b64_json).toBeDefined();
    const dallE = generation.parse((await server.generate({ model: 'dall-e-3', prompt: 'a fox' })).body);
    expect(dallE.data[0]?.url).toBeDefined();
  });

  it('draws n different pictures, also beyond what one call gives', async () => {
    const body = generation.parse(
      (await server.generate({ model: 'dall-e-3', prompt: 'a fox', n: 3, response_format: 'b64_json' })).body,
    );
    expect(new Set(body.data.map((image) => image.b64_json)).size).toBe(3);
    expect(body.credits_used).toBe(12);
  });

  it('delivers sizes that the model lacks in exact pixels and says how', async () => {
    const body = generation.parse(
      (await server.generate({ model: 'dall-e-3', prompt: 'a fox', size: '900x500' })).body,
    );
    expect(await fetchPicture(body.data[0]?.url)).toMatchObject({ width: 900, height: 500 });
    expect(body.adjustments).toMatchObject([
      { param: 'size', asked: '900x500', sent: '1792x1024', delivered: '900x500' },
    ]);
  });

  it('mends pixels that the provider got wrong and says so', async () => {
    const body = generation.parse(
      (
        await server.generate({
          model: 'gpt-image-2',
          prompt: 'a fox [[emulate:wrong-size]]',
          size: '1024x1024',
          response_format: 'url',
        })
      ).body,
    );
    expect(await fetchPicture(body.data[0]?.url)).toMatchObject({ width: 1024, height: 1024 });
    expect(body.adjustments[0]?.reason).toMatch(/instead/);
  });

  it('converts to formats that the provider lacks and says so', async () => {
    const body = generation.parse(
      (await server.generate({ model: 'dall-e-3', prompt: 'a fox', output_format: 'avif' })).body,
    );
    expect(await fetchPicture(body.data[0]?.url)).toMatchObject({ format: 'avif' });
    expect(body.adjustments[0]).toMatchObject({ param: 'output_format', asked: 'avif', delivered: 'avif' });
  });
});

describe('money', () => {
  it.each([
    [{ model: 'dall-e-3', size: '1024x1024' }, 4],
    [{ model: 'dall-e-3', size: '1792x1024' }, 8],
    [{ model: 'dall-e-3', size: '1024x1024', quality: 'hd' }, 8],
    [{ model: 'dall-e-3', size: '1024x1792', quality: 'hd' }, 12],
    [{ model: 'atelier-sketch', size: '128x128' }, 0],
  ])('charges %j %d credits and shows it everywhere', async (wish, credits) => {
    const plan = await server.call('POST', '/v1/images/plan', {
      key: server.testKey,
      body: { ...wish, prompt: 'a fox' },
    });
    expect(plan.body).toMatchObject({ object: 'image.plan', quote: { credits } });
    const before = await balance();
    const answer = await server.generate({ ...wish, prompt: 'a fox' });
    expect(answer.headers.get('x-credits-used')).toBe(String(credits));
    expect(generation.parse(answer.body).credits_used).toBe(credits);
    expect(before - (await balance())).toBeCloseTo(credits, 6);
  });

  it('charges GPT Image by its tokens, never more than quoted', async () => {
    const wish = { model: 'gpt-image-2', prompt: 'a fox', size: '1024x1024', quality: 'low' };
    const answer = await server.generate(wish);
    expect(answer.body).toMatchObject({ usage: { input_tokens_details: {}, output_tokens_details: {} } });
    const { credits_used: used, receipt } = generation.parse(answer.body);
    expect(used).toBeGreaterThan(0.5);
    expect(used).toBeLessThanOrEqual(Number(receipt['credits_quoted']));
  });

  it('does not bill a tier that was not delivered', async () => {
    const wish = { model: 'gemini-3-pro-image', aspect_ratio: '1:1', resolution: '4K' };
    const whole = generation.parse((await server.generate({ ...wish, prompt: 'a fox' })).body);
    expect([whole.data[0]?.width, whole.credits_used]).toEqual([4096, 24]);
    const less = generation.parse(
      (await server.generate({ ...wish, prompt: 'a fox [[emulate:wrong-size]]' })).body,
    );
    expect(less.data[0]?.width).toBeLessThan(4096);
    expect(less.credits_used).toBe(13.4);
    expect(less.receipt['credits_quoted']).toBe(24);
    expect(less.adjustments).toMatchObject([{ param: 'size', sent: '4096x4096' }]);
  });

  it('runs nothing on a dry run', async () => {
    const before = await balance();
    const answer = await server.generate({ model: 'dall-e-3', prompt: 'a fox', dry_run: true });
    expect(answer.body).toMatchObject({ object: 'image.plan', quote: { credits: 8 } });
    expect(await balance()).toBe(before);
  });

  it('refuses with 402 before anything runs when the credits do not suffice, and keeps tenants apart', async () => {
    const made = await server.call('POST', '/v1/admin/workspaces', {
      key: ADMIN_TOKEN,
      body: { name: 'poor', credits: 3 },
    });
    const { id: workspace } = z.object({ id: z.string() }).parse(made.body);
    const keyAnswer = await server.call('POST', '/v1/admin/keys', {
      key: ADMIN_TOKEN,
      body: { workspace, kind: 'test', role: 'developer', name: 'poor' },
    });
    const { key } = z.object({ key: z.string() }).parse(keyAnswer.body);
    const refused = await server.generate({ model: 'dall-e-3', prompt: 'a fox', size: '1024x1024' }, key);
    expect(refused.status).toBe(402);
    expect(failure.parse(refused.body).error).toMatchObject({
      code: 'insufficient_credits',
      type: 'billing_error',
      required: 4,
      available: 3,
    });
    const own = generation.parse(
      (await server.generate({ model: 'atelier-sketch', prompt: 'x', size: '64x64' }, key)).body,
    );
    expect((await server.call('GET', `/v1/images/generations/${own.id}`, { key })).status).toBe(200);
    expect(
      (await server.call('GET', `/v1/images/generations/${own.id}`, { key: server.testKey })).status,
    ).toBe(404);
  });

  async function balance(): Promise<number> {
    const { body } = await server.call('GET', '/v1/credits', { key: server.testKey });
    return z.object({ balance: z.number() }).parse(body).balance;
  }
});

describe('failures of providers', () => {
  it.each([
    ['moderated-prompt', 'gpt-image-2', 400, 'content_policy_violation'],
    ['moderated-output', 'gpt-image-2', 400, 'content_policy_violation'],
    ['moderated-prompt', 'dall-e-3', 400, 'content_policy_violation'],
    ['no-image', 'dall-e-3', 502, 'no_image_returned'],
    ['bad-key', 'dall-e-3', 502, 'upstream_error'],
    ['out-of-credit', 'gpt-image-2', 503, 'upstream_unavailable'],
    ['rate-limited*3', 'dall-e-3', 429, 'rate_limit_exceeded'],
    ['overloaded*3', 'dall-e-3', 503, 'upstream_unavailable'],
    ['cut-body', 'gpt-image-2', 502, undefined],
    ['bad-base64', 'gpt-image-2', 502, 'upstream_error'],
  ])('%s of %s is %d %s, free of charge', async (outcome, model, status, code) => {
    const answer = await server.generate({ model, prompt: `a fox [[emulate:${outcome}]]` });
    expect(answer.status).toBe(status);
    const { error } = failure.parse(answer.body);
    if (code !== undefined) expect(error.code).toBe(code);
    expect(answer.headers.get('x-credits-used')).toBe('0');
    expect(answer.headers.get('x-should-retry')).toBe(outcome.includes('*') ? 'true' : 'false');
  });

  it('a refusal tells its stage, the provider’s reason and that nothing was billed', async () => {
    for (const [outcome, stage] of [
      ['moderated-prompt', 'prompt'],
      ['moderated-output', 'output'],
    ] as const) {
      const answer = await server.generate({ model: 'gpt-image-2', prompt: `a fox [[emulate:${outcome}]]` });
      const { error } = failure.parse(answer.body);
      expect(error).toMatchObject({ code: 'content_policy_violation', stage, billed: false });
      expect(error['provider_reason']).toMatch(/rejected by the safety system/);
    }
  });

  it('tries again where a retry can help and can not buy twice', async () => {
    const answer = await server.generate({
      model: 'dall-e-3',
      prompt: 'a fox [[emulate:rate-limited]] [[emulate:overloaded]]',
    });
    expect(answer.status).toBe(200);
    const { attempts } = z
      .object({ attempts: z.array(z.object({ outcome: z.string() })) })
      .parse(answer.body);
    expect(attempts.map((attempt) => attempt.outcome)).toEqual(['failed', 'failed', 'succeeded']);
  });

  it('delivers and charges what succeeded of several, and names what did not', async () => {
    const answer = await server.generate({
      model: 'dall-e-3',
      prompt: 'a fox [[emulate:moderated-prompt#2]]',
      n: 3,
      size: '1024x1024',
    });
    const body = generation.parse(answer.body);
    expect(body.status).toBe('partial');
    expect(body.data).toHaveLength(2);
    expect(body.errors).toMatchObject([{ code: 'content_policy_violation', image: 2 }]);
    expect(body.credits_used).toBe(8);
  });
});

describe('links', () => {
  it('answer ranges, conditional requests and downloads', async () => {
    const body = generation.parse(
      (await server.generate({ model: 'atelier-sketch', prompt: 'a pear', size: '128x128' })).body,
    );
    const url = body.data[0]?.url ?? '';
    const { bytes, headers } = await fetchPicture(url);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain('sandbox');
    const part = await fetch(url, { headers: { range: 'bytes=10-19' } });
    expect(part.status).toBe(206);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(10, 20));
    expect((await fetch(url, { headers: { 'if-none-match': headers.get('etag') ?? '' } })).status).toBe(304);
    expect((await fetch(url, { headers: { range: 'bytes=99999999-' } })).status).toBe(416);
    expect((await fetch(`${url}&download=1`)).headers.get('content-disposition')).toContain('attachment');
    expect((await fetch(url, { method: 'HEAD' })).headers.get('content-length')).toBe(String(bytes.length));
  });

  it('live one hour, then answer 410, and the picture is removed', async () => {
    const body = generation.parse(
      (await server.generate({ model: 'atelier-sketch', prompt: 'an apple', size: '96x96' })).body,
    );
    const url = body.data[0]?.url ?? '';
    server.setTime(new Date('2026-11-22T12:59:59Z'));
    expect((await fetch(url)).status).toBe(200);
    server.setTime(new Date('2026-11-22T13:00:01Z'));
    const expired = await server.call('GET', url.slice(server.url.length));
    expect(expired.status).toBe(410);
    expect(failure.parse(expired.body).error.code).toBe('link_expired');
    server.setTime(new Date('2026-11-23T12:00:00Z'));
    expect((await server.sweep()).blobs).toBeGreaterThan(0);
    const record = await server.call('GET', `/v1/images/generations/${body.id}`, { key: server.testKey });
    expect(generation.parse(record.body).data[0]?.url).toBeUndefined();
    server.setTime(new Date('2026-11-22T12:00:00Z'));
  });

  it('do not work changed', async () => {
    const body = generation.parse(
      (await server.generate({ model: 'atelier-sketch', prompt: 'a plum', size: '64x64' })).body,
    );
    const url = body.data[0]?.url ?? '';
    expect((await fetch(url.replace('.png', '.jpg'))).status).toBe(403);
    expect((await fetch(url.replace(/exp=\d+/, 'exp=9999999999'))).status).toBe(403);
    expect(
      (await fetch(url.replace(/sig=(.)/, (_, first: string) => `sig=${first === '_' ? '-' : '_'}`))).status,
    ).toBe(403);
  });
});
