/**
 * Every callable model × every factor, through the public API: decoded pixels equal to what was asked, a refusal, or a
 * reported adjustment. The result is the table of docs/models.md.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { providers } from '../../src/providers/registry.js';
import { generation } from '../support/answers.js';
import { pairwise } from '../support/pairwise.js';
import { startTestServer, type TestServer } from '../support/server.js';
import {
  callableModels,
  GUIDE_MODELS,
  inParallel,
  PROMPT,
  UNIVERSAL_SIZES,
  type CatalogueModel,
} from './models.js';
import { judge, readPictures, type Outcome, type Wish } from './outcome.js';

const FORMATS = ['png', 'jpeg', 'webp', 'avif'] as const;
const MAX_REQUESTS = 1200;
const LANES = 6;
const page = path.resolve(import.meta.dirname, '../../docs/models.md');

let server: TestServer;
let requests = 0;

beforeAll(async () => {
  server = await startTestServer();
  await server.call('POST', '/v1/credits/test', { key: server.testKey, body: { credits: 1_000_000 } });
  // The suite shows what each model can do; the policy has tests of its own.
  await server.call('PATCH', '/v1/workspace', {
    key: server.liveKey,
    body: { prc_opt_in: true, confirm: 'default' },
  });
});
afterAll(async () => {
  await server.stop();
});

interface Cell {
  readonly model: CatalogueModel;
  readonly column: string;
  readonly wish: Wish;
}

function cellsOf(model: CatalogueModel): readonly Cell[] {
  const cell = (column: string, wish: Wish): Cell => ({ model, column, wish: { model: model.id, ...wish } });
  // Small pictures where the size is not the question: the suite has to stay quick.
  return [
    ...UNIVERSAL_SIZES.map((size) => cell(size, { size })),
    cell('n = 3', { n: 3 }),
    cell('base64', { response_format: 'b64_json' }),
    ...FORMATS.map((format) => cell(format, { output_format: format })),
    cell('negative', { negative_prompt: 'people, text' }),
    ...[...new Set([...(model.allowedParams.quality ?? []), 'hd'])].map((quality) =>
      cell('quality', { quality }),
    ),
    cell('revision off', { prompt_revision: false }),
    ...model.allowedParams.aspect_ratio.map((ratio) => cell('ratios', { aspect_ratio: ratio })),
  ];
}

async function run(wish: Wish): Promise<Outcome> {
  requests += 1;
  return judge(server, server.testKey, { response_format: 'url', ...wish });
}

it('honours, reports or refuses every factor of every model, one at a time', async () => {
  const models = await callableModels(server, server.testKey);
  expect(models.length).toBeGreaterThan(15);
  // One model after the other would meet the limits that some providers put on calls at once.
  const perModel = models.map(cellsOf);
  const longest = Math.max(...perModel.map((list) => list.length));
  const cells = Array.from({ length: longest }, (_, row) => perModel.map((list) => list[row]))
    .flat()
    .filter((cell) => cell !== undefined);
  const failures: string[] = [];
  const outcomes = await inParallel(cells, LANES, async ({ wish }) => {
    try {
      return await run(wish);
    } catch (error) {
      failures.push(`${JSON.stringify(wish)}: ${String(error)}`);
      return undefined;
    }
  });
  expect(failures).toEqual([]);

  // What the catalogue says of a model is what its answers show.
  for (const [index, { model, column }] of cells.entries()) {
    const outcome = outcomes[index];
    if (column === 'negative')
      expect([model.id, outcome?.kind === 'native']).toEqual([model.id, model.capabilities.negativePrompt]);
    if (UNIVERSAL_SIZES.some((size) => size === column))
      expect([model.id, column, outcome?.kind]).not.toContain('refused');
  }

  const seeds = await inParallel(models, LANES, (model) => seedOutcome(model));
  writeOrCompare(renderPage(models, cells, outcomes, seeds));
}, 240_000);

it('honours, reports or refuses every pair of factors on the models of the guide', async () => {
  const models = (await callableModels(server, server.testKey)).filter((model) =>
    GUIDE_MODELS.some((slug) => slug === model.id),
  );
  const wishes = models.flatMap((model) =>
    pairwise({
      size: [...UNIVERSAL_SIZES, undefined],
      n: [undefined, 3],
      response_format: ['url', 'b64_json'],
      output_format: [undefined, ...FORMATS],
      negative_prompt: [undefined, 'people'],
      seed: [undefined, 0],
      quality: [undefined, 'hd'],
      prompt_revision: [undefined, false],
    }).map((choice): Wish => ({ model: model.id, ...choice })),
  );
  expect(wishes.length).toBeGreaterThan(100);
  const failures: string[] = [];
  let delivered = 0;
  await inParallel(wishes, LANES, async (wish) => {
    try {
      if ((await run(wish)).kind !== 'refused') delivered += 1;
    } catch (error) {
      failures.push(`${JSON.stringify(wish)}: ${String(error)}`);
    }
  });
  expect(failures).toEqual([]);
  // Under `adapt` hardly anything is refused; a suite of refusals would prove nothing.
  expect(delivered).toBeGreaterThan(0.95 * wishes.length);
  process.stdout.write(`conformance: ${requests} requests\n`);
  expect(requests, 'the suite has to stay quick').toBeLessThanOrEqual(MAX_REQUESTS);
}, 240_000);

/** A model with a seed repeats its picture; one without says that it has none. */
async function seedOutcome(model: CatalogueModel): Promise<Outcome> {
  const { seed } = model.capabilities;
  const body = { prompt: PROMPT, model: model.id, seed: 0, response_format: 'b64_json' };
  const answers = await Promise.all((seed ? [1, 2] : [1]).map(() => server.generate(body)));
  requests += answers.length;
  const reported = answers.every((answer) =>
    generation.parse(answer.body).adjustments.some((adjustment) => adjustment.param === 'seed'),
  );
  expect([model.id, reported]).toEqual([model.id, !seed]);
  if (!seed) return { kind: 'adapted', params: ['seed'] };
  const [one, two] = await Promise.all(answers.map((answer) => readPictures(answer)));
  const repeated = one?.[0]?.bytes.equals(two?.[0]?.bytes ?? Buffer.alloc(0));
  expect([model.id, repeated]).toEqual([model.id, true]);
  return { kind: 'native' };
}

