/** Comparisons: a matrix of generations, quoted, held and cancelled as one, with a contact sheet at its end. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { decode, failure } from '../support/answers.js';
import { PROOF } from '../support/comparison-proof.js';
import {
  beginComparison,
  comparison,
  comparisonPlan,
  endOfComparison,
  expectBalancedComparison,
  micro,
} from '../support/comparisons.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server.stop();
});

const path = '/v1/images/comparisons';
const compare = (body: unknown, headers: Record<string, string> = {}, key = server.testKey) =>
  server.call('POST', path, { key, body, headers });
const small = {
  sizes: ['64x64', '128x64'],
  base: { model: 'atelier-sketch', prompt: 'a flat icon of a fox' },
};
const read = (id: string, key = server.testKey) => server.call('GET', `${path}/${id}`, { key });
const contentOf = async (fileId: string, key = server.testKey) => {
  const response = await fetch(`${server.url}/v1/files/${fileId}/content`, {
    headers: { authorization: `Bearer ${key}` },
  });
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
};
const errorOf = (answer: { readonly body: unknown }) => failure.parse(answer.body).error;

async function newKey(limits: Record<string, unknown>, role = 'developer'): Promise<string> {
  const body = { kind: 'test', role, name: 'limited', limits };
  const answer = await server.call('POST', '/v1/keys', { key: server.liveKey, body });
  return z.object({ key: z.string() }).parse(answer.body).key;
}

describe('six models, two prompts, two sizes, three of 24 cells without a picture', () => {
  let ended: z.output<typeof comparison>;
  beforeAll(async () => {
    const plan = comparisonPlan.parse((await compare({ ...PROOF, dry_run: true })).body);
    const before = await server.call('GET', '/v1/credits', { key: server.testKey });
    const accepted = await beginComparison(server, server.testKey, PROOF);
    expect(plan.quote).toMatchObject({ cells: 24, refused: 2, credits: accepted.credits_quoted });
    const sum = plan.cells.reduce((total, { credits = 0 }) => total + micro(credits), 0);
    expect(sum).toBe(micro(accepted.credits_quoted));
    ended = await endOfComparison(server, server.testKey, accepted.id);
    const after = await server.call('GET', '/v1/credits', { key: server.testKey });
    const balance = (answer: { body: unknown }) =>
      micro(z.object({ balance: z.number() }).parse(answer.body).balance);
    expect(balance(before) - balance(after)).toBe(micro(ended.credits_used));
  });

  it('is one matrix of 24 generations with their coordinates and what changed', () => {
    expect(ended.cells).toHaveLength(24);
    expect(ended.cells[0]).toMatchObject({ coordinates: { model: 0, prompt: 0, size: 0 }, vary: [] });
    expect(ended.cells[1]).toMatchObject({ coordinates: { model: 0, prompt: 0, size: 1 }, vary: ['size'] });
    expect(ended.cells[4]?.vary).toEqual(['model']);
    expect(ended.cells[23]?.vary).toEqual(['model', 'prompt', 'size']);
    const ids = ended.cells.flatMap(({ generation_id: id }) => (id === undefined ? [] : [id]));
    expect(new Set(ids).size).toBe(22);
  });

  it('names the three cells that failed, which cost nothing', () => {
    expect(ended).toMatchObject({
      status: 'partial',
      counts: { total: 24, queued: 0, running: 0, succeeded: 21, failed: 3, cancelled: 0 },
    });
    const failed = ended.cells.filter(({ status }) => status === 'failed');
    expect(failed.map(({ coordinates, error }) => [coordinates, error?.code])).toEqual([
      [{ model: 1, prompt: 0, size: 0 }, 'content_policy_violation'],
      [{ model: 1, prompt: 0, size: 1 }, 'unsupported_size'],
      [{ model: 1, prompt: 1, size: 1 }, 'unsupported_size'],
    ]);
    expect(failed[1]?.error?.['param']).toBe('sizes.1');
    expect(failed.every(({ images, credits_used: used }) => images.length === 0 && used === 0)).toBe(true);
  });

  it('charges what its cells cost, and every entry of the ledger says so', async () => {
    await expectBalancedComparison(server, server.testKey, ended);
  });

  it('tells model, provider, pixels and adjustments of every picture', () => {
    const made = ended.cells.filter(({ images }) => images.length > 0);
    for (const { coordinates, images, model, provider, latency_ms: latency } of made) {
      expect(model).toBe(PROOF.models[coordinates['model'] ?? -1]);
      expect(provider).toBeDefined();
      expect(latency).toBeGreaterThanOrEqual(0);
      const [width, height] = (PROOF.sizes[coordinates['size'] ?? -1] ?? '').split('x').map(Number);
      expect(images[0]).toMatchObject({ width, height });
    }
    expect(ended.cells[9]?.adjustments.map(({ param }) => param)).toContain('size');
  });

  it('has a table by value of each axis that adds up', () => {
    for (const { axis, values } of ended.axes) {
      const lines = ended.table.filter((line) => line.axis === axis);
      expect(lines.map(({ value }) => value)).toEqual(values.map((_value, index) => index));
      const sum = (name: 'cells' | 'succeeded' | 'failed') =>
        lines.reduce((total, line) => total + line[name], 0);
      expect([sum('cells'), sum('succeeded'), sum('failed')]).toEqual([24, 21, 3]);
      expect(lines.reduce((total, line) => total + micro(line.credits_used), 0)).toBe(
        micro(ended.credits_used),
      );
    }
    const lone = ended.table.find(({ axis, value }) => axis === 'model' && value === 1);
    expect(lone).toMatchObject({ cells: 4, succeeded: 1, failed: 3 });
    expect(lone?.latency_ms?.min).toBe(lone?.latency_ms?.max);
  });

  it('has a contact sheet that is a file', async () => {
    expect(ended.warnings).toEqual([]);
    const bytes = await contentOf(ended.sheet?.file_id ?? '');
    const sheet = await decode(bytes);
    expect(sheet.format).toBe('webp');
    expect(Math.max(sheet.width, sheet.height)).toBeLessThanOrEqual(4096);
    expect(Math.min(sheet.width, sheet.height)).toBeGreaterThan(1000);
    const file = await server.call('GET', `/v1/files/${ended.sheet?.file_id ?? ''}`, { key: server.testKey });
    expect(file.body).toMatchObject({ filename: `comparison-${ended.id}.webp`, mime_type: 'image/webp' });
  });

  it('is found in the list and from its cells', async () => {
    const list = await server.call('GET', `${path}?limit=1`, { key: server.testKey });
    expect(list.body).toMatchObject({ data: [{ id: ended.id, status: 'partial' }] });
    expect(JSON.stringify(list.body)).not.toContain('"cells"');
    const cell = await server.call('GET', `/v1/images/generations/${ended.cells[0]?.generation_id ?? ''}`, {
      key: server.testKey,
    });
    expect(cell.body).toMatchObject({ comparison_id: ended.id });
  });
});

describe('a comparison', () => {
  it('waits for its end, as long as the caller wants to', async () => {
    const whole = await compare(small);
    expect([whole.status, whole.body]).toMatchObject([
      200,
      { status: 'succeeded', counts: { succeeded: 2 } },
    ]);
    const impatient = await compare({ ...small, sheet: false }, { prefer: 'wait=0' });
    expect(impatient.status).toBe(202);
    const { id } = comparison.parse(impatient.body);
    expect(impatient.headers.get('location')).toBe(`${path}/${id}`);
    const ended = await endOfComparison(server, server.testKey, id);
    expect(ended.sheet).toBeUndefined();
    expect(ended.warnings).toEqual([]);
  });

  it('is begun once under one idempotency key, by calls at once too', async () => {
    const headers = { 'idempotency-key': 'compare-once', prefer: 'respond-async' };
    const answers = await Promise.all([1, 2, 3].map(() => compare(small, headers)));
    const ids = answers.map(({ body }) => comparison.parse(body).id);
    expect(new Set(ids).size).toBe(1);
    expect(answers.filter(({ headers: sent }) => sent.get('idempotent-replayed') === 'true')).toHaveLength(2);
    await endOfComparison(server, server.testKey, ids[0] ?? '');
    const later = await compare(small, headers);
    expect([later.status, comparison.parse(later.body).id]).toEqual([200, ids[0]]);
    const other = await compare({ ...small, sheet: false }, headers);
    expect([other.status, errorOf(other).code]).toEqual([422, 'idempotency_conflict']);
  });

  it('is refused as a whole where the credits or the budget are not enough for the sum', async () => {
    const dear = { models: ['dall-e-3'], seeds: [1, 2, 3], base: { prompt: 'a pond', size: '1024x1024' } };
    const { quote } = comparisonPlan.parse((await compare({ ...dear, dry_run: true })).body);
    expect(quote.credits).toBe(12);
    const poor = await newKey({ monthly_credits: 10 });
    const refused = await compare(dear, {}, poor);
    expect([refused.status, errorOf(refused).code]).toEqual([402, 'budget_exceeded']);
    expect(errorOf(refused).message).toContain('up to 12');
    const rich = {
      ...dear,
      seeds: Array.from({ length: 100 }, (_, seed) => seed),
      base: { ...dear.base, n: 10 },
    };
    const broke = await compare(rich);
    expect(broke.status).toBe(402);
    expect(errorOf(broke)).toMatchObject({ code: 'insufficient_credits', required: 4000 });
    const list = await server.call('GET', path, { key: poor });
    expect(JSON.stringify(list.body)).not.toContain('"dall-e-3"');
    const credits = await server.call('GET', '/v1/credits', { key: server.testKey });
    expect(credits.body).toMatchObject({ held: 0 });
  });

  it('runs the cells that can run; where none can, the first reason is answered', async () => {
    const mixed = {
      models: ['atelier-sketch', 'qwen-image', 'dall-e-33'],
      base: { prompt: 'a fox', size: '64x64' },
    };
    const plan = comparisonPlan.parse((await compare({ ...mixed, dry_run: true })).body);
    expect(plan.cells.map(({ error }) => error?.code)).toEqual([
      undefined,
      'prc_opt_in_required',
      'model_not_found',
    ]);
    const ended = comparison.parse((await compare(mixed)).body);
    expect(ended.cells.map(({ status }) => status)).toEqual(['succeeded', 'failed', 'failed']);
    expect(ended.cells[2]?.error).toMatchObject({ param: 'models.2', nearest: 'dall-e-3' });
    await expectBalancedComparison(server, server.testKey, ended);
    const none = await compare({ ...mixed, models: ['qwen-image', 'dall-e-33'] });
    expect([none.status, errorOf(none).code, errorOf(none).param]).toEqual([
      403,
      'prc_opt_in_required',
      'models.0',
    ]);
  });

  it('ends with a warning where the storage is full', async () => {
    const full = await newKey({ storage_bytes: 1 });
    const ended = comparison.parse((await compare(small, {}, full)).body);
    expect(ended).toMatchObject({ status: 'succeeded' });
    expect(ended.sheet).toBeUndefined();
    expect(ended.warnings).toEqual([expect.stringContaining('the storage is full')]);
  });

  it('takes parts of a prompt, several pictures a cell, png and a dark sheet of its own size', async () => {
    const ended = comparison.parse(
      (
        await compare({
          prompts: ['一只狐狸, Αλεπού, лиса, 狐が森に \u{1F600}', { subject: 'a summer lake', mood: 'calm' }],
          base: { model: 'atelier-sketch', size: '64x128', n: 2, persist: true },
          sheet: { format: 'png', theme: 'dark', max_edge: 600, title: 'Foxes' },
        })
      ).body,
    );
    expect(ended.cells.map(({ images }) => images.length)).toEqual([2, 2]);
    expect(ended.cells.flatMap(({ images }) => images).every((image) => 'file_id' in image)).toBe(true);
    const sheet = await decode(await contentOf(ended.sheet?.file_id ?? ''));
    expect(sheet.format).toBe('png');
    expect(Math.max(sheet.width, sheet.height)).toBe(600);
  });

  it.each([
    [{ modles: ['a'] }, 'modles', 'models'],
    [{ ...small, base: { ...small.base, qualty: 'high' } }, 'base.qualty', 'quality'],
    [{ ...small, sheet: { formt: 'png' } }, 'sheet.formt', 'format'],
    [
      { ...small, prompt_replace: { replace: 'fox', with: ['owl'], wiht: 'x' } },
      'prompt_replace.wiht',
      'with',
    ],
    [{ prompts: [{ subjct: 'a fox' }], base: { model: 'dall-e-3' } }, 'prompts.0.subjct', 'subject'],
    [{ ...small, prompt_replace: { replace: 'foks', with: ['owl'] } }, 'prompt_replace.replace', 'fox'],
    [{ ...small, sheet: { format: 'pngg' } }, 'sheet.format', 'png'],
    [{ ...small, base: { ...small.base, stream: true } }, 'base.stream', undefined],
    [{ ...small, base: { ...small.base, response_format: 'b64_json' } }, 'base.response_format', undefined],
    [{ ...small, sizes: [] }, 'sizes', 1],
    [{ ...small, seeds: ['1'] }, 'seeds.0', undefined],
    [{ base: small.base }, 'models', undefined],
  ])('refuses %j, naming the field and the nearest name', async (body, param, nearest) => {
    const refused = await compare(body);
    expect(refused.status).toBe(400);
    expect(errorOf(refused).param).toBe(param);
    expect(errorOf(refused)['nearest']).toBe(nearest);
  });

  it('has a saved recipe behind its base, whose version stands in the receipt of every cell', async () => {
    const request = {
      model: 'dall-e-3',
      prompt: 'a flat icon of a {{animal}} in {{place}}',
      size: '64x64',
      response_format: 'b64_json',
    };
    const saved = await server.call('POST', '/v1/recipes', {
      key: server.testKey,
      body: { name: 'icons', request },
    });
    expect(saved.status).toBeLessThan(300);
    const matrix = (variables: object) => ({
      models: ['atelier-sketch'],
      seeds: [1, 2],
      base: { recipe: 'icons', variables },
    });
    const ended = comparison.parse((await compare(matrix({ animal: 'fox', place: 'snow' }))).body);
    expect(ended).toMatchObject({ status: 'succeeded', counts: { total: 2 } });
    const cell = await server.call('GET', `/v1/images/generations/${ended.cells[1]?.generation_id ?? ''}`, {
      key: server.testKey,
    });
    expect(cell.body).toMatchObject({
      receipt: {
        prompt: 'a flat icon of a fox in snow',
        model: 'atelier-sketch',
        recipe: {
          name: 'icons',
          version: 1,
          variables: { animal: 'fox', place: 'snow' },
          overridden: ['model'],
        },
      },
    });
    const missing = await compare(matrix({ animal: 'fox' }));
    expect([missing.status, errorOf(missing).param]).toEqual([400, 'base.variables.place']);
    const unknown = await compare({ ...matrix({}), base: { recipe: 'icon' } });
    expect([unknown.status, errorOf(unknown).param, errorOf(unknown)['nearest']]).toEqual([
      404,
      'base.recipe',
      'icons',
    ]);
    const lone = await compare({ ...small, base: { ...small.base, variables: { animal: 'fox' } } });
    expect([lone.status, errorOf(lone).param]).toEqual([400, 'base.variables']);
  });

  it('takes a role that may generate', async () => {
    const viewer = await newKey({}, 'viewer');
    expect((await compare(small, {}, viewer)).status).toBe(403);
    const ended = comparison.parse((await compare(small)).body);
    expect((await read(ended.id, viewer)).status).toBe(200);
    const cancelled = await server.call('DELETE', `${path}/${ended.id}`, { key: viewer });
    expect(cancelled.status).toBe(403);
  });

  it('is listed by pages, newest first', async () => {
    server.setTime(new Date('2026-11-22T13:00:00Z'));
    const newest = comparison.parse((await compare({ ...small, sheet: false })).body);
    expect(newest.base).toEqual(small.base);
    const page = z.object({
      data: z.array(z.object({ id: z.string(), base: z.record(z.string(), z.unknown()) })),
      has_more: z.boolean(),
      last_id: z.string().optional(),
    });
    const seen: string[] = [];
    const bases: unknown[] = [];
    for (let after = '', more = true; more;) {
      const answer = await server.call('GET', `${path}?limit=3${after}`, { key: server.testKey });
      const found = page.parse(answer.body);
      seen.push(...found.data.map(({ id }) => id));
      bases.push(...found.data.map(({ base }) => base));
      more = found.has_more;
      after = `&after=${found.last_id ?? ''}`;
    }
    expect(seen[0]).toBe(newest.id);
    expect(bases[0]).toEqual(small.base);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBeGreaterThan(5);
    const live = await server.call('GET', path, { key: server.liveKey });
    expect(live.body).toMatchObject({ data: [] });
  });
});
