/** The three surfaces of the same protocol and their credentials (protocol notes §1). */
import type { GoogleAuth } from 'google-auth-library';
import { ProviderError } from '../provider.js';
import type { RouteSpec } from '../model.js';
import type { Endpoint, EndpointResolution, KeyProbe } from '../provider.js';
import { abortKind } from '../shared/upstream-error.js';

/** Gives an OAuth access token for Vertex AI. */
export type AccessTokens = (endpoint: Endpoint) => Promise<string>;

const VERTEX_HOST = 'aiplatform.googleapis.com';
/** Where the Gemini API is. */
export const GEMINI_BASE_URL = 'https://generativelanguage.googleapis.com';

const EXTRA_SETTINGS = [
  'GOOGLE_VERTEX_PROJECT',
  'GOOGLE_VERTEX_LOCATION',
  'GOOGLE_APPLICATION_CREDENTIALS',
] as const;

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

/**
 * The base URL that a Vertex location answers on. `global` has a host without prefix, `us` and `eu` are multi-regions with
 * a host form of their own, everything else is a region. Gemini 3 models are served on `global` only.
 */
export function vertexBaseUrl(location: string): string {
  if (location === 'global') return `https://${VERTEX_HOST}`;
  if (location === 'us' || location === 'eu') return `https://aiplatform.${location}.rep.googleapis.com`;
  return `https://${location}-${VERTEX_HOST}`;
}

/**
 * Vertex AI when a project is set (its host follows the location, its credentials are Google's own), else the Gemini API or
 * Vertex's express mode with a key.
 */
export function resolveGoogleEndpoint(
  _route: RouteSpec,
  settings: Readonly<Record<string, string>>,
): EndpointResolution {
  const apiKey = settings['GEMINI_API_KEY'];
  const extra = Object.fromEntries(
    EXTRA_SETTINGS.flatMap((name) => {
      const value = settings[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  if (settings['GOOGLE_VERTEX_PROJECT'] !== undefined) {
    const baseUrl =
      settings['GEMINI_BASE_URL'] ?? vertexBaseUrl(settings['GOOGLE_VERTEX_LOCATION'] ?? 'global');
    return { usable: true, endpoint: { baseUrl, apiKey: undefined, extra } };
  }
  if (apiKey === undefined) {
    return { usable: false, reason: 'the operator has to set GEMINI_API_KEY or GOOGLE_VERTEX_PROJECT' };
  }
  return {
    usable: true,
    endpoint: { baseUrl: settings['GEMINI_BASE_URL'] ?? GEMINI_BASE_URL, apiKey, extra },
  };
}

/** The Gemini API lists its models to whoever has a key; Vertex AI has no such call for Google's models. */
export function googleKeyProbe({ baseUrl, apiKey, extra }: Endpoint): KeyProbe | { readonly none: string } {
  if (extra['GOOGLE_VERTEX_PROJECT'] !== undefined || new URL(baseUrl).hostname.endsWith(VERTEX_HOST)) {
    return { none: 'Vertex AI has no free call that shows whether its credentials may make pictures' };
  }
  return {
    path: '/v1beta/models?pageSize=1',
    headers: apiKey === undefined ? {} : { 'x-goog-api-key': apiKey },
  };
}

/** How a call is addressed and by which credentials it is accompanied. */
export interface Target {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The credential among the headers: it must not travel on where an answer repeats it. */
  readonly secret: string | undefined;
}

/**
 * Moves a Gemini API path to the endpoint's surface: Vertex AI when a project is set, Vertex in express mode (a key, no
 * project) when the base URL is Vertex's, else the Gemini API as it stands.
 * @throws ProviderError `authentication` when no access token can be had, or when a project is set and the base URL is
 * the Gemini API's, which would refuse the token; `timeout` or `cancelled` when the signal fires first
 */
export async function resolveTarget(
  path: string,
  endpoint: Endpoint,
  accessTokens: AccessTokens,
  signal: AbortSignal,
): Promise<Target> {
  const call = path.slice(path.lastIndexOf('/') + 1);
  const project = endpoint.extra['GOOGLE_VERTEX_PROJECT'] ?? '';
  const host = new URL(endpoint.baseUrl).hostname;
  if (project === '') {
    const express = host.endsWith(VERTEX_HOST);
    return {
      path: express ? `/v1beta1/publishers/google/models/${call}` : path,
      headers: endpoint.apiKey === undefined ? {} : { 'x-goog-api-key': endpoint.apiKey },
      secret: endpoint.apiKey,
    };
  }
  const configured = endpoint.extra['GOOGLE_VERTEX_LOCATION'] ?? '';
  const location = configured === '' ? 'global' : configured;
  if (host === 'generativelanguage.googleapis.com') {
    throw refusedSetup(
      `GOOGLE_VERTEX_PROJECT is set, so GEMINI_BASE_URL has to be ${vertexBaseUrl(location)} or unset.`,
    );
  }
  const pending = accessTokens(endpoint).catch((error: unknown) => {
    throw refusedSetup('No access token for Vertex AI could be had from the Google credentials.', error);
  });
  const token = await unlessAborted(pending, signal);
  return {
    path: `/v1beta1/projects/${encodeURIComponent(project)}/locations/${encodeURIComponent(location)}/publishers/google/models/${call}`,
    headers: { authorization: `Bearer ${token}` },
    secret: token,
  };
}

/** Waits no longer than the signal allows; the library behind the token takes none. */
async function unlessAborted(token: Promise<string>, signal: AbortSignal): Promise<string> {
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => {
      reject(
        new ProviderError({
          kind: abortKind(signal),
          retryable: false,
          billed: false,
          message: 'No access token for Vertex AI came in time.',
        }),
      );
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([token, aborted]);
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop);
  }
}

function refusedSetup(message: string, cause?: unknown): ProviderError {
  return new ProviderError({
    kind: 'authentication',
    retryable: false,
    billed: false,
    message,
    // The library's own error may hold the assertion it sent, so only its kind travels on.
    ...(cause instanceof Error ? { cause: new Error(cause.name) } : {}),
  });
}

/**
 * Tokens from a service-account file, or from the machine's own credentials where no file is set. Each file's client is
 * made once, because it holds the token until it expires.
 */
export function createAccessTokens(): AccessTokens {
  const clients = new Map<string, GoogleAuth>();
  return async (endpoint) => {
    const file = endpoint.extra['GOOGLE_APPLICATION_CREDENTIALS'] ?? '';
    let client = clients.get(file);
    if (client === undefined) {
      // Loaded by those who use Vertex AI only: it keeps megabytes.
      const { GoogleAuth } = await import('google-auth-library');
      client =
        clients.get(file) ??
        new GoogleAuth({ scopes: [SCOPE], ...(file === '' ? {} : { keyFilename: file }) });
      clients.set(file, client);
    }
    const token = await client.getAccessToken();
    if (token === null || token === undefined || token === '') throw new Error('no access token');
    return token;
  };
}
