import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { failure, generation } from '../support/answers.js';
import { startTestServer, type TestServer } from '../support/server.js';

const NOON = new Date('2026-11-22T12:00:00Z');
const lifetime = z.looseObject({ url: z.string(), expires_at: z.number() });
const settings = z.looseObject({ retention: z.object({ pictures_s: z.number().nullable() }) });

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ env: { ATELIER_LINK_TTL_S: '1800' } });
});
afterAll(async () => {
  await server.stop();
});

async function set(seconds: unknown) {
  return server.call('PATCH', '/v1/workspace', {
    key: server.liveKey,
    body: { retention: { pictures_s: seconds } },
  });
}

/** How long a new picture lives, in seconds. */
async function lifeOf(prompt: string): Promise<{ seconds: number; path: string }> {
  const answer = await server.generate({ model: 'atelier-sketch', prompt, size: '64x64' });
  const image = lifetime.parse(generation.parse(answer.body).data[0]);
  return { seconds: image.expires_at - NOON.getTime() / 1000, path: image.url.slice(server.url.length) };
}

describe('how long pictures stay that nobody keeps', () => {
  it('is the gateway’s own time, until the workspace has another, and again when that is lifted', async () => {
    expect((await lifeOf('a pear')).seconds).toBe(1800);
    expect(settings.parse((await set(120)).body).retention.pictures_s).toBe(120);
    const short = await lifeOf('a plum');
    expect(short.seconds).toBe(120);
    expect((await fetch(server.url + short.path)).status).toBe(200);
    server.setTime(new Date(NOON.getTime() + 121_000));
    expect((await fetch(server.url + short.path)).status).toBe(410);
    server.setTime(NOON);
    expect(settings.parse((await set(604_800)).body).retention.pictures_s).toBe(604_800);
    expect((await lifeOf('a quince')).seconds).toBe(604_800);
    expect(settings.parse((await set(null)).body).retention.pictures_s).toBeNull();
    expect((await lifeOf('a fig')).seconds).toBe(1800);
  });

  it.each([59, 604_801, 90.5, '120'])('is refused as %j, by its name', async (seconds) => {
    const answer = await set(seconds);
    expect(answer.status).toBe(400);
    expect(failure.parse(answer.body).error.param).toBe('retention.pictures_s');
  });
});
