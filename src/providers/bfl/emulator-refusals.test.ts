import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmulator } from '../../../test/support/emulator-server.js';
import type { EmulatorServer } from '../../../test/support/emulator-server.js';
import { errorAnswer } from './emulator-wire.js';
import { createBflEmulator } from './emulator.js';

let server: EmulatorServer;

beforeAll(async () => {
  server = await startEmulator(createBflEmulator);
});
afterAll(async () => {
  await server.close();
});

async function send(route: string, body: unknown, headers: Record<string, string> = { 'x-key': 'bfl-good' }) {
  const answer = await fetch(`${server.url}/v1/${route}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: answer.status, body: errorAnswer.parse(await answer.json()) };
}

/** The places and types of a 422. */
async function problems(route: string, body: unknown): Promise<string[] | string> {
  const refused = await send(route, body);
  expect(refused.status).toBe(422);
  const detail = 'detail' in refused.body ? refused.body.detail : '';
  return typeof detail === 'string' ? detail : detail.map(({ loc, type }) => `${loc.join('.')} ${type}`);
}

async function base64(width: number, height: number): Promise<string> {
  const create = { width, height, channels: 3 as const, background: { r: 9, g: 9, b: 200 } };
  return (await sharp({ create }).png().toBuffer()).toString('base64');
}

describe('keys', () => {
  it('that are missing, elsewhere or bad are refused, and good ones can be probed for nothing', async () => {
    const refused = { status: 403, body: { detail: 'Not authenticated' } };
    expect(await send('flux-2-pro', {}, {})).toEqual(refused);
    expect(await send('flux-2-pro', {}, { authorization: 'Bearer bfl-good' })).toEqual(refused);
    expect(await send('flux-2-pro', {}, { 'x-key': 'bfl-bad-1' })).toEqual(refused);
    for (const route of ['flux-2-pro', 'flux-pro-1.1', 'flux-pro-1.0-fill', 'flux-3-image']) {
      expect((await send(route, {})).status).toBe(422);
    }
  });

  it('show states of the service', async () => {
    expect((await send('flux-2-pro', {}, { 'x-key': 'bfl-internal' })).status).toBe(500);
    expect((await send('flux-2-pro', {}, { 'x-key': 'bfl-refused' })).status).toBe(400);
  });
});

describe('addresses', () => {
  it('that nobody serves are not found', async () => {
    expect(await send('flux-9', { prompt: 'a boat' })).toEqual({
      status: 404,
      body: { detail: 'Not Found' },
    });
    const poll = await fetch(`${server.url}/v1/get_result`, { headers: { 'x-key': 'bfl-good' } });
    expect(poll.status).toBe(422);
  });
});

describe('bodies', () => {
  it('that are no object are refused', async () => {
    expect(await problems('flux-2-pro', '{')).toEqual(['body json_invalid']);
    expect(await problems('flux-2-pro', '[]')).toEqual(['body dict_type']);
  });

  it('tell everything wrong at once', async () => {
    expect(await problems('flux-pro-1.1', { prompt: 7, width: 100, height: 1000, seed: 'x' })).toEqual([
      'body.prompt string_type',
      'body.width greater_than_equal',
      'body.height multiple_of',
      'body.seed int_type',
    ]);
  });

  it.each([
    ['flux-pro-1.1', { width: 1472 }, 'body.width less_than_equal'],
    ['flux-pro-1.1', { safety_tolerance: 7 }, 'body.safety_tolerance less_than_equal'],
    ['flux-pro-1.1', { output_format: 'gif' }, 'body.output_format enum'],
    ['flux-pro-1.1', { image_prompt: 'https://example.com/a.png' }, 'body.image_prompt value_error'],
    ['flux-dev', { steps: 51 }, 'body.steps less_than_equal'],
    ['flux-dev', { guidance: 1.4 }, 'body.guidance greater_than_equal'],
    ['flux-pro-1.1-ultra', { aspect_ratio: '22:9' }, 'body.aspect_ratio value_error'],
    ['flux-pro-1.1-ultra', { raw: 'yes' }, 'body.raw bool_type'],
    ['flux-pro-1.1-ultra', { image_prompt_strength: 1.1 }, 'body.image_prompt_strength less_than_equal'],
    ['flux-kontext-pro', { prompt: null }, 'body.prompt string_type'],
    ['flux-kontext-pro', { aspect_ratio: 'wide' }, 'body.aspect_ratio value_error'],
    ['flux-kontext-pro', { input_image: 'not base64!' }, 'body.input_image value_error'],
    ['flux-pro-1.0-fill', {}, 'body.image missing'],
    ['flux-pro-1.0-fill', { image: 'AAAA', steps: 14 }, 'body.steps greater_than_equal'],
    ['flux-pro-1.0-expand', { image: 'AAAA', top: 2049 }, 'body.top less_than_equal'],
    ['flux-2-pro', { width: 63 }, 'body.width greater_than_equal'],
    ['flux-2-pro', { width: 1000 }, 'body.width multiple_of'],
    ['flux-2-pro', { safety_tolerance: 6 }, 'body.safety_tolerance less_than_equal'],
    ['flux-2-pro', { webhook_url: 'nowhere' }, 'body.webhook_url url_parsing'],
    ['flux-2-flex', { guidance: 11 }, 'body.guidance less_than_equal'],
    ['flux-3-image', { seed: 1 }, 'body.seed extra_forbidden'],
    ['flux-3-image', { width: 1024 }, 'body.width extra_forbidden'],
    ['flux-3-image', { output_format: 'png' }, 'body.output_format extra_forbidden'],
    ['flux-3-image', { safety_tolerance: 5 }, 'body.safety_tolerance less_than_equal'],
    ['flux-3-image', { resolution: '2K' }, 'body.resolution enum'],
    ['flux-3-image', { aspect_ratio: '7:3' }, 'body.aspect_ratio enum'],
    ['flux-3-image-klein', { images: Array(11).fill('AAAA') }, 'body.images too_long'],
  ])('of %s with %j are a 422', async (route, fields, problem) => {
    expect(await problems(route, { prompt: 'a boat', ...fields })).toEqual([problem]);
  });

  it('with unknown fields pass everywhere but on the third generation', async () => {
    const answer = await fetch(`${server.url}/v1/flux-2-pro`, {
      method: 'POST',
      headers: { 'x-key': 'bfl-good' },
      body: JSON.stringify({ prompt: 'a boat', n: 2, negative_prompt: 'fog' }),
    });
    expect(answer.status).toBe(200);
  });
});

describe('pictures', () => {
  it('have to be readable, reachable and within the limits', async () => {
    const boat = { prompt: 'a boat' };
    const good = await base64(300, 300);
    expect((await send('flux-2-pro', { ...boat, input_image: 'AAAA' })).status).toBe(400);
    expect(await problems('flux-2-pro', { ...boat, input_image: 'https://example.com/a.png' })).toMatch(
      /^Could not download/,
    );
    expect(await problems('flux-3-image', { ...boat, images: await base64(300, 255) })).toMatch(/256x256/);
    expect(await problems('flux-2-pro', { ...boat, input_image: await base64(5_000, 4_001) })).toMatch(
      /large/,
    );
    expect(await problems('flux-pro-1.0-fill', { image: good, mask: await base64(300, 299) })).toMatch(
      /mask/,
    );
    expect(await problems('flux-2-pro', { ...boat, width: 2048, height: 2064 })).toMatch(/4 megapixels/);
    expect(await problems('flux-kontext-pro', { ...boat, input_image: good, safety_tolerance: 3 })).toEqual([
      'body.safety_tolerance less_than_equal',
    ]);
  });
});
