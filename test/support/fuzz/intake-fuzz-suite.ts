/** Fuzz of what reads strangers' bytes, as tests for the ordinary suite and the long one. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { generation } from '../answers.js';
import { createSource } from '../edit-pictures.js';
import { startMeasuring } from '../live-memory.js';
import { startTestServer, type TestServer } from '../server.js';
import { fuzzForms, type FuzzOutcome, type FuzzRun } from './form-fuzz.js';
import { fuzzLinks, type OpenLink } from './link-fuzz.js';
import { fuzzPictures } from './mutate-picture.js';
import { fuzzPictureIntake } from './picture-fuzz.js';

/** Told in every failure, so that it can be repeated. */
const SEED = 20261129;
/** Of live memory, from the middle of a run to its end: caches are full by then. */
const MAX_GROWTH_MIB = 24;
const TIMEOUT_MS = 3_600_000;

/** How many cases of each kind. */
export interface IntakeCounts {
  readonly forms: number;
  readonly pictures: number;
  readonly links: { readonly bytesPerPlace: number; readonly count: number };
}

export function testIntake({ forms, pictures, links }: IntakeCounts): void {
  let server: TestServer;
  beforeAll(async () => {
    // What is remembered for the sake of speed must not look like a leak, and a busy machine not like a full gateway.
    const env = { ATELIER_RECENT_BYTES: '1000000', ATELIER_MAX_LOOP_DELAY_MS: '0' };
    server = await startTestServer({ realTime: true, env });
  });
  // Asserts that the books add up, too.
  afterAll(async () => {
    await server.stop();
  });

  it(
    `answers ${forms} mutated forms as documented, in time, and keeps nothing of them`,
    async () => {
      const { bytes } = await createSource('png', { width: 64, height: 48 });
      const answers = await runTwice(forms, (run) => fuzzForms(server, bytes, run));
      expect([...answers.keys()]).toEqual(expect.arrayContaining(['200', '400', '413', '415']));
    },
    TIMEOUT_MS,
  );

  it(
    `takes ${pictures} mutated pictures as they are, or says what is wrong with them`,
    async () => {
      const made = await fuzzPictures();
      const answers = await runTwice(pictures, (run) => fuzzPictureIntake(server, made, run));
      expect([...answers.keys()]).toEqual(
        expect.arrayContaining(['file 200', 'file 400', 'form 200', 'form 400', 'json 200', 'json 400']),
      );
    },
    TIMEOUT_MS,
  );

  it(
    'opens no link that was changed',
    async () => {
      const open = await openLinks(server);
      const { faults, answers } = await fuzzLinks(server.url, open, { seed: SEED, ...links });
      expect(faults.join('\n\n')).toBe('');
      expect([...answers.keys()]).toEqual(expect.arrayContaining(['200', '403', '404']));
      console.info(`links: ${summary(answers)}`);
    },
    TIMEOUT_MS,
  );
}

/** One half of the cases after the other; the second must leave nothing behind in memory. */
async function runTwice(
  count: number,
  fuzz: (run: FuzzRun) => Promise<FuzzOutcome>,
): Promise<ReadonlyMap<string, number>> {
  const half = Math.ceil(count / 2);
  const first = await fuzz({ seed: SEED, from: 0, count: half });
  const memory = startMeasuring();
  const second = await fuzz({ seed: SEED, from: half, count: count - half });
  memory.sample();
  expect([...first.faults, ...second.faults].join('\n\n')).toBe('');
  expect(memory.peakMib()).toBeLessThan(MAX_GROWTH_MIB);
  const answers = new Map(first.answers);
  for (const [name, times] of second.answers) answers.set(name, (answers.get(name) ?? 0) + times);
  console.info(`${summary(answers)}; ${memory.peakMib().toFixed(1)} MiB more`);
  return answers;
}

const summary = (answers: ReadonlyMap<string, number>) =>
  [...answers]
    .map(([name, times]) => `${name}: ${times}`)
    .sort()
    .join(', ');

const shown = z.object({ url: z.string(), previews: z.array(z.object({ url: z.string() })) });

/** Two pictures and their previews. */
async function openLinks(server: TestServer): Promise<readonly OpenLink[]> {
  const made = await Promise.all(
    ['a flat icon of a fox', 'a flat icon of a boat'].map(async (prompt) => {
      const wish = { model: 'atelier-sketch', size: '512x256', response_format: 'url', prompt };
      const [image] = generation.parse((await server.generate(wish)).body).data;
      const answer = await server.call('GET', `/v1/images/${image?.id ?? ''}`, { key: server.testKey });
      const { url, previews } = shown.parse(answer.body);
      return [url, ...previews.map((preview) => preview.url)];
    }),
  );
  return Promise.all(
    made.flat().map(async (url) => {
      const answer = await fetch(url);
      expect(answer.status).toBe(200);
      return { target: url.replace(server.url, ''), body: Buffer.from(await answer.arrayBuffer()) };
    }),
  );
}
