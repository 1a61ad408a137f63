/** Fallback models: chains of workspaces and of requests, what goes on, what is billed and what is told. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { failure, generation } from '../support/answers.js';
import { startTestServer, type Answer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server.stop();
});

const attemptSchema = z.looseObject({
  image: z.number(),
  attempt: z.number(),
  model: z.string(),
  outcome: z.string(),
  error: z.looseObject({ code: z.string() }).optional(),
});
const attempted = z.object({ attempts: z.array(attemptSchema) });

/** `MODEL OUTCOME CODE` of each attempt. */
function told(answer: Answer): readonly string[] {
  return attempted
    .parse(answer.body)
    .attempts.map(({ model, outcome, error }) => [model, outcome, error?.code].filter(Boolean).join(' '));
}

function setChain(model: string, body: Record<string, unknown>): Promise<Answer> {
  return server.call('PUT', `/v1/fallbacks/${model}`, { key: server.testKey, body });
}

/** Every attempt at this model fails this way. */
function failing(outcome: string, model: string): string {
  return `a flat icon of a boat [[emulate:${outcome}*3@${model}]]`;
}

async function balance(): Promise<number> {
  const { body } = await server.call('GET', '/v1/credits', { key: server.testKey });
  return z.object({ balance: z.number() }).parse(body).balance;
}

describe('a request’s own list', () => {
  it('is gone through when the model fails; the one that serves is told and billed at its price', async () => {
    const before = await balance();
    const answer = await server.generate({
      model: 'grok-image',
      prompt: failing('overloaded', 'grok-image'),
      fallback: ['atelier-sketch'],
      n: 1,
    });
    expect(answer.status).toBe(200);
    const body = generation.parse(answer.body);
    expect(body.model).toBe('atelier-sketch');
    expect(answer.headers.get('x-model-used')).toBe('atelier-sketch');
    expect(answer.headers.get('x-fallback-from')).toBe('grok-image');
    expect(answer.headers.get('x-fallback-depth')).toBe('1');
    expect(told(answer)).toEqual([
      ...Array<string>(3).fill('grok-image failed upstream_unavailable'),
      'atelier-sketch succeeded',
    ]);
    expect(body.adjustments[0]).toMatchObject({
      param: 'model',
      asked: 'grok-image',
      sent: 'atelier-sketch',
    });
    const plan = await server.call('POST', '/v1/images/plan', {
      key: server.testKey,
      body: { model: 'atelier-sketch', prompt: 'a flat icon of a boat' },
    });
    const price = z.object({ quote: z.object({ credits: z.number() }) }).parse(plan.body).quote.credits;
    expect(body.credits_used).toBe(price);
    expect(before - (await balance())).toBeCloseTo(price, 6);
  });

  it('shows the first error when all fail, and every one in the attempts', async () => {
    const answer = await server.generate({
      model: 'grok-image',
      prompt: `${failing('bad-key', 'grok-image').replace('*3', '')}[[emulate:moderated-prompt@dall-e-3]]`,
      fallback: ['dall-e-3'],
    });
    expect(answer.status).toBe(502);
    const { error } = failure.parse(answer.body);
    expect(error.code).toBe('upstream_error');
    expect(error['attempts']).toMatchObject([
      { model: 'grok-image', code: 'upstream_error' },
      { model: 'dall-e-3', code: 'content_policy_violation' },
    ]);
    expect(answer.headers.get('x-fallback-from')).toBeNull();
  });

  it('does not get what the content policy refused', async () => {
    const answer = await server.generate({
      model: 'grok-image',
      prompt: failing('moderated-prompt', 'grok-image'),
      fallback: ['atelier-sketch'],
    });
    expect(answer.status).toBe(400);
    expect(failure.parse(answer.body).error).toMatchObject({ code: 'content_policy_violation' });
    expect(failure.parse(answer.body).error['attempts']).toHaveLength(1);
  });

  it('gets what was sent and never answered', async () => {
    const answer = await server.generate({
      model: 'grok-image',
      prompt: failing('cut-body', 'grok-image'),
      fallback: ['atelier-sketch'],
    });
    expect(told(answer)).toEqual(['grok-image failed outcome_unknown', 'atelier-sketch succeeded']);
  });

  it('is refused where it names what may not run, is not there or is there twice', async () => {
    const codes = async (fallback: unknown) => {
      const answer = await server.generate({ model: 'grok-image', prompt: 'a boat', fallback });
      const { code, param } = failure.parse(answer.body).error;
      return [answer.status, code, param];
    };
    expect(await codes(['qwen-image'])).toEqual([403, 'prc_opt_in_required', 'fallback']);
    expect(await codes(['gpt-image-22'])).toEqual([404, 'model_not_found', 'fallback']);
    expect(await codes(['dall-e-3', 'openai/dall-e-3'])).toEqual([400, 'invalid_request', 'fallback']);
    expect(await codes(['grok-image'])).toEqual([400, 'invalid_request', 'fallback']);
    expect(await codes('yes')).toEqual([400, 'invalid_request', 'fallback']);
  });

  it('leaves out what can’t honour the request, and says so', async () => {
    const answer = await server.generate({
      model: 'grok-image',
      prompt: failing('bad-key', 'grok-image'),
      adapt: 'strict',
      resolution: '2K',
      fallback: ['dall-e-3'],
    });
    expect(answer.status).toBe(502);
    expect(failure.parse(answer.body).error['attempts']).toMatchObject([
      { model: 'grok-image', outcome: 'failed' },
      { model: 'dall-e-3', outcome: 'skipped', code: 'unsupported_parameter' },
    ]);
  });

  it('can’t be taken from a workspace that has none, which is told', async () => {
    const answer = await server.generate({
      model: 'dall-e-2',
      prompt: 'a boat',
      fallback: true,
      response_format: 'url',
    });
    expect(generation.parse(answer.body).adjustments).toContainEqual({
      param: 'fallback',
      asked: true,
      reason: 'this workspace has no fallbacks for dall-e-2',
    });
  });
});

