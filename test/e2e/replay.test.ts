/** Pictures made again from their records. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { failure, fetchPicture, generation } from '../support/answers.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const replayed = generation.extend({
  replay: z.object({
    of: z.string(),
    identical: z.boolean().optional(),
    not_reproducible: z.array(z.string()),
  }),
});
const recipe = z.object({
  object: z.literal('image.recipe'),
  model: z.string(),
  upstream_model: z.string(),
  adapter_version: z.string(),
  seed: z.number().optional(),
  request: z.looseObject({ model: z.string(), seed: z.number().optional() }),
  inputs: z.number(),
  reproducible: z.boolean(),
  not_reproducible: z.array(z.string()),
});

const make = async (body: Record<string, unknown>) => generation.parse((await server.generate(body)).body);
const read = async (id: string | undefined) =>
  recipe.parse((await server.call('GET', `/v1/images/${id ?? ''}/recipe`, { key: server.testKey })).body);
const replay = (id: string | undefined, body: unknown = {}) =>
  server.call('POST', `/v1/images/${id ?? ''}/replay`, { key: server.testKey, body });

describe('POST /v1/images/{id}/replay', () => {
  it('gives the same bytes for a sketch, also where no seed was asked for', async () => {
    const made = await make({
      model: 'atelier-sketch',
      prompt: { subject: 'a red fox', avoid: ['rain'] },
      size: '256x192',
      n: 2,
    });
    for (const image of made.data) {
      expect(await read(image.id)).toMatchObject({
        seed: image.seed,
        reproducible: true,
        not_reproducible: [],
      });
      const again = replayed.parse((await replay(image.id)).body);
      expect(again.replay).toEqual({ of: image.id, identical: true, not_reproducible: [] });
      expect(again.data).toHaveLength(1);
      const [before, after] = [await fetchPicture(image.url), await fetchPicture(again.data[0]?.url)];
      expect(after.bytes.equals(before.bytes)).toBe(true);
    }
  });

  it('gives the same bytes for an edited sketch', async () => {
    const first = await make({ model: 'atelier-sketch', prompt: 'a red fox', size: '128x128', seed: 7 });
    const answer = await server.edit({
      model: 'atelier-sketch',
      prompt: 'make it winter',
      image: { image_id: first.data[0]?.id },
      size: '128x128',
    });
    const edited = generation.parse(answer.body);
    expect(await read(edited.data[0]?.id)).toMatchObject({ inputs: 1, reproducible: true });
    const again = replayed.parse((await replay(edited.data[0]?.id)).body);
    expect(again.replay).toMatchObject({ identical: true, not_reproducible: [] });
    expect(again['parents']).toEqual([first.data[0]?.id]);
  });

  it('says of other models why it can not be promised', async () => {
    const reasonsOf = async (body: Record<string, unknown>) => {
      const made = await make(body);
      const again = replayed.parse((await replay(made.data[0]?.id)).body);
      expect(again.model).toBe(made.model);
      return again.replay.not_reproducible.join('; ');
    };
    expect(await reasonsOf({ model: 'dall-e-3', prompt: 'a fox', size: '1024x1024' })).toMatch(
      /takes no seed.*may reword the prompt/,
    );
    expect(await reasonsOf({ model: 'flux-1-pro', prompt: 'a fox', seed: 3, size: '512x512' })).toMatch(
      /does not promise the same bytes/,
    );
  });

  it('plans without running, and buys once under one key', async () => {
    const made = await make({ model: 'grok-image', prompt: 'a fox' });
    const id = made.data[0]?.id;
    expect((await replay(id, { dry_run: true })).body).toMatchObject({
      object: 'image.plan',
      replay: { of: id },
    });
    const keyed = () =>
      server.call('POST', `/v1/images/${id ?? ''}/replay`, {
        key: server.testKey,
        body: {},
        headers: { 'idempotency-key': 'replay-once' },
      });
    const first = replayed.parse((await keyed()).body);
    expect(replayed.parse((await keyed()).body).id).toBe(first.id);
  });

  it('is not there for another mode, for unknown pictures and without the right', async () => {
    const made = await make({ model: 'atelier-sketch', prompt: 'a fox', size: '64x64' });
    const id = made.data[0]?.id ?? '';
    for (const [key, path] of [
      [server.liveKey, `/v1/images/${id}/replay`],
      [server.testKey, '/v1/images/img_none/replay'],
    ] as const) {
      expect((await server.call('POST', path, { key, body: {} })).status).toBe(404);
    }
    expect((await server.call('GET', `/v1/images/${id}/recipe`, { key: server.liveKey })).status).toBe(404);
    expect(failure.parse((await replay(id, { n: 2 })).body).error).toMatchObject({
      code: 'unknown_parameter',
    });
  });
});
