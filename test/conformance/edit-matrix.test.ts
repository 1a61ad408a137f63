/**
 * Every model that edits × every factor of an edit, through the public API. The rows of a model hold every value of every
 * factor; which values meet in a row differs from model to model. The editing models of the guide meet every pair.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { entryFor } from '../../src/catalogue/operation-entry.js';
import type { ModelEntry, Size } from '../../src/providers/model.js';
import { providers } from '../../src/providers/registry.js';
import { failure, fetchPicture, generation } from '../support/answers.js';
import { createMask, createSource } from '../support/edit-pictures.js';
import { pairwise } from '../support/pairwise.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { judgeEdit } from './edit-outcome.js';
import { sendEdit, TRANSPORTS, type Earlier, type EarlierPictures, type EditWish } from './edit-request.js';
import { ONLY_MASKED, PLAIN, rowsOf, scaled, SIZES, SMALL, WIDE } from './edit-rows.js';
import { editingModels, GUIDE_MODELS, inParallel, PROMPT } from './models.js';

const MAX_REQUESTS = 420;
const LANES = 4;
/** Paints its edits in full, in this process: it meets a fourth of the pairs. */
const SLOW = ['atelier-sketch'];
const pairSchema = z.object({
  area: z.number(),
  kind: z.number(),
  transport: z.number(),
  source: z.number(),
  format: z.number(),
  inputs: z.number(),
  url: z.number(),
});
const planSchema = z.object({
  quote: z.object({ credits: z.number() }),
  adjustments: z.array(z.looseObject({ param: z.string() })),
});

let server: TestServer;
let entries: readonly ModelEntry[];
let requests = 0;

beforeAll(async () => {
  server = await startTestServer();
  await server.call('POST', '/v1/credits/test', { key: server.testKey, body: { credits: 1_000_000 } });
  await server.call('PATCH', '/v1/workspace', {
    key: server.liveKey,
    body: { prc_opt_in: true, confirm: 'default' },
  });
  const offered = await editingModels(server, server.testKey);
  const known = providers.flatMap((provider) => provider.models);
  entries = offered.flatMap(({ id }) =>
    known.filter(({ slug }) => slug === id).map((entry) => entryFor(entry, 'edit')),
  );
  expect(entries.length).toBe(offered.length);
  expect(entries.length).toBeGreaterThan(30);
});
afterAll(async () => {
  await server.stop();
});

const made = new Map<string, Promise<Earlier>>();

/** A picture that the built-in painter made before, to be edited by its id. */
const earlier: EarlierPictures = (format, { width, height }) => {
  const name = `${format} ${width}x${height}`;
  const found = made.get(name) ?? generateEarlier(format, { width, height });
  made.set(name, found);
  return found;
};

async function generateEarlier(format: string, { width, height }: Size): Promise<Earlier> {
  requests += 1;
  const answer = await server.generate({
    model: 'atelier-sketch',
    prompt: PROMPT,
    size: `${width}x${height}`,
    output_format: format,
    response_format: 'url',
  });
  const [image] = generation.parse(answer.body).data;
  if (image === undefined) throw new Error('nothing to edit was made');
  const { bytes } = await fetchPicture(image.url);
  return { id: image.id, picture: { bytes, mimeType: `image/${format}`, width, height } };
}

/** Judges all edits and says which were not as they must be. */
async function judgeAll(cells: readonly { entry: ModelEntry; wish: EditWish }[]) {
  const failures: string[] = [];
  const kinds = { native: 0, adapted: 0, refused: 0 };
  await inParallel(cells, LANES, async ({ entry, wish }) => {
    requests += 1;
    try {
      kinds[(await judgeEdit(server, entry, wish, earlier)).kind] += 1;
    } catch (error) {
      failures.push(`${entry.slug} ${JSON.stringify(wish)}: ${String(error)}`);
    }
  });
  return { failures, kinds };
}

it('honours, reports or refuses every factor of an edit on every model', async () => {
  const perModel = entries.map((entry, model) => rowsOf(entry, model).map((wish) => ({ entry, wish })));
  // One model after the other would meet the limits that some providers put on calls at once.
  const cells = Array.from({ length: 7 }, (_, row) => perModel.map((list) => list[row]))
    .flat()
    .filter((cell) => cell !== undefined);
  const { failures, kinds } = await judgeAll(cells);
  expect(failures).toEqual([]);
  // A suite of refusals would prove nothing: those under strict are most of what is refused.
  expect(kinds.native + kinds.adapted).toBeGreaterThan(0.8 * cells.length);
}, 480_000);