const MARKS = { native: '●', adapted: '◐', refused: '○' } as const;

function renderPage(
  models: readonly CatalogueModel[],
  cells: readonly Cell[],
  outcomes: readonly (Outcome | undefined)[],
  seeds: readonly Outcome[],
): string {
  const columns = [
    ...UNIVERSAL_SIZES,
    'ratios',
    'n = 3',
    'base64',
    ...FORMATS,
    'negative',
    'quality',
    'revision off',
  ];
  const rows = models.map((model, row) => {
    const marks = columns.map((column) => {
      const kinds = cells.flatMap((cell, index) =>
        cell.model === model && cell.column === column ? [MARKS[outcomes[index]?.kind ?? 'refused']] : [],
      );
      const distinct = [...new Set(kinds)];
      return distinct.length === 1
        ? distinct.join('')
        : distinct.map((mark) => `${mark}${kinds.filter((kind) => kind === mark).length}`).join(' ');
    });
    const provider = providers.find((other) => other.id === model.provider);
    const proof = provider?.createEmulator === undefined ? 'in process' : 'emulator, never live';
    return `| \`${model.id}\` | ${marks.join(' | ')} | ${MARKS[seeds[row]?.kind ?? 'refused']} | ${proof} |`;
  });
  const verified = providers
    .filter((provider) => models.some((model) => model.provider === provider.id))
    .map((provider) => `| ${provider.id} | ${provider.verified} |`);
  const unbuilt = providers
    .filter((provider) => provider.adapter === undefined)
    .flatMap((provider) => provider.models.map((model) => `\`${model.slug}\``));
  return [
    '# Models and what they do with each parameter',
    '',
    'Written by the conformance suite, which sends every wish below through the public API to every model and decodes every',
    'picture that comes back. A wish has three possible fates:',
    '',
    '- ● honoured by the model itself',
    '- ◐ honoured or left out by the gateway, and reported in `adjustments`',
    '- ○ refused with a clear error',
    '',
    'Sizes are always delivered in exact pixels; ratios within 3 %. A number behind a mark counts the values it holds for',
    '(ratios and qualities are each tried with every value that the model lists, and with `hd`).',
    '',
    `| model | ${columns.join(' | ')} | seed | verified by |`,
    `|---|${columns.map(() => '---').join('|')}|---|---|`,
    ...rows,
    '',
    '## How far this is proven',
    '',
    'No provider was called live by this suite. Each is checked against an emulator that was written from notes on the',
    "provider's protocol, by another hand than the adapter.",
    '',
    '| provider | verified by |',
    '|---|---|',
    ...verified,
    '',
    ...(unbuilt.length === 0
      ? []
      : [`In the catalogue, but not callable in this version: ${unbuilt.join(', ')}.`, '']),
  ].join('\n');
}

/** The committed page is the result of the last run; `UPDATE_DOCS=1` writes it. */
function writeOrCompare(text: string): void {
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(page, text);
  expect(readFileSync(page, 'utf8'), 'docs/models.md is not current: run with UPDATE_DOCS=1').toBe(text);
}
