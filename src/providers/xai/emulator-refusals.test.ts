import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmulator } from '../../../test/support/emulator-server.js';
import type { EmulatorServer } from '../../../test/support/emulator-server.js';
import { createXaiEmulator } from './emulator.js';

let server: EmulatorServer;
let png: string;

beforeAll(async () => {
  server = await startEmulator(createXaiEmulator);
  png = await picture(64, 64);
});
afterAll(async () => {
  await server.close();
});

async function picture(width: number, height: number): Promise<string> {
  const create = { width, height, channels: 3 as const, background: { r: 9, g: 9, b: 200 } };
  return `data:image/png;base64,${(await sharp({ create }).png().toBuffer()).toString('base64')}`;
}

async function refuse(
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<[number, string]> {
  const answer = await fetch(`${server.url}/v1/images/${path}`, {
    method: 'POST',
    headers: { authorization: 'Bearer xai-good', 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return [answer.status, await answer.text()];
}

function like(pattern: RegExp): unknown {
  return expect.stringMatching(pattern);
}

const BOAT = { model: 'grok-imagine-image-2.0', prompt: 'a boat' };

describe('the order of checks', () => {
  it('is JSON, types, model, key, and support last', async () => {
    const keyless = { authorization: '' };
    const check = (body: unknown) => refuse('generations', body, keyless);
    expect(await check('{"prompt"')).toEqual([400, like(/^Failed to parse/)]);
    expect(await check({ ...BOAT, model: 'latest', n: 'two' })).toEqual([422, like(/n: invalid type/)]);
    expect(await check({ ...BOAT, model: 'latest' })).toEqual([
      400,
      '{"code":"invalid-argument","error":"Model not found: latest"}',
    ]);
    expect(await check({ ...BOAT, size: '1024x1024' })).toEqual([401, like(/Authorization/)]);
    const wrong = await refuse(
      'generations',
      { ...BOAT, size: '1024x1024' },
      { authorization: 'Bearer xai-bad' },
    );
    expect(wrong).toEqual([400, like(/Incorrect API key provided\. You can/)]);
    expect(await refuse('generations', { ...BOAT, size: '1024x1024' })).toEqual([
      400,
      '{"code":"invalid-argument","error":"Argument not supported: size"}',
    ]);
  });

  it('takes a content type and a method for granted', async () => {
    expect((await refuse('generations', ''))[0]).toBe(415);
    expect((await refuse('generations', BOAT, { 'content-type': 'text/plain' }))[0]).toBe(415);
    const form = new FormData();
    form.append('prompt', 'a boat');
    const headers = { authorization: 'Bearer xai-good' };
    const url = `${server.url}/v1/images/edits`;
    expect((await fetch(url, { method: 'POST', body: form, headers })).status).toBe(415);
    expect((await fetch(url, { headers })).status).toBe(405);
    expect((await fetch(`${server.url}/v1/images/variations`, { method: 'POST', headers })).status).toBe(404);
  });
});

describe('keys', () => {
  it('tell the state of the account', async () => {
    const state = (key: string) => refuse('generations', BOAT, { authorization: `Bearer ${key}` });
    expect(await state('xai-denied-1')).toEqual([403, like(/permission-denied/)]);
    expect(await state('xai-spent-1')).toEqual([403, like(/used all available credits/)]);
    expect((await refuse('generations', BOAT, { authorization: 'Basic eDp5' }))[0]).toBe(401);
  });
});

describe('fields', () => {
  it.each([
    [{ model: 'grok-imagine-image-2.0' }, /missing field `prompt`/],
    [{ ...BOAT, prompt: 7 }, /prompt: invalid type/],
    [{ ...BOAT, n: 1.5 }, /n: invalid type/],
    [{ ...BOAT, n: -1 }, /n: invalid type/],
    [{ ...BOAT, resolution: '1K' }, /unknown variant `1K`, expected one of `1k`, `2k`/],
    [{ ...BOAT, resolution: '1024x1024' }, /unknown variant/],
    [{ ...BOAT, aspect_ratio: '7:5' }, /aspect_ratio: unknown variant `7:5`/],
    [{ ...BOAT, quality: 'best' }, /quality: unknown variant/],
    [{ ...BOAT, response_format: 'b64' }, /response_format: unknown variant/],
    [{ ...BOAT, user: 7 }, /user: invalid type/],
    [{ ...BOAT, storage_options: true }, /storage_options: invalid type/],
    [[], /expected an object/],
  ])('%j is a 422 in plain text', async (body, text) => {
    expect(await refuse('generations', body)).toEqual([422, like(text)]);
  });

  it.each([
    [{ ...BOAT, prompt: '' }, /Prompt cannot be empty/],
    [{ ...BOAT, prompt: 'x'.repeat(8_001) }, /Prompt is too long/],
    [{ ...BOAT, n: 0 }, /n must be between 1 and 10/],
    [{ ...BOAT, n: 11 }, /n must be between 1 and 10/],
    [{ ...BOAT, style: 'vivid' }, /Argument not supported: style/],
    [{ ...BOAT, quality: 'high' }, /Argument not supported: quality high/],
    [
      { prompt: 'a boat', model: 'grok-imagine-image', aspect_ratio: '21:9' },
      /not supported: aspect_ratio 21:9/,
    ],
    [{ prompt: 'a boat', model: 'grok-2-image' }, /Model not found: grok-2-image/],
  ])('%#: a value that the model lacks is a 400', async (body, text) => {
    expect(await refuse('generations', body)).toEqual([400, like(text)]);
  });
});

describe('sources of edits', () => {
  it('have to be objects', async () => {
    expect(await refuse('edits', { ...BOAT, image: png })).toEqual([422, like(/expected struct/)]);
    expect(await refuse('edits', { ...BOAT, images: [png] })).toEqual([422, like(/expected struct/)]);
    expect(await refuse('edits', { ...BOAT, images: { url: png } })).toEqual([
      422,
      like(/expected a sequence/),
    ]);
  });

  it.each([
    [() => ({}), /Either image or images/],
    [() => ({ image: { url: png }, images: [{ url: png }] }), /Only one of image and images/],
    [() => ({ images: Array(6).fill({ url: png }) }), /at most 5 images/],
    [() => ({ model: 'grok-imagine-image', images: Array(4).fill({ url: png }) }), /at most 3 images/],
    [() => ({ image: {} }), /Exactly one of url and file_id/],
    [() => ({ image: { url: png, file_id: 'file_1' } }), /Exactly one of url and file_id/],
    [() => ({ image: { file_id: 'file_1' } }), /File not found: file_1/],
    [() => ({ image: { url: 'https://example.com/a.png' } }), /Failed to fetch image/],
    [() => ({ image: { url: 'data:image/png;base64,AAAA' } }), /Unsupported image format/],
    [() => ({ image: { url: `data:image/png;base64,${'A'.repeat(14_000_000)}` } }), /too large/],
  ])('%#: are refused with a 400', async (fields, text) => {
    expect(await refuse('edits', { ...BOAT, ...fields() })).toEqual([400, like(text)]);
  });

  it('below eight pixels are refused', async () => {
    const image = { url: await picture(64, 7) };
    expect(await refuse('edits', { ...BOAT, image })).toEqual([400, like(/at least 8 pixels/)]);
  });
});
