import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ProviderError } from '../provider.js';
import type { Endpoint } from '../provider.js';
import { createAccessTokens, resolveTarget, vertexBaseUrl } from './endpoint.js';

const PATH = '/v1beta/models/gemini-3-pro-image:generateContent';

function endpoint(changes: Partial<Endpoint>): Endpoint {
  return {
    baseUrl: 'https://generativelanguage.googleapis.com',
    apiKey: 'key-1',
    emulated: false,
    extra: {},
    ...changes,
  };
}

const token = (): Promise<string> => Promise.resolve('token-1');
const never = new AbortController().signal;
const vertex = { GOOGLE_VERTEX_PROJECT: 'my-project', GOOGLE_VERTEX_LOCATION: 'global' };

describe('resolveTarget', () => {
  it.each<[string, Partial<Endpoint>, string, Record<string, string>, string]>([
    ['the Gemini API', {}, PATH, { 'x-goog-api-key': 'key-1' }, 'key-1'],
    [
      'Vertex AI',
      { baseUrl: 'https://aiplatform.googleapis.com', extra: vertex },
      '/v1beta1/projects/my-project/locations/global/publishers/google/models/gemini-3-pro-image:generateContent',
      { authorization: 'Bearer token-1' },
      'token-1',
    ],
    [
      'Vertex AI in express mode',
      { baseUrl: 'https://aiplatform.googleapis.com' },
      '/v1beta1/publishers/google/models/gemini-3-pro-image:generateContent',
      { 'x-goog-api-key': 'key-1' },
      'key-1',
    ],
    [
      'Vertex AI on an emulator',
      { baseUrl: 'http://127.0.0.1:4000/google', emulated: true, extra: vertex },
      '/v1beta1/projects/my-project/locations/global/publishers/google/models/gemini-3-pro-image:generateContent',
      { authorization: 'Bearer token-1' },
      'token-1',
    ],
  ])('addresses %s and tells which secret it sends', async (_, changes, path, headers, secret) => {
    expect(await resolveTarget(PATH, endpoint(changes), token, never)).toStrictEqual({
      path,
      headers,
      secret,
    });
  });

  it('never gives the token to the Gemini API, and says which base URL is right', async () => {
    await expect(resolveTarget(PATH, endpoint({ extra: vertex }), token, never)).rejects.toThrow(
      'GEMINI_BASE_URL has to be https://aiplatform.googleapis.com',
    );
  });

  it('waits for a token no longer than the call may take', async () => {
    const target = endpoint({ baseUrl: 'https://aiplatform.googleapis.com', extra: vertex });
    const controller = new AbortController();
    const waiting = resolveTarget(PATH, target, () => new Promise(() => {}), controller.signal);
    controller.abort(new DOMException('late', 'TimeoutError'));
    await expect(waiting).rejects.toMatchObject({ info: { kind: 'timeout', billed: false } });
    await expect(resolveTarget(PATH, target, token, AbortSignal.abort())).rejects.toMatchObject({
      info: { kind: 'cancelled' },
    });
  });

  it('turns unusable credentials into an error that quotes nothing of them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'credentials-'));
    try {
      const file = join(folder, 'account.json');
      writeFileSync(
        file,
        JSON.stringify({ type: 'service_account', client_email: 'a@b.example', private_key: 'very-secret' }),
      );
      const extra = { ...vertex, GOOGLE_APPLICATION_CREDENTIALS: file };
      const target = endpoint({ baseUrl: 'https://aiplatform.googleapis.com', extra });
      const error = await resolveTarget(PATH, target, createAccessTokens(), never).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(ProviderError);
      expect(error).toMatchObject({ info: { kind: 'authentication', retryable: false } });
      expect(String(error)).not.toContain('very-secret');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('vertexBaseUrl', () => {
  it.each([
    ['global', 'https://aiplatform.googleapis.com'],
    ['eu', 'https://aiplatform.eu.rep.googleapis.com'],
    ['europe-west4', 'https://europe-west4-aiplatform.googleapis.com'],
  ])('knows the host of %s', (location, url) => {
    expect(vertexBaseUrl(location)).toBe(url);
  });
});