it('honours, reports or refuses every pair of factors on the editing models of the guide', async () => {
  const areas = [
    { mask: undefined, size: () => undefined },
    { mask: undefined, size: () => ({ width: 512, height: 512 }) },
    { mask: 'rectangle', size: () => undefined },
    { mask: 'ellipse', size: (source: Size) => source },
    { mask: 'half', size: scaled },
  ] as const;
  const kinds = ['png', 'jpeg', 'alpha', 'gif'] as const;
  const formats = [undefined, 'png', 'webp'] as const;
  const guide = entries.filter(({ slug }) => GUIDE_MODELS.some((other) => other === slug));
  expect(guide.map(({ slug }) => slug)).toEqual(
    expect.arrayContaining(['gemini-2-5-flash-image', 'qwen-image', 'flux-1-pro']),
  );
  const choices = pairwise({
    area: [...areas.keys()],
    kind: [...kinds.keys()],
    transport: [0, 1, 2, 3],
    source: [...SIZES.keys()],
    format: [...formats.keys()],
    inputs: [1, 16],
    url: [0, 1],
  }).map((choice) => pairSchema.parse(choice));
  const pairs = guide.flatMap((entry) =>
    choices
      .filter((_, index) => !SLOW.includes(entry.slug) || index % 4 === 0)
      .map((choice) => {
        const source = SIZES[choice.source] ?? SMALL;
        const area = areas[choice.area];
        const wish: EditWish = {
          transport: TRANSPORTS[choice.transport] ?? 'multipart',
          kind: kinds[choice.kind] ?? 'png',
          source,
          inputs: Math.min(choice.inputs, entry.edit?.maxInputImages ?? 1),
          mask: area?.mask,
          size: area?.size(source),
          n: undefined,
          output_format: formats[choice.format],
          response_format: choice.url === 1 ? 'url' : 'b64_json',
          adapt: undefined,
        };
        return { entry, wish };
      }),
  );
  const more = guide.flatMap((entry): { entry: ModelEntry; wish: EditWish }[] => [
    { entry, wish: { ...PLAIN, kind: 'jpeg', source: WIDE, mask: 'ellipse' } },
    { entry, wish: { ...PLAIN, mask: 'rectangle', n: 3 } },
  ]);
  const { failures, kinds: outcomes } = await judgeAll([...pairs, ...more]);
  expect(failures).toEqual([]);
  expect(outcomes.refused).toBe(0);
  process.stdout.write(`conformance of edits: ${requests} requests\n`);
  expect(requests, 'the suite has to stay quick').toBeLessThanOrEqual(MAX_REQUESTS);
}, 480_000);

it('refuses one input more than a model takes, and names it', async () => {
  const tiny = await createSource('png', { width: 64, height: 64 });
  const mask = await createMask('rectangle', tiny);
  const wrong: unknown[] = [];
  await inParallel(entries, LANES, async (entry) => {
    requests += 1;
    const inputs = (entry.edit?.maxInputImages ?? 0) + 1;
    const wish: EditWish = { ...PLAIN, transport: inputs % 2 === 0 ? 'multipart' : 'data URI', inputs };
    const source = { picture: tiny, imageId: undefined };
    const given = ONLY_MASKED.includes(entry.slug) ? mask : undefined;
    const answer = await sendEdit(server, entry.slug, wish, source, given);
    const refused = failure.safeParse(answer.body);
    if (answer.status !== 400 || refused.data?.error.param?.startsWith('image') !== true)
      wrong.push([entry.slug, inputs, answer.status, answer.body]);
  });
  expect(wrong).toEqual([]);
});

it.each(['gpt-image-2', 'qwen-image', 'flux-1-pro'])(
  'refuses masks and shapes that are not the source’s: %s',
  async (model) => {
    const picture = await createSource('png', SMALL);
    const source = { picture, imageId: undefined };
    const fitting = await createMask('rectangle', SMALL);
    const other = await createMask('rectangle', { width: 320, height: 320 });
    const refusal = async (wish: Partial<EditWish>, mask = fitting, more = {}) => {
      requests += 1;
      const answer = await sendEdit(server, model, { ...PLAIN, ...wish }, source, mask, more);
      return [answer.status, failure.parse(answer.body).error.param];
    };
    expect(await refusal({}, other)).toEqual([400, 'mask']);
    expect(await refusal({ transport: 'image_base64' }, other)).toEqual([400, 'mask_base64']);
    expect(await refusal({ size: { width: 512, height: 512 } })).toEqual([400, 'size']);
    expect(await refusal({}, fitting, { aspect_ratio: '16:9' })).toEqual([400, 'aspect_ratio']);
  },
);

it('names the mask where a model that only repaints is given none', async () => {
  const source = { picture: await createSource('png', SMALL), imageId: undefined };
  for (const model of ONLY_MASKED) {
    requests += 1;
    const answer = await sendEdit(server, model, PLAIN, source, undefined);
    expect([answer.status, failure.parse(answer.body).error.param]).toEqual([400, 'mask']);
  }
});

it('refuses under strict what only the adapter knows to be impossible', async () => {
  // With one input it answers in the input's shape, whatever size is asked.
  const entry = entries.find(({ slug }) => slug === 'grok-imagine-image');
  if (entry === undefined) throw new Error('grok-imagine-image edits');
  const wish: EditWish = { ...PLAIN, size: { width: 1024, height: 1024 }, adapt: 'strict' };
  const source = { picture: await createSource('png', SMALL), imageId: undefined };
  requests += 1;
  const answer = await sendEdit(server, entry.slug, wish, source, undefined);
  expect([answer.status, failure.safeParse(answer.body).data?.error.param]).toEqual([400, 'size']);
});

it.each(['gemini-2-5-flash-image', 'qwen-image', 'flux-1-pro', 'gpt-image-2'])(
  'runs what its dry run says, at the quoted price: %s',
  async (model) => {
    const source = { picture: await createSource('avif', SMALL), imageId: undefined };
    const mask = await createMask('ellipse', SMALL);
    const wish: EditWish = { ...PLAIN, output_format: 'webp' };
    requests += 2;
    const planned = await sendEdit(server, model, wish, source, mask, { dry_run: true });
    const done = await sendEdit(server, model, wish, source, mask);
    const plan = planSchema.parse(planned.body);
    const { adjustments, receipt } = generation.parse(done.body);
    expect(receipt['credits_quoted']).toBe(plan.quote.credits);
    expect(adjustments).toEqual(expect.arrayContaining(plan.adjustments));
    expect(plan.adjustments.map(({ param }) => param)).toContain('image');
  },
);
