/** Prompts in parts over HTTP: composed, parsed, planned, pinned, sent, and told in the receipt. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { failure, generation } from '../support/answers.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await server.call('PATCH', '/v1/workspace', {
    key: server.liveKey,
    body: { prc_opt_in: true, confirm: 'default' },
  });
});
afterAll(() => server.stop());

const PARTS = {
  subject: 'a stone bridge over a pond',
  style: 'loose watercolour',
  lighting: 'summer evening',
  details: 'one paper lantern',
  avoid: ['people', 'boats'],
  text: 'HANAMI',
};
const GUIDE_MODELS = [
  'dall-e-3',
  'gemini-2-5-flash-image',
  'imagen-4',
  'qwen-image',
  'flux-1-pro',
  'grok-image',
];

const composition = z.object({
  object: z.literal('prompt.composition'),
  prompt: z.looseObject({}),
  renderings: z.array(
    z.object({
      model: z.string(),
      prompt: z.string().optional(),
      negative_prompt: z.string().optional(),
      left_out: z.array(z.string()),
      chars: z.number(),
      max_chars: z.number(),
      explanation: z.array(z.string()),
    }),
  ),
});
const plan = z.looseObject({
  object: z.literal('image.plan'),
  prompt: z.object({
    given: z.unknown(),
    sent: z.string(),
    negative_prompt_sent: z.string().optional(),
    changes: z.array(z.object({ op: z.string(), text: z.string() })).optional(),
    revision: z.string(),
    pin: z.record(z.string(), z.unknown()),
  }),
  candidates: z.array(z.looseObject({ calls: z.array(z.looseObject({ body: z.unknown() })) })),
  adjustments: z.array(z.looseObject({ param: z.string(), reason: z.string() })),
});
const receipts = generation.extend({
  receipt: z.looseObject({
    prompt: z.string(),
    prompt_sent: z.string(),
    prompt_parts: z.unknown().optional(),
    negative_prompt_sent: z.string().optional(),
    prompt_diff: z
      .object({
        sent: z.array(z.object({ op: z.string(), text: z.string() })).optional(),
        reported: z.array(z.object({ op: z.string(), text: z.string() })).optional(),
      })
      .optional(),
  }),
});

const post = (path: string, body: unknown) => server.call('POST', path, { key: server.testKey, body });
const paramsOf = (adjustments: readonly { param: string }[]) => adjustments.map(({ param }) => param);

describe('POST /v1/prompts/compose', () => {
  it('words one prompt for all models of the guide, each explained, as a plan would send it', async () => {
    const answer = await post('/v1/prompts/compose', { prompt: PARTS, models: GUIDE_MODELS });
    expect(answer.status).toBe(200);
    const { renderings } = composition.parse(answer.body);
    expect(renderings.map(({ model }) => model)).toEqual(GUIDE_MODELS);
    for (const rendering of renderings) {
      const planned = plan.parse(
        (await post('/v1/images/plan', { model: rendering.model, prompt: PARTS })).body,
      );
      expect(rendering.prompt).toBe(planned.prompt.sent);
      expect(rendering.negative_prompt).toBe(planned.prompt.negative_prompt_sent);
      expect(rendering.chars).toBeLessThanOrEqual(rendering.max_chars);
      expect(rendering.explanation.length).toBeGreaterThan(2);
      expect(`${rendering.prompt ?? ''} ${rendering.negative_prompt ?? ''}`).toMatch(/people.*boats/);
      expect(rendering.prompt).toContain('"HANAMI"');
    }
    const wordings = new Set(renderings.map(({ prompt }) => prompt));
    expect(wordings.size).toBeGreaterThan(3);
    expect(renderings.find(({ model }) => model === 'qwen-image')?.negative_prompt).toBe('people, boats');
  });

  it('names parts in Chinese for a Chinese prompt', async () => {
    const prompt = { subject: '一座石桥横跨池塘', style: '水彩', text: '夏', avoid: ['人物'] };
    const answer = await post('/v1/prompts/compose', { prompt, models: ['qwen-image', 'dall-e-3'] });
    const [qwen, dalle] = composition.parse(answer.body).renderings;
    expect(qwen).toMatchObject({
      prompt: '一座石桥横跨池塘。风格：水彩。文字："夏"。',
      negative_prompt: '人物',
    });
    expect(dalle?.prompt).toBe('一座石桥横跨池塘。风格：水彩。文字："夏"。不要人物。');
    expect(dalle?.explanation.join(' ')).toContain('not known to letter Chinese characters');
  });

  it('leaves out whole parts where there is no room, and says which', async () => {
    const long = {
      subject: 'a fox',
      details: 'red leaves '.repeat(80),
      mood: 'calm '.repeat(30),
      avoid: ['rain'],
    };
    const answer = await post('/v1/prompts/compose', { prompt: long, models: ['qwen-image'] });
    expect(composition.parse(answer.body).renderings[0]).toMatchObject({
      left_out: ['mood', 'details'],
      negative_prompt: 'rain',
    });
  });

  it.each([
    [{ prompt: { subjct: 'a fox' }, models: ['dall-e-3'] }, 'unknown_parameter', 'prompt.subjct'],
    [{ prompt: { avoid: ['rain'] }, models: ['dall-e-3'] }, 'invalid_request', 'prompt'],
    [{ prompt: { subject: 7 }, models: ['dall-e-3'] }, 'invalid_request', 'prompt.subject'],
    [{ prompt: 'a fox', models: [] }, 'invalid_request', 'models'],
    [{ prompt: 'a fox', models: ['dall-e-33'] }, 'model_not_found', 'model'],
    [{ prompt: ' ', models: ['dall-e-3'] }, 'invalid_request', 'prompt'],
    [{ models: ['dall-e-3'] }, 'invalid_request', 'prompt'],
  ])('refuses %j', async (body, code, param) => {
    const answer = await post('/v1/prompts/compose', body);
    expect(failure.parse(answer.body).error).toMatchObject({ code, param });
  });

  it('names the nearest part for a misspelt one', async () => {
    const answer = await server.generate({ model: 'atelier-sketch', prompt: { subjct: 'a fox' } });
    expect(failure.parse(answer.body).error).toMatchObject({ param: 'prompt.subjct', nearest: 'subject' });
  });
});

describe('POST /v1/prompts/parse', () => {
  it('splits text into parts', async () => {
    const prompt =
      'A watercolour of a stone bridge over a pond, one paper lantern, summer evening, no people, calm';
    expect((await post('/v1/prompts/parse', { prompt })).body).toEqual({
      object: 'prompt.parts',
      language: 'en',
      prompt: {
        style: 'watercolour',
        subject: 'a stone bridge over a pond',
        details: 'one paper lantern',
        lighting: 'summer evening',
        avoid: ['people'],
        mood: 'calm',
      },
    });
  });

  // Anything quadratic would take minutes; the limit only has to survive a busy machine.
  it('takes the longest prompt that there is in linear time', { timeout: 120_000 }, async () => {
    for (const unit of ['a,', '"', '“', 'no ', 'Style:', '. A', '- ', 'of ']) {
      const prompt = `x ${unit.repeat(Math.floor(199_000 / unit.length))}`;
      const started = performance.now();
      expect((await post('/v1/prompts/parse', { prompt })).status).toBe(200);
      expect(performance.now() - started).toBeLessThan(10_000);
    }
  });
});

describe('a prompt in parts', () => {
  it('is worded for the model, told in the adjustments and whole in the receipt', async () => {
    const answer = await server.generate({ model: 'dall-e-3', prompt: PARTS, size: '1024x1024' });
    expect(answer.status).toBe(200);
    const { receipt, adjustments } = receipts.parse(answer.body);
    expect(receipt.prompt_parts).toEqual(PARTS);
    expect(receipt.prompt_sent).toBe(
      'a stone bridge over a pond. Style: loose watercolour. Lighting: summer evening. Details: one paper lantern. ' +
        'Text: "HANAMI". No people, no boats.',
    );
    expect(paramsOf(adjustments)).toEqual(expect.arrayContaining(['prompt', 'prompt.avoid']));
  });

  it('goes to the native negative field where there is one, together with negative_prompt', async () => {
    const answer = await server.generate({
      model: 'atelier-sketch',
      prompt: PARTS,
      negative_prompt: 'rain',
      size: '256x256',
    });
    expect(receipts.parse(answer.body).receipt).toMatchObject({
      negative_prompt_sent: 'people, boats, rain',
    });
  });

  it('may stand in a form as JSON text; other text in braces stays text', async () => {
    const form = (prompt: string) => {
      const data = new FormData();
      data.set('model', 'atelier-sketch');
      data.set('prompt', prompt);
      return server.call('POST', '/v1/images/plan', { key: server.testKey, raw: data });
    };
    expect(plan.parse((await form(JSON.stringify(PARTS))).body).prompt.given).toEqual(PARTS);
    expect(plan.parse((await form('{curly} fox')).body).prompt.sent).toBe('{curly} fox');
    expect(plan.parse((await form('{"scene": "a fox"}')).body).prompt.sent).toBe('{"scene": "a fox"}');
    const wrong = await form('{"subject": "a fox", "stile": "ink"}');
    expect(failure.parse(wrong.body).error).toMatchObject({ param: 'prompt.stile', nearest: 'style' });
  });

  it('is refused whole where strictness forbids to leave anything out', async () => {
    const long = { subject: 'a fox', details: 'red leaves '.repeat(80) };
    const body = { model: 'qwen-image', prompt: long };
    expect((await server.generate({ ...body, dry_run: true })).status).toBe(200);
    const strict = failure.parse((await server.generate({ ...body, dry_run: true, adapt: 'strict' })).body);
    expect(strict.error).toMatchObject({ code: 'prompt_too_long', param: 'prompt' });
  });
});

describe('prompt_revision: "preview"', () => {
  it.each(GUIDE_MODELS)(
    'shows at no cost what %s would get, and what it shows can be pinned',
    async (model) => {
      const before = await server.call('GET', '/v1/credits', { key: server.testKey });
      const preview = await server.generate({ model, prompt: PARTS, prompt_revision: 'preview' });
      expect(preview.status).toBe(200);
      const { prompt, candidates } = plan.parse(preview.body);
      expect(prompt.given).toEqual(PARTS);
      expect(prompt.sent).toContain('stone bridge');
      expect((await server.call('GET', '/v1/credits', { key: server.testKey })).body).toEqual(before.body);
      const pinned = plan.parse((await server.generate({ model, ...prompt.pin, dry_run: true })).body);
      expect(pinned.prompt.sent).toBe(prompt.sent);
      expect(pinned.candidates[0]?.calls.map((call) => call.body)).toEqual(
        candidates[0]?.calls.map((call) => call.body),
      );
    },
  );

  it('says how far the provider is kept from rewriting', async () => {
    const revisionOf = async (model: string) =>
      plan.parse((await server.generate({ model, prompt: 'a fox', prompt_revision: 'preview' })).body).prompt
        .revision;
    expect(await revisionOf('dall-e-3')).toBe('best_effort');
    expect(await revisionOf('qwen-image')).toBe('prevented');
    expect(await revisionOf('imagen-4')).toBe('possible');
    expect(await revisionOf('gemini-2-5-flash-image')).toBe('never');
  });

  it('works for edits', async () => {
    const first = generation.parse(
      (await server.generate({ model: 'atelier-sketch', prompt: 'a fox', size: '64x64' })).body,
    );
    const body = { model: 'atelier-sketch', prompt: 'make it winter', prompt_revision: 'preview' };
    const preview = await server.edit({ ...body, image: { image_id: first.data[0]?.id } });
    expect(plan.parse(preview.body).prompt.sent).toBe('make it winter');
  });
});

describe('the word diff', () => {
  it('tells what the provider says that it made of the prompt', async () => {
    const answer = await server.generate({ model: 'dall-e-3', prompt: 'a red fox', size: '1024x1024' });
    const { receipt, data } = receipts.parse(answer.body);
    expect(data[0]?.revised_prompt).toBeDefined();
    const reported = receipt.prompt_diff?.reported ?? [];
    const side = (op: string) =>
      reported
        .filter((change) => change.op === 'same' || change.op === op)
        .map((change) => change.text)
        .join('');
    expect(side('removed')).toBe(receipt.prompt_sent);
    expect(side('added')).toBe(data[0]?.revised_prompt);
    expect(receipt.prompt_diff?.sent).toBeUndefined();
  });

  it('tells what the gateway added', async () => {
    const answer = await server.generate({
      model: 'dall-e-3',
      prompt: 'a red fox',
      negative_prompt: 'rain',
      size: '1024x1024',
    });
    expect(receipts.parse(answer.body).receipt.prompt_diff?.sent).toEqual([
      { op: 'same', text: 'a red fox' },
      { op: 'added', text: '. No rain.' },
    ]);
  });
});

describe('POST /v1/prompts/lint', () => {
  const findings = z.object({
    offsets: z.literal('utf-16'),
    has_more: z.boolean(),
    findings: z.array(
      z.object({
        rule: z.string(),
        field: z.string(),
        start: z.number(),
        end: z.number(),
        message: z.string(),
        model: z.string().optional(),
        suggestions: z.array(
          z.object({
            label: z.string(),
            edits: z.array(
              z.object({ field: z.string(), start: z.number(), end: z.number(), text: z.string() }),
            ),
          }),
        ),
      }),
    ),
  });
  const lint = async (body: unknown) => findings.parse((await post('/v1/prompts/lint', body)).body).findings;

  it('counts in UTF-16 units', async () => {
    const prompt = '👩‍🎨 at work, a beautiful garden, oil painting';
    const [finding] = await lint({ prompt });
    expect(finding?.rule).toBe('vague-word');
    expect(prompt.slice(finding?.start, finding?.end)).toBe('beautiful');
    const [edit] = finding?.suggestions[0]?.edits ?? [];
    expect(prompt.slice(0, edit?.start) + (edit?.text ?? '') + prompt.slice(edit?.end)).toBe(
      '👩‍🎨 at work, a garden, oil painting',
    );
  });

  it('looks at each model that is named', async () => {
    const prompt = `a harbour, ${'boats on the mud, '.repeat(60)}photograph`;
    const found = await lint({ prompt, models: ['qwen-image', 'gpt-image-2'] });
    expect(found.map(({ rule, model }) => [rule, model])).toContainEqual(['too-long', 'qwen-image']);
    expect(found.some(({ model }) => model === 'gpt-image-2')).toBe(false);
  });

  it('finds nothing in a prompt in parts that says what is to be seen', async () => {
    expect(await lint({ prompt: PARTS, models: GUIDE_MODELS })).toEqual([]);
  });

  it.each([
    [{ prompt: 'x'.repeat(32_001) }, 'invalid_request', 'prompt'],
    [{ prompt: 'a fox', models: ['no-such-model'] }, 'model_not_found', 'model'],
    [{ prompt: 7 }, 'invalid_request', 'prompt'],
    [{}, 'invalid_request', 'prompt'],
    [{ prompt: 'a fox', modle: 'dall-e-3' }, 'unknown_parameter', 'modle'],
  ])('refuses bodies like %#', async (body, code, param) => {
    expect(failure.parse((await post('/v1/prompts/lint', body)).body).error).toMatchObject({ code, param });
  });
});
