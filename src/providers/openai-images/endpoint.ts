/** Where an operator's own server is, and how it is spoken to. */
import type { Endpoint, EndpointResolution } from '../provider.js';
import { DIALECT_SETTING, MODEL_SETTING, readFluxSettings } from '../shared/own-server.js';
import { DIALECT_NAMES } from './dialects.js';
import type { OwnEndpoint } from './own-endpoint.js';

/** The server of the settings, its base URL with or without `/v1` at its end. */
export function resolveFluxEndpoint(settings: Readonly<Record<string, string>>): EndpointResolution {
  const read = readFluxSettings(settings, 'openai-images', DIALECT_NAMES, 'sd-server');
  if (!read.usable) return read;
  return {
    usable: true,
    endpoint: {
      baseUrl: apiRoot(read.baseUrl),
      apiKey: read.apiKey,
      extra: Object.fromEntries(
        [DIALECT_SETTING, MODEL_SETTING].flatMap((name) => {
          const value = settings[name];
          return value === undefined ? [] : [[name, value]];
        }),
      ),
    },
  };
}

/** Where a listed server is called. Its models' names stand in its routes. */
export function ownEndpointAddress({ url, apiKey, dialect }: OwnEndpoint): Omit<Endpoint, 'emulated'> {
  return { baseUrl: apiRoot(url), apiKey, extra: { [DIALECT_SETTING]: dialect } };
}

function apiRoot(url: string): string {
  const root = url.replace(/\/+$/, '');
  return root.endsWith('/v1') ? root : `${root}/v1`;
}

/** The key goes to the server itself, on whatever path. */
export function trustsServerOrigin(origin: string, { baseUrl }: Pick<Endpoint, 'baseUrl'>): boolean {
  return URL.canParse(origin) && new URL(origin).origin === new URL(baseUrl).origin;
}

export function serverHeaders(endpoint: Endpoint): Readonly<Record<string, string>> {
  return endpoint.apiKey === undefined ? {} : { authorization: `Bearer ${endpoint.apiKey}` };
}

/** Where a picture is that an answer names: at an address for anybody, or on the server for whoever has its key. */
export type PictureAddress =
  | { readonly kind: 'public'; readonly url: string }
  | { readonly kind: 'own'; readonly origin?: string; readonly path: string };

/**
 * Reads the address of a picture. Relative ones count from the server, and only below the path of its API: any other path is
 * one on the server's disk, which nobody can fetch.
 * @returns undefined for an address that leads nowhere
 */
export function findPicture(address: string, endpoint: Endpoint): PictureAddress | undefined {
  const base = new URL(endpoint.baseUrl);
  const prefix = `${base.pathname.replace(/\/+$/, '')}/`;
  const absolute = /^https?:\/\//i.test(address);
  if (!absolute && !address.startsWith(prefix)) return undefined;
  if (!URL.canParse(address, endpoint.baseUrl)) return undefined;
  const url = new URL(address, base);
  if (url.origin !== base.origin || endpoint.apiKey === undefined) return { kind: 'public', url: url.href };
  return url.pathname.startsWith(prefix)
    ? { kind: 'own', path: `/${url.pathname.slice(prefix.length)}${url.search}` }
    : { kind: 'own', origin: url.origin, path: `${url.pathname}${url.search}` };
}
