/**
 * The slug of a FLUX server on each protocol that such a server may speak, bound by configuration alone: the same contract
 * as on every other model. The protocol that is bound without any setting is in the great matrix.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entryFor } from '../../src/catalogue/operation-entry.js';
import type { ModelEntry, Size } from '../../src/providers/model.js';
import { createProviders } from '../../src/providers/registry.js';
import { generation } from '../support/answers.js';
import { pairwise } from '../support/pairwise.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { judgeEdit } from './edit-outcome.js';
import { PLAIN, rowsOf, SMALL } from './edit-rows.js';
import type { EarlierPictures } from './edit-request.js';
import { inParallel } from './models.js';
import { judge, readPictures, type Wish } from './outcome.js';

const SLUG = 'flux-1-pro';
const LANES = 4;

describe.each(['comfyui', 'sdapi'])('%s', (protocol) => {
  const settings = { FLUX_PROTOCOL: protocol };
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer({ env: settings });
  });
  afterAll(() => server.stop());

  it('honours, reports or refuses every pair of factors', async () => {
    const wishes = pairwise({
      // The great matrix has the other one.
      size: ['1024x1024', '1792x1024', '512x512', undefined],
      n: [undefined, 3],
      response_format: ['url', 'b64_json'],
      output_format: [undefined, 'webp'],
      negative_prompt: [undefined, 'people'],
      seed: [undefined, 0],
      quality: [undefined, 'hd'],
      prompt_revision: [undefined, false],
    }).map((choice): Wish => ({ model: SLUG, ...choice }));
    const failures: string[] = [];
    const kinds = await inParallel(wishes, LANES, async (wish) => {
      try {
        return (await judge(server, server.testKey, wish)).kind;
      } catch (error) {
        failures.push(`${JSON.stringify(wish)}: ${String(error)}`);
        return undefined;
      }
    });
    expect(failures).toEqual([]);
    expect(kinds).not.toContain('refused');
  }, 120_000);

  it('repeats a picture by its seed, and paints different ones in one call', async () => {
    const body = {
      prompt: 'a paper boat on a pond',
      model: SLUG,
      size: '256x256',
      response_format: 'b64_json',
    };
    const [one, two] = await Promise.all(
      [1, 2].map(async () => readPictures(await server.generate({ ...body, seed: 0 }))),
    );
    expect(one?.[0]?.bytes.equals(two?.[0]?.bytes ?? Buffer.alloc(0))).toBe(true);
    const answer = await server.generate({ ...body, n: 3 });
    const pictures = await readPictures(answer);
    expect(new Set(pictures.map(({ bytes }) => bytes.toString('base64'))).size).toBe(3);
    expect(new Set(generation.parse(answer.body).data.map(({ seed }) => seed)).size).toBe(3);
  });

  it('honours, reports or refuses the factors of an edit', async () => {
    const entry = entryOf(settings);
    const wishes = [
      ...rowsOf(entry, 1).filter(({ source }) => source.width < 2000),
      { ...PLAIN, mask: 'ellipse' as const },
      { ...PLAIN, mask: 'half' as const, size: { width: 480, height: 384 } },
      { ...PLAIN, source: SMALL, n: 3 },
    ];
    const failures: string[] = [];
    const kinds = await inParallel(wishes, LANES, async (wish) => {
      try {
        return (await judgeEdit(server, entry, wish, earlier(server))).kind;
      } catch (error) {
        failures.push(`${JSON.stringify(wish)}: ${String(error)}`);
        return undefined;
      }
    });
    expect(failures).toEqual([]);
    expect(kinds.filter((kind) => kind === 'refused').length).toBeLessThanOrEqual(1);
  }, 120_000);
});

function entryOf(settings: Readonly<Record<string, string>>): ModelEntry {
  const entry = createProviders({ endpoints: [], providers: settings })
    .flatMap(({ models }) => models)
    .find(({ slug }) => slug === SLUG);
  if (entry === undefined) throw new Error(`there is no ${SLUG}`);
  return entryFor(entry, 'edit');
}

/** A picture that the built-in painter made before, to be edited by its id. */
function earlier(server: TestServer): EarlierPictures {
  return async (format: string, { width, height }: Size) => {
    const answer = await server.generate({
      model: 'atelier-sketch',
      prompt: 'a paper boat on a pond',
      size: `${width}x${height}`,
      output_format: format,
      response_format: 'b64_json',
    });
    const [image] = generation.parse(answer.body).data;
    const [picture] = await readPictures(answer);
    if (image === undefined || picture === undefined) throw new Error('nothing to edit was made');
    return { id: image.id, picture: { bytes: picture.bytes, mimeType: `image/${format}`, width, height } };
  };
}