describe('a picture of several', () => {
  it('goes on alone; the others stay, and each says which model made it', async () => {
    const before = await balance();
    const mixed = await server.generate({
      model: 'dall-e-3',
      prompt: 'a boat [[emulate:overloaded#2*3]]',
      n: 3,
      fallback: ['atelier-sketch'],
      response_format: 'url',
    });
    expect(mixed.status).toBe(200);
    const body = generation.parse(mixed.body);
    expect(body.status).toBe('succeeded');
    expect(body.model).toBe('dall-e-3');
    expect(body.data.map((image) => image['model'])).toEqual([undefined, 'atelier-sketch', undefined]);
    expect(body.receipt['served']).toMatchObject([
      { model: 'dall-e-3', images: [1, 3] },
      { model: 'atelier-sketch', images: [2] },
    ]);
    expect(mixed.headers.get('x-fallback-depth')).toBe('1');
    expect(before - (await balance())).toBeCloseTo(body.credits_used, 6);
  });
});

describe('a workspace’s chain', () => {
  it('is set, listed, read and removed by owners, and each change is audited', async () => {
    const set = await setChain('nano-banana', { models: ['openai/dall-e-3', 'atelier-sketch'] });
    expect(set.status).toBe(200);
    expect(set.body).toEqual({
      object: 'fallback',
      model: 'gemini-2-5-flash-image',
      models: ['dall-e-3', 'atelier-sketch'],
      on_moderated: 'stop',
      on_unknown_outcome: 'continue',
    });
    const key = server.testKey;
    expect((await server.call('GET', '/v1/fallbacks/nano-banana', { key })).body).toEqual(set.body);
    expect((await server.call('GET', '/v1/fallbacks', { key })).body).toMatchObject({ data: [set.body] });
    const removed = await server.call('DELETE', '/v1/fallbacks/nano-banana', { key });
    expect(removed.body).toMatchObject({ deleted: true });
    expect((await server.call('GET', '/v1/fallbacks/nano-banana', { key })).status).toBe(404);
    expect((await server.call('DELETE', '/v1/fallbacks/nano-banana', { key })).status).toBe(404);
    const audit = await server.call('GET', '/v1/audit?limit=2', { key });
    expect(audit.body).toMatchObject({
      data: [
        { action: 'fallback.changed' },
        { action: 'fallback.changed', after: { models: ['dall-e-3', 'atelier-sketch'] } },
      ],
    });
  });

  it('is refused where it names no model, itself, or one twice, and to those who may not', async () => {
    const refused = async (body: Record<string, unknown>) => {
      const answer = await setChain('grok-image', body);
      const { code, param } = failure.parse(answer.body).error;
      return [answer.status, code, param];
    };
    expect(await refused({ models: [] })).toEqual([400, 'invalid_request', 'models']);
    expect(await refused({ models: ['dall-e-33'] })).toEqual([404, 'model_not_found', 'models']);
    expect(await refused({ models: ['grok-image'] })).toEqual([400, 'invalid_request', 'models']);
    expect(await refused({ models: ['dall-e-3'], on_moderation: 'stop' })).toEqual([
      400,
      'unknown_parameter',
      'on_moderation',
    ]);
    const made = await server.call('POST', '/v1/keys', {
      key: server.testKey,
      body: { kind: 'test', role: 'developer', name: 'a developer' },
    });
    const { key } = z.object({ key: z.string() }).parse(made.body);
    const answer = await server.call('PUT', '/v1/fallbacks/grok-image', {
      key,
      body: { models: ['dall-e-3'] },
    });
    expect(answer.status).toBe(403);
  });

  it('skips what may not run and tells it, goes on after a refusal where it says so, and can be switched off', async () => {
    await setChain('grok-image', { models: ['qwen-image', 'atelier-sketch'], on_moderated: 'continue' });
    const body = { model: 'grok-image', prompt: failing('moderated-prompt', 'grok-image') };
    const answer = await server.generate(body);
    expect(told(answer)).toEqual([
      'grok-image failed content_policy_violation',
      'qwen-image skipped prc_opt_in_required',
      'atelier-sketch succeeded',
    ]);
    expect(answer.headers.get('x-fallback-depth')).toBe('2');
    const off = await server.generate({ ...body, fallback: false });
    expect(off.status).toBe(400);
    const header = await server.call('POST', '/v1/images/generations', {
      key: server.testKey,
      body: { ...body, fallback: ['atelier-sketch'] },
      headers: { 'x-disable-fallback': 'true' },
    });
    expect(header.status).toBe(400);
    expect(failure.parse(header.body).error['attempts']).toHaveLength(1);
    const wrong = await server.call('POST', '/v1/images/generations', {
      key: server.testKey,
      body,
      headers: { 'x-disable-fallback': 'yes' },
    });
    expect(failure.parse(wrong.body).error).toMatchObject({
      code: 'invalid_request',
      param: 'x-disable-fallback',
    });
  });

  it('stops after an unknown outcome where it says so', async () => {
    await setChain('grok-image', { models: ['atelier-sketch'], on_unknown_outcome: 'stop' });
    const answer = await server.generate({ model: 'grok-image', prompt: failing('cut-body', 'grok-image') });
    expect(answer.status).toBe(502);
    expect(failure.parse(answer.body).error.code).toBe('outcome_unknown');
    expect(answer.headers.get('x-should-retry')).toBe('false');
  });

  it('is shown whole by a plan', async () => {
    await setChain('grok-image', { models: ['qwen-image', 'dall-e-3', 'atelier-sketch'] });
    const plan = await server.call('POST', '/v1/images/plan', {
      key: server.testKey,
      body: { model: 'grok-image', prompt: 'a boat' },
    });
    const shown = z.looseObject({
      model: z.string(),
      candidates: z.array(z.looseObject({ model: z.string(), depth: z.number() })),
      skipped: z.array(z.looseObject({ model: z.string(), code: z.string() })),
    });
    const { model, candidates, skipped } = shown.parse(plan.body);
    expect(model).toBe('grok-image');
    expect(candidates.map((one) => [one.depth, one.model])).toEqual([
      [0, 'grok-image'],
      [2, 'dall-e-3'],
      [3, 'atelier-sketch'],
    ]);
    expect(new Set(skipped.map((one) => `${one.model} ${one.code}`))).toEqual(
      new Set(['qwen-image prc_opt_in_required']),
    );
  });
});

