/** Recipes saved by name: written, changed, called, told in receipts, and kept apart. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { failure, generation } from '../support/answers.js';
import { ADMIN_TOKEN, startTestServer, type Answer, type TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const recipe = z.object({
  id: z.string(),
  object: z.literal('recipe'),
  name: z.string(),
  version: z.number(),
  description: z.string().optional(),
  request: z.record(z.string(), z.unknown()),
  variables: z.record(z.string(), z.unknown()),
  updated_by: z.string(),
});
const used = z.object({
  name: z.string(),
  version: z.number(),
  variables: z.record(z.string(), z.string()).optional(),
  overridden: z.array(z.string()).optional(),
});
const made = generation.extend({ receipt: z.looseObject({ prompt: z.string(), recipe: used.optional() }) });
const planned = z.looseObject({
  object: z.literal('image.plan'),
  model: z.string(),
  prompt: z.looseObject({ sent: z.string() }),
  recipe: used.optional(),
});

const send = (method: string, path: string, body?: unknown, key = server.testKey) =>
  server.call(method, path, { key, ...(body === undefined ? {} : { body }) });
const save = async (body: Record<string, unknown>) => {
  const answer = await send('POST', '/v1/recipes', body);
  expect([answer.status, answer.body]).toEqual([201, expect.anything()]);
  return recipe.parse(answer.body);
};
const refusal = ({ status, body }: Answer) => {
  const { error } = failure.parse(body);
  return { status, code: error.code, param: error.param, nearest: error['nearest'], message: error.message };
};
async function createKey(role: string, kind = 'test'): Promise<string> {
  const { workspaces } = z
    .object({ data: z.array(z.object({ id: z.string(), name: z.string() })) })
    .transform(({ data }) => ({ workspaces: data }))
    .parse((await server.call('GET', '/v1/admin/workspaces', { key: ADMIN_TOKEN })).body);
  const answer = await server.call('POST', '/v1/admin/keys', {
    key: ADMIN_TOKEN,
    body: { workspace: workspaces.find(({ name }) => name === 'default')?.id, kind, role, name: role },
  });
  return z.object({ key: z.string() }).parse(answer.body).key;
}

const CARD = {
  model: 'atelier-sketch',
  prompt: { subject: 'a flat icon of {{subject}}', mood: '{{mood}}' },
  size: '{{size}}',
};
const SIZED = { size: { default: '128x128', description: 'as `size`' }, mood: { default: 'calm' } };

describe('/v1/recipes', () => {
  it('saves, reads, lists by pages, changes and deletes; versions only go up', async () => {
    const first = await save({
      name: 'first-card',
      request: CARD,
      variables: SIZED,
      description: 'for winter',
    });
    expect(first).toMatchObject({
      name: 'first-card',
      version: 1,
      request: CARD,
      variables: { ...SIZED, subject: {} },
    });
    expect(
      refusal(await send('POST', '/v1/recipes', { name: 'first-card', request: CARD, variables: SIZED })),
    ).toMatchObject({
      status: 409,
      code: 'conflict',
      param: 'name',
    });
    await save({ name: 'second-card', request: { prompt: 'a boat' } });
    const page = async (query: string) =>
      z
        .object({ data: z.array(recipe), has_more: z.boolean(), last_id: z.string() })
        .parse((await send('GET', `/v1/recipes?${query}`)).body);
    const one = await page('limit=1&after=f');
    expect([one.data.map(({ name }) => name), one.has_more]).toEqual([['first-card'], true]);
    expect((await page(`limit=1&after=${one.last_id}`)).data.map(({ name }) => name)).toEqual([
      'second-card',
    ]);

    const changed = recipe.parse((await send('PATCH', '/v1/recipes/first-card', { description: '' })).body);
    expect([changed.version, changed.description, changed.request]).toEqual([2, undefined, CARD]);
    const late = await send('PATCH', '/v1/recipes/first-card', { version: 1, description: 'x' });
    expect(refusal(late)).toMatchObject({ status: 409, code: 'conflict', param: 'version', nearest: 2 });
    expect((await send('PATCH', '/v1/recipes/first-card', {})).status).toBe(400);

    const gone = await send('DELETE', '/v1/recipes/first-card');
    expect(gone.body).toEqual({ id: 'first-card', object: 'recipe', deleted: true });
    expect(refusal(await send('GET', '/v1/recipes/first-card'))).toMatchObject({
      status: 404,
      code: 'not_found',
    });
    expect((await save({ name: 'first-card', request: { prompt: 'anew' } })).version).toBe(3);
  });

  it('takes the recipe of a picture, of the caller’s mode only', async () => {
    const picture = made.parse(
      (
        await server.generate({
          model: 'atelier-sketch',
          prompt: 'a flat icon of a bell',
          size: '96x96',
          user: 'u',
        })
      ).body,
    ).data[0];
    const saved = await save({ name: 'of-a-picture', image_id: picture?.id });
    expect(saved.request).toEqual({
      model: 'atelier-sketch',
      prompt: 'a flat icon of a bell',
      size: '96x96',
      seed: picture?.seed,
    });
    const again = made.parse((await server.generate({ recipe: 'of-a-picture' })).body);
    expect(again.data[0]?.seed).toBe(picture?.seed);
    const other = await send('POST', '/v1/recipes', { name: 'x', image_id: picture?.id }, server.liveKey);
    expect(refusal(other)).toMatchObject({ status: 404, code: 'not_found', param: 'image_id' });
  });

  it('looks a recipe over before it is saved', async () => {
    const tell = async (body: Record<string, unknown>) =>
      refusal(await send('POST', '/v1/recipes', { name: 'bad', ...body }));
    expect(await tell({})).toMatchObject({ status: 400, param: 'request' });
    expect(await tell({ request: {}, image_id: 'img_1' })).toMatchObject({ status: 400, param: 'image_id' });
    expect(await tell({ request: { modle: 'x' } })).toMatchObject({
      code: 'unknown_parameter',
      param: 'request.modle',
      nearest: 'model',
    });
    expect(await tell({ request: { model: 'atelier-sketsh' } })).toMatchObject({
      status: 404,
      code: 'model_not_found',
      param: 'request.model',
      nearest: 'atelier-sketch',
    });
    expect(await tell({ request: { size: '10x10' } })).toMatchObject({
      code: 'unsupported_size',
      param: 'request.size',
    });
    expect(
      await tell({ request: { size: '{{size}}' }, variables: { size: { default: 'big' } } }),
    ).toMatchObject({
      param: 'request.size',
    });
    expect(await tell({ request: { size: '{{size}}' } })).toMatchObject({ param: 'variables.size' });
    expect(await tell({ request: { stream: true } })).toMatchObject({ code: 'unknown_parameter' });
    expect(await tell({ request: { recipe: 'first-card' } })).toMatchObject({ code: 'unknown_parameter' });
    expect(await tell({ name: 'Winter Card', request: {} })).toMatchObject({ status: 400, param: 'name' });
    expect(await tell({ request: {}, variables: { 'A b': {} } })).toMatchObject({ status: 400 });
    expect((await send('GET', '/v1/recipes/bad')).status).toBe(404);
  });

  it('is read by viewers, written by developers, and told in the audit log', async () => {
    const [viewer, developer] = [await createKey('viewer'), await createKey('developer')];
    const body = { name: 'by-role', request: { prompt: 'a kite' } };
    expect(refusal(await send('POST', '/v1/recipes', body, viewer))).toMatchObject({
      status: 403,
      code: 'permission_denied',
    });
    expect((await send('POST', '/v1/recipes', body, developer)).status).toBe(201);
    expect((await send('GET', '/v1/recipes/by-role', undefined, viewer)).status).toBe(200);
    expect((await send('PATCH', '/v1/recipes/by-role', { description: 'x' }, viewer)).status).toBe(403);
    expect((await send('DELETE', '/v1/recipes/by-role', undefined, viewer)).status).toBe(403);
    expect((await send('PATCH', '/v1/recipes/by-role', { description: 'x' }, developer)).status).toBe(200);
    expect((await send('DELETE', '/v1/recipes/by-role', undefined, developer)).status).toBe(200);
    const audit = z
      .object({
        data: z.array(
          z.object({ action: z.string(), before: z.unknown().optional(), after: z.unknown().optional() }),
        ),
      })
      .parse((await send('GET', '/v1/audit?limit=3')).body);
    expect(audit.data).toMatchObject([
      { action: 'recipe.deleted', before: { name: 'by-role', version: 2, description: 'x' } },
      { action: 'recipe.changed', before: { version: 1 }, after: { version: 2, description: 'x' } },
      { action: 'recipe.created', after: { name: 'by-role', version: 1, request: { prompt: 'a kite' } } },
    ]);
  });
});

describe('a call with a recipe', () => {
  beforeAll(async () => {
    await save({ name: 'winter-card', request: CARD, variables: SIZED });
  });

  it('is filled, run and told, on test and live keys alike', async () => {
    for (const key of [server.testKey, server.liveKey]) {
      const answer = made.parse(
        (
          await server.generate(
            { recipe: 'winter-card', variables: { subject: 'a fox' }, size: '64x64' },
            key,
          )
        ).body,
      );
      expect(answer.data[0]).toMatchObject({ width: 64, height: 64 });
      expect(answer.receipt.prompt).toContain('a flat icon of a fox');
      expect(answer.receipt.recipe).toEqual({
        name: 'winter-card',
        version: 1,
        variables: { subject: 'a fox', mood: 'calm' },
        overridden: ['size'],
      });
      const read = made.parse(
        (await send('GET', `/v1/images/generations/${answer.id}`, undefined, key)).body,
      );
      expect(read.receipt.recipe).toEqual(answer.receipt.recipe);
    }
  });

  it('runs from the queue with what the recipe was when it was accepted', async () => {
    await save({
      name: 'queued',
      request: { model: 'atelier-sketch', prompt: 'a flat icon of {{what}}', size: '64x64' },
    });
    const accepted = await server.call('POST', '/v1/images/generations', {
      key: server.testKey,
      body: { recipe: 'queued', variables: { what: 'a drum' } },
      headers: { prefer: 'respond-async' },
    });
    expect(accepted.status).toBe(202);
    await send('DELETE', '/v1/recipes/queued');
    const { id } = z.object({ id: z.string() }).parse(accepted.body);
    const read = () => send('GET', `/v1/images/generations/${id}`);
    await expect
      .poll(async () => (await read()).body, { timeout: 30_000 })
      .toMatchObject({
        status: 'succeeded',
        receipt: { prompt: 'a flat icon of a drum', recipe: { name: 'queued', version: 1 } },
      });
    const again = await send(
      'POST',
      `/v1/images/${made.parse((await read()).body).data[0]?.id ?? ''}/replay`,
      {},
    );
    expect(made.parse(again.body).receipt.prompt).toBe('a flat icon of a drum');
  });

  it('is planned, also with pictures and as a form', async () => {
    const body = { recipe: 'winter-card', variables: { subject: 'a fox' } };
    const plan = planned.parse((await send('POST', '/v1/images/plan', body)).body);
    expect(plan.prompt.sent).toContain('a flat icon of a fox');
    expect(plan.recipe?.variables).toEqual({ subject: 'a fox', mood: 'calm', size: '128x128' });
    expect(planned.parse((await server.generate({ ...body, dry_run: true })).body).recipe).toEqual(
      plan.recipe,
    );

    const source = made.parse((await server.generate({ ...body, size: '64x64' })).body).data[0]?.id ?? '';
    await save({ name: 'snow', request: { model: 'atelier-sketch', prompt: 'make it {{weather}}' } });
    const form = new FormData();
    form.append('recipe', 'snow');
    form.append('variables', JSON.stringify({ weather: 'snow' }));
    const url = made.parse((await server.generate({ ...body, size: '64x64' })).body).data[0]?.url ?? '';
    form.append('image', new Blob([await (await fetch(url)).arrayBuffer()], { type: 'image/png' }), 'a.png');
    expect(made.parse((await server.edit(form)).body).receipt).toMatchObject({
      prompt: 'make it snow',
      recipe: { name: 'snow', version: 1 },
    });
    const edit = { recipe: 'snow', variables: { weather: 'rain' }, image: { image_id: source } };
    expect(made.parse((await server.edit(edit)).body).receipt.prompt).toBe('make it rain');
    expect(planned.parse((await server.edit({ ...edit, dry_run: true })).body).recipe?.name).toBe('snow');
  });

  it('names what is missing, unknown or too much', async () => {
    const tell = async (body: Record<string, unknown>) => refusal(await server.generate(body));
    expect(await tell({ recipe: 'winter-crad', variables: {} })).toMatchObject({
      status: 404,
      code: 'not_found',
      param: 'recipe',
      nearest: 'winter-card',
    });
    expect(await tell({ recipe: 'winter-card' })).toMatchObject({ status: 400, param: 'variables.subject' });
    expect(await tell({ recipe: 'winter-card', variables: { subjekt: 'a fox' } })).toMatchObject({
      status: 400,
      code: 'unknown_parameter',
      param: 'variables.subjekt',
      nearest: 'subject',
    });
    expect(await tell({ recipe: 'winter-card', variables: { subject: ['a'] } })).toMatchObject({
      status: 400,
      param: 'variables.subject',
    });
    expect(await tell({ recipe: 'winter-card', variables: { subject: 'a', size: 'huge' } })).toMatchObject({
      status: 400,
      param: 'size',
    });
    expect(await tell({ model: 'atelier-sketch', prompt: 'x', variables: { a: 'b' } })).toMatchObject({
      status: 400,
      param: 'variables',
    });
    await save({ name: 'no-model', request: { prompt: 'a kite' } });
    expect(await tell({ recipe: 'no-model' })).toMatchObject({ status: 400, param: 'model' });
    expect(await tell({ recipe: 'no-model', model: 'atelier-sketch', prompt: '' })).toMatchObject({
      param: 'prompt',
    });
  });

  it('is one purchase under one idempotency key, whatever becomes of the recipe', async () => {
    await save({
      name: 'bought',
      request: { model: 'atelier-sketch', prompt: 'a flat icon of {{what}}', size: '64x64' },
    });
    const buy = (what: string) =>
      server.call('POST', '/v1/images/generations', {
        key: server.testKey,
        body: { recipe: 'bought', variables: { what } },
        headers: { 'idempotency-key': 'recipe-1' },
      });
    const first = made.parse((await buy('a cup')).body);
    await send('PATCH', '/v1/recipes/bought', {
      request: { model: 'atelier-sketch', prompt: 'two of {{what}}' },
    });
    const second = await buy('a cup');
    expect([made.parse(second.body).id, second.headers.get('idempotent-replayed')]).toEqual([
      first.id,
      'true',
    ]);
    expect(refusal(await buy('a pot'))).toMatchObject({ status: 422, code: 'idempotency_conflict' });
  });

  it('gives a value no power that a prompt has not: words of failure act on test keys alone', async () => {
    const variables = { subject: 'a {{mood}} fox [[emulate:moderated-prompt]]' };
    const body = { recipe: 'winter-card', variables, model: 'dall-e-2', size: '512x512' };
    expect(refusal(await server.generate(body))).toMatchObject({
      status: 400,
      code: 'content_policy_violation',
    });
    const live = made.parse(
      (await server.generate({ ...body, model: 'atelier-sketch' }, server.liveKey)).body,
    );
    expect(live.receipt.prompt).toContain('a {{mood}} fox');
  });
});