describe('a call that was sent and never answered', () => {
  it('is sent again to the same model only where the workspace wants that, and then charged once', async () => {
    const body = {
      model: 'dall-e-3',
      prompt: 'a boat [[emulate:cut-body]]',
      response_format: 'url',
      fallback: false,
    };
    const before = await balance();
    expect((await server.generate(body)).status).toBe(502);
    const set = (unknown_outcomes: string) =>
      server.call('PATCH', '/v1/workspace', { key: server.testKey, body: { unknown_outcomes } });
    expect((await set('repeat')).body).toMatchObject({ unknown_outcomes: 'repeat' });
    const repeated = await server.generate(body);
    expect(told(repeated)).toEqual(['dall-e-3 failed outcome_unknown', 'dall-e-3 succeeded']);
    expect(before - (await balance())).toBe(generation.parse(repeated.body).credits_used);
    const failed = await server.generate({ ...body, prompt: 'a boat [[emulate:cut-body*9]]' });
    expect(failed.headers.get('x-should-retry')).toBe('false');
    expect(failure.parse(failed.body).error['attempts']).toHaveLength(3);
    expect((await set('sometimes')).status).toBe(400);
    await set('final');
  });
});

describe('a dearer model', () => {
  it('is held for before it runs, and skipped and told where the credits don’t reach', async () => {
    const made = await server.call('POST', '/v1/admin/workspaces', {
      key: 'admin-token-of-the-tests',
      body: { name: 'poor', credits: 4.5 },
    });
    const { id } = z.object({ id: z.string() }).parse(made.body);
    const key = z.object({ key: z.string() }).parse(
      (
        await server.call('POST', '/v1/admin/keys', {
          key: 'admin-token-of-the-tests',
          body: { workspace: id, kind: 'test', role: 'owner', name: 'k' },
        })
      ).body,
    ).key;
    // Four credits, then eight for the wide picture.
    const body = {
      model: 'gpt-image-2',
      quality: 'low',
      prompt: failing('overloaded', 'gpt-image-2'),
      size: '1792x1024',
      fallback: ['dall-e-3', 'atelier-sketch'],
      response_format: 'url',
    };
    const poor = await server.generate(body, key);
    expect(told(poor)).toEqual([
      ...Array<string>(3).fill('gpt-image-2 failed upstream_unavailable'),
      'dall-e-3 skipped insufficient_credits',
      'atelier-sketch succeeded',
    ]);
    const rich = await server.generate(body);
    expect(told(rich)).toEqual([
      ...Array<string>(3).fill('gpt-image-2 failed upstream_unavailable'),
      'dall-e-3 succeeded',
    ]);
    expect(generation.parse(rich.body).credits_used).toBe(8);
    const books = await server.call('GET', '/v1/credits', { key });
    expect(books.body).toMatchObject({ held: 0 });
  });
});
